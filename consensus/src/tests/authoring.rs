//! Authoring with the real pool and proposer: slow and silent workers, restarts, clocks, peers.

use super::chain::{
	id,
	Actions::{self, Bad, Good},
	Backend, Chain, FullClient, Import,
};
use crate::{aux_schema, slot_worker::LearningWorker, PeerHeads, StartParams, Work, WorkHub};
use futures::{future::join, Future, FutureExt};
use praxis_environment::Real;
use praxis_primitives_consensus::{
	digests::{find_pre_digest, find_score},
	Slot, KEY_TYPE,
};
use praxis_runtime::{opaque::Block, Hash};
use sc_basic_authorship::ProposerFactory;
use sc_client_api::HeaderBackend;
use sc_transaction_pool::TransactionPoolHandle;
use sc_transaction_pool_api::{TransactionPool, TransactionSource};
use sp_consensus::SyncOracle;
use sp_core::{testing::TaskExecutor, H256};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie};
use sp_keystore::{testing::MemoryKeystore, Keystore};
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};
use std::{
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc, Mutex,
	},
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::watch;

type Pool = TransactionPoolHandle<Block, FullClient>;
type Worker = LearningWorker<Backend, Block, FullClient, ProposerFactory<Pool, FullClient>, Import, Pool, Peers>;

/// Tells the author whether it has peers.
#[derive(Clone, Default)]
struct Peers {
	offline: Arc<AtomicBool>,
	heads: Arc<Mutex<Vec<(H256, u32)>>>,
}

impl SyncOracle for Peers {
	fn is_major_syncing(&self) -> bool {
		false
	}

	fn is_offline(&self) -> bool {
		self.offline.load(Ordering::Relaxed)
	}
}

/// More than any step of a test takes.
const A_MINUTE: Duration = Duration::from_secs(60);

/// A node of Alice.
struct Author {
	chain: Arc<Chain>,
	pool: Arc<Pool>,
	hub: WorkHub,
	peers: Peers,
	worker: Worker,
}

impl Author {
	fn new(chain: Chain) -> Self {
		Self::with_force(chain, false)
	}

	fn with_force(chain: Chain, force_authoring: bool) -> Self {
		let client = chain.client.clone();
		let pool =
			Arc::new(sc_transaction_pool::Builder::new(TaskExecutor::new(), client.clone(), true.into()).build());
		tokio::spawn(sc_transaction_pool::notification_future(client.clone(), pool.clone(), false));
		let keystore = MemoryKeystore::new();
		keystore.sr25519_generate_new(KEY_TYPE, Some("//Alice")).expect("memory keeps it");
		let (hub, peers) = (WorkHub::default(), Peers::default());
		let heads = peers.heads.clone();
		// A peer that is no further.
		heads.lock().expect("nobody panics with it").push((chain.genesis(), 0));
		let peer_heads: PeerHeads<Block> = Arc::new(move || {
			let heads = heads.lock().expect("nobody panics with it").clone();
			futures::future::ready(heads).boxed()
		});
		let worker = LearningWorker::new(StartParams {
			client: client.clone(),
			select_chain: chain.select_chain.clone(),
			block_import: chain.import.clone(),
			proposer_factory: ProposerFactory::new(TaskExecutor::new(), client, pool.clone(), None, None),
			pool: pool.clone(),
			sync_oracle: peers.clone(),
			peer_heads,
			force_authoring,
			keystore: keystore.into(),
			hub: hub.clone(),
		});
		Self { chain: Arc::new(chain), pool, hub, peers, worker }
	}

	/// The slot as the author lives it, beginning `milliseconds` after it began.
	async fn slot(&mut self, slot: Slot, milliseconds: u64) -> Option<Block> {
		self.chain.set_clock(slot, milliseconds);
		let block = self.worker.on_slot(slot).await;
		self.chain.set_clock(slot, self.chain.public_after());
		block
	}

