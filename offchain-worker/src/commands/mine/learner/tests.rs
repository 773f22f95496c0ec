use super::*;
use crate::agent::DqnConfig;
use praxis_environment::{rollout, transitions, AnyState};
use sp_core::crypto::AccountId32;
use std::time::Duration;
use tch::Device;

const ID: EnvironmentId = EnvironmentId::NoisyPendulum;

fn work(slot: u64) -> Arc<Work> {
	Arc::new(Work {
		parent: H256::zero(),
		number: 1,
		slot,
		step: 0,
		state: AnyState::reset(ID, &Seed::from_number(slot)),
		noise: Seed::from_number(1_000 + slot),
		steps: 32,
		author: AccountId32::new([0; 32]),
		deadline: u64::MAX,
	})
}

fn agent() -> Mind {
	let config = DqnConfig { hidden: vec![8], learning_starts: 64, batch: 16, ..DqnConfig::for_environment(ID) };
	Mind::of(Dqn::new(ID, config, Device::Cpu).expect("an agent")).expect("a mind")
}

fn config(sources: Option<Sources>) -> LearnerConfig {
	LearnerConfig { id: ID, sources, updates_per_block: 10, episode_steps: 320, seed: 1, progress: Arc::default() }
}

const BOTH: Option<Sources> = Some(Sources { simulation: true, chain: true });

/// Evaluates until so many gradient steps are done, for a second at most.
async fn wait_for(learner: &Learner, updates: u64) -> Evaluation {
	let started = Instant::now();
	loop {
		let evaluation = learner.evaluate().await.expect("an evaluation");
		if evaluation.updates >= updates || started.elapsed() > Duration::from_secs(20) {
			return evaluation;
		}
	}
}

#[tokio::test]
async fn answers_should_be_what_the_oracle_accepts() {
	for mind in [agent(), Mind::Random(Box::new(ChaCha8Rng::seed_from_u64(1)))] {
		let random = matches!(mind, Mind::Random(_));
		let (learner, _ended) = Learner::start(mind, config(None)).expect("a thread");
		let work = work(1);
		let answer = learner.play(work.clone()).await.expect("an answer");
		let oracle = rollout(&work.state, &work.noise, &answer.turn.actions).expect("a rollout");
		assert_eq!(answer.turn.reward, oracle.reward);
		assert_eq!(answer.turn.actions.len(), 32);
		assert_eq!(answer.policy_hash == H256::zero(), random);
	}
}

#[tokio::test]
async fn gradient_steps_should_be_rationed_per_slot() {
	let (learner, _ended) = Learner::start(agent(), config(BOTH)).expect("a thread");
	let before = learner.evaluate().await.expect("an evaluation");
	assert_eq!(before.updates, 0, "no work, no ration");
	learner.play(work(1)).await.expect("an answer");
	assert_eq!(wait_for(&learner, 10).await.updates, 10);
	// The same slot upon another parent gives no more.
	learner.play(work(1)).await.expect("an answer");
	assert_eq!(learner.evaluate().await.expect("an evaluation").updates, 10);
	learner.play(work(2)).await.expect("an answer");
	let after = wait_for(&learner, 20).await;
	assert_eq!(after.updates, 20);
	learner.halt().expect("a command");
	learner.play(work(3)).await.expect("an answer");
	assert_eq!(learner.evaluate().await.expect("an evaluation"), after, "halted");
}

#[test]
fn the_best_policy_so_far_should_play() {
	let mut worker = Worker::new(agent(), config(BOTH));
	let play_to_end = |worker: &mut Worker| {
		while worker.trial.is_some() {
			worker.try_out().expect("an episode");
		}
		let Mind::Agent(agent, champion) = &worker.mind else { panic!("an agent") };
		(agent.policy_hash(), champion.hash.0, champion.score)
	};
	worker.start_trial().expect("a trial");
	let (newest, playing, first) = play_to_end(&mut worker);
	assert_eq!(newest, playing);
	let mut best = first.expect("a score");
	for slot in 1..=20 {
		worker.ration = 20;
		while worker.may_learn() {
			worker.learn().expect("a gradient step");
		}
		assert!(worker.trial.is_some(), "slot {slot}");
		let (newest, now_playing, score) = play_to_end(&mut worker);
		let score = score.expect("a score");
		assert!(score >= best, "the champion got worse");
		assert!(score > best || now_playing == playing || now_playing == newest || score == best);
		best = score;
	}
	// Not tried twice.
	worker.start_trial().expect("nothing");
	assert!(worker.trial.is_none());
	// What is saved is what plays.
	let folder = tempfile::tempdir().expect("a folder");
	let path = folder.path().join("policy.safetensors");
	let (reply, _answer) = oneshot::channel();
	worker.handle(Command::Save { path: path.clone(), reply }).expect("a file");
	let saved = Dqn::load(&path, Device::Cpu).expect("an agent");
	assert_eq!(H256(saved.policy_hash()), worker.policy_hash());
}

#[tokio::test]
async fn learning_from_the_chain_should_wait_for_its_transitions() {
	let chain = Some(Sources { simulation: false, chain: true });
	let (learner, _ended) = Learner::start(agent(), config(chain)).expect("a thread");
	learner.play(work(1)).await.expect("an answer");
	assert_eq!(learner.evaluate().await.expect("an evaluation").updates, 0);
	for slot in 1..=2 {
		let work = work(slot);
		let (_, transitions) = transitions(&work.state, &work.noise, &[4; 32]).expect("transitions");
		let author = AccountId32::new([9; 32]);
		learner.learn(Experience { author, start: work.state, transitions }).expect("a command");
	}
	let after = wait_for(&learner, 10).await;
	assert_eq!((after.updates, after.remembered, after.steps, after.from_chain), (10, 64, 0, 64));
}

#[tokio::test]
async fn work_of_another_environment_should_be_refused() {
	let (learner, _ended) = Learner::start(agent(), config(None)).expect("a thread");
	let state = AnyState::reset(EnvironmentId::CartPole, &Seed([1; 32]));
	let other = Arc::new(Work { state, ..(*work(1)).clone() });
	let error = learner.play(other).await.expect_err("another environment");
	assert!(error.contains("CartPole-v1"), "{error}");
}

#[tokio::test]
async fn a_checkpoint_should_be_written_and_the_thread_should_end_with_its_handle() {
	let folder = tempfile::tempdir().expect("a folder");
	let path = folder.path().join("policy.safetensors");
	let (learner, ended) = Learner::start(agent(), config(None)).expect("a thread");
	let hash = learner.evaluate().await.expect("an evaluation").policy_hash;
	learner.save(path.clone()).await.expect("a file");
	let agent = Dqn::load(&path, Device::Cpu).expect("an agent");
	assert_eq!(H256(agent.policy_hash()), hash);
	drop(learner);
	assert!(matches!(ended.await, Ok(Ok(()))));
}

#[test]
fn sums_of_rewards_should_not_reach_across_restarts() {
	let id = EnvironmentId::CartPole;
	let config = DqnConfig { n_step: 3, ..DqnConfig::for_environment(id) };
	let mut agent = Dqn::new(id, config, Device::Cpu).expect("an agent");
	let state = AnyState::reset(id, &Seed([1; 32]));
	let (_, transitions) = transitions(&state, &Seed([2; 32]), &[0; 32]).expect("transitions");
	assert!(transitions.iter().any(|transition| transition.terminated));
	remember(&mut agent, &transitions).expect("a block");
	assert_eq!(agent.remembered(), 32, "nothing is left over for the next block");
}
