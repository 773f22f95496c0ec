//! Deep Q-learning (Mnih et al. 2015), with the switches that came after it.
//!
//! The paper's steps, as they stand here: observe and act epsilon-greedily ([`Dqn::act`]); take the step and store the
//! transition ([`Dqn::observe`], [`Dqn::remember`]); draw a minibatch, form the targets
//! `y = r + gamma * max_a' Q'(s', a')` (equation 1), descend on `(y - Q(s, a))^2` (equation 2), and every C updates
//! copy Q into Q' ([`Dqn::update`]).

use super::{
	gradient::{Gradient, Objective},
	n_step::{Experience, NStep},
	network::{Layout, Network, Policy, Shape},
	optimizer::Adam,
	replay::{Replay, Rows},
	schedule::{Epsilon, Explorer},
	world::{reward_range, World},
	AgentError, DqnConfig,
};
use praxis_environment::Transition;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use tch::{Device, TchError};

/// The range of an environment's raw rewards.
#[derive(Clone, Copy, Debug)]
struct RewardRange {
	least: f64,
	width: f64,
}

/// What every agent of a team has of its own.
pub(super) struct Seat {
	pub(super) n_step: NStep,
	pub(super) explorer: Explorer,
}

/// A deep Q-learning agent of one environment, or of all agents of a team.
pub struct Dqn {
	pub(super) world: World,
	pub(super) config: DqnConfig,
	pub(super) layout: Layout,
	pub(super) online: Network,
	pub(super) target: Network,
	pub(super) optimizer: Adam,
	gradient: Gradient,
	pub(super) replay: Replay,
	/// One in the environment of a single agent.
	pub(super) seats: Vec<Seat>,
	epsilon: Epsilon,
	/// The online network as of the last refresh.
	policy: Policy,
	/// Whether it has learned since.
	stale: bool,
	rewards: RewardRange,
	observation: usize,
	pub(super) exploring: ChaCha8Rng,
	pub(super) drawing: ChaCha8Rng,
	pub(super) steps: u64,
	pub(super) updates: u64,
}

impl Dqn {
	/// A fresh agent.
	pub fn new(world: impl Into<World>, config: DqnConfig, device: Device) -> Result<Self, AgentError> {
		let world = world.into();
		config.validate()?;
		let layout = Self::layout(world, &config);
		let weights = layout.initial(&mut stream(config.seed, 0));
		Self::with_weights(world, config, device, layout, &weights)
	}

	pub(super) fn layout(world: World, config: &DqnConfig) -> Layout {
		Layout::new(&Shape {
			observation: world.observation(),
			actions: world.actions() as usize,
			hidden: config.hidden.clone(),
			dueling: config.dueling,
		})
	}

	pub(super) fn with_weights(
		world: World,
		config: DqnConfig,
		device: Device,
		layout: Layout,
		weights: &[f32],
	) -> Result<Self, AgentError> {
		let epsilon = Epsilon::new(config.epsilon_start, config.epsilon_end, config.epsilon_decay);
		let (least, width) = reward_range(world);
		let masked = if world.is_masked() { world.actions() as usize } else { 0 };
		let seat = || Seat {
			n_step: NStep::new(config.n_step, config.gamma),
			explorer: Explorer::new(epsilon, config.exploration_repeat, world.actions()),
		};
		Ok(Self {
			online: Network::new(layout.clone(), weights, device)?,
			target: Network::new(layout.clone(), weights, device)?,
			optimizer: Adam::new(layout.length(), config.lr, device)?,
			gradient: Gradient::new(&layout, config.batch, Objective::of(&config), masked > 0, device)?,
			replay: Replay::new(
				config.buffer,
				Rows::new(world.input_scales(), masked),
				(config.priority_exponent, config.priority_correction),
				device,
			)?,
			seats: (0..world.agents()).map(|_| seat()).collect(),
			epsilon,
			policy: Policy::new(layout.clone(), weights, world.input_scales()),
			stale: false,
			rewards: RewardRange { least, width },
			observation: world.observation(),
			exploring: stream(config.seed, 1),
			drawing: stream(config.seed, 2),
			world,
			config,
			layout,
			steps: 0,
			updates: 0,
		})
	}

	/// The environment it learns.
	pub fn environment(&self) -> World {
		self.world
	}