	/// A slot in which the block is built when `events` are over, however long they take.
	async fn slot_of_events(&mut self, slot: Slot, events: impl Future<Output = ()>) -> Option<Block> {
		self.chain.set_clock(slot, self.chain.slot_duration.as_millis() / 2);
		let deadline = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis() as u64;
		let (over, build) = futures::channel::oneshot::channel();
		let building = self.worker.author_when(slot, deadline + 60_000, build.map(drop), Instant::now() + A_MINUTE);
		let (block, ()) = join(building, events.map(|()| over.send(()).expect("the author waits"))).await;
		self.chain.set_clock(slot, self.chain.public_after());
		block
	}

	/// A slot in which the worker answers.
	async fn slot_with_worker(&mut self, slot: Slot, how: Actions) -> Option<Block> {
		let mut works = self.hub.subscribe();
		let (chain, pool) = (self.chain.clone(), self.pool.clone());
		let answers = async move {
			let work = offered(&mut works).await;
			submit(&chain, &pool, &work, how).await.expect("the pool takes an answer at once");
		};
		self.slot_of_events(slot, answers).await
	}
}

/// The next work that is offered.
async fn offered(works: &mut watch::Receiver<Option<Work>>) -> Work {
	works.changed().await.expect("the author is there");
	works.borrow_and_update().clone().expect("work is offered")
}

/// Answers `work` as Alice's worker.
async fn submit(chain: &Chain, pool: &Pool, work: &Work, how: Actions) -> Result<(), String> {
	let slot = Slot::from(work.slot);
	let (actions, reward) = chain.actions(work.parent, Alice, slot, how);
	let extrinsic = chain.submission(work.parent, Alice, slot, actions, reward);
	let at = chain.client.info().best_hash;
	pool.submit_one(at, TransactionSource::Local, extrinsic).await.map(drop).map_err(|e| e.to_string())
}

fn reward(block: &Block) -> Real {
	find_score(&block.header).unwrap().reward
}

async fn from_network(chain: &Chain, parent: Hash, author: Sr25519Keyring, slot: Slot, how: Actions) -> Hash {
	let block = chain.block(parent, author, slot, how);
	let hash = block.hash();
	chain.import(block).await.unwrap();
	hash
}

/// Milliseconds after which there is no time left for the worker.
const LATE: u64 = 2_000;

#[tokio::test]
async fn block_should_record_transitions_when_the_worker_answers() {
	let mut author = Author::new(Chain::new());
	for n in 1..=3 {
		let slot = author.chain.slot(n);
		let block = author.slot_with_worker(slot, Good).await.expect("there is a block");
		assert!(reward(&block) > Real::ZERO);
		assert_eq!(*block.header.number() as u64, n);
		assert_eq!(author.chain.client_best(), block.hash());
	}
}

#[tokio::test]
async fn block_should_be_made_without_transitions_when_the_worker_is_silent() {
	let mut author = Author::new(Chain::new());
	let mut parent = author.chain.genesis();
	for n in 1..=3 {
		let slot = author.chain.slot(n);
		let block = author.slot(slot, LATE).await.expect("there is a block");
		assert_eq!((reward(&block), *block.header.parent_hash()), (Real::ZERO, parent));
		parent = block.hash();
	}
	assert_eq!(author.chain.client_best(), parent);
}

#[tokio::test]
async fn block_should_be_made_without_transitions_when_the_worker_is_late() {
	let mut author = Author::new(Chain::new());
	let slot = author.chain.slot(1);
	let mut works = author.hub.subscribe();
	let (tell, told) = futures::channel::oneshot::channel();
	// It hears of the work and trains on; the block is built.
	let block = author
		.slot_of_events(slot, async { tell.send(offered(&mut works).await).expect("the test listens") })
		.await
		.expect("there is a block");
	let work = told.await.expect("work was offered");
	assert_eq!(reward(&block), Real::ZERO);
	assert_eq!((work.slot, work.parent), (*slot, author.chain.genesis()));
	works.changed().await.unwrap();
	assert!(works.borrow().is_none(), "the offer is withdrawn");
	// Its answer may be taken by the pool or not: it spoils neither this chain nor the next slot.
	let _ = submit(&author.chain, &author.pool, &work, Good).await;
	let next = author.chain.slot(2);
	let block = author.slot_with_worker(next, Good).await.expect("there is a block");
	assert!(reward(&block) > Real::ZERO);
}

