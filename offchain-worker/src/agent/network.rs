//! The network: its weights in one flat libtorch tensor, its forward pass for learning, and a plain copy for acting.
//!
//! One flat tensor makes a copy into the target network, an optimiser's step, a norm and a hash one operation each.
//! The parameters lie in it sorted by name, so that its bytes are the policy's canonical form.

use praxis_environment::EnvironmentId;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Tensor};

/// What each entry of an observation is multiplied with before the network sees it: to Gymnasium's units, then by its
/// usual size to order one, which networks like.
pub fn input_scales(id: EnvironmentId) -> Vec<f32> {
	use std::f32::consts::PI;
	let usual: &[f32] = match id {
		EnvironmentId::CartPole => &[2.4, 2.0, 0.21, 2.0],
		EnvironmentId::MountainCar => &[0.6, 0.035],
		EnvironmentId::Acrobot => &[1.0, 1.0, 1.0, 1.0, 2.0 * PI, 4.0 * PI],
		EnvironmentId::Pendulum | EnvironmentId::NoisyPendulum => &[1.0, 1.0, 4.0],
	};
	usual.iter().zip(id.spec().scales).map(|(usual, bits)| (-(*bits as f32)).exp2() / usual).collect()
}

/// What the networks look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
	/// Observed numbers.
	pub observation: usize,
	/// Actions.
	pub actions: usize,
	/// Widths of the hidden layers.
	pub hidden: Vec<usize>,
	/// Separate streams for value and advantages.
	pub dueling: bool,
}

/// A parameter's place in the flat tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
	/// Its name, as in policy files.
	pub name: String,
	/// Its dimensions: `[outputs, inputs]` or `[outputs]`.
	pub dimensions: Vec<usize>,
	/// Where it begins.
	pub offset: usize,
	/// How many numbers it has.
	pub length: usize,
}

/// A linear layer: where its weight and bias stand in the list of parameters.
#[derive(Clone, Copy, Debug)]
struct Linear {
	weight: usize,
	bias: usize,
	inputs: usize,
	outputs: usize,
}

/// The layers of a shape and where their parameters lie.
#[derive(Clone, Debug)]
pub struct Layout {
	parameters: Vec<Parameter>,
	hidden: Vec<Linear>,
	/// The only output, or the advantages of a dueling network.
	output: Linear,
	value: Option<Linear>,
	length: usize,
}

impl Layout {
	/// Lays a shape out.
	pub fn new(shape: &Shape) -> Self {
		let mut layers: Vec<(String, usize, usize)> = Vec::new();
		let mut inputs = shape.observation;
		for (index, width) in shape.hidden.iter().enumerate() {
			layers.push((format!("layers.{index}"), inputs, *width));
			inputs = *width;
		}
		let output = if shape.dueling { "advantage" } else { "output" };
		layers.push((output.into(), inputs, shape.actions));
		if shape.dueling {
			layers.push(("value".into(), inputs, 1));
		}
		let mut parameters: Vec<(String, Vec<usize>)> = layers
			.iter()
			.flat_map(|(name, inputs, outputs)| {
				[(format!("{name}.weight"), vec![*outputs, *inputs]), (format!("{name}.bias"), vec![*outputs])]
			})
			.collect();
		parameters.sort();
		let mut length = 0;
		let parameters: Vec<Parameter> = parameters
			.into_iter()
			.map(|(name, dimensions)| {
				let parameter = Parameter { length: dimensions.iter().product(), offset: length, name, dimensions };
				length += parameter.length;
				parameter
			})
			.collect();
		let place = |name: String| parameters.binary_search_by(|p| p.name.cmp(&name)).unwrap_or_default();
		let mut linear: Vec<Linear> = layers
			.iter()
			.map(|(name, inputs, outputs)| Linear {
				weight: place(format!("{name}.weight")),
				bias: place(format!("{name}.bias")),
				inputs: *inputs,
				outputs: *outputs,
			})
			.collect();
		let mut tail = linear.split_off(shape.hidden.len()).into_iter();
		let output = tail.next().unwrap_or(Linear { weight: 0, bias: 0, inputs: 0, outputs: 0 });
		Self { hidden: linear, output, value: tail.next(), parameters, length }
	}

	/// The parameters, sorted by name.
	pub fn parameters(&self) -> &[Parameter] {
		&self.parameters
	}

	/// How many numbers all parameters have.
	pub fn length(&self) -> usize {
		self.length
	}

	/// First weights: Kaiming-uniform as PyTorch's linear layers have them, drawn from the agent's own generator.
	pub fn initial(&self, rng: &mut ChaCha8Rng) -> Vec<f32> {
		let mut flat = vec![0.0; self.length];
		for layer in self.hidden.iter().chain([&self.output]).chain(&self.value) {
			let bound = 1.0 / (layer.inputs as f32).sqrt();
			for parameter in [layer.weight, layer.bias] {
				let Parameter { offset, length, .. } = self.parameters[parameter];
				flat[offset..offset + length].fill_with(|| rng.gen_range(-bound..bound));
			}
		}
		flat
	}
}

