//! Imports blocks and times it.

use crate::{
	chain::{since, Chain, Genesis},
	make::{self, Content, Maker},
	text, Result,
};
use praxis_environment::{EnvironmentId, Seed};
use praxis_primitives_consensus::api::OracleApi;
use praxis_runtime::{opaque::Block, Hash};
use sc_client_api::StorageProvider;
use sp_api::{ApiExt, CallContext, Core, ProvideRuntimeApi};
use sp_block_builder::BlockBuilder;
use sp_blockchain::HeaderBackend;
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};
use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Instant};

/// Voters of the node stay so many blocks behind the head.
const VOTE_BEHIND: usize = 4;

/// Blocks at the start whose times do not count: they compile the runtime and fill the caches.
const WARM_UP: usize = 10;

/// Looks at the size of state and database, over a chain.
const LOOKS: usize = 10;

/// What was measured of one chain.
pub struct Series {
	/// Blocks of the chain.
	pub blocks: u32,
	/// Extrinsics of its last block.
	pub extrinsics: usize,
	/// Bytes of its last block.
	pub bytes: usize,
	/// A part's name and how long it took for one block, in milliseconds.
	pub times: Vec<(&'static str, f64)>,
	/// Sizes over the chain.
	pub growth: Vec<Size>,
}

/// Size of a chain at a height.
pub struct Size {
	/// The height.
	pub block: usize,
	/// Keys of the state.
	pub keys: usize,
	/// Bytes of the state's keys and values.
	pub bytes: usize,
	/// Bytes that the database takes on the disk.
	pub database: u64,
	/// Bytes of it that hold values. The rest is logs and hash indexes, files with holes that fill up to a size.
	pub values: u64,
}

/// Bytes that files of a folder take on the disk: those whose name begins with `prefix`.
fn disk(folder: &Path, prefix: &str) -> Result<u64> {
	let mut bytes = 0;
	for entry in fs::read_dir(folder).map_err(text)? {
		let entry = entry.map_err(text)?;
		// A log of the database may go while one looks.
		let Ok(metadata) = entry.metadata() else { continue };
		if entry.file_name().to_string_lossy().starts_with(prefix) {
			bytes += metadata.blocks() * 512;
		}
	}
	Ok(bytes)
}

/// Keys of the head's state, and bytes of its keys and values.
fn state(chain: &Chain) -> Result<(usize, usize)> {
	let at = chain.client.info().best_hash;
	let (mut keys, mut bytes) = (0, 0);
	for (key, value) in chain.client.storage_pairs(at, None, None).map_err(text)? {
		keys += 1;
		bytes += key.0.len() + value.0.len();
	}
	Ok((keys, bytes))
}

/// Measures chains of `blocks` blocks.
pub fn run(genesis: &Genesis, content: Content, blocks: u32) -> Result<(Series, Vec<Block>)> {
	eprintln!("{content:?}: making {blocks} blocks");
	let mut maker = Maker::new(Chain::new(genesis, None)?, content, blocks);
	let chain: Vec<Block> = (0..blocks).map(|_| maker.next()).collect::<Result<_>>()?;
	drop(maker);
	let last = chain.last().ok_or("no blocks")?;
	let mut series = Series {
		blocks,
		extrinsics: last.extrinsics().len(),
		bytes: make::size(last),
		times: Vec::new(),
		growth: Vec::new(),
	};
	eprintln!("{content:?}: importing them");
	whole(genesis, &chain, &mut series)?;
	eprintln!("{content:?}: taking them apart");
	parts(genesis, &chain, &mut series)?;
	Ok((series, chain))
}

/// Imports, and nothing else that touches the chain.
fn whole(genesis: &Genesis, blocks: &[Block], series: &mut Series) -> Result<()> {
	let folder = tempfile::tempdir().map_err(text)?;
	let chain = Chain::new(genesis, Some(folder.path()))?;
	let hashes: Vec<Hash> = blocks.iter().map(|block| block.header().hash()).collect();
	for (at, block) in blocks.iter().enumerate() {
		let took = chain.import(block.clone())?;
		let mut finalize = 0.0;
		if let Some(behind) = at.checked_sub(VOTE_BEHIND) {
			let begun = Instant::now();
			chain.finalize(hashes[behind])?;
			finalize = since(begun);
		}
		if at >= WARM_UP {
			series.times.extend([
				("verify", took.verify),
				("import", took.import),
				("total", took.verify + took.import),
				("finalize", finalize),
			]);
		}
	}
	drop(chain);
	grow(genesis, blocks, &hashes, &mut series.growth)
}

/// Sizes of a chain of its own: walking the state would warm the caches. The database is closed for each look, which
/// brings its log into its tables.
fn grow(genesis: &Genesis, blocks: &[Block], hashes: &[Hash], growth: &mut Vec<Size>) -> Result<()> {
	let folder = tempfile::tempdir().map_err(text)?;
	let every = (blocks.len() / LOOKS).max(1);
	drop(Chain::new(genesis, Some(folder.path()))?);
	let mut done = 0_usize;
	for part in std::iter::once(&blocks[..0]).chain(blocks.chunks(every)) {
		let chain = Chain::new(genesis, Some(folder.path()))?;
		for block in part {
			chain.import(block.clone())?;
			if let Some(behind) = done.checked_sub(VOTE_BEHIND) {
				chain.finalize(hashes[behind])?;
			}
			done += 1;
		}
		let (keys, bytes) = state(&chain)?;
		drop(chain);
		growth.push(Size {
			block: done,
			keys,
			bytes,
			database: disk(folder.path(), "")?,
			values: disk(folder.path(), "table_")?,
		});
	}
	Ok(())
}

/// Executes each block part by part before it is imported.
fn parts(genesis: &Genesis, blocks: &[Block], series: &mut Series) -> Result<()> {
	let folder = tempfile::tempdir().map_err(text)?;
	let chain = Chain::new(genesis, Some(folder.path()))?;
	let hashes: Vec<Hash> = blocks.iter().map(|block| block.header().hash()).collect();
	for (at, block) in blocks.iter().enumerate() {
		let mut times = execute(&chain, block)?;
		times.push(("execute", execute_whole(&chain, block)?));
		chain.import(block.clone())?;
		if let Some(behind) = at.checked_sub(VOTE_BEHIND) {
			chain.finalize(hashes[behind])?;
		}
		if at >= WARM_UP {
			series.times.extend(times);
		}
	}
	Ok(())
}

/// The header as the runtime made it.
fn unsealed(block: &Block) -> praxis_runtime::Header {
	let mut header = block.header().clone();
	header.digest_mut().pop();
	header
}

fn execute(chain: &Chain, block: &Block) -> Result<Vec<(&'static str, f64)>> {
	let header = unsealed(block);
	let parent = *header.parent_hash();
	let mut api = chain.client.runtime_api();
	api.set_call_context(CallContext::Onchain { import: true });
	let mut times = Vec::new();
	let begun = Instant::now();
	api.initialize_block(parent, &header).map_err(text)?;
	times.push(("initialize", since(begun)));
	let mut transfers = 0.0;
	for (at, extrinsic) in block.extrinsics().iter().enumerate() {
		let begun = Instant::now();
		api.apply_extrinsic(parent, extrinsic.clone())
			.map_err(text)?
			.map_err(|error| format!("{error:?}"))?
			.map_err(|error| format!("{error:?}"))?;
		match at {
			0 => times.push(("timestamp", since(begun))),
			1 => times.push(("submission", since(begun))),
			_ => transfers += since(begun),
		}
	}
	if transfers > 0.0 {
		times.push(("transfers", transfers));
	}
	let begun = Instant::now();
	let made = api.finalize_block(parent).map_err(text)?;
	times.push(("finalize_block", since(begun)));
	if made != header {
		return Err("a block executed part by part gives another header".into());
	}
	Ok(times)
}

fn execute_whole(chain: &Chain, block: &Block) -> Result<f64> {
	let header = unsealed(block);
	let parent = *header.parent_hash();
	let mut api = chain.client.runtime_api();
	api.set_call_context(CallContext::Onchain { import: true });
	let block = Block::new(header, block.extrinsics().to_vec());
	let begun = Instant::now();
	api.execute_block(parent, block.into()).map_err(text)?;
	Ok(since(begun))
}

/// One step of the chain's oracle in Wasm, in milliseconds: the difference of two walks of different lengths, the
/// median of several.
pub fn wasm_step(genesis: &Genesis) -> Result<f64> {
	const STEPS: u32 = 20_000;
	let chain = Chain::new(genesis, None)?;
	let at = chain.client.info().genesis_hash;
	let walk = |steps: u32| -> Result<f64> {
		let begun = Instant::now();
		let api = chain.client.runtime_api();
		api.fingerprint(at, EnvironmentId::DEFAULT_ORACLE, Seed([7; 32]), steps).map_err(text)?;
		Ok(since(begun))
	};
	walk(STEPS)?;
	let mut times: Vec<f64> =
		(0..11).map(|_| Ok((walk(STEPS)? - walk(0)?) / f64::from(STEPS))).collect::<Result<_>>()?;
	times.sort_by(f64::total_cmp);
	Ok(times[times.len() / 2])
}