#[tokio::test]
async fn author_should_submit_again_at_once_when_its_block_lost() {
	let mut author = Author::new(Chain::new());
	let slot = author.chain.slot(1);
	let lost = author.slot_with_worker(slot, Bad).await.expect("there is a block");
	// Bob's earned more: Alice's block is off the chain, and her extrinsic with it.
	let bobs = from_network(&author.chain, author.chain.genesis(), Bob, slot, Good).await;
	assert_eq!(author.chain.client_best(), bobs);
	assert_ne!(lost.hash(), bobs);
	let next = author.chain.slot(2);
	let block = author.slot_with_worker(next, Good).await.expect("there is a block");
	assert_eq!(*block.header.parent_hash(), bobs);
	assert!(reward(&block) > Real::ZERO, "the lost block's extrinsic is in the way");
	// The nonce is that of the winning chain: nothing was spent on the lost one.
	assert_eq!(block.extrinsics.len(), 2, "timestamp and one submission");
}

#[tokio::test]
async fn early_block_should_not_cost_others_their_transitions() {
	let mut author = Author::new(Chain::new());
	let slot = author.chain.slot(1);
	author.chain.set_clock(slot, author.chain.slot_duration.as_millis() / 3);
	// Bob does not wait, and sends his block without announcing it.
	let early = author.chain.block(author.chain.genesis(), Bob, slot, Good);
	author.chain.import(early.clone()).await.unwrap_err();
	let block = author.slot_with_worker(slot, Good).await.expect("there is a block");
	assert_eq!(*block.header.parent_hash(), author.chain.genesis());
	assert!(reward(&block) > Real::ZERO);
	// At its time it competes as any other.
	author.chain.import(early).await.unwrap();
}

/// Alice's block after a richer sibling of its parent came when her worker had answered, and had no time left.
async fn after_a_sibling_kept_back(sibling: Actions, answer: Actions) -> (Block, Hash, Hash) {
	let mut author = Author::new(Chain::new());
	let (first, slot) = (author.chain.slot(1), author.chain.slot(2));
	author.chain.set_clock(slot, author.chain.slot_duration.as_millis() / 2);
	let parent = from_network(&author.chain, author.chain.genesis(), Bob, first, Actions::None).await;
	let kept_back = author.chain.block(author.chain.genesis(), Charlie, first, sibling);
	let richer = kept_back.hash();
	let mut works = author.hub.subscribe();
	let (chain, pool) = (author.chain.clone(), author.pool.clone());
	let events = async move {
		let work = offered(&mut works).await;
		assert_eq!(work.parent, parent);
		submit(&chain, &pool, &work, answer).await.expect("the pool takes it");
		assert!(chain.import(kept_back).await.unwrap(), "it is the new head");
		assert_eq!(offered(&mut works).await.parent, richer);
	};
	let block = author.slot_of_events(slot, events).await;
	let block = block.expect("there is a block");
	assert_eq!(author.chain.client_best(), block.hash());
	(block, parent, richer)
}

#[tokio::test]
async fn transitions_should_not_be_lost_when_a_sibling_of_the_parent_was_kept_back() {
	let (block, parent, _) = after_a_sibling_kept_back(Bad, Good).await;
	assert_eq!(*block.header.parent_hash(), parent, "its transitions are worth more than the sibling's lead");
	assert!(reward(&block) > Real::ZERO);
	let (block, _, richer) = after_a_sibling_kept_back(Good, Bad).await;
	assert_eq!(*block.header.parent_hash(), richer, "the sibling's lead is worth more");
	assert_eq!(reward(&block), Real::ZERO);
}

