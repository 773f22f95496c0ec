//! From a float network to a policy that the chain can judge: 8-bit weights, 16-bit activations, 32-bit sums.
//!
//! 1. The scales of the inputs go into the first layer, so the policy reads the environment's integers.
//! 2. Only differences between actions matter, so the mean over the actions is taken out of the last layer; of a dueling
//!    network the advantages are enough. What is left is smaller and keeps more of its bits.
//! 3. A neuron that is multiplied by c where it is made and divided by c where it is used computes the same, because a
//!    ReLU is homogeneous. The factors are chosen so that the weights of a layer are of one size: they share one scale.
//! 4. Every layer's weights are rounded to 8 bits by their greatest. Its biases take out the mean of what rounding changed,
//!    in this layer and before it, over the observations of the calibration.
//! 5. The shift of a layer is the least with which the sums over the calibration's observations fit 15 bits.

use crate::{
	agent::{
		network::{Layout, Policy as FloatPolicy},
		world::Episode,
		AgentError, Dqn, World,
	},
	checkpoint::Checkpoint,
	commands::Failure,
};
use praxis_environment::{Seed, TaskEnvironment};
use praxis_policy::{Policy, PolicyError, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION, MAX_SHIFT};

/// Greatest 8-bit weight that is used.
const WEIGHT: f64 = 127.0;

/// Greatest activation.
const ACTIVATION: f64 = 32_767.0;

/// Room above the sums of the calibration, for observations that it has not seen.
const HEADROOM: f64 = 1.25;

/// Rounds of equalising neighbouring layers. They converge fast.
const EQUALISATIONS: usize = 8;

/// A linear layer of a network, in doubles: row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
	/// Numbers that go in.
	pub inputs: usize,
	/// Numbers that come out.
	pub outputs: usize,
	/// The weight of input i in row r is number `r * inputs + i`.
	pub weights: Vec<f64>,
	/// One a row.
	pub biases: Vec<f64>,
}

impl Dense {
	fn row(&self, row: usize) -> &[f64] {
		&self.weights[row * self.inputs..][..self.inputs]
	}

	/// The greatest weight of row `row`, or the greatest weight that input `column` has.
	fn greatest(weights: impl Iterator<Item = f64>) -> f64 {
		weights.map(f64::abs).fold(0.0, f64::max)
	}

	fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
		self.weights.iter().skip(column).step_by(self.inputs).copied()
	}

	fn apply(&self, input: &[f64]) -> Vec<f64> {
		let sum = |row: usize| self.row(row).iter().zip(input).map(|(w, x)| w * x).sum::<f64>() + self.biases[row];
		(0..self.outputs).map(sum).collect()
	}
}

/// The layers that decide which action is greatest; observations are multiplied with `scales`, entry by entry.
pub fn deciding_layers(layout: &Layout, flat: &[f32], scales: &[f32]) -> Vec<Dense> {
	let mut layers: Vec<Dense> = layout
		.hidden()
		.iter()
		.chain([layout.output()])
		.map(|layer| {
			let (weights, biases) = layout.of(layer, flat);
			let double = |numbers: &[f32]| numbers.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
			Dense { inputs: layer.inputs, outputs: layer.outputs, weights: double(weights), biases: double(biases) }
		})
		.collect();
	if let Some(first) = layers.first_mut() {
		for row in first.weights.chunks_exact_mut(first.inputs) {
			row.iter_mut().zip(scales).for_each(|(weight, scale)| *weight *= f64::from(*scale));
		}
	}
	layers
}