	/// Its settings.
	pub fn config(&self) -> &DqnConfig {
		&self.config
	}

	/// Actions chosen by [`Self::act`].
	pub fn steps(&self) -> u64 {
		self.steps
	}

	/// Gradient steps taken.
	pub fn updates(&self) -> u64 {
		self.updates
	}

	/// Transitions in the replay buffer.
	pub fn remembered(&self) -> usize {
		self.replay.len()
	}

	/// The present exploration rate.
	pub fn epsilon(&self) -> f64 {
		self.epsilon.at(self.steps)
	}

	/// Chooses an action epsilon-greedily and counts a step.
	pub fn act(&mut self, observation: &[i16]) -> u8 {
		let action = self.act_as(0, observation, self.world.every_action());
		self.steps += 1;
		action
	}

	/// Chooses an action of a mask for one agent of a team, epsilon-greedily. Counts nothing: a step is one of the whole
	/// team.
	pub fn act_as(&mut self, seat: usize, observation: &[i16], mask: u32) -> u8 {
		let Self { seats, policy, exploring, steps, .. } = self;
		match seats.get_mut(seat).and_then(|seat| seat.explorer.explore(*steps, mask, exploring)) {
			Some(action) => action,
			None => policy.greedy_masked(observation, mask),
		}
	}

	/// Counts steps that were taken elsewhere, by actors with this agent's policy.
	pub fn count_steps(&mut self, steps: u64) {
		self.steps += steps;
	}

	/// Stores rows that actors wrote.
	pub fn observe_rows(&mut self, rows: &[f32]) -> Result<(), AgentError> {
		Ok(self.replay.extend(rows)?)
	}

	/// What the replay buffer's rows consist of.
	pub fn rows(&self) -> &Rows {
		self.replay.layout()
	}

	/// The action that the policy holds best.
	pub fn greedy(&mut self, observation: &[i16]) -> u8 {
		self.policy.greedy(observation)
	}

	/// The best actions for many observations that lie one after the other.
	pub fn greedy_batch(&mut self, observations: &[i16], actions: &mut Vec<u8>) {
		actions.clear();
		let policy = &mut self.policy;
		actions.extend(observations.chunks_exact(self.observation).map(|observation| policy.greedy(observation)));
	}

	/// A copy of the policy, to act with elsewhere.
	pub fn policy(&self) -> Policy {
		self.policy.clone()
	}

	/// Stores a transition of the chain, whose reward is normalised.
	pub fn remember(&mut self, transition: &Transition) -> Result<(), AgentError> {
		let reward = self.rewards.least + transition.reward.to_f64() * self.rewards.width;
		self.observe(
			&transition.observation,
			transition.action,
			reward,
			&transition.next_observation,
			transition.terminated,
		)
	}

	/// Stores a transition with the environment's own reward. An episode that was cut off (by a time limit) is not
	/// `terminated`: its rest is estimated.
	pub fn observe(
		&mut self,
		observation: &[i16],
		action: u8,
		reward: f64,
		next_observation: &[i16],
		terminated: bool,
	) -> Result<(), AgentError> {
		let experience = Experience {
			observation: observation.to_vec(),
			action,
			reward: (reward * self.config.reward_scale) as f32,
			next_observation: next_observation.to_vec(),
			terminated,
			mask: self.world.every_action(),
			next_mask: self.world.every_action(),
		};
		self.observe_as(0, experience)
	}

	/// Stores a transition of one agent of a team. Its reward is scaled already.
	pub fn observe_as(&mut self, seat: usize, experience: Experience) -> Result<(), AgentError> {
		for found in [experience.observation.len(), experience.next_observation.len()] {
			if found != self.observation {
				return Err(AgentError::Observation { expected: self.observation, found });
			}
		}
		let replay = &mut self.replay;
		let mut result = Ok(());
		let Some(seat) = self.seats.get_mut(seat) else { return Ok(()) };
		seat.n_step.push(experience, &mut |from, reward, next, discount| {
			if result.is_ok() {
				result = replay.push(from, reward, next, discount);
			}
		});
		Ok(result?)
	}

