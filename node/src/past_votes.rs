//! Tells peers the votes of rounds that this node completed before it started.
//!
//! GRANDPA keeps the votes of a completed round in the database but gossips only those of the present run. So if voters
//! hear the others, complete a round and die before they are heard themselves, the others wait in that round for votes
//! that nobody sends again: a voter that is one round behind asks for nothing, it only listens. With two of four voters
//! killed at such a moment finality would stand still for ever, though all are back.
//!
//! Voters tell their neighbours in which round they are. [`PastVotes`] stands between GRANDPA's gossip and the network:
//! where a neighbour is in a round that was completed before, it is sent what is known of it, once for every round. Votes
//! are public, signed and checked by whoever receives them, so this can mislead nobody.

use codec::{Decode, Encode};
use praxis_runtime::opaque::Block;
use sc_client_api::AuxStore;
use sc_network::{
	service::traits::{MessageSink, NotificationEvent},
	types::ProtocolName,
	NotificationService, PeerId,
};
use sp_consensus_grandpa::{AuthorityId, RoundNumber, SetId, SignedMessage};
use sp_runtime::traits::{Block as BlockT, NumberFor};
use std::{
	collections::{BTreeMap, HashSet},
	sync::Arc,
};

/// Where GRANDPA keeps the state of its voter.
const SET_STATE_KEY: &[u8] = b"grandpa_completed_round";

/// First bytes of GRANDPA's gossip messages.
const VOTE: u8 = 0;
const NEIGHBOUR: [u8; 2] = [2, 1];

type Header = <Block as BlockT>::Header;
type Target = (<Block as BlockT>::Hash, NumberFor<Block>);

/// A completed round as GRANDPA writes it: number, state, base, votes.
type CompletedRound =
	(RoundNumber, (Option<Target>, Option<Target>, Option<Target>, bool), Target, Vec<SignedMessage<Header>>);

/// The beginning of the voter's state as GRANDPA writes it: live or paused, completed rounds, set, voters.
type SetState = (u8, Vec<CompletedRound>, SetId, Vec<AuthorityId>);

/// Gossip messages with the votes of each completed round.
#[derive(Debug, Default)]
struct Rounds {
	set: SetId,
	messages: BTreeMap<RoundNumber, Vec<Vec<u8>>>,
}

impl Rounds {
	/// Those that the database has.
	fn load<A: AuxStore>(store: &A) -> Result<Self, sp_blockchain::Error> {
		let Some(bytes) = store.get_aux(SET_STATE_KEY)? else { return Ok(Self::default()) };
		match SetState::decode(&mut &bytes[..]) {
			Ok((_, rounds, set, _)) => Ok(Self::new(set, rounds)),
			Err(error) => {
				// Finality works without, but for what this module is for.
				log::warn!("The votes of past rounds cannot be read: {error}");
				Ok(Self::default())
			}
		}
	}

	fn new(set: SetId, rounds: Vec<CompletedRound>) -> Self {
		let message = |round: RoundNumber, vote: &SignedMessage<Header>| (VOTE, round, set, vote).encode();
		let messages = rounds
			.into_iter()
			.map(|(round, _, _, votes)| (round, votes.iter().map(|vote| message(round, vote)).collect()))
			.collect();
		Self { set, messages }
	}

	/// The votes of the round that a neighbour says it is in.
	fn answer(&self, notification: &[u8]) -> Option<(RoundNumber, &[Vec<u8>])> {
		let packet = notification.strip_prefix(&NEIGHBOUR)?;
		let (round, set) = <(RoundNumber, SetId)>::decode(&mut &packet[..]).ok()?;
		let votes = self.messages.get(&round).filter(|votes| set == self.set && !votes.is_empty())?;
		Some((round, votes))
	}
}

/// The network of GRANDPA's gossip.
#[derive(Debug)]
pub struct PastVotes {
	network: Box<dyn NotificationService>,
	rounds: Arc<Rounds>,
	told: HashSet<(PeerId, RoundNumber)>,
}

impl PastVotes {
	/// Wraps `network`, for the rounds that `store` has now: before the voter starts.
	pub fn wrap<A: AuxStore>(
		network: Box<dyn NotificationService>,
		store: &A,
	) -> Result<Box<dyn NotificationService>, sp_blockchain::Error> {
		let rounds = Rounds::load(store)?;
		Ok(Box::new(Self { network, rounds: Arc::new(rounds), told: HashSet::new() }))
	}

	fn tell(&mut self, peer: PeerId, notification: &[u8]) {
		let rounds = self.rounds.clone();
		let Some((round, votes)) = rounds.answer(notification) else { return };
		if self.told.insert((peer, round)) {
			log::debug!(target: "grandpa", "Telling {peer} {} votes of round {round}, which was completed before", votes.len());
			for vote in votes {
				self.network.send_sync_notification(&peer, vote.clone());
			}
		}
	}
}