/// The policy that decides like these layers, as nearly as its format allows, on observations like those of the calibration.
///
/// # Errors
///
/// What the format does not allow: too many layers, too wide ones.
pub fn quantise(mut layers: Vec<Dense>, calibration: &[Vec<i16>]) -> Result<Policy, PolicyError> {
	if let Some(last) = layers.last_mut() {
		centre(last);
	}
	for _ in 0..EQUALISATIONS {
		for at in 1..layers.len() {
			let (before, after) = layers.split_at_mut(at);
			equalise(&mut before[at - 1], &mut after[0]);
		}
	}
	let mut exact: Vec<Vec<f64>> =
		calibration.iter().map(|seen| seen.iter().map(|x| f64::from(*x)).collect()).collect();
	// What the quantised layers before make of the same observations, as integers.
	let mut rounded = exact.clone();
	// What an integer of the layer's input stands for.
	let mut unit = 1.0;
	let count = layers.len();
	let mut quantised = Vec::with_capacity(count);
	for (at, layer) in layers.iter().enumerate() {
		exact = exact.iter().map(|input| layer.apply(input)).collect();
		let size = Dense::greatest(layer.weights.iter().copied());
		let scale = if size > 0.0 { size / WEIGHT } else { 1.0 };
		unit *= scale;
		let mut integer = Dense {
			weights: layer.weights.iter().map(|weight| (weight / scale).round()).collect(),
			biases: vec![0.0; layer.outputs],
			..*layer
		};
		rounded = rounded.iter().map(|input| integer.apply(input)).collect();
		for row in 0..layer.outputs {
			// Where the calibration knows, the bias also takes out the mean of what was lost in this layer and before it.
			let lost: f64 = exact.iter().zip(&rounded).map(|(exact, sum)| exact[row] / unit - sum[row]).sum();
			let bias = if exact.is_empty() { layer.biases[row] / unit } else { lost / exact.len() as f64 };
			integer.biases[row] = bias.round();
			rounded.iter_mut().for_each(|sum| sum[row] += bias.round());
		}
		let mut shift = 0;
		if at + 1 < count {
			exact.iter_mut().flatten().for_each(|x| *x = x.max(0.0));
			let greatest = exact.iter().flatten().copied().fold(0.0, f64::max) * HEADROOM / unit;
			while shift < MAX_SHIFT && greatest / f64::from(shift).exp2() > ACTIVATION {
				shift += 1;
			}
			let step = f64::from(shift).exp2();
			rounded.iter_mut().flatten().for_each(|sum| *sum = (*sum / step + 0.5).floor().clamp(0.0, ACTIVATION));
			unit *= step;
		}
		let width = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
		quantised.push(UncheckedLayer {
			inputs: width(layer.inputs),
			outputs: width(layer.outputs),
			shift,
			// Casts from floats saturate.
			biases: integer.biases.iter().map(|bias| *bias as i32).collect(),
			weights: integer.weights.iter().map(|weight| *weight as i8).collect(),
		});
	}
	let input_limit = i16::MAX as u16;
	Policy::try_from(UncheckedPolicy { version: FORMAT_VERSION, input_limit, layers: quantised })
}

/// Takes the mean over the rows out of every column and of the biases: which row is greatest stays the same.
fn centre(layer: &mut Dense) {
	let rows = layer.outputs as f64;
	for column in 0..layer.inputs {
		let mean = layer.column(column).sum::<f64>() / rows;
		layer.weights.iter_mut().skip(column).step_by(layer.inputs).for_each(|weight| *weight -= mean);
	}
	let mean = layer.biases.iter().sum::<f64>() / rows;
	layer.biases.iter_mut().for_each(|bias| *bias -= mean);
}

/// Moves a factor of every neuron between two layers, so that its greatest weights in and out are alike.
fn equalise(before: &mut Dense, after: &mut Dense) {
	for neuron in 0..before.outputs {
		let made = Dense::greatest(before.row(neuron).iter().copied());
		let used = Dense::greatest(after.column(neuron));
		if made == 0.0 || used == 0.0 {
			continue;
		}
		let factor = (used / made).sqrt();
		before.weights[neuron * before.inputs..][..before.inputs].iter_mut().for_each(|weight| *weight *= factor);
		before.biases[neuron] *= factor;
		after.weights.iter_mut().skip(neuron).step_by(after.inputs).for_each(|weight| *weight /= factor);
	}
}

