//! Deep Q-learning (Mnih et al. 2015), with the switches that came after it.
//!
//! The paper's steps, as they stand here: observe and act epsilon-greedily ([`Dqn::act`]); take the step and store the
//! transition ([`Dqn::observe`], [`Dqn::remember`]); draw a minibatch, form the targets
//! `y = r + gamma * max_a' Q'(s', a')` (equation 1), descend on `(y - Q(s, a))^2` (equation 2), and every C updates
//! copy Q into Q' ([`Dqn::update`]).

use super::{
	network::{input_scales, Layout, Network, Policy, Shape},
	optimizer::Adam,
	replay::{Experience, Minibatch, NStep, Replay},
	schedule::{Epsilon, Explorer},
	AgentError, DqnConfig,
};
use crate::checkpoint::Checkpoint;
use praxis_environment::{EnvironmentId, Transition};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use std::path::Path;
use tch::{Device, Reduction, TchError, Tensor};

/// The range of an environment's raw rewards.
#[derive(Clone, Copy, Debug)]
struct RewardRange {
	least: f64,
	width: f64,
}

/// A deep Q-learning agent of one environment.
pub struct Dqn {
	id: EnvironmentId,
	config: DqnConfig,
	layout: Layout,
	online: Network,
	target: Network,
	optimizer: Adam,
	gradient: Tensor,
	replay: Replay,
	n_step: NStep,
	explorer: Explorer,
	policy: Policy,
	/// The online weights as of the last update.
	weights: Vec<f32>,
	rewards: RewardRange,
	observation: usize,
	exploring: ChaCha8Rng,
	drawing: ChaCha8Rng,
	steps: u64,
	updates: u64,
}

impl Dqn {
	/// A fresh agent.
	pub fn new(id: EnvironmentId, config: DqnConfig, device: Device) -> Result<Self, AgentError> {
		config.validate()?;
		let layout = Self::layout(id, &config);
		let weights = layout.initial(&mut stream(config.seed, 0));
		Self::with_weights(id, config, device, layout, weights)
	}

	fn layout(id: EnvironmentId, config: &DqnConfig) -> Layout {
		let spec = id.spec();
		Layout::new(&Shape {
			observation: spec.observation,
			actions: spec.actions as usize,
			hidden: config.hidden.clone(),
			dueling: config.dueling,
		})
	}

	fn with_weights(
		id: EnvironmentId,
		config: DqnConfig,
		device: Device,
		layout: Layout,
		weights: Vec<f32>,
	) -> Result<Self, AgentError> {
		let spec = id.spec();
		let epsilon = Epsilon::new(config.epsilon_start, config.epsilon_end, config.epsilon_decay);
		let least = spec.min_reward.to_f64();
		Ok(Self {
			online: Network::new(layout.clone(), &weights, device, true)?,
			target: Network::new(layout.clone(), &weights, device, false)?,
			optimizer: Adam::new(layout.length(), config.lr, device)?,
			gradient: Tensor::f_zeros([layout.length() as i64].as_slice(), (tch::Kind::Float, device))?,
			replay: Replay::new(
				config.buffer,
				input_scales(id),
				(config.priority_exponent, config.priority_correction),
				device,
			)?,
			n_step: NStep::new(config.n_step, config.gamma),
			explorer: Explorer::new(epsilon, config.exploration_repeat, spec.actions),
			policy: Policy::new(layout.clone(), &weights, input_scales(id)),
			rewards: RewardRange { least, width: spec.max_reward.to_f64() - least },
			observation: spec.observation,
			exploring: stream(config.seed, 1),
			drawing: stream(config.seed, 2),
			id,
			config,
			layout,
			weights,
			steps: 0,
			updates: 0,
		})
	}

	/// The environment it learns.
	pub fn environment(&self) -> EnvironmentId {
		self.id
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
		self.explorer.rate(self.steps)
	}

	/// Chooses an action epsilon-greedily and counts a step.
	pub fn act(&mut self, observation: &[i16]) -> u8 {
		let step = self.steps;
		self.steps += 1;
		match self.explorer.explore(step, &mut self.exploring) {
			Some(action) => action,
			None => self.policy.greedy(observation),
		}
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
		for found in [observation.len(), next_observation.len()] {
			if found != self.observation {
				return Err(AgentError::Observation { expected: self.observation, found });
			}
		}
		let experience = Experience {
			observation: observation.to_vec(),
			action,
			reward: (reward * self.config.reward_scale) as f32,
			next_observation: next_observation.to_vec(),
			terminated,
		};
		let replay = &mut self.replay;
		let mut result = Ok(());
		self.n_step.push(experience, &mut |from, reward, next, discount| {
			if result.is_ok() {
				result = replay.push(from, reward, next, discount);
			}
		});
		Ok(result?)
	}