#[tokio::test]
async fn block_should_not_be_early_when_its_author_may_not_build_on_a_later_parent() {
	let mut author = Author::new(Chain::new());
	let (first, slot) = (author.chain.slot(1), author.chain.slot(2));
	author.chain.set_clock(slot, author.chain.slot_duration.as_millis() / 2);
	let genesis = author.chain.genesis();
	let parent = from_network(&author.chain, genesis, Bob, first, Actions::None).await;
	// In a richer sibling Alice has left.
	let (actions, earned) = author.chain.actions(genesis, Charlie, first, Good);
	let leaves = praxis_runtime::RuntimeCall::Workers(pallet_workers::Call::deregister {});
	let extrinsics = vec![
		author.chain.submission(genesis, Charlie, first, actions, earned),
		author.chain.signed(genesis, Alice, leaves),
	];
	let pre = author.chain.pre_digest(genesis, Charlie, first);
	let (header, body) = author.chain.build(genesis, &pre, extrinsics).expect("the block builds");
	let sibling = Block::new(author.chain.seal(header, Charlie), body);
	let mut works = author.hub.subscribe();
	let chain = author.chain.clone();
	let events = async move {
		assert_eq!(offered(&mut works).await.parent, parent);
		assert!(chain.import(sibling).await.unwrap(), "it is the new head");
		// Long enough to build; nothing is lost if it takes longer.
		tokio::time::sleep(Duration::from_millis(500)).await;
		assert_eq!(chain.client.info().best_number, 1, "a block was made before its time");
	};
	let block = author.slot_of_events(slot, events).await.expect("there is a block");
	assert_eq!(*block.header.parent_hash(), parent);
}

#[tokio::test]
async fn candidate_should_be_dropped_when_a_better_block_is_there() {
	let mut author = Author::new(Chain::new());
	let slot = author.chain.slot(1);
	author.chain.set_clock(slot, author.chain.public_after());
	let bobs = from_network(&author.chain, author.chain.genesis(), Bob, slot, Good).await;
	assert!(author.slot(slot, LATE).await.is_none());
	assert_eq!(author.chain.client_best(), bobs);
	// Nothing was sealed, so nothing is claimed.
	assert!(!aux_schema::sealed(&*author.chain.client, &id(Alice)).unwrap().contains(slot));
}

#[tokio::test]
async fn author_should_not_equivocate_when_it_restarts_in_its_slot() {
	let mut author = Author::new(Chain::new());
	let slot = author.chain.slot(1);
	let sealed = author.slot(slot, LATE).await.expect("there is a block");
	let mut again = Author::new(author.chain.restarted());
	assert!(again.slot(slot, LATE).await.is_none());
	// Also when the better parent has changed meanwhile, so that the block would be another.
	let bobs = from_network(&again.chain, again.chain.genesis(), Bob, again.chain.slot(0), Good).await;
	assert_eq!(again.chain.client_best(), bobs);
	assert!(again.slot(slot, LATE).await.is_none());
	assert!(again.chain.import.equivocations().is_empty());
	// The next slot is free.
	let next = again.chain.slot(2);
	let block = again.slot(next, LATE).await.expect("there is a block");
	assert_ne!(block.hash(), sealed.hash());
}

#[tokio::test]
async fn author_should_not_equivocate_when_it_died_before_its_block_was_stored() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	// The slot is claimed before the block is sealed; then the power fails.
	assert!(aux_schema::claim_slot(&*chain.client, &id(Alice), slot, 0.into()).unwrap());
	let mut author = Author::new(chain.restarted());
	assert!(author.slot(slot, LATE).await.is_none());
	assert_eq!(author.chain.client_best(), author.chain.genesis());
}

#[tokio::test]
async fn author_should_go_on_when_its_clock_was_once_ahead() {
	let mut author = Author::new(Chain::new());
	let (slot, future) = (author.chain.slot(1), author.chain.slot(1_000_000));
	let ahead = author.slot(future, LATE).await.expect("there is a block");
	assert_eq!(author.chain.client_best(), ahead.hash());
	let block = author.slot(slot, LATE).await.expect("the author is not locked out");
	assert_eq!(*block.header.parent_hash(), author.chain.genesis());
	assert_eq!((author.chain.best(), author.chain.client_best()), (block.hash(), block.hash()));
	// When that time comes, its slot is taken all the same.
	assert!(author.slot(future, LATE).await.is_none());
	assert!(author.chain.import.equivocations().is_empty());
}