	/// Says that the episode is over, whether it terminated or was cut off.
	pub fn end_episode(&mut self) -> Result<(), AgentError> {
		let replay = &mut self.replay;
		let mut result = Ok(());
		for seat in &mut self.seats {
			seat.explorer.release();
			seat.n_step.cut(&mut |from, reward, next, discount| {
				if result.is_ok() {
					result = replay.push(from, reward, next, discount);
				}
			});
		}
		Ok(result?)
	}

	/// One gradient step; gives its loss, or nothing while the buffer holds too little.
	pub fn update(&mut self) -> Result<Option<f32>, AgentError> {
		self.update_times(1)
	}

	/// Several gradient steps; gives the loss of the last one, or nothing while the buffer holds too little.
	pub fn update_times(&mut self, times: u64) -> Result<Option<f32>, AgentError> {
		if !self.learn(times)? {
			return Ok(None);
		}
		self.refresh()?;
		self.loss().map(Some)
	}

	/// Several gradient steps without looking at any result, which on a CUDA device would wait for all that was queued.
	/// [`Self::refresh`] must follow before the policy is used. False while the buffer holds too little.
	pub fn learn(&mut self, times: u64) -> Result<bool, AgentError> {
		if times == 0 || self.replay.is_empty() || self.replay.len() < self.config.learning_starts {
			return Ok(false);
		}
		self.replay.plan(self.config.batch, times as usize, &mut self.drawing)?;
		for nth in 0..times as usize {
			self.gradient_step(nth)?;
			self.updates += 1;
			if self.updates.is_multiple_of(self.config.target_update) {
				self.target.copy_from(&self.online)?;
			}
		}
		self.stale = true;
		Ok(true)
	}

	fn gradient_step(&mut self, nth: usize) -> Result<(), TchError> {
		let weights = self.replay.gather(nth, self.gradient.rows(), &mut self.drawing)?;
		self.gradient.compute(&self.online, &self.target, weights)?;
		if self.config.grad_clip > 0.0 {
			self.gradient.clip(self.config.grad_clip)?;
		}
		self.optimizer.step(self.online.flat(), self.gradient.flat())?;
		if self.replay.is_prioritised() {
			let errors = self.gradient.errors().f_view([-1i64].as_slice())?;
			self.replay.prioritise(&Vec::<f32>::try_from(errors)?);
		}
		Ok(())
	}

	/// The loss of the last gradient step's minibatch.
	pub fn loss(&self) -> Result<f32, AgentError> {
		Ok(self.gradient.loss()? as f32)
	}

	/// Copies the weights to where actions are chosen, if it has learned since the last time.
	pub fn refresh(&mut self) -> Result<(), AgentError> {
		if self.stale {
			self.online.read(self.policy.weights_mut())?;
			self.stale = false;
		}
		Ok(())
	}

	/// SHA-256 of the online weights: 32-bit little-endian floats, parameters sorted by name.
	pub fn policy_hash(&self) -> [u8; 32] {
		let mut hasher = Sha256::new();
		for weight in self.policy.weights() {
			hasher.update(weight.to_le_bytes());
		}
		hasher.finalize().into()
	}

	/// The weights as of the last refresh.
	pub(super) fn weights(&self) -> &[f32] {
		self.policy.weights()
	}
}

/// Independent generators of one seed. The agent draws nothing from libtorch's global generator, so that agents in
/// one process do not disturb each other.
pub(super) fn stream(seed: u64, number: u64) -> ChaCha8Rng {
	let mut rng = ChaCha8Rng::seed_from_u64(seed);
	rng.set_stream(number);
	rng
}

#[cfg(test)]
mod tests {
	use super::*;
	use praxis_environment::EnvironmentId;

	const CHAIN: EnvironmentId = EnvironmentId::CartPole;

	fn config() -> DqnConfig {
		DqnConfig {
			learning_starts: 32,
			batch: 16,
			hidden: vec![16],
			target_update: 5,
			..DqnConfig::for_environment(CHAIN)
		}
	}

	/// A one-step game in CartPole's shape: action 1 earns 1 where the first number is positive, else action 0 does.
	fn play(agent: &mut Dqn, rounds: usize) -> f32 {
		let mut last = 0.0;
		for round in 0..rounds {
			let sign = if round % 2 == 0 { 4_000 } else { -4_000 };
			let observation = [sign, 100, -200, (round % 7) as i16 * 100];
			let action = agent.act(&observation);
			let reward = f64::from(u8::from((sign > 0) == (action == 1)));
			agent.observe(&observation, action, reward, &[0; 4], true).expect("a transition");
			if let Some(loss) = agent.update().expect("an update") {
				last = loss;
			}
		}
		last
	}

