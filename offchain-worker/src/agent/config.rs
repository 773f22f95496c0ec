//! Every switch of the agent, and the settings that are shipped for each environment.

use super::{AgentError, World};
use praxis_environment::{EnvironmentId, TaskEnvironment};
use serde::{Deserialize, Serialize};

/// Which procedure the settings start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
	/// The shipped settings: double DQN with Huber loss and n-step returns where they help.
	Dqn,
	/// The procedure of the proof-of-learning paper (its steps 1 to 7, equations 1 and 2): plain DQN.
	You,
}

/// All settings of a [`super::Dqn`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DqnConfig {
	/// Widths of the hidden layers.
	pub hidden: Vec<usize>,
	/// Separate streams for the state's value and the actions' advantages.
	pub dueling: bool,
	/// The online network picks the next action, the target network values it.
	pub double: bool,
	/// How many rewards are summed before the target network's value is used.
	pub n_step: usize,
	/// Huber loss; squared error otherwise.
	pub huber: bool,
	/// The gradient's largest L2 norm; 0 leaves it alone.
	pub grad_clip: f64,
	/// Adam's step size.
	pub lr: f64,
	/// Discount per step.
	pub gamma: f64,
	/// Transitions in a minibatch.
	pub batch: usize,
	/// Transitions that the replay buffer holds.
	pub buffer: usize,
	/// Gradient steps between two copies of the online network into the target network (C in the papers).
	pub target_update: u64,
	/// Exploration rate at the first step.
	pub epsilon_start: f64,
	/// Exploration rate once the schedule is over.
	pub epsilon_end: f64,
	/// Environment steps over which the rate falls linearly.
	pub epsilon_decay: u64,
	/// A random action is held for up to this many steps (drawn uniformly). More than 1 lets exploration leave a valley.
	pub exploration_repeat: u32,
	/// Transitions that must be in the buffer before the first gradient step.
	pub learning_starts: usize,
	/// Environment steps between two rounds of learning.
	pub train_every: u64,
	/// Gradient steps in a round of learning.
	pub gradient_steps: u64,
	/// Prioritised replay: exponent of the priority; 0 draws uniformly.
	pub priority_exponent: f64,
	/// Prioritised replay: exponent of the importance weights.
	pub priority_correction: f64,
	/// What the environment's reward is multiplied with before learning.
	pub reward_scale: f64,
	/// Where the sum of some rewards is the same however an episode goes, as of the cells that are cleaned in MazeCleaning
	/// ([`World::outstanding`]), they are learned from as the difference of a potential with this weight (Ng, Harada and
	/// Russell 1999): the discount then counts the other rewards alone. Otherwise it prefers to gather first what lies
	/// together, and walks back for the rest. None leaves the environment's reward as it is.
	#[serde(default)]
	pub gathered: Option<f64>,
	/// Advantage learning (Bellemare et al. 2016): the share of an action's disadvantage, as the target network sees it,
	/// that is added to the action's target. The best action stays the best, and what the others are behind grows by
	/// `1 / (1 - gap)`: where a detour costs little, the network's errors no longer hide it. 0 adds none.
	#[serde(default)]
	pub gap: f64,
	/// Seed of the weights, of exploration and of replay.
	pub seed: u64,
}