	/// Says that the episode is over, whether it terminated or was cut off.
	pub fn end_episode(&mut self) -> Result<(), AgentError> {
		self.explorer.release();
		let replay = &mut self.replay;
		let mut result = Ok(());
		self.n_step.cut(&mut |from, reward, next, discount| {
			if result.is_ok() {
				result = replay.push(from, reward, next, discount);
			}
		});
		Ok(result?)
	}

	/// One gradient step; gives its loss, or nothing while the buffer holds too little.
	pub fn update(&mut self) -> Result<Option<f32>, AgentError> {
		self.update_times(1)
	}

	/// Several gradient steps; gives their mean loss, or nothing while the buffer holds too little.
	pub fn update_times(&mut self, times: u64) -> Result<Option<f32>, AgentError> {
		if times == 0 || self.replay.is_empty() || self.replay.len() < self.config.learning_starts {
			return Ok(None);
		}
		// Read once at the end: on a CUDA device every look at a number waits for all that was queued.
		let mut sum = self.gradient_step()?;
		self.count_update()?;
		for _ in 1..times {
			let loss = self.gradient_step()?;
			let _ = sum.f_add_(&loss)?;
			self.count_update()?;
		}
		self.refresh()?;
		Ok(Some((f64::try_from(&sum)? / times as f64) as f32))
	}

	fn count_update(&mut self) -> Result<(), TchError> {
		self.updates += 1;
		if self.updates.is_multiple_of(self.config.target_update) {
			self.target.copy_from(&self.online)?;
		}
		Ok(())
	}

	/// Copies the weights to where actions are chosen.
	fn refresh(&mut self) -> Result<(), TchError> {
		let length = self.layout.length();
		let flat = self.online.flat();
		match flat.device() {
			Device::Cpu => flat.f_copy_data(&mut self.weights, length)?,
			_ => flat.f_to_device(Device::Cpu)?.f_copy_data(&mut self.weights, length)?,
		}
		self.policy.load(&self.weights);
		Ok(())
	}

	fn gradient_step(&mut self) -> Result<Tensor, TchError> {
		let batch = self.replay.draw(self.config.batch, &mut self.drawing)?;
		let targets = tch::no_grad(|| self.targets(&batch))?;
		let values = self.online.forward(&batch.observations)?.f_gather(1, &batch.actions, false)?;
		let loss = |reduction| {
			if self.config.huber {
				values.f_huber_loss(&targets, reduction, 1.0)
			} else {
				values.f_mse_loss(&targets, reduction)
			}
		};
		let loss = match &batch.weights {
			None => loss(Reduction::Mean)?,
			Some(weights) => loss(Reduction::None)?.f_mul(weights)?.f_mean(tch::Kind::Float)?,
		};
		let gradients = Tensor::f_run_backward(&[&loss], self.online.parameters(), false, false)?;
		tch::no_grad(|| {
			let flat: Vec<Tensor> =
				gradients.iter().map(|g| g.f_reshape([-1i64].as_slice())).collect::<Result<_, _>>()?;
			let _ = Tensor::f_cat_out(&self.gradient, &flat, 0)?;
			if self.config.grad_clip > 0.0 {
				let shrink =
					self.gradient.f_norm()?.f_reciprocal()?.f_mul_scalar(self.config.grad_clip)?.f_clamp_max(1.0)?;
				let _ = self.gradient.f_mul_(&shrink)?;
			}
			self.optimizer.step(self.online.flat(), &self.gradient)?;
			if self.replay.is_prioritised() {
				let errors = values.f_detach()?.f_sub(&targets)?.f_view([-1i64].as_slice())?;
				self.replay.prioritise(&Vec::<f32>::try_from(errors)?);
			}
			loss.f_detach()
		})
	}

	/// Equation 1: what the values of the taken actions should be.
	fn targets(&self, batch: &Minibatch) -> Result<Tensor, TchError> {
		let next = self.target.forward(&batch.next)?;
		let next = if self.config.double {
			next.f_gather(1, &self.online.forward(&batch.next)?.f_argmax(1, true)?, false)?
		} else {
			next.f_amax([1i64].as_slice(), true)?
		};
		next.f_mul(&batch.discounts)?.f_add(&batch.rewards)
	}

	/// SHA-256 of the online weights: 32-bit little-endian floats, parameters sorted by name.
	pub fn policy_hash(&self) -> [u8; 32] {
		let mut hasher = Sha256::new();
		for weight in &self.weights {
			hasher.update(weight.to_le_bytes());
		}
		hasher.finalize().into()
	}

