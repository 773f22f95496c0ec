//! What an author's worker is asked to do, and how it gets there.

use serde::{Deserialize, Serialize};
use sp_core::{crypto::AccountId32, Bytes, H256};
use std::sync::Arc;
use tokio::sync::watch;

/// One piece of work: choose the actions of one block.
///
/// The worker runs its policy from `state` under `noise` for `steps_per_block` steps and submits
/// `oracle.submit_transitions(parent, slot, attempt, step, actions, reward, policy_hash)` before the deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
	/// Hash of the block to build upon.
	pub parent: H256,
	/// Height of the block to build.
	pub number: u32,
	/// Slot of the block to build.
	pub slot: u64,
	/// Number of the first transition, counted from genesis.
	pub step: u64,
	/// SCALE encoding of the state S_t (`praxis_environment::AnyState`).
	pub state: Bytes,
	/// Seed of the noise, from the author's VRF output.
	pub noise: H256,
	/// K: transitions that the block records.
	pub steps_per_block: u32,
	/// Account that must sign the submission.
	pub author: AccountId32,
	/// Key that seals the block.
	pub author_key: H256,
	/// Until when a submission can be included, in milliseconds of Unix time.
	pub deadline: u64,
}

/// Hands the newest work to every subscriber.
#[derive(Clone)]
pub struct WorkHub {
	sender: Arc<watch::Sender<Option<Work>>>,
}

impl Default for WorkHub {
	fn default() -> Self {
		Self { sender: Arc::new(watch::channel(None).0) }
	}
}

impl WorkHub {
	/// Offers `work`; older work is void.
	pub fn offer(&self, work: Work) {
		self.sender.send_replace(Some(work));
	}

	/// Withdraws what was offered: its block is built.
	pub fn withdraw(&self) {
		self.sender.send_replace(None);
	}

	/// Follows the offers.
	pub fn subscribe(&self) -> watch::Receiver<Option<Work>> {
		self.sender.subscribe()
	}

	/// Number of workers that listen.
	pub fn workers(&self) -> usize {
		self.sender.receiver_count()
	}
}