/// Episodes whose observations a calibration takes.
const CALIBRATION: u64 = 20;

/// Most observations of a calibration: of longer ones every so many is taken.
const OBSERVATIONS: usize = 4_000;

/// A policy, and the network that it comes from.
#[derive(Clone, Debug)]
pub struct Quantised {
	/// The policy.
	pub policy: Policy,
	/// The network.
	pub float: FloatPolicy,
}

/// What was lost.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Loss {
	/// Episodes that both played, on the same fresh seeds.
	pub episodes: u32,
	/// Mean return of the network.
	pub float_mean: f64,
	/// Mean return of the policy.
	pub mean: f64,
	/// Share of the policy's decisions that the network would have taken, too.
	pub same: f64,
}

/// Quantises a checkpoint's network by what it sees when it plays.
pub fn of_checkpoint(checkpoint: Checkpoint, environment: TaskEnvironment) -> Result<Quantised, Failure> {
	let of = checkpoint.environment;
	let world = World::from(environment);
	if of.observation() != world.observation() || of.actions() != world.actions() {
		return Err(Failure::input("policy-file", format!("the policy is of {of}, not of {environment}")));
	}
	let agent = Dqn::from_checkpoint(checkpoint, tch::Device::Cpu)?;
	of_policy(agent.policy(), environment)
}

/// Quantises a network by what it sees when it plays.
pub fn of_policy(mut float: FloatPolicy, environment: TaskEnvironment) -> Result<Quantised, Failure> {
	let mut seen = Vec::new();
	for number in 0..CALIBRATION {
		play(environment, &calibration_seed(number), |observation, mask| {
			seen.push(observation.to_vec());
			float.greedy_masked(observation, mask)
		})?;
	}
	let step = seen.len().div_ceil(OBSERVATIONS).max(1);
	let calibration: Vec<Vec<i16>> = seen.into_iter().step_by(step).collect();
	let layers = deciding_layers(float.layout(), float.weights(), float.scales());
	let policy = quantise(layers, &calibration)
		.map_err(|error| Failure::input("policy", format!("the network cannot be quantised: {error}")))?;
	Ok(Quantised { policy, float })
}

impl Quantised {
	/// Lets both play the same fresh episodes.
	pub fn measure(&mut self, environment: TaskEnvironment, episodes: u32) -> Result<Loss, Failure> {
		let Self { policy, float } = self;
		let mut scratch = policy.scratch();
		let (mut float_sum, mut sum, mut decisions, mut same) = (0.0, 0.0, 0u64, 0u64);
		for number in 0..u64::from(episodes) {
			let seed = calibration_seed(CALIBRATION + number);
			float_sum += play(environment, &seed, |observation, mask| float.greedy_masked(observation, mask))?;
			sum += play(environment, &seed, |observation, mask| {
				// It fits: it was made of a network that does.
				let action = policy.act_masked(observation, mask, &mut scratch).unwrap_or_default() as u8;
				decisions += 1;
				same += u64::from(action == float.greedy_masked(observation, mask));
				action
			})?;
		}
		let count = f64::from(episodes.max(1));
		let same = same as f64 / decisions.max(1) as f64;
		Ok(Loss { episodes, float_mean: float_sum / count, mean: sum / count, same })
	}
}

/// Seeds of calibration and measurement, apart from all others.
fn calibration_seed(number: u64) -> Seed {
	let mut bytes = *b"praxis-worker/quantise/seed/0000";
	bytes[24..].copy_from_slice(&number.to_le_bytes());
	Seed::from(bytes)
}

