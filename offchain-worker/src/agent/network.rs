//! The network: its weights in one flat libtorch tensor, and where each layer's lie in it.
//!
//! One flat tensor makes a copy into the target network, an optimiser's step, a norm and a hash one operation each.
//! The parameters lie in it sorted by name, so that its bytes are the policy's canonical form.

pub use super::policy::Policy;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Tensor};

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
pub struct Linear {
	/// Its weight's place in the list of parameters.
	pub weight: usize,
	/// Its bias's place.
	pub bias: usize,
	/// Numbers that go in.
	pub inputs: usize,
	/// Numbers that come out.
	pub outputs: usize,
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

	/// The hidden layers.
	pub fn hidden(&self) -> &[Linear] {
		&self.hidden
	}

	/// The layer of the values, or of the advantages in a dueling network.
	pub fn output(&self) -> &Linear {
		&self.output
	}

	/// The layer of the state's value in a dueling network.
	pub fn value(&self) -> Option<&Linear> {
		self.value.as_ref()
	}

	/// A layer's weight and bias among all weights.
	pub fn of<'a>(&self, layer: &Linear, flat: &'a [f32]) -> (&'a [f32], &'a [f32]) {
		let place = |at: usize| &flat[self.parameters[at].offset..][..self.parameters[at].length];
		(place(layer.weight), place(layer.bias))
	}

	/// Views into a flat tensor, one for each parameter.
	pub fn views(&self, flat: &Tensor) -> Result<Vec<Tensor>, tch::TchError> {
		let view = |p: &Parameter| {
			let dimensions: Vec<i64> = p.dimensions.iter().map(|d| *d as i64).collect();
			flat.f_narrow(0, p.offset as i64, p.length as i64)?.f_view(dimensions.as_slice())
		};
		self.parameters.iter().map(view).collect()
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
	/// Views into the flat tensor, in the layout's order.
	views: Vec<Tensor>,
	/// The same, transposed.
	transposed: Vec<Tensor>,
}

impl Network {
	/// A network with these weights.
	pub fn new(layout: Layout, weights: &[f32], device: Device) -> Result<Self, tch::TchError> {
		let flat = Tensor::f_from_slice(weights)?.f_to_device(device)?;
		let views = layout.views(&flat)?;
		let transposed = views
			.iter()
			.map(|view| if view.dim() == 2 { view.f_tr() } else { Ok(view.shallow_clone()) })
			.collect::<Result<_, _>>()?;
		Ok(Self { layout, flat, views, transposed })
	}

	/// Where its parameters lie.
	pub fn layout(&self) -> &Layout {
		&self.layout
	}

	/// All weights, one after the other, sorted by name.
	pub fn flat(&self) -> &Tensor {
		&self.flat
	}

	/// A parameter, by its place in the layout.
	pub fn parameter(&self, place: usize) -> &Tensor {
		&self.views[place]
	}

	/// A weight's transpose, by its place in the layout.
	pub fn transposed(&self, place: usize) -> &Tensor {
		&self.transposed[place]
	}

	/// The values of all actions for a batch of observations, with memory of its own: the plain way, which
	/// [`super::gradient::Gradient`] is tested against.
	pub fn forward(&self, observations: &Tensor) -> Result<Tensor, tch::TchError> {
		forward(&self.layout, &self.views, observations)
	}

	/// Takes over another network's weights.
	pub fn copy_from(&mut self, other: &Network) -> Result<(), tch::TchError> {
		self.flat.f_copy_(&other.flat)
	}

	/// Takes over weights from plain memory.
	pub fn load(&mut self, weights: &[f32]) -> Result<(), tch::TchError> {
		self.flat.f_copy_(&Tensor::f_from_slice(weights)?)
	}

	/// Reads the weights into plain memory of their length.
	pub fn read(&self, weights: &mut [f32]) -> Result<(), tch::TchError> {
		match self.flat.device() {
			Device::Cpu => self.flat.f_copy_data(weights, self.layout.length),
			_ => self.flat.f_to_device(Device::Cpu)?.f_copy_data(weights, self.layout.length),
		}
	}

	/// Reads the weights out.
	pub fn weights(&self) -> Result<Vec<f32>, tch::TchError> {
		let mut weights = vec![0.0; self.layout.length];
		self.read(&mut weights)?;
		Ok(weights)
	}
}

/// The values of all actions, by the parameters of a layout.
pub(super) fn forward(layout: &Layout, views: &[Tensor], observations: &Tensor) -> Result<Tensor, tch::TchError> {
	let apply = |layer: &Linear, x: &Tensor| x.f_linear(&views[layer.weight], Some(&views[layer.bias]));
	let mut x = observations.shallow_clone();
	for layer in &layout.hidden {
		x = apply(layer, &x)?.f_relu()?;
	}
	let output = apply(&layout.output, &x)?;
	match &layout.value {
		None => Ok(output),
		Some(value) => {
			let mean = output.f_mean_dim([1i64].as_slice(), true, Kind::Float)?;
			apply(value, &x)?.f_add(&output)?.f_sub(&mean)
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn shape(dueling: bool) -> Shape {
		Shape { observation: 6, actions: 9, hidden: vec![64, 33], dueling }
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
		let mut network = Network::new(layout.clone(), &vec![0.0; layout.length()], Device::Cpu).expect("a network");
		let other = Network::new(layout.clone(), &ones, Device::Cpu).expect("a network");
		network.copy_from(&other).expect("a copy");
		assert!((0..layout.parameters().len())
			.map(|at| network.parameter(at))
			.all(|p| f64::try_from(p.min()).expect("a number") == 1.0));
		assert_eq!(network.weights().expect("weights"), ones);
	}
}
