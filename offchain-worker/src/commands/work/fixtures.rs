//! Tasks and workers for tests.

use crate::chain::market::{Task, Worker};
use codec::{Decode, Encode};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::Limits;
use praxis_primitives_market::{Assignment, Commit, Resources, Reveal, TaskSpec, TaskState, Terms};
use sp_core::{crypto::AccountId32, H256};

/// Price of the tasks here.
pub const PRICE: u128 = 1_000;

/// Some account.
pub fn account(number: u8) -> AccountId32 {
	AccountId32::new([number; 32])
}

/// A part of one, in billionths, whatever its type is called.
fn part<T: Decode>(billionths: u32) -> T {
	T::decode(&mut &billionths.encode()[..]).expect("a part is its billionths")
}

/// A CartPole task in some state: 20 blocks to train, 10 to reveal.
pub fn task(state: TaskState<u32>) -> Task {
	Task {
		id: 7,
		requester: account(1),
		spec: TaskSpec {
			environment: TaskEnvironment::CartPole,
			target: Real::from_int(475),
			episodes: 20,
			price: PRICE,
			budget: 2 * PRICE,
			workers: 2,
			apply_blocks: 6,
			train_blocks: 20,
			reveal_blocks: 10,
			minimum_reputation: part(0),
			terms: Terms { reputation: part(400_000_000), expertise: part(400_000_000), compute: part(200_000_000) },
			resources: Resources { cores: 1, memory: 1_024, gpus: 0, gpu_memory: 0 },
			limits: Limits { max_parameters: 10_000, max_work: 20_000 },
		},
		state,
		posted: 1,
		job: 0,
		evaluation: 10,
		bond: 300,
		applicants: 2,
		assignments: Vec::new(),
		ledger: Default::default(),
	}
}

/// A worker with nothing to do.
pub fn worker(owner: AccountId32) -> Worker {
	Worker {
		owner,
		operator: None,
		proposed: None,
		resources: Resources { cores: 2, memory: 4_096, gpus: 0, gpu_memory: 0 },
		endpoint: Vec::new(),
		deposit: 0,
		since: 0,
		engaged: 0,
		leaving: None,
		reputation: part(0),
		compute: part(0),
		judged: 0,
		faults: 0,
		skills: Vec::new(),
	}
}

/// An assignment of an owner, perhaps with its commitment.
pub fn assignment(owner: AccountId32, hash: Option<H256>) -> Assignment<AccountId32, u128, u32> {
	let commit =
		|hash| Commit { hash, cid: Default::default(), parent: None, at: 12, order: 0, floor: Real::from_int(22) };
	Assignment { owner, price: PRICE, bond: 300, commit: hash.map(commit), reveal: None, settlement: None }
}

/// A reveal.
pub fn reveal() -> Reveal<u32> {
	Reveal { policy: H256::zero(), place: 0, size: 1, known: false, at: 30 }
}