/// A network on a device.
pub struct Network {
	layout: Layout,
	flat: Tensor,
	/// Leaves that share the flat tensor's memory, in the layout's order.
	views: Vec<Tensor>,
}

impl Network {
	/// A network with these weights. Only one that learns tracks gradients.
	pub fn new(layout: Layout, weights: &[f32], device: Device, learns: bool) -> Result<Self, tch::TchError> {
		let flat = Tensor::f_from_slice(weights)?.f_to_device(device)?;
		let views = layout
			.parameters
			.iter()
			.map(|p| {
				let dimensions: Vec<i64> = p.dimensions.iter().map(|d| *d as i64).collect();
				let view =
					flat.f_narrow(0, p.offset as i64, p.length as i64)?.f_view(dimensions.as_slice())?.f_detach()?;
				view.f_set_requires_grad(learns)
			})
			.collect::<Result<_, _>>()?;
		Ok(Self { layout, flat, views })
	}

	/// All weights, one after the other, sorted by name.
	pub fn flat(&self) -> &Tensor {
		&self.flat
	}

	/// The weights by parameter, for gradients.
	pub fn parameters(&self) -> &[Tensor] {
		&self.views
	}

	/// The values of all actions for a batch of observations.
	pub fn forward(&self, observations: &Tensor) -> Result<Tensor, tch::TchError> {
		let apply = |layer: &Linear, x: &Tensor| x.f_linear(&self.views[layer.weight], Some(&self.views[layer.bias]));
		let mut x: Option<Tensor> = None;
		for layer in &self.layout.hidden {
			x = Some(apply(layer, x.as_ref().unwrap_or(observations))?.f_relu_()?);
		}
		let x = x.as_ref().unwrap_or(observations);
		let output = apply(&self.layout.output, x)?;
		match &self.layout.value {
			None => Ok(output),
			Some(value) => {
				let mean = output.f_mean_dim([1i64].as_slice(), true, Kind::Float)?;
				apply(value, x)?.f_add(&output)?.f_sub(&mean)
			}
		}
	}

	/// Takes over another network's weights.
	pub fn copy_from(&mut self, other: &Network) -> Result<(), tch::TchError> {
		tch::no_grad(|| self.flat.f_copy_(&other.flat))
	}

	/// Reads the weights out.
	pub fn weights(&self) -> Result<Vec<f32>, tch::TchError> {
		let mut weights = vec![0.0; self.layout.length];
		self.flat.f_to_device(Device::Cpu)?.f_copy_data(&mut weights, self.layout.length)?;
		Ok(weights)
	}
}

/// A linear layer in plain memory, its weight transposed: one row per input, so that the inner loop vectorises and
/// the zeros behind a ReLU cost nothing.
#[derive(Clone, Debug)]
struct Dense {
	weight: Vec<f32>,
	bias: Vec<f32>,
}

impl Dense {
	fn load(&mut self, layer: &Linear, parameters: &[Parameter], flat: &[f32]) {
		let weight = &parameters[layer.weight];
		let bias = &parameters[layer.bias];
		let weight = &flat[weight.offset..weight.offset + weight.length];
		self.bias.clear();
		self.bias.extend_from_slice(&flat[bias.offset..bias.offset + bias.length]);
		self.weight.clear();
		self.weight
			.extend((0..layer.inputs).flat_map(|i| (0..layer.outputs).map(move |o| weight[o * layer.inputs + i])));
	}

	fn apply(&self, input: &[f32], output: &mut Vec<f32>) {
		output.clear();
		output.extend_from_slice(&self.bias);
		let width = self.bias.len();
		for (x, row) in input.iter().zip(self.weight.chunks_exact(width)) {
			if *x != 0.0 {
				output.iter_mut().zip(row).for_each(|(sum, weight)| *sum += x * weight);
			}
		}
	}
}

/// A copy of a network's weights in plain memory: acts without libtorch, can be cloned and sent to other threads.
#[derive(Clone, Debug)]
pub struct Policy {
	layout: Layout,
	hidden: Vec<Dense>,
	output: Dense,
	value: Option<Dense>,
	scales: Vec<f32>,
	input: Vec<f32>,
	next: Vec<f32>,
	advantage: Vec<f32>,
}

impl Policy {
	/// A policy with these flat weights; observations are multiplied with `scales` first, entry by entry.
	pub fn new(layout: Layout, weights: &[f32], scales: Vec<f32>) -> Self {
		let empty = Dense { weight: Vec::new(), bias: Vec::new() };
		let mut policy = Self {
			hidden: vec![empty.clone(); layout.hidden.len()],
			value: layout.value.map(|_| empty.clone()),
			output: empty,
			layout,
			scales,
			input: Vec::new(),
			next: Vec::new(),
			advantage: Vec::new(),
		};
		policy.load(weights);
		policy
	}