impl DqnConfig {
	/// The shipped settings of an environment.
	pub fn for_environment(world: impl Into<World>) -> Self {
		let base = Self {
			hidden: vec![64, 64],
			dueling: false,
			double: true,
			n_step: 1,
			huber: true,
			grad_clip: 10.0,
			lr: 1e-3,
			gamma: 0.99,
			batch: 64,
			buffer: 50_000,
			target_update: 200,
			epsilon_start: 1.0,
			epsilon_end: 0.05,
			epsilon_decay: 5_000,
			exploration_repeat: 1,
			learning_starts: 500,
			train_every: 1,
			gradient_steps: 1,
			priority_exponent: 0.0,
			priority_correction: 0.4,
			reward_scale: 1.0,
			gathered: None,
			gap: 0.0,
			seed: 0,
		};
		let id = match world.into() {
			World::Single(id) => id,
			World::Team(task) => return Self::for_team(task, base),
		};
		match id {
			// Learning in rounds keeps the policy still for a while: the steps between two rounds are of one policy, and
			// no seed falls into the long valleys that a gradient step after every step leads some into.
			EnvironmentId::CartPole => {
				Self { n_step: 8, train_every: 64, gradient_steps: 32, target_update: 50, reward_scale: 0.1, ..base }
			}
			EnvironmentId::MountainCar => Self {
				n_step: 5,
				exploration_repeat: 30,
				epsilon_decay: 30_000,
				learning_starts: 2_000,
				reward_scale: 0.1,
				..base
			},
			EnvironmentId::Acrobot => {
				Self { n_step: 5, epsilon_decay: 10_000, exploration_repeat: 4, reward_scale: 0.1, ..base }
			}
			EnvironmentId::Pendulum | EnvironmentId::NoisyPendulum => {
				Self { gamma: 0.98, reward_scale: 0.1, n_step: 1, target_update: 100, epsilon_decay: 3_000, ..base }
			}
		}
	}

	/// The shipped settings of a team's environment.
	///
	/// All widen the gap between actions: a step of detour costs a hundredth of what an episode is worth, less than the
	/// network's error, and a greedy policy that cannot tell such actions apart walks to and fro until the time is up.
	fn for_team(task: TaskEnvironment, base: Self) -> Self {
		let base = Self {
			hidden: vec![128, 128],
			n_step: 3,
			lr: 2e-4,
			batch: 128,
			buffer: 100_000,
			target_update: 250,
			learning_starts: 2_000,
			train_every: 4,
			gradient_steps: 2,
			epsilon_end: 0.02,
			..base
		};
		match task {
			TaskEnvironment::TargetLocalization { .. } => {
				Self { reward_scale: 0.05, gamma: 0.97, epsilon_decay: 40_000, exploration_repeat: 3, gap: 0.7, ..base }
			}
			TaskEnvironment::FleetCoordination { .. } => Self {
				reward_scale: 0.5,
				epsilon_decay: 30_000,
				epsilon_end: 0.05,
				n_step: 1,
				gamma: 0.95,
				lr: 2.5e-4,
				target_update: 1_000,
				gap: 0.9,
				..base
			},
			// What a cell that is left behind costs shows only when one walks back for it.
			_ => Self {
				reward_scale: 0.2,
				gamma: 0.99,
				n_step: 10,
				epsilon_decay: 20_000,
				epsilon_end: 0.05,
				target_update: 200,
				gradient_steps: 1,
				gathered: Some(1.0),
				gap: 0.9,
				..base
			},
		}
	}

	/// The plain procedure of the proof-of-learning paper: one network and one target network, replay, epsilon-greedy
	/// actions, the squared error of equation 2 against equation 1's target, and a hard copy every C updates.
	pub fn you() -> Self {
		Self {
			hidden: vec![64, 64],
			dueling: false,
			double: false,
			n_step: 1,
			huber: false,
			grad_clip: 0.0,
			lr: 5e-4,
			gamma: 0.99,
			batch: 64,
			buffer: 50_000,
			target_update: 200,
			epsilon_start: 1.0,
			epsilon_end: 0.05,
			epsilon_decay: 5_000,
			exploration_repeat: 1,
			learning_starts: 500,
			train_every: 1,
			gradient_steps: 1,
			priority_exponent: 0.0,
			priority_correction: 0.4,
			reward_scale: 1.0,
			gathered: None,
			gap: 0.0,
			seed: 0,
		}
	}

	/// The settings that `algorithm` starts from in an environment. The paper's procedure keeps the environment's
	/// scale of rewards, discount and exploration schedule, which it leaves open.
	pub fn starting_from(algorithm: Algorithm, world: impl Into<World>) -> Self {
		let shipped = Self::for_environment(world);
		match algorithm {
			Algorithm::Dqn => shipped,
			Algorithm::You => Self {
				gamma: shipped.gamma,
				reward_scale: shipped.reward_scale,
				epsilon_decay: shipped.epsilon_decay,
				exploration_repeat: shipped.exploration_repeat,
				learning_starts: shipped.learning_starts,
				..Self::you()
			},
		}
	}