#[async_trait::async_trait]
impl NotificationService for PastVotes {
	async fn open_substream(&mut self, peer: PeerId) -> Result<(), ()> {
		self.network.open_substream(peer).await
	}

	async fn close_substream(&mut self, peer: PeerId) -> Result<(), ()> {
		self.network.close_substream(peer).await
	}

	fn send_sync_notification(&mut self, peer: &PeerId, notification: Vec<u8>) {
		self.network.send_sync_notification(peer, notification)
	}

	async fn send_async_notification(
		&mut self,
		peer: &PeerId,
		notification: Vec<u8>,
	) -> Result<(), sc_network::error::Error> {
		self.network.send_async_notification(peer, notification).await
	}

	async fn set_handshake(&mut self, handshake: Vec<u8>) -> Result<(), ()> {
		self.network.set_handshake(handshake).await
	}

	fn try_set_handshake(&mut self, handshake: Vec<u8>) -> Result<(), ()> {
		self.network.try_set_handshake(handshake)
	}

	async fn next_event(&mut self) -> Option<NotificationEvent> {
		let event = self.network.next_event().await;
		match &event {
			Some(NotificationEvent::NotificationReceived { peer, notification }) => self.tell(*peer, notification),
			// It may have lost what it was told.
			Some(NotificationEvent::NotificationStreamClosed { peer }) => self.told.retain(|(told, _)| told != peer),
			_ => (),
		}
		event
	}

	fn clone(&mut self) -> Result<Box<dyn NotificationService>, ()> {
		let network = self.network.clone()?;
		Ok(Box::new(Self { network, rounds: self.rounds.clone(), told: self.told.clone() }))
	}

	fn protocol(&self) -> &ProtocolName {
		self.network.protocol()
	}

	fn message_sink(&self, peer: &PeerId) -> Option<Box<dyn MessageSink>> {
		self.network.message_sink(peer)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::H256;
	use std::collections::HashMap;

	/// A database of one value.
	#[derive(Default)]
	struct Store(HashMap<Vec<u8>, Vec<u8>>);

	impl AuxStore for Store {
		fn insert_aux<'a, 'b: 'a, 'c: 'a, I, D>(&self, _: I, _: D) -> sp_blockchain::Result<()>
		where
			I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
			D: IntoIterator<Item = &'a &'b [u8]>,
		{
			Ok(())
		}

		fn get_aux(&self, key: &[u8]) -> sp_blockchain::Result<Option<Vec<u8>>> {
			Ok(self.0.get(key).cloned())
		}
	}

	/// A prevote with a signature that is none: nobody checks it here.
	fn vote(number: u32) -> SignedMessage<Header> {
		let bytes = (0u8, H256::repeat_byte(1), number, [3u8; 64], [4u8; 32]).encode();
		SignedMessage::<Header>::decode(&mut &bytes[..]).expect("this is the form of a vote")
	}

	fn store() -> Store {
		let target = (H256::repeat_byte(2), 3);
		let state = (Some(target), Some(target), Some(target), true);
		let rounds: Vec<CompletedRound> = vec![(4, state, target, vec![vote(3), vote(4)]), (5, state, target, vec![])];
		let voters: Vec<AuthorityId> = vec![];
		// The rounds that are not completed follow.
		let written = (0u8, rounds, 9u64, voters, BTreeMap::<u64, u8>::new()).encode();
		Store([(SET_STATE_KEY.to_vec(), written)].into())
	}

	fn neighbour(round: u64, set: u64) -> Vec<u8> {
		(NEIGHBOUR, round, set, 100u32).encode()
	}

	#[test]
	fn neighbour_should_be_told_the_votes_of_its_round_when_that_was_completed() {
		let rounds = Rounds::load(&store()).unwrap();
		let (round, votes) = rounds.answer(&neighbour(4, 9)).expect("the round was completed");
		assert_eq!(round, 4);
		assert_eq!(votes, [(0u8, 4u64, 9u64, vote(3)).encode(), (0u8, 4u64, 9u64, vote(4)).encode()]);
	}

	#[test]
	fn neighbour_should_be_told_nothing_when_there_is_nothing_to_tell() {
		let rounds = Rounds::load(&store()).unwrap();
		for (round, set) in [(3, 9), (5, 9), (6, 9), (4, 8)] {
			assert!(rounds.answer(&neighbour(round, set)).is_none(), "round {round} of set {set}");
		}
		assert!(rounds.answer(&[]).is_none());
		assert!(rounds.answer(&[2, 1, 0]).is_none());
		assert!(rounds.answer(&(VOTE, 4u64, 9u64).encode()).is_none());
		assert!(Rounds::load(&Store::default()).unwrap().messages.is_empty());
		let broken = Store([(SET_STATE_KEY.to_vec(), vec![0, 255, 255])].into());
		assert!(Rounds::load(&broken).unwrap().messages.is_empty());
	}
}
