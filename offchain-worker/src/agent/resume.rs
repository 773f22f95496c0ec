//! Checkpoints of an agent: what a policy is read from, and what learning continues from, to the bit.

use super::{
	dqn::stream,
	n_step::{Experience, NStep},
	schedule::Explorer,
	AgentError, Dqn,
};
use crate::checkpoint::{Checkpoint, LARGEST_FILE};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::path::Path;
use tch::Device;

/// The entry of [`AgentState`].
const ENTRY: &str = "agent";
/// The tensors of the replay buffer.
const ROWS: &str = "replay.rows";
const PRIORITIES: &str = "replay.priorities";

/// Where a random generator stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
	seed: [u8; 32],
	stream: u64,
	/// Words drawn; nobody draws 2^64.
	position: u64,
}

impl Generator {
	/// Where `rng` stands.
	pub fn of(rng: &ChaCha8Rng) -> Self {
		Self { seed: rng.get_seed(), stream: rng.get_stream(), position: rng.get_word_pos() as u64 }
	}

	/// A generator that stands there.
	pub fn restore(&self) -> ChaCha8Rng {
		let mut rng = <ChaCha8Rng as rand::SeedableRng>::from_seed(self.seed);
		rng.set_stream(self.stream);
		rng.set_word_pos(self.position.into());
		rng
	}
}

/// What a way through an environment has begun: a held action, and transitions whose sum is not complete.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unfinished {
	held: Option<(u8, u32)>,
	waiting: Vec<Experience>,
}

impl Unfinished {
	/// What these have begun.
	pub fn of(explorer: &Explorer, n_step: &NStep) -> Self {
		Self { held: explorer.held(), waiting: n_step.waiting().cloned().collect() }
	}

	/// Lets these continue it.
	pub fn restore(self, explorer: &mut Explorer, n_step: &mut NStep) {
		explorer.hold(self.held);
		n_step.restore(self.waiting);
	}
}

/// What an agent needs besides its tensors to continue to the bit.
#[derive(Debug, Serialize, Deserialize)]
struct AgentState {
	exploring: Generator,
	drawing: Generator,
	unfinished: Unfinished,
	/// The same of a team's other agents.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	others: Vec<Unfinished>,
	/// Where the replay buffer's next row goes.
	next: usize,
}

impl Dqn {
	/// The policy, the target network, the optimiser and the counters. Learning continues from it, but with an empty
	/// replay buffer and other random numbers; [`Self::snapshot`] has these as well.
	pub fn checkpoint(&self) -> Result<Checkpoint, AgentError> {
		let mut checkpoint = Checkpoint::new(self.world, self.config.clone(), self.steps, self.updates);
		let target = self.target.weights()?;
		for parameter in self.layout.parameters() {
			let place = parameter.offset..parameter.offset + parameter.length;
			checkpoint.insert(&parameter.name, &parameter.dimensions, self.weights()[place.clone()].to_vec());
			checkpoint.insert(&format!("target.{}", parameter.name), &parameter.dimensions, target[place].to_vec());
		}
		let (first, second) = self.optimizer.moments()?;
		checkpoint.insert("optimizer.first", &[first.len()], first);
		checkpoint.insert("optimizer.second", &[second.len()], second);
		Ok(checkpoint)
	}

	/// Whether the replay buffer of these settings fits into a checkpoint, beside everything else.
	pub fn replay_fits(&self) -> bool {
		let numbers = self.config.buffer * (self.rows().width() + 1) + 4 * self.layout.length();
		(numbers as u64).saturating_mul(4) < LARGEST_FILE - (1 << 20)
	}

	/// All that the agent is: a run that continues from it goes on as one that never stopped, to the bit.
	pub fn snapshot(&mut self) -> Result<Checkpoint, AgentError> {
		self.refresh()?;
		let mut checkpoint = self.checkpoint()?;
		let width = self.rows().width();
		let (rows, next, priorities) = self.replay.save()?;
		checkpoint.insert(ROWS, &[rows.len() / width, width], rows);
		if let Some(priorities) = priorities {
			checkpoint.insert(PRIORITIES, &[priorities.len()], priorities);
		}
		let mut unfinished = self.seats.iter().map(|seat| Unfinished::of(&seat.explorer, &seat.n_step));
		let state = AgentState {
			exploring: Generator::of(&self.exploring),
			drawing: Generator::of(&self.drawing),
			unfinished: unfinished.next().unwrap_or_default(),
			others: unfinished.collect(),
			next,
		};
		checkpoint.put(ENTRY, &state)?;
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
		let mut agent = Self::with_weights(checkpoint.environment, config, device, layout, &weights)?;
		if let Some(target) = target {
			agent.target.load(&target)?;
			let length = [agent.layout.length()];
			let first = checkpoint.tensor("optimizer.first", &length)?;
			let second = checkpoint.tensor("optimizer.second", &length)?;
			agent.optimizer.restore(first, second, checkpoint.updates)?;
		}
		agent.steps = checkpoint.steps;
		agent.updates = checkpoint.updates;
		if !agent.restore(&checkpoint)? {
			// Not the same random numbers again.
			let turn = checkpoint.steps.wrapping_mul(0x9e37_79b9_7f4a_7c15);
			agent.exploring = stream(agent.config.seed ^ turn, 1);
			agent.drawing = stream(agent.config.seed ^ turn, 2);
		}
		Ok(agent)
	}

