//! What a student showed of its holdout before anybody staked: drawn items, as they stand in the blocks.
//!
//! The chain keeps which items were drawn and how many were shown, not the items. They are read out of the calls that showed
//! them, wrapped or not: what is under the session's root at a drawn place is that item, wherever it stands.

use crate::chain::{
	extrinsic::Encoder,
	rpc::Node,
	teaching::{self, Session},
	ChainError,
};
use codec::{Decode, Encode};
use praxis_primitives_teaching::{holdout::Shape, Item, SessionId};
use sp_core::H256;
use std::collections::BTreeMap;

/// A search for the items of one audit.
#[derive(Debug)]
pub struct Search {
	/// What the arguments of the call stand behind: its indices and the session.
	head: Vec<u8>,
	root: H256,
	shape: Shape,
	drawn: Vec<u32>,
	found: BTreeMap<u32, Item>,
}

impl Search {
	/// For the items `drawn` under `root`; `call` has the indices of the pallet and of its call `reveal_audit`.
	pub fn new(call: [u8; 2], session: SessionId, (root, shape): (H256, Shape), drawn: Vec<u32>) -> Self {
		let head = (call, session).encode();
		Self { head, root, shape, drawn, found: BTreeMap::new() }
	}

	/// Takes what a transaction shows, if it does.
	pub fn read(&mut self, transaction: &[u8]) {
		let places = transaction.windows(self.head.len()).enumerate().filter(|(_, bytes)| *bytes == self.head);
		for (at, _) in places {
			let mut rest = &transaction[at + self.head.len()..];
			if let Ok(items) = Vec::<(Item, Vec<H256>)>::decode(&mut rest) {
				self.found.extend(self.proved(items));
			}
		}
	}

	/// A call shows items in the order in which they were drawn, from one of them on.
	fn proved(&self, items: Vec<(Item, Vec<H256>)>) -> Vec<(u32, Item)> {
		let is = |index: u32, (item, proof): &(Item, Vec<H256>)| {
			self.shape.verify_item(&self.root, index, item, proof).is_ok()
		};
		let first = items.first().and_then(|first| self.drawn.iter().position(|index| is(*index, first)));
		let places = first.map(|first| &self.drawn[first..]).unwrap_or_default();
		let proved = places.iter().copied().zip(items).take_while(|(index, item)| is(*index, item));
		proved.map(|(index, (item, _))| (index, item)).collect()
	}

	/// Whether every item was found.
	pub fn is_complete(&self) -> bool {
		self.found.len() >= self.drawn.len()
	}

	/// The items by their numbers in the holdout.
	pub fn found(&self) -> &BTreeMap<u32, Item> {
		&self.found
	}
}

/// How many blocks are looked back at most, where nobody says otherwise.
pub const BLOCKS: u32 = 20_000;

/// Looks for the items `drawn` of a session's audit, from height `best` back through at most `blocks` blocks.
///
/// # Errors
///
/// The node does not answer, or has not the blocks.
pub async fn look(
	node: &Node,
	encoder: &Encoder,
	session: &Session,
	drawn: Vec<u32>,
	(best, blocks): (u32, u32),
) -> Result<BTreeMap<u32, Item>, ChainError> {
	let call = teaching::index(encoder, "reveal_audit")?;
	let mut search = Search::new(call, session.session, (session.spec.root, session.spec.shape()), drawn);
	for number in (best.saturating_sub(blocks).max(1)..=best).rev() {
		let Some(hash) = node.block_hash(number).await? else { continue };
		for transaction in node.extrinsics(hash).await? {
			search.read(&transaction);
		}
		if search.is_complete() {
			break;
		}
	}
	Ok(search.found)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::teaching::{data::Examples, holdout::Holdout};

	const CALL: [u8; 2] = [20, 1];
	const SESSION: SessionId = 3;

	fn holdout() -> Holdout {
		let images = (0..800u32).map(|at| (at % 251) as u8).collect();
		let labels = (0..200).map(|at| at % 10).collect();
		Holdout::new(&Examples::new("test", 4, images, labels).expect("examples"), 4).expect("a holdout")
	}

	fn search(holdout: &Holdout, drawn: &[u32]) -> Search {
		Search::new(CALL, SESSION, (holdout.root(), holdout.shape()), drawn.to_vec())
	}

	/// A transaction in which the call stands behind something and before something.
	fn shown(holdout: &Holdout, session: SessionId, drawn: &[u32]) -> Vec<u8> {
		[vec![7; 99], (CALL, session, holdout.audit(drawn)).encode(), vec![9; 3]].concat()
	}

	#[test]
	fn items_should_be_found_when_several_calls_show_them() {
		let (holdout, drawn) = (holdout(), [3, 17, 18, 60, 199]);
		let mut search = search(&holdout, &drawn);
		search.read(&shown(&holdout, SESSION, &drawn[3..]));
		assert!(!search.is_complete());
		search.read(&shown(&holdout, SESSION, &drawn[..3]));
		assert!(search.is_complete());
		let items: Vec<(u32, Item)> = search.found().clone().into_iter().collect();
		let expected: Vec<Item> = holdout.audit(&drawn).into_iter().map(|(item, _)| item).collect();
		assert_eq!(items, drawn.into_iter().zip(expected).collect::<Vec<_>>());
	}

	#[test]
	fn nothing_should_be_found_when_it_is_another_sessions_or_not_under_the_root() {
		let (one, other, drawn) = (holdout(), holdout(), [3, 17]);
		let mut search = search(&one, &drawn);
		search.read(&shown(&one, SESSION + 1, &drawn));
		// The same images under other salts.
		search.read(&shown(&other, SESSION, &drawn));
		// Items that were not drawn.
		search.read(&shown(&one, SESSION, &[4, 5]));
		search.read(&[&CALL[..], &SESSION.encode(), &[0xff; 9]].concat());
		assert!(search.found().is_empty());
	}
}