	/// Everything that continues the agent, but for the replay buffer.
	pub fn checkpoint(&self) -> Result<Checkpoint, AgentError> {
		let mut checkpoint = Checkpoint::new(self.id, self.config.clone(), self.steps, self.updates);
		let target = self.target.weights()?;
		for parameter in self.layout.parameters() {
			let place = parameter.offset..parameter.offset + parameter.length;
			checkpoint.insert(&parameter.name, &parameter.dimensions, self.weights[place.clone()].to_vec());
			checkpoint.insert(&format!("target.{}", parameter.name), &parameter.dimensions, target[place].to_vec());
		}
		let (first, second) = self.optimizer.moments()?;
		checkpoint.insert("optimizer.first", &[first.len()], first);
		checkpoint.insert("optimizer.second", &[second.len()], second);
		Ok(checkpoint)
	}

	/// Writes a safetensors file, all of it or nothing.
	pub fn save(&self, path: &Path) -> Result<(), AgentError> {
		Ok(self.checkpoint()?.write(path)?)
	}

	/// Reads an agent with the settings that stand in its file.
	pub fn load(path: &Path, device: Device) -> Result<Self, AgentError> {
		Self::from_checkpoint(Checkpoint::read(path)?, device)
	}

	/// Continues from a checkpoint. One that holds only a policy gets a fresh optimiser.
	pub fn from_checkpoint(checkpoint: Checkpoint, device: Device) -> Result<Self, AgentError> {
		let config = checkpoint.config.clone();
		config.validate()?;
		let layout = Self::layout(checkpoint.environment, &config);
		let collect = |prefix: &str| {
			let mut flat = Vec::with_capacity(layout.length());
			for parameter in layout.parameters() {
				let name = format!("{prefix}{}", parameter.name);
				flat.extend_from_slice(checkpoint.tensor(&name, &parameter.dimensions)?);
			}
			Ok::<_, AgentError>(flat)
		};
		let weights = collect("")?;
		let target = if checkpoint.continues() { Some(collect("target.")?) } else { None };
		let mut agent = Self::with_weights(checkpoint.environment, config, device, layout, weights)?;
		if let Some(target) = target {
			agent.target = Network::new(agent.layout.clone(), &target, device, false)?;
			let length = [agent.layout.length()];
			let first = checkpoint.tensor("optimizer.first", &length)?;
			let second = checkpoint.tensor("optimizer.second", &length)?;
			agent.optimizer.restore(first, second, checkpoint.updates)?;
		}
		agent.steps = checkpoint.steps;
		agent.updates = checkpoint.updates;
		// Not the same random numbers again.
		let turn = checkpoint.steps.wrapping_mul(0x9e37_79b9_7f4a_7c15);
		agent.exploring = stream(agent.config.seed ^ turn, 1);
		agent.drawing = stream(agent.config.seed ^ turn, 2);
		Ok(agent)
	}
}

/// Independent generators of one seed. The agent draws nothing from libtorch's global generator, so that agents in
/// one process do not disturb each other.
fn stream(seed: u64, number: u64) -> ChaCha8Rng {
	let mut rng = ChaCha8Rng::seed_from_u64(seed);
	rng.set_stream(number);
	rng
}

#[cfg(test)]
mod tests {
	use super::*;

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
	fn agent_should_continue_from_its_checkpoint() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("agent.safetensors");
		let mut agent = Dqn::new(CHAIN, DqnConfig { dueling: true, ..config() }, Device::Cpu).expect("an agent");
		play(&mut agent, 103);
		agent.save(&path).expect("a file");
		let mut again = Dqn::load(&path, Device::Cpu).expect("an agent");
		assert_eq!(again.policy_hash(), agent.policy_hash());
		assert_eq!((again.steps(), again.updates(), again.config()), (agent.steps(), agent.updates(), agent.config()));
		assert_eq!(again.target.weights().expect("weights"), agent.target.weights().expect("weights"));
		assert_ne!(again.target.weights().expect("weights"), again.weights);
		assert_eq!(again.optimizer.moments().expect("moments"), agent.optimizer.moments().expect("moments"));
		let first = std::fs::read(&path).expect("a file");
		again.save(&path).expect("a file");
		assert_eq!(std::fs::read(&path).expect("a file"), first, "the same agent is the same bytes");
		play(&mut again, 50);
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
		let batch = agent.replay.draw(1, &mut stream(0, 0)).expect("a draw");
		let learned = f64::try_from(batch.rewards.view(-1)).expect("a number");
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