	/// Refuses settings that could not work, naming the first.
	pub fn validate(&self) -> Result<(), AgentError> {
		fn check(ok: bool, name: &'static str, value: impl ToString, must: &'static str) -> Result<(), AgentError> {
			if ok {
				Ok(())
			} else {
				Err(AgentError::Config { name, value: value.to_string(), must })
			}
		}
		let probability = |value: f64| (0.0..=1.0).contains(&value);
		check(
			!self.hidden.is_empty() && self.hidden.len() <= 8 && self.hidden.iter().all(|w| (1..=4096).contains(w)),
			"hidden",
			format!("{:?}", self.hidden),
			"1 to 8 widths between 1 and 4096",
		)?;
		check((1..=64).contains(&self.n_step), "n-step", self.n_step, "between 1 and 64")?;
		check(self.grad_clip >= 0.0, "grad-clip", self.grad_clip, "0 or more")?;
		check(self.lr > 0.0 && self.lr <= 1.0, "lr", self.lr, "above 0 and at most 1")?;
		check(probability(self.gamma), "gamma", self.gamma, "between 0 and 1")?;
		check((1..=65_536).contains(&self.batch), "batch", self.batch, "between 1 and 65536")?;
		check(
			self.buffer >= self.batch && self.buffer <= 10_000_000,
			"buffer",
			self.buffer,
			"at least the batch and at most 10 million",
		)?;
		check(self.target_update >= 1, "target-update", self.target_update, "at least 1")?;
		check(probability(self.epsilon_start), "epsilon-start", self.epsilon_start, "between 0 and 1")?;
		check(probability(self.epsilon_end), "epsilon-end", self.epsilon_end, "between 0 and 1")?;
		check(self.exploration_repeat >= 1, "exploration-repeat", self.exploration_repeat, "at least 1")?;
		check(
			self.learning_starts <= self.buffer,
			"learning-starts",
			self.learning_starts,
			"at most what the buffer holds",
		)?;
		check(self.train_every >= 1, "train-every", self.train_every, "at least 1")?;
		check(
			(1..=10_000).contains(&self.gradient_steps),
			"gradient-steps",
			self.gradient_steps,
			"between 1 and 10000",
		)?;
		check(probability(self.priority_exponent), "priority-exponent", self.priority_exponent, "between 0 and 1")?;
		check(
			probability(self.priority_correction),
			"priority-correction",
			self.priority_correction,
			"between 0 and 1",
		)?;
		check(
			self.reward_scale.is_finite() && self.reward_scale > 0.0,
			"reward-scale",
			self.reward_scale,
			"a number above 0",
		)?;
		let gathered = self.gathered.unwrap_or_default();
		check(probability(gathered), "gathered", gathered, "between 0 and 1")?;
		check((0.0..1.0).contains(&self.gap), "gap", self.gap, "at least 0 and below 1")
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn shipped_settings_should_be_valid_for_every_environment() {
		for world in World::all() {
			for algorithm in [Algorithm::Dqn, Algorithm::You] {
				DqnConfig::starting_from(algorithm, world).validate().expect("shipped settings are valid");
			}
		}
	}

	#[test]
	fn validate_should_name_the_setting_that_is_wrong() {
		let config = DqnConfig { gamma: 1.5, ..DqnConfig::you() };
		assert!(matches!(config.validate(), Err(AgentError::Config { name: "gamma", .. })));
		let config = DqnConfig { buffer: 10, ..DqnConfig::you() };
		assert!(matches!(config.validate(), Err(AgentError::Config { name: "buffer", .. })));
	}

	#[test]
	fn you_should_be_plain_dqn() {
		let you = DqnConfig::you();
		assert!(!you.double && !you.dueling && !you.huber && you.n_step == 1 && you.priority_exponent == 0.0);
	}
}