	/// Takes over what only [`Self::snapshot`] holds; false if it is not there, or if the settings were changed to a
	/// buffer that it does not fit into.
	fn restore(&mut self, checkpoint: &Checkpoint) -> Result<bool, AgentError> {
		let Some(state) = checkpoint.get::<AgentState>(ENTRY)? else { return Ok(false) };
		let Some((dimensions, rows)) = checkpoint.find(ROWS) else { return Ok(false) };
		let priorities = checkpoint.find(PRIORITIES).map(|(_, priorities)| priorities);
		if dimensions.len() != 2
			|| dimensions[1] != self.rows().width()
			|| !self.replay.restore(rows, state.next, priorities)?
		{
			return Ok(false);
		}
		self.exploring = state.exploring.restore();
		self.drawing = state.drawing.restore();
		for (seat, unfinished) in self.seats.iter_mut().zip(std::iter::once(state.unfinished).chain(state.others)) {
			unfinished.restore(&mut seat.explorer, &mut seat.n_step);
		}
		Ok(true)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::agent::{simulation::Simulation, DqnConfig};
	use praxis_environment::EnvironmentId;

	const ID: EnvironmentId = EnvironmentId::CartPole;

	fn config() -> DqnConfig {
		let config = DqnConfig {
			learning_starts: 32,
			batch: 16,
			hidden: vec![16],
			target_update: 5,
			..DqnConfig::for_environment(ID)
		};
		// A buffer that overflows, and a held action.
		DqnConfig { buffer: 150, exploration_repeat: 4, ..config }
	}

	fn play(agent: &mut Dqn, simulation: &mut Simulation, steps: usize) {
		for _ in 0..steps {
			simulation.step(agent).expect("a step");
			agent.update().expect("an update");
		}
	}

	fn bytes(checkpoint: &Checkpoint) -> Vec<u8> {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("agent.safetensors");
		checkpoint.write(&path).expect("a file");
		std::fs::read(path).expect("a file")
	}

	#[test]
	fn a_resumed_agent_should_be_the_one_that_never_stopped() {
		for switches in [
			config(),
			DqnConfig { priority_exponent: 0.6, ..config() },
			DqnConfig { dueling: true, double: false, huber: false, n_step: 1, ..config() },
		] {
			for stop in [1, 20, 103, 260] {
				let mut agent = Dqn::new(ID, switches.clone(), Device::Cpu).expect("an agent");
				let mut simulation = Simulation::new(ID, 3, 0).expect("a simulation");
				play(&mut agent, &mut simulation, stop);
				let mut file = agent.snapshot().expect("a snapshot");
				simulation.save(&mut file).expect("a state");
				let folder = tempfile::tempdir().expect("a folder");
				let path = folder.path().join("agent.safetensors");
				file.write(&path).expect("a file");
				let file = Checkpoint::read(&path).expect("a checkpoint");
				let mut again_simulation = Simulation::resume(&file, ID, 3).expect("it is whole").expect("it is there");
				let mut again = Dqn::from_checkpoint(file, Device::Cpu).expect("an agent");
				play(&mut agent, &mut simulation, 150);
				play(&mut again, &mut again_simulation, 150);
				let mut last = agent.snapshot().expect("a snapshot");
				let mut again_last = again.snapshot().expect("a snapshot");
				simulation.save(&mut last).expect("a state");
				again_simulation.save(&mut again_last).expect("a state");
				assert!(bytes(&last) == bytes(&again_last), "{switches:?}, stopped after {stop} steps");
			}
		}
	}

	#[test]
	fn an_agent_should_continue_from_a_checkpoint_without_its_replay_buffer() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("agent.safetensors");
		let mut agent = Dqn::new(ID, DqnConfig { dueling: true, ..config() }, Device::Cpu).expect("an agent");
		let mut simulation = Simulation::new(ID, 3, 0).expect("a simulation");
		play(&mut agent, &mut simulation, 103);
		agent.save(&path).expect("a file");
		let mut again = Dqn::load(&path, Device::Cpu).expect("an agent");
		assert_eq!(again.policy_hash(), agent.policy_hash());
		assert_eq!((again.steps(), again.updates(), again.config()), (agent.steps(), agent.updates(), agent.config()));
		assert_eq!(again.target.weights().expect("weights"), agent.target.weights().expect("weights"));
		assert_eq!(again.optimizer.moments().expect("moments"), agent.optimizer.moments().expect("moments"));
		assert_eq!(again.remembered(), 0);
		let first = std::fs::read(&path).expect("a file");
		again.save(&path).expect("a file");
		assert_eq!(std::fs::read(&path).expect("a file"), first, "the same agent is the same bytes");
		play(&mut again, &mut simulation, 50);
	}

	#[test]
	fn a_buffer_of_another_size_should_be_filled_again() {
		let mut agent = Dqn::new(ID, config(), Device::Cpu).expect("an agent");
		let mut simulation = Simulation::new(ID, 3, 0).expect("a simulation");
		play(&mut agent, &mut simulation, 200);
		let mut file = agent.snapshot().expect("a snapshot");
		file.config.buffer = 64;
		let again = Dqn::from_checkpoint(file, Device::Cpu).expect("an agent");
		assert_eq!((again.remembered(), again.steps()), (0, 200));
	}
}
