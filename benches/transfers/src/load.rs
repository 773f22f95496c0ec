//! Keeps the pool full and counts.

use crate::{
	chain::{height, text, Account, Encoder, Node, Result, AMOUNT},
	process, Options,
};
use futures::StreamExt;
use serde_json::{json, Value};
use std::{
	collections::HashSet,
	sync::{
		atomic::{AtomicBool, AtomicU32, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};
use tokio::sync::Semaphore;

/// The accounts that both chains endow.
const NAMES: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// Submissions that wait for the node's answer at a time.
const CONCURRENT: usize = 64;

/// How long the first block may take that was built from a full pool, and the last one until it is final.
const PATIENCE: Duration = Duration::from_secs(90);

/// Error of a pool that is full: the transaction may come again.
const POOL_FULL: i32 = 1016;

/// A block of the window.
struct Counted {
	number: u32,
	seen: Instant,
	transfers: u32,
	/// Whether more transfers waited than the block took.
	full_pool: bool,
}

fn accounts() -> Result<Vec<Account>> {
	NAMES.iter().flat_map(|name| [format!("//{name}"), format!("//{name}//stash")]).map(|s| Account::new(&s)).collect()
}

/// The transfers in the order in which they are sent: the accounts take turns.
fn sign(encoder: &Encoder, accounts: &[Account], count: u32) -> Result<Vec<Vec<u8>>> {
	let accounts_count = accounts.len() as u32;
	(0..count).map(|at| encoder.transfer(&accounts[(at % accounts_count) as usize], at / accounts_count)).collect()
}

/// What the sender tells the counter.
#[derive(Default)]
struct Sent {
	count: AtomicU32,
	stop: AtomicBool,
}

/// Sends `transfers` in order, at most as many in flight as there are permits.
async fn send(node: Arc<Node>, transfers: Arc<Vec<Vec<u8>>>, room: Arc<Semaphore>, sent: Arc<Sent>) -> Result<()> {
	let indices = futures::stream::iter(0..transfers.len());
	let submissions = indices.map(|at| {
		let (node, transfers, room, sent) = (node.clone(), transfers.clone(), room.clone(), sent.clone());
		async move {
			room.acquire().await.map_err(text)?.forget();
			loop {
				if sent.stop.load(Ordering::Relaxed) {
					return Ok(());
				}
				match node.submit(&transfers[at]).await {
					Ok(()) => break,
					Err(jsonrpsee::core::client::Error::Call(error)) if error.code() == POOL_FULL => {
						tokio::time::sleep(Duration::from_millis(100)).await;
					}
					Err(error) => return Err(format!("transfer {at} was refused: {error}")),
				}
			}
			sent.count.fetch_add(1, Ordering::Relaxed);
			Ok(())
		}
	});
	// In order of their start: an account's nonces reach the node about as they rise.
	let mut submissions = submissions.buffered(CONCURRENT);
	while let Some(done) = submissions.next().await {
		done?;
	}
	Ok(())
}

/// Runs the load; what was measured.
pub async fn run(options: &Options) -> Result<Value> {
	let node = Arc::new(Node::connect(&options.url).await?);
	let idle = options.pid.and_then(process::usage);
	let accounts = accounts()?;
	let encoder = node.encoder().await?;
	let begun = Instant::now();
	let transfers = Arc::new(sign(&encoder, &accounts, options.transfers)?);
	let signing = begun.elapsed().as_secs_f64();
	let bytes = transfers.first().map_or(0, Vec::len);
	let known: HashSet<&[u8]> = transfers.iter().map(Vec::as_slice).collect();

	let mut heads = node.heads(false).await?;
	let mut finals = node.heads(true).await?;
	let room = Arc::new(Semaphore::new(options.in_flight as usize));
	let sent = Arc::new(Sent::default());
	let mut sender = tokio::spawn(send(node.clone(), transfers.clone(), room.clone(), sent.clone()));

	let mut blocks: Vec<Counted> = Vec::new();
	let mut included = 0;
	let mut counted_to = None;
	let mut final_height = 0;
	let mut usages = Vec::new();
	let mut sender_done = false;
	let begun = Instant::now();
	let mut sampling = tokio::time::interval(Duration::from_millis(500));
	loop {
		tokio::select! {
			done = &mut sender, if !sender_done => {
				done.map_err(text)??;
				sender_done = true;
			}
			_ = sampling.tick() => {
				if !blocks.is_empty() {
					usages.extend(options.pid.and_then(process::usage));
				} else if begun.elapsed() > PATIENCE {
					return Err("no block was built from a full pool".into());
				}
			}
			header = finals.next() => {
				final_height = height(&header.ok_or("the node closed the connection")?.map_err(text)?)?;
			}
			header = heads.next() => {
				let seen = Instant::now();
				let head = height(&header.ok_or("the node closed the connection")?.map_err(text)?)?;
				// Of heads that were jumped over the blocks count all the same.
				for number in counted_to.map_or(head, |last| last + 1)..=head {
					let waiting = sent.count.load(Ordering::Relaxed) - included;
					let block = node.block(number).await?;
					let taken = block.extrinsics.iter().filter(|bytes| known.contains(bytes.as_slice())).count() as u32;
					included += taken;
					room.add_permits(taken as usize);
					counted_to = Some(number);
					let full_pool = waiting > taken;
					eprintln!("block {}: {taken} transfers, {waiting} waited", block.number);
					// The window starts behind the first block that the pool could have filled.
					let filled = sent.count.load(Ordering::Relaxed) >= options.in_flight.min(options.transfers);
					if !blocks.is_empty() || (filled && taken > 0) {
						blocks.push(Counted { number, seen, transfers: taken, full_pool });
						usages.extend(options.pid.and_then(process::usage));
					}
				}
				let window = blocks.first().map_or(Duration::ZERO, |first| seen - first.seen);
				if window >= Duration::from_secs(options.seconds) {
					break;
				}
			}
		}
	}
	sent.stop.store(true, Ordering::Relaxed);
	let [first, window @ ..] = &blocks[..] else { return Err("no block in the window".into()) };
	let last = window.last().ok_or("no block in the window")?;
	if let Some(dry) = window.iter().find(|block| !block.full_pool) {
		return Err(format!("the pool ran dry before block {}: use a larger --in-flight or --transfers", dry.number));
	}
	// How long the last block takes to become final.
	while final_height < last.number {
		let header = tokio::time::timeout(PATIENCE, finals.next()).await;
		let header = header.map_err(|_| format!("block {} did not become final", last.number))?;
		final_height = height(&header.ok_or("the node closed the connection")?.map_err(text)?)?;
	}
	let finality = last.seen.elapsed().as_secs_f64();
	let mut held = 0;
	for account in &accounts {
		held += node.free(&account.sink, last.number).await?;
	}
	if held != AMOUNT * u128::from(included) {
		return Err(format!("the sinks hold {held}, not what {included} transfers moved: some failed"));
	}

	let seconds = (last.seen - first.seen).as_secs_f64();
	let count: u32 = window.iter().map(|block| block.transfers).sum();
	let (begin, end) = (usages.first().copied().unwrap_or_default(), usages.last().copied().unwrap_or_default());
	Ok(json!({
		"transfers": count,
		"blocks": window.len(),
		"seconds": seconds,
		"transfers_per_second": f64::from(count) / seconds,
		"transfers_per_block": f64::from(count) / window.len() as f64,
		"fewest_in_a_block": window.iter().map(|block| block.transfers).min(),
		"bytes_per_transfer": bytes,
		"seconds_to_finality": finality,
		"signing_seconds": signing,
		"signed": options.transfers,
		"processors_used": (end.seconds - begin.seconds) / seconds,
		"resident_before_mib": idle.map(|usage| usage.resident),
		"resident_peak_mib": usages.iter().map(|usage| usage.resident).fold(0.0, f64::max),
	}))
}