	#[test]
	fn agent_should_learn_a_one_step_game_with_every_switch() {
		let you = DqnConfig { lr: 1e-3, ..DqnConfig::you() };
		let switches = [
			DqnConfig { dueling: true, ..config() },
			DqnConfig { double: false, huber: false, grad_clip: 0.0, ..config() },
			DqnConfig { priority_exponent: 0.6, ..config() },
			DqnConfig { gap: 0.8, ..config() },
			DqnConfig { n_step: 1, learning_starts: 32, batch: 16, epsilon_decay: 200, ..you },
		];
		for switch in switches {
			let config = DqnConfig { lr: 5e-3, epsilon_decay: 300, ..switch };
			let mut agent = Dqn::new(CHAIN, config.clone(), Device::Cpu).expect("an agent");
			let loss = play(&mut agent, 500);
			assert!(loss < 0.05, "{config:?}: {loss}");
			assert_eq!(agent.greedy(&[4_000, 100, -200, 0]), 1, "{config:?}");
			assert_eq!(agent.greedy(&[-4_000, 100, -200, 0]), 0, "{config:?}");
		}
	}

	#[test]
	fn two_runs_should_be_equal_when_their_seeds_are() {
		let run = |seed| {
			let mut agent = Dqn::new(CHAIN, DqnConfig { seed, ..config() }, Device::Cpu).expect("an agent");
			play(&mut agent, 200);
			agent.policy_hash()
		};
		assert_eq!(run(1), run(1));
		assert_ne!(run(1), run(2));
	}

	#[test]
	fn update_should_wait_for_enough_experience() {
		let mut agent = Dqn::new(CHAIN, config(), Device::Cpu).expect("an agent");
		let before = agent.policy_hash();
		assert_eq!(agent.update().expect("an update"), None);
		play(&mut agent, 31);
		assert_eq!((agent.updates(), agent.steps(), agent.policy_hash()), (0, 31, before));
		play(&mut agent, 1);
		assert_eq!(agent.updates(), 1);
		assert_ne!(agent.policy_hash(), before);
	}

	#[test]
	fn a_transition_of_the_chain_should_be_learned_with_the_environments_own_reward() {
		use praxis_environment::{transitions, AnyState, Seed};
		let id = EnvironmentId::NoisyPendulum;
		let config = DqnConfig { n_step: 1, reward_scale: 0.5, ..DqnConfig::for_environment(id) };
		let mut agent = Dqn::new(id, config, Device::Cpu).expect("an agent");
		let mut state = AnyState::reset(id, &Seed::from_number(4));
		let noise = Seed::from_number(5);
		let (_, taken) = transitions(&state, &noise, &[7]).expect("a transition");
		agent.remember(&taken[0]).expect("it is remembered");
		state.reseed(&noise);
		let raw = state.step(7).expect("a step").reward.to_f64();
		let (rows, ..) = agent.replay.save().expect("rows");
		let learned = f64::from(rows[7]);
		assert!((learned - 0.5 * raw).abs() < 1e-5, "{learned} is not half of {raw}");
		assert!(raw < 0.0, "the normalised one would not be");
	}

	#[test]
	fn greedy_batch_should_equal_single_choices() {
		let mut agent = Dqn::new(CHAIN, config(), Device::Cpu).expect("an agent");
		let observations: Vec<i16> = (0..400).map(|i| (i * 7_919 % 16_001 - 8_000) as i16).collect();
		let mut actions = Vec::new();
		agent.greedy_batch(&observations, &mut actions);
		let single: Vec<u8> = observations.chunks(4).map(|observation| agent.greedy(observation)).collect();
		assert_eq!(actions, single);
		assert!(actions.contains(&0) || actions.contains(&1));
	}

	#[test]
	fn a_transition_of_another_shape_should_be_refused() {
		let mut agent = Dqn::new(CHAIN, config(), Device::Cpu).expect("an agent");
		let error = agent.observe(&[1, 2], 0, 0.0, &[1, 2], false).expect_err("too short");
		assert!(matches!(error, AgentError::Observation { expected: 4, found: 2 }));
	}
}
