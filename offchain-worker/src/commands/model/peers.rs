//! Whom to fetch from: the gateways that workers registered.

use crate::{
	chain::{market, records},
	commands::{client::Chain, Failure},
	store::{
		client::{Patience, Peer},
		fetch::{self, Fetched},
		Cid, Store,
	},
};
use sp_core::crypto::AccountId32;
use std::time::Duration;

/// Gateways that are asked at most.
const MOST: usize = 24;

/// Strangers are given less time than a gateway that was named.
const PATIENCE: Patience =
	Patience { connect: Duration::from_secs(5), idle: Duration::from_secs(15), total: Duration::from_secs(300) };

/// The gateway that a worker registered, if it is one.
fn of(endpoint: &[u8]) -> Option<Peer> {
	std::str::from_utf8(endpoint).ok()?.parse().ok()
}

/// Those that were named, then that of `owner`, then those of all other workers.
pub async fn gateways(chain: &Chain, named: &[Peer], owner: Option<&AccountId32>) -> Result<Vec<Peer>, Failure> {
	let at = chain.best().await?.hash();
	let mut peers = named.to_vec();
	if let Some(owner) = owner {
		let worker = market::worker(&chain.node, owner, at).await?;
		peers.extend(worker.and_then(|worker| of(&worker.endpoint)));
	}
	if peers.len() < MOST {
		let workers = records::workers(&chain.node, at).await?;
		peers.extend(workers.iter().filter_map(|worker| of(&worker.endpoint)));
	}
	Ok(distinct(peers))
}

/// Each once, in their order, at most [`MOST`].
fn distinct(peers: Vec<Peer>) -> Vec<Peer> {
	let mut found: Vec<Peer> = Vec::new();
	for peer in peers {
		if found.len() < MOST && !found.contains(&peer) {
			found.push(peer);
		}
	}
	found
}

/// Fetches all below a CID into a store, from the first gateway that has it. Every block is hashed.
///
/// # Errors
///
/// Nobody gives it, with what each answered.
pub fn fetch(store: &Store, cid: &Cid, peers: &[Peer], name: &str, limit: u64) -> Result<Fetched, Failure> {
	eprintln!("fetching {cid} from {} gateways", peers.len());
	let fetched = fetch::fetch(store, cid, peers, name, limit, &PATIENCE).map_err(Failure::from);
	fetched.map_err(|failure| match (failure.kind, peers.is_empty()) {
		("fetch", true) => failure.remedy("no worker registered a gateway: name one with --peer http://HOST:PORT"),
		("fetch", false) => failure.remedy("its owner may not be online, or not serve it: name another with --peer"),
		_ => failure,
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn gateways_should_be_asked_once_each_and_not_too_many() {
		let peer = |number: usize| format!("http://192.0.2.{number}:9965").parse::<Peer>().expect("a gateway");
		assert_eq!(distinct(vec![peer(1), peer(2), peer(1)]), [peer(1), peer(2)]);
		assert_eq!(distinct((0..100).map(peer).collect()).len(), MOST);
	}

	#[test]
	fn endpoint_should_be_left_out_when_it_is_no_gateway() {
		assert!(of(b"http://127.0.0.1:9965").is_some());
		for wrong in [&b""[..], b"https://example.org", b"http://", &[0xff, 0xfe]] {
			assert!(of(wrong).is_none(), "{wrong:?}");
		}
	}
}