	/// Replaces the weights, reusing the memory.
	pub fn load(&mut self, weights: &[f32]) {
		let parameters = &self.layout.parameters;
		for (dense, layer) in self.hidden.iter_mut().zip(&self.layout.hidden) {
			dense.load(layer, parameters, weights);
		}
		self.output.load(&self.layout.output, parameters, weights);
		if let (Some(dense), Some(layer)) = (&mut self.value, &self.layout.value) {
			dense.load(layer, parameters, weights);
		}
	}

	/// The values of all actions.
	pub fn values(&mut self, observation: &[i16]) -> &[f32] {
		self.input.clear();
		self.input.extend(observation.iter().zip(&self.scales).map(|(x, scale)| f32::from(*x) * scale));
		for dense in &self.hidden {
			dense.apply(&self.input, &mut self.next);
			self.next.iter_mut().for_each(|x| *x = x.max(0.0));
			std::mem::swap(&mut self.input, &mut self.next);
		}
		self.output.apply(&self.input, &mut self.advantage);
		if let Some(value) = &self.value {
			value.apply(&self.input, &mut self.next);
			let mean = self.advantage.iter().sum::<f32>() / self.advantage.len() as f32;
			let shift = self.next.first().copied().unwrap_or_default() - mean;
			self.advantage.iter_mut().for_each(|x| *x += shift);
		}
		&self.advantage
	}

	/// The action with the greatest value, the lowest index among equals.
	pub fn greedy(&mut self, observation: &[i16]) -> u8 {
		let values = self.values(observation);
		let mut best = 0;
		for (action, value) in values.iter().enumerate() {
			if *value > values[best] {
				best = action;
			}
		}
		best as u8
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use rand::SeedableRng;

	fn shape(dueling: bool) -> Shape {
		Shape { observation: 6, actions: 9, hidden: vec![64, 33], dueling }
	}

	#[test]
	fn plain_forward_should_equal_libtorch() {
		tch::set_num_threads(1);
		for dueling in [false, true] {
			let layout = Layout::new(&shape(dueling));
			let mut rng = ChaCha8Rng::seed_from_u64(3);
			let weights: Vec<f32> = layout.initial(&mut rng).iter().map(|w| w * 2.0).collect();
			let network = Network::new(layout.clone(), &weights, Device::Cpu, false).expect("a network");
			let mut policy = Policy::new(layout, &weights, vec![1.0 / 8192.0; 6]);
			for _ in 0..200 {
				let observation: Vec<i16> = (0..6).map(|_| rng.gen_range(-20_000..20_000)).collect();
				let scaled: Vec<f32> = observation.iter().map(|x| f32::from(*x) / 8192.0).collect();
				let expected = network.forward(&Tensor::from_slice(&scaled).view((1, 6))).expect("a forward pass");
				let expected = Vec::<f32>::try_from(expected.view(-1)).expect("numbers");
				let found = policy.values(&observation);
				assert_eq!(found.len(), 9);
				for (found, expected) in found.iter().zip(&expected) {
					assert!((found - expected).abs() <= 1e-5, "{found} is not {expected}");
				}
			}
		}
	}

	#[test]
	fn every_entry_of_an_observation_should_have_a_scale() {
		for id in EnvironmentId::ALL {
			let scales = input_scales(id);
			assert_eq!(scales.len(), id.spec().observation);
			assert!(scales.iter().all(|scale| *scale > 0.0 && f32::from(i16::MAX) * scale < 40.0), "{id}: {scales:?}");
		}
	}

	#[test]
	fn parameters_should_lie_sorted_by_name_and_without_gaps() {
		let layout = Layout::new(&shape(true));
		let names: Vec<&str> = layout.parameters().iter().map(|p| p.name.as_str()).collect();
		let mut sorted = names.clone();
		sorted.sort_unstable();
		assert_eq!(names, sorted);
		assert_eq!(names.len(), 8);
		let mut end = 0;
		for parameter in layout.parameters() {
			assert_eq!(parameter.offset, end);
			end += parameter.length;
		}
		assert_eq!(end, layout.length());
		assert_eq!(end, 6 * 64 + 64 + 64 * 33 + 33 + 33 * 9 + 9 + 33 + 1);
	}

	#[test]
	fn views_should_follow_the_flat_tensor() {
		let layout = Layout::new(&shape(false));
		let ones = vec![1.0; layout.length()];
		let mut network =
			Network::new(layout.clone(), &vec![0.0; layout.length()], Device::Cpu, true).expect("a network");
		let other = Network::new(layout, &ones, Device::Cpu, false).expect("a network");
		network.copy_from(&other).expect("a copy");
		assert!(network.parameters().iter().all(|p| f64::try_from(p.min()).expect("a number") == 1.0));
		assert_eq!(network.weights().expect("weights"), ones);
	}
}