#[tokio::test]
async fn sealed_slots_should_be_forgotten_with_finality_only() {
	let chain = Chain::new();
	let claim = |slot: u64, finalized: u64| {
		aux_schema::claim_slot(&*chain.client, &id(Alice), slot.into(), finalized.into()).unwrap()
	};
	let sealed = || aux_schema::sealed(&*chain.client, &id(Alice)).unwrap();
	assert!(claim(10, 0) && claim(12, 0) && claim(11, 0));
	assert!(!claim(10, 0) && !claim(11, 0) && !claim(12, 0));
	assert_eq!(sealed().slots, [10, 11, 12].map(Slot::from));
	assert!(claim(13, 11));
	assert_eq!(sealed().slots, [12, 13].map(Slot::from));
	// Bob's slots are his own.
	assert!(aux_schema::claim_slot(&*chain.client, &id(Bob), 13.into(), 0.into()).unwrap());
}

#[test]
fn sealed_slots_should_stay_sealed_when_the_list_is_cut() {
	let mut sealed = aux_schema::Sealed::default();
	let last = aux_schema::MAX_SEALED as u64 + 5;
	for slot in 1..=last {
		sealed.insert(slot.into(), 0.into());
	}
	assert_eq!(sealed.slots.len(), aux_schema::MAX_SEALED);
	assert_eq!(sealed.floor, Slot::from(5));
	assert!((1..=last).all(|slot| sealed.contains(slot.into())));
	assert!(!sealed.contains((last + 1).into()));
}

#[tokio::test]
async fn author_without_peers_should_wait_where_others_may_author() {
	let mut author = Author::new(Chain::new());
	author.peers.offline.store(true, Ordering::Relaxed);
	let slots = [author.chain.slot(1), author.chain.slot(2)];
	assert!(author.slot(slots[0], LATE).await.is_none());
	assert_eq!(author.chain.client_best(), author.chain.genesis());
	author.peers.offline.store(false, Ordering::Relaxed);
	// Light peers are connected as well, but make no blocks.
	let heads = std::mem::take(&mut *author.peers.heads.lock().unwrap());
	assert!(author.slot(slots[0], LATE).await.is_none());
	*author.peers.heads.lock().unwrap() = heads;
	assert!(author.slot(slots[1], LATE).await.is_some());

	let mut forced = Author::with_force(Chain::new(), true);
	forced.peers.offline.store(true, Ordering::Relaxed);
	assert!(forced.slot(slots[0], LATE).await.is_some());

	let mut only = Author::new(Chain::of_one_author());
	only.peers.offline.store(true, Ordering::Relaxed);
	let block = only.slot(slots[0], LATE).await.expect("the only author waits for nobody");
	assert_eq!(find_pre_digest(&block.header).unwrap().slot, slots[0]);
}

#[tokio::test]
async fn author_should_wait_when_the_blocks_that_its_peers_build_on_do_not_arrive() {
	let mut author = Author::new(Chain::new());
	let stranger = H256::repeat_byte(7);
	let slots: Vec<Slot> = (1..=7).map(|number| author.chain.slot(number)).collect();
	let set = |author: &Author, heads: &[(H256, u32)]| *author.peers.heads.lock().unwrap() = heads.to_vec();

	set(&author, &[(stranger, 9), (stranger, 9), (author.chain.genesis(), 0)]);
	assert!(author.slot(slots[0], LATE).await.is_some(), "they may be on their way");
	assert!(author.slot(slots[1], LATE).await.is_none(), "two of three build on what is not here");

	let best = author.chain.client_best();
	set(&author, &[(best, 1), (stranger, 9)]);
	assert!(author.slot(slots[2], LATE).await.is_some(), "half of the peers are no majority");
	set(&author, &[(stranger, 1)]);
	assert!(author.slot(slots[3], LATE).await.is_some());
	assert!(author.slot(slots[4], LATE).await.is_some(), "what is lower than the head need not be known");

	let mut forced = Author::with_force(Chain::new(), true);
	set(&forced, &[(stranger, 9)]);
	for slot in &slots[..3] {
		assert!(forced.slot(*slot, LATE).await.is_some());
	}
}