/// The return of an episode in which all agents choose alike.
pub fn play(
	environment: TaskEnvironment,
	seed: &Seed,
	mut choose: impl FnMut(&[i16], u32) -> u8,
) -> Result<f64, AgentError> {
	let world = World::from(environment);
	let mut episode = Episode::start(world, seed);
	let mut observation = vec![0; world.observation()];
	let mut actions = vec![0; world.agents()];
	let mut sum = 0.0;
	for _ in 0..world.episode_steps() {
		for (agent, action) in actions.iter_mut().enumerate() {
			let mask = episode.observe(agent, &mut observation)?;
			*action = choose(&observation, mask);
		}
		let outcome = episode.step(&actions)?;
		sum += outcome.reward.to_f64();
		if outcome.is_over() {
			break;
		}
	}
	Ok(sum)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::agent::network::Shape;
	use rand::{Rng, SeedableRng};
	use rand_chacha::ChaCha8Rng;

	const SCALES: [f32; 4] = [5e-5, 1.2e-4, 7e-5, 1.2e-4];

	fn network(hidden: &[usize], dueling: bool, seed: u64) -> (Layout, Vec<f32>) {
		let layout = Layout::new(&Shape { observation: 4, actions: 3, hidden: hidden.to_vec(), dueling });
		let mut rng = ChaCha8Rng::seed_from_u64(seed);
		let weights = layout.initial(&mut rng).iter().map(|weight| weight * 2.0).collect();
		(layout, weights)
	}

	fn observations(count: usize, seed: u64) -> Vec<Vec<i16>> {
		let mut rng = ChaCha8Rng::seed_from_u64(seed);
		(0..count).map(|_| (0..4).map(|_| rng.gen_range(-20_000..20_000)).collect()).collect()
	}

	#[test]
	fn quantised_policy_should_nearly_always_decide_like_its_network() {
		for (hidden, dueling) in [(&[64, 64][..], false), (&[64, 64], true), (&[256, 256], false), (&[32], false)] {
			let (layout, weights) = network(hidden, dueling, 5);
			let layers = deciding_layers(&layout, &weights, &SCALES);
			let policy = quantise(layers, &observations(500, 1)).expect("the format has room for it");
			let mut float = FloatPolicy::new(layout, &weights, SCALES.to_vec());
			let mut scratch = policy.scratch();
			let fresh = observations(2_000, 2);
			let same = fresh
				.iter()
				.filter(|seen| policy.act(seen, &mut scratch).ok() == Some(u32::from(float.greedy(seen))))
				.count();
			assert!(same >= 1_940, "{hidden:?}, dueling {dueling}: {same} of 2000 decisions are the same");
		}
	}

	#[test]
	fn policy_should_not_change_when_all_values_are_moved_alike() {
		let (layout, weights) = network(&[64], false, 9);
		let mut layers = deciding_layers(&layout, &weights, &SCALES);
		let calibration = observations(100, 1);
		let before = quantise(layers.clone(), &calibration).expect("the format has room for it");
		// The value of the state, which says nothing about the actions.
		let last = layers.last_mut().expect("it has layers");
		last.biases.iter_mut().for_each(|bias| *bias += 64.0);
		assert_eq!(quantise(layers, &calibration).map(|policy| policy.hash()), Ok(before.hash()));
	}

	#[test]
	fn network_should_be_refused_when_the_format_has_no_room_for_it() {
		let (layout, weights) = network(&[300], false, 9);
		let layers = deciding_layers(&layout, &weights, &SCALES);
		assert_eq!(quantise(layers, &observations(10, 1)).err(), Some(PolicyError::TooWide { layer: 0 }));
	}

	#[test]
	fn policy_of_nothing_should_take_the_first_action() {
		let layout = Layout::new(&Shape { observation: 4, actions: 3, hidden: vec![8], dueling: false });
		let layers = deciding_layers(&layout, &vec![0.0; layout.length()], &SCALES);
		let policy = quantise(layers, &[]).expect("zeros are fine");
		assert_eq!(policy.act(&[1, 2, 3, 4], &mut policy.scratch()), Ok(0));
	}
}
