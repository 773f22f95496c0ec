//! Fetches what a CID names from other workers' gateways, or any other trustless gateway. Peers are not trusted: every
//! hash is checked as it comes, and what is not whole is not kept.

use super::{
	car, cids,
	client::{self, Answer, Patience, Peer},
	dag::{DEEPEST, MOST_BLOCKS},
	node::Node,
	staging::Staging,
	Cid, Store, StoreError, LARGEST_BLOCK,
};
use std::{collections::HashSet, io::Read};

/// What came, and from whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
	/// Who gave it; nobody where all of it was here.
	pub peer: Option<String>,
	/// Blocks below the root.
	pub blocks: u64,
	/// Their bytes.
	pub bytes: u64,
}

/// Why a peer did not give it.
enum Refusal {
	/// It has no CARs: block by block may work.
	NoCar(String),
	/// Anything else.
	Final(String),
}

impl From<StoreError> for Refusal {
	fn from(error: StoreError) -> Self {
		Self::Final(error.to_string())
	}
}

/// Fetches all that a root links to, at most `limit` bytes, and pins it under a name. The peers are tried in their order:
/// each is asked for a CAR, then, where it has none, for one block after the other.
pub fn fetch(
	store: &Store,
	cid: &Cid,
	peers: &[Peer],
	name: &str,
	limit: u64,
	patience: &Patience,
) -> Result<Fetched, StoreError> {
	cids::check(cid)?;
	match store.reachable(cid, super::Reach::All, limit) {
		Ok(found) => {
			store.pin(cid, name)?;
			let bytes = found.iter().map(|block| block.size).sum();
			return Ok(Fetched { peer: None, blocks: found.len() as u64, bytes });
		}
		Err(StoreError::Missing(_) | StoreError::Corrupt(_)) => {}
		Err(error) => return Err(error),
	}
	let mut attempts = Vec::new();
	for peer in peers {
		let (blocks, bytes) = match as_car(store, cid, peer, name, limit, patience) {
			Ok(imported) => imported,
			Err(Refusal::NoCar(first)) => match by_block(store, cid, peer, name, limit, patience) {
				Ok(fetched) => fetched,
				Err(error) => {
					attempts.push(format!("{peer}: {first}; block by block: {error}"));
					continue;
				}
			},
			Err(Refusal::Final(reason)) => {
				attempts.push(format!("{peer}: {reason}"));
				continue;
			}
		};
		return Ok(Fetched { peer: Some(peer.to_string()), blocks, bytes });
	}
	if attempts.is_empty() {
		attempts.push("there is no peer to ask".into());
	}
	Err(StoreError::Fetch { cid: *cid, attempts })
}

/// The first line of what a peer says of its error.
fn complaint(answer: Answer) -> String {
	let mut text = String::new();
	let _ = answer.body.take(200).read_to_string(&mut text);
	let text: String = text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
	format!("HTTP {} {text}", answer.status).trim().into()
}

fn as_car(
	store: &Store,
	cid: &Cid,
	peer: &Peer,
	name: &str,
	limit: u64,
	patience: &Patience,
) -> Result<(u64, u64), Refusal> {
	let path = format!("/ipfs/{cid}?format=car");
	let accept = "application/vnd.ipld.car;version=1;order=dfs;dups=n";
	let answer = client::get(peer, &path, accept, patience).map_err(|error| Refusal::Final(error.to_string()))?;
	match answer.status {
		200 if answer.kind == "application/vnd.ipld.car" => {}
		200 => return Err(Refusal::NoCar(format!("it answers with `{}`", answer.kind))),
		400 | 405 | 406 | 415 | 501 => return Err(Refusal::NoCar(complaint(answer))),
		_ => return Err(Refusal::Final(complaint(answer))),
	}
	let imported = car::import(store, answer.body, Some(&[*cid]), name, limit)?;
	Ok((imported.blocks, imported.bytes))
}

fn by_block(
	store: &Store,
	root: &Cid,
	peer: &Peer,
	name: &str,
	limit: u64,
	patience: &Patience,
) -> Result<(u64, u64), StoreError> {
	let mut staging = Staging::new(store, limit)?;
	let mut seen = HashSet::new();
	let mut pending = vec![(*root, 0)];
	while let Some((cid, depth)) = pending.pop() {
		if !seen.insert(cids::key(&cid)) {
			continue;
		}
		if depth > DEEPEST || seen.len() > MOST_BLOCKS {
			let limit = MOST_BLOCKS as u64;
			return Err(StoreError::TooLarge { what: format!("what {root} links to"), limit, unit: "blocks" });
		}
		if !staging.has(&cid) {
			let block = one_block(peer, &cid, patience)?;
			staging.put(&cid, &block)?;
		}
		if cid.codec() == cids::DAG_PB {
			let block = staging.read(&cid)?;
			let links = Node::read(&cid, &block)?.links();
			pending.extend(links.into_iter().rev().map(|link| (link, depth + 1)));
		}
	}
	staging.commit(&[*root], name)
}

fn one_block(peer: &Peer, cid: &Cid, patience: &Patience) -> Result<Vec<u8>, StoreError> {
	let path = format!("/ipfs/{cid}?format=raw");
	let answer = client::get(peer, &path, "application/vnd.ipld.raw", patience).map_err(StoreError::Input)?;
	if answer.status != 200 {
		let attempts = vec![complaint(answer)];
		return Err(StoreError::Fetch { cid: *cid, attempts });
	}
	let mut block = Vec::new();
	answer.body.take(LARGEST_BLOCK + 1).read_to_end(&mut block).map_err(StoreError::Input)?;
	Ok(block)
}
