//! The agent's settings as options, for every command that has an agent.

use crate::agent::{Algorithm, DqnConfig, World};

/// One option per setting; what is not given keeps the value that the algorithm has in the environment.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Agent settings (defaults depend on the environment and the algorithm)")]
pub struct Switches {
	/// Hidden layers' widths, separated by commas.
	#[arg(long, value_delimiter = ',')]
	pub hidden: Option<Vec<usize>>,
	/// Separate streams for value and advantages.
	#[arg(long, num_args = 0..=1, default_missing_value = "true")]
	pub dueling: Option<bool>,
	/// The online network picks the next action, the target network values it.
	#[arg(long, num_args = 0..=1, default_missing_value = "true")]
	pub double: Option<bool>,
	/// Rewards summed before the target network's value.
	#[arg(long)]
	pub n_step: Option<usize>,
	/// Huber loss; squared error otherwise.
	#[arg(long, num_args = 0..=1, default_missing_value = "true")]
	pub huber: Option<bool>,
	/// The gradient's largest norm; 0 leaves it alone.
	#[arg(long)]
	pub grad_clip: Option<f64>,
	/// Adam's step size.
	#[arg(long)]
	pub lr: Option<f64>,
	/// Discount per step.
	#[arg(long)]
	pub gamma: Option<f64>,
	/// Transitions in a minibatch.
	#[arg(long)]
	pub batch: Option<usize>,
	/// Transitions in the replay buffer.
	#[arg(long)]
	pub buffer: Option<usize>,
	/// Gradient steps between two copies into the target network (C).
	#[arg(long)]
	pub target_update: Option<u64>,
	/// Exploration rate at the first step.
	#[arg(long)]
	pub epsilon_start: Option<f64>,
	/// Exploration rate at the schedule's end.
	#[arg(long)]
	pub epsilon_end: Option<f64>,
	/// Steps over which the exploration rate falls.
	#[arg(long)]
	pub epsilon_decay: Option<u64>,
	/// Steps that a random action is held for at most.
	#[arg(long)]
	pub exploration_repeat: Option<u32>,
	/// Transitions in the buffer before the first gradient step.
	#[arg(long)]
	pub learning_starts: Option<usize>,
	/// Environment steps between two rounds of learning.
	#[arg(long)]
	pub train_every: Option<u64>,
	/// Gradient steps in a round.
	#[arg(long)]
	pub gradient_steps: Option<u64>,
	/// Prioritised replay: exponent of the priority; 0 draws uniformly.
	#[arg(long)]
	pub priority_exponent: Option<f64>,
	/// Prioritised replay: exponent of the importance weights.
	#[arg(long)]
	pub priority_correction: Option<f64>,
	/// What rewards are multiplied with before learning.
	#[arg(long)]
	pub reward_scale: Option<f64>,
	/// The weight of rewards whose sum is the same however an episode goes (MazeCleaning's cleaned cells), which the
	/// discount then leaves out.
	#[arg(long)]
	pub gathered: Option<f64>,
	/// Advantage learning: widens what bad actions are behind the best by 1 / (1 - gap); 0 does not.
	#[arg(long)]
	pub gap: Option<f64>,
}

impl Switches {
	/// Puts what was given into some settings.
	pub fn apply(&self, config: &mut DqnConfig) {
		macro_rules! take {
			($($name:ident),*) => {
				$(if let Some(value) = self.$name.clone() {
					config.$name = value;
				})*
			};
		}
		take!(
			hidden,
			dueling,
			double,
			n_step,
			huber,
			grad_clip,
			lr,
			gamma,
			batch,
			buffer,
			target_update,
			epsilon_start,
			epsilon_end,
			epsilon_decay,
			exploration_repeat,
			learning_starts,
			train_every,
			gradient_steps,
			priority_exponent,
			priority_correction,
			reward_scale,
			gap
		);
		config.gathered = self.gathered.or(config.gathered);
	}

	/// The settings of a new agent.
	pub fn config(&self, algorithm: Algorithm, world: impl Into<World>, seed: u64) -> DqnConfig {
		let mut config = DqnConfig { seed, ..DqnConfig::starting_from(algorithm, world) };
		self.apply(&mut config);
		config
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;
	use praxis_environment::EnvironmentId;

	#[derive(Parser)]
	struct Line {
		#[command(flatten)]
		switches: Switches,
	}

	#[test]
	fn what_is_given_should_replace_the_default_and_nothing_else() {
		let line = Line::parse_from(["x", "--hidden", "32,16", "--dueling", "--double=false", "--lr", "0.5"]);
		let id = EnvironmentId::CartPole;
		let expected = DqnConfig {
			hidden: vec![32, 16],
			dueling: true,
			double: false,
			lr: 0.5,
			seed: 9,
			..DqnConfig::for_environment(id)
		};
		assert_eq!(line.switches.config(Algorithm::Dqn, id, 9), expected);
	}
}
