//! One gradient step of DQN: the forward passes, the targets, the backward pass, written out by hand.
//!
//! For networks of this size most of a step's time goes into starting operations and into autograd's bookkeeping, not
//! into arithmetic. So the backward pass of the multi-layer perceptron stands here as matrix products, and all memory
//! is made once: every operation writes into its own place. Nothing in a step looks at a number, so that on a CUDA
//! device the host only queues work.

use super::{
	network::{Layout, Linear, Network},
	DqnConfig,
};
use tch::{Device, Kind, TchError, Tensor};

type Result<T = ()> = std::result::Result<T, TchError>;

/// The memory of a forward pass: what every layer gives.
struct Activations {
	/// Outputs of the hidden layers, behind their ReLU.
	hidden: Vec<Tensor>,
	/// The first layer's output by parts: the inputs lie apart, from there on they are one matrix.
	parts: Vec<Tensor>,
	/// Values of the actions.
	values: Tensor,
	/// Values of the states, in a dueling network.
	value: Option<Tensor>,
}

impl Activations {
	fn new(layout: &Layout, parts: i64, batch: i64, device: Device) -> Result<Self> {
		let zeros = |layer: &Linear| zeros(parts * batch, layer.outputs, device);
		let hidden: Vec<Tensor> = layout.hidden().iter().map(zeros).collect::<Result<_>>()?;
		let part = |at: i64| hidden[0].f_narrow(0, at * batch, batch);
		Ok(Self {
			parts: (0..parts).map(part).collect::<Result<_>>()?,
			values: zeros(layout.output())?,
			value: layout.value().map(zeros).transpose()?,
			hidden,
		})
	}

	/// The network's values of these inputs, one for each part.
	fn forward(&mut self, network: &Network, inputs: &[&Tensor]) -> Result {
		let layout = network.layout();
		let linear = |layer: &Linear, input: &Tensor, output: &Tensor| {
			let (weight, bias) = (network.transposed(layer.weight), network.parameter(layer.bias));
			bias.f_addmm_out(output, input, weight).map(drop)
		};
		for (input, output) in inputs.iter().zip(&self.parts) {
			linear(&layout.hidden()[0], input, output)?;
		}
		let _ = self.hidden[0].f_relu_()?;
		for (at, layer) in layout.hidden().iter().enumerate().skip(1) {
			linear(layer, &self.hidden[at - 1], &self.hidden[at])?;
			let _ = self.hidden[at].f_relu_()?;
		}
		let last = &self.hidden[self.hidden.len() - 1];
		linear(layout.output(), last, &self.values)?;
		if let (Some(layer), Some(value)) = (layout.value(), &self.value) {
			linear(layer, last, value)?;
			let mean = self.values.f_mean_dim([1i64].as_slice(), true, Kind::Float)?;
			let _ = self.values.f_sub_(&mean)?.f_add_(value)?;
		}
		Ok(())
	}
}

fn zeros(rows: i64, columns: usize, device: Device) -> Result<Tensor> {
	Tensor::f_zeros([rows, columns as i64].as_slice(), (Kind::Float, device))
}

/// A matrix and its transpose, of the same memory.
struct Both {
	plain: Tensor,
	transposed: Tensor,
}

impl Both {
	fn new(plain: Tensor) -> Result<Self> {
		Ok(Self { transposed: plain.f_tr()?, plain })
	}
}

/// Which targets are formed and which loss is descended on: see [`DqnConfig`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Objective {
	/// Double DQN.
	pub double: bool,
	/// Huber loss.
	pub huber: bool,
	/// Advantage learning.
	pub gap: f64,
}

impl Objective {
	/// As these settings say.
	pub fn of(config: &DqnConfig) -> Self {
		Self { double: config.double, huber: config.huber, gap: config.gap }
	}
}

/// The memory of a gradient step, and its result.
pub struct Gradient {
	objective: Objective,
	batch: i64,
	/// The minibatch as the replay buffer has it, and views into it.
	rows: Tensor,
	observations: Tensor,
	next: Tensor,
	action: Tensor,
	rewards: Tensor,
	discounts: Tensor,
	/// What actions that are forbidden afterwards are punished with, and those that were, `[batch, actions]`, where
	/// actions may be forbidden.
	penalties: Option<(Tensor, Tensor)>,
	/// The actions as indices.
	actions: Tensor,
	online: Activations,
	target: Activations,
	/// The online network's values of the observations, and of the next ones in double DQN.
	now: Tensor,
	then: Option<Tensor>,
	/// The target network's values of the next observations, and in advantage learning of the present ones.
	ahead: Tensor,
	here: Option<Tensor>,
	/// `[batch, 1]` each: the next actions, the targets, the values that were to meet them, the errors, their slopes.
	best: Tensor,
	targets: Tensor,
	chosen: Tensor,
	errors: Tensor,
	slopes: Tensor,
	weights: Option<Tensor>,
	/// The loss's derivative by the values, and by every hidden layer's output.
	delta: Both,
	deltas: Vec<Both>,
	/// The hidden layers' outputs of the observations alone.
	hidden: Vec<Tensor>,
	ones: Tensor,
	norm: Tensor,
	flat: Tensor,
	views: Vec<Tensor>,
}

impl Gradient {
	/// Memory for steps over `batch` rows of the replay buffer, which say what is forbidden where `masked`.
	pub fn new(layout: &Layout, batch: usize, objective: Objective, masked: bool, device: Device) -> Result<Self> {
		let observation = layout.hidden()[0].inputs as i64;
		let Objective { double, gap, .. } = objective;
		let batch = batch as i64;
		let actions = layout.output().outputs as i64;
		let rows = zeros(batch, 2 * observation as usize + 3 + if masked { 2 * actions as usize } else { 0 }, device)?;
		let column = |at: i64| rows.f_narrow(1, 2 * observation + at, 1);
		let penalty = |at: i64| rows.f_narrow(1, 2 * observation + 3 + at, actions);
		let online = Activations::new(layout, if double { 2 } else { 1 }, batch, device)?;
		let target = Activations::new(layout, if gap > 0.0 { 2 } else { 1 }, batch, device)?;
		let index = || Tensor::f_zeros([batch, 1].as_slice(), (Kind::Int64, device));
		let single = || zeros(batch, 1, device);
		let flat = Tensor::f_zeros([layout.length() as i64].as_slice(), (Kind::Float, device))?;
		let both = |layer: &Linear| Both::new(zeros(batch, layer.outputs, device)?);
		Ok(Self {
			objective,
			batch,
			observations: rows.f_narrow(1, 0, observation)?,
			next: rows.f_narrow(1, observation, observation)?,
			action: column(0)?,
			rewards: column(1)?,
			discounts: column(2)?,
			penalties: masked.then(|| Ok::<_, TchError>((penalty(0)?, penalty(actions)?))).transpose()?,
			rows,
			actions: index()?,
			now: online.values.f_narrow(0, 0, batch)?,
			then: double.then(|| online.values.f_narrow(0, batch, batch)).transpose()?,
			ahead: target.values.f_narrow(0, 0, batch)?,
			here: (gap > 0.0).then(|| target.values.f_narrow(0, batch, batch)).transpose()?,
			best: index()?,
			targets: single()?,
			chosen: single()?,
			errors: single()?,
			slopes: single()?,
			weights: None,
			delta: both(layout.output())?,
			deltas: layout.hidden().iter().map(both).collect::<Result<_>>()?,
			hidden: online.hidden.iter().map(|hidden| hidden.f_narrow(0, 0, batch)).collect::<Result<_>>()?,
			online,
			target,
			ones: Tensor::f_ones([batch].as_slice(), (Kind::Float, device))?,
			norm: Tensor::f_zeros([0i64; 0].as_slice(), (Kind::Float, device))?,
			views: layout.views(&flat)?,
			flat,
		})
	}

	/// Where the minibatch's rows go.
	pub fn rows(&self) -> &Tensor {
		&self.rows
	}

	/// The gradient, one parameter after the other.
	pub fn flat(&self) -> &Tensor {
		&self.flat
	}

	/// What the values of the taken actions were above their targets, `[batch, 1]`.
	pub fn errors(&self) -> &Tensor {
		&self.errors
	}

	/// The gradient of the loss of the minibatch that lies in [`Self::rows`]. The loss is weighted row by row where
	/// `weights` are given.
	pub fn compute(&mut self, online: &Network, target: &Network, weights: Option<Tensor>) -> Result {
		self.weights = weights;
		self.actions.f_copy_(&self.action)?;
		self.targets(online, target)?;
		self.slopes()?;
		self.backward(online)
	}

	/// Equation 1: what the values of the taken actions should be.
	fn targets(&mut self, online: &Network, target: &Network) -> Result {
		if self.here.is_some() {
			self.target.forward(target, &[&self.next, &self.observations])?;
		} else {
			self.target.forward(target, &[&self.next])?;
		}
		if self.objective.double {
			self.online.forward(online, &[&self.observations, &self.next])?;
		} else {
			self.online.forward(online, &[&self.observations])?;
		}
		if let Some((afterwards, _)) = &self.penalties {
			// Neither is used again: the backward pass needs the values of the present observations alone.
			let choosing = self.then.as_ref().unwrap_or(&self.ahead);
			let _ = choosing.shallow_clone().f_add_(afterwards)?;
		}
		match &self.then {
			Some(then) => {
				let _ = then.f_argmax_out(&self.best, 1, true)?;
				let _ = self.ahead.f_gather_out(&self.targets, 1, &self.best, false)?;
			}
			None => {
				let _ = self.ahead.f_amax_out(&self.targets, [1i64].as_slice(), true)?;
			}
		}
		let _ = self.targets.f_mul_(&self.discounts)?.f_add_(&self.rewards)?;
		if let Some(here) = &self.here {
			// The action that was taken was allowed.
			let taken = here.f_gather(1, &self.actions, false)?;
			let best = match &self.penalties {
				Some((_, before)) => here.f_add(before)?.f_amax([1i64].as_slice(), true)?,
				None => here.f_amax([1i64].as_slice(), true)?,
			};
			let _ = self.targets.f_add_(&taken.f_sub(&best)?.f_mul_scalar_(self.objective.gap)?)?;
		}
		Ok(())
	}

	/// Equation 2, differentiated by the values of the taken actions.
	fn slopes(&mut self) -> Result {
		let _ = self.now.f_gather_out(&self.chosen, 1, &self.actions, false)?;
		let _ = self.chosen.f_sub_out(&self.errors, &self.targets)?;
		let share = 1.0 / self.batch as f64;
		if self.objective.huber {
			let _ = self.errors.f_clamp_out(&self.slopes, -1.0, 1.0)?;
			let _ = self.slopes.f_mul_scalar_(share)?;
		} else {
			let _ = self.errors.f_mul_scalar_out(&self.slopes, 2.0 * share)?;
		}
		if let Some(weights) = &self.weights {
			let _ = self.slopes.f_mul_(weights)?;
		}
		let _ = self.delta.plain.f_zero_()?;
		let _ = self.delta.plain.f_scatter_(1, &self.actions, &self.slopes)?;
		Ok(())
	}

	/// From the values' derivatives back through the layers.
	fn backward(&mut self, network: &Network) -> Result {
		let layout = network.layout();
		let last = layout.hidden().len() - 1;
		// In a dueling network Q = V + A - mean(A).
		if let Some(value) = layout.value() {
			let state = Both::new(self.delta.plain.f_sum_dim_intlist([1i64].as_slice(), true, Kind::Float)?)?;
			let mean = self.delta.plain.f_mean_dim([1i64].as_slice(), true, Kind::Float)?;
			let _ = self.delta.plain.f_sub_(&mean)?;
			self.parameters(value, &state, &self.hidden[last])?;
			self.parameters(layout.output(), &self.delta, &self.hidden[last])?;
			let _ = self.delta.plain.f_mm_out(&self.deltas[last].plain, network.parameter(layout.output().weight))?;
			let through = state.plain.f_mm(network.parameter(value.weight))?;
			let _ = self.deltas[last].plain.f_add_(&through)?;
		} else {
			self.parameters(layout.output(), &self.delta, &self.hidden[last])?;
			let _ = self.delta.plain.f_mm_out(&self.deltas[last].plain, network.parameter(layout.output().weight))?;
		}
		for (at, layer) in layout.hidden().iter().enumerate().rev() {
			let delta = &self.deltas[at];
			// The ReLU lets through what it gave out.
			let _ = self.hidden[at].f_threshold_backward_grad_input(&delta.plain, &delta.plain, 0.0)?;
			let input = if at == 0 { &self.observations } else { &self.hidden[at - 1] };
			self.parameters(layer, delta, input)?;
			if at > 0 {
				let _ = delta.plain.f_mm_out(&self.deltas[at - 1].plain, network.parameter(layer.weight))?;
			}
		}
		Ok(())
	}

	/// A layer's own gradient, from the derivative by its output and from its input.
	fn parameters(&self, layer: &Linear, delta: &Both, input: &Tensor) -> Result {
		let _ = delta.transposed.f_mm_out(&self.views[layer.weight], input)?;
		let _ = delta.transposed.f_mv_out(&self.views[layer.bias], &self.ones)?;
		Ok(())
	}

	/// Shrinks the gradient to an L2 norm of `limit` where it is longer.
	pub fn clip(&mut self, limit: f64) -> Result {
		let _ = self.flat.f_norm_out(&self.norm, 2.0, [0i64].as_slice(), false)?;
		let _ = self.norm.f_reciprocal_()?.f_mul_scalar_(limit)?.f_clamp_max_(1.0)?;
		let _ = self.flat.f_mul_(&self.norm)?;
		Ok(())
	}

	/// The loss of the last step's minibatch.
	pub fn loss(&self) -> Result<f64> {
		let size = self.errors.f_abs()?;
		let losses = if self.objective.huber {
			let bounded = size.f_clamp_max(1.0)?;
			size.f_sub(&bounded.f_mul_scalar(0.5)?)?.f_mul(&bounded)?
		} else {
			size.f_square()?
		};
		let losses = match &self.weights {
			Some(weights) => losses.f_mul(weights)?,
			None => losses,
		};
		f64::try_from(losses.f_mean(Kind::Float)?)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::agent::{
		network::{forward, Shape},
		replay::FORBIDDEN,
	};
	use rand::{Rng, SeedableRng};
	use rand_chacha::ChaCha8Rng;
	use tch::Reduction;

	/// The loss as autograd sees it, and its gradient.
	fn expected(
		layout: &Layout,
		weights: &Tensor,
		target: &Network,
		rows: &Tensor,
		(Objective { double, huber, gap }, masked): (Objective, bool),
		importance: Option<&Tensor>,
	) -> (f64, Vec<f32>) {
		let leaf = weights.copy().set_requires_grad(true);
		let views = layout.views(&leaf).expect("views");
		let observation = layout.hidden()[0].inputs as i64;
		let column = |at: i64| rows.narrow(1, 2 * observation + at, 1);
		let values = |at: i64| forward(layout, &views, &rows.narrow(1, at, observation)).expect("values");
		let targets = tch::no_grad(|| {
			let next = target.forward(&rows.narrow(1, observation, observation)).expect("values");
			let penalties = if masked { rows.narrow(1, 2 * observation + 3, 3) } else { next.zeros_like() };
			let next = if double {
				next.gather(1, &(values(observation) + penalties).argmax(1, true), false)
			} else {
				(next + penalties).amax(1, true)
			};
			let here = target.forward(&rows.narrow(1, 0, observation)).expect("values");
			let taken = here.gather(1, &column(0).to_kind(Kind::Int64), false);
			let here = if masked { here + rows.narrow(1, 2 * observation + 6, 3) } else { here };
			next * column(2) + column(1) + gap * (taken - here.amax(1, true))
		});
		let chosen = values(0).gather(1, &column(0).to_kind(Kind::Int64), false);
		let losses = match huber {
			true => chosen.huber_loss(&targets, Reduction::None, 1.0),
			false => chosen.mse_loss(&targets, Reduction::None),
		};
		let loss = importance.map_or(losses.shallow_clone(), |weights| losses * weights).mean(Kind::Float);
		loss.backward();
		(f64::try_from(&loss).expect("a number"), Vec::<f32>::try_from(leaf.grad()).expect("numbers"))
	}

	#[test]
	fn gradient_should_equal_autograds_under_every_switch() {
		tch::set_num_threads(1);
		let mut rng = ChaCha8Rng::seed_from_u64(8);
		for switches in 0..64 {
			let [dueling, double, huber, weighted, masked, wide] = [1, 2, 4, 8, 16, 32].map(|bit| switches & bit != 0);
			let objective = Objective { double, huber, gap: if wide { 0.75 } else { 0.0 } };
			let hidden = if switches % 3 == 0 { vec![24] } else { vec![24, 17, 9] };
			let layout = Layout::new(&Shape { observation: 4, actions: 3, hidden, dueling });
			let mut network = || {
				let weights: Vec<f32> = layout.initial(&mut rng).iter().map(|weight| weight * 3.0).collect();
				Network::new(layout.clone(), &weights, Device::Cpu).expect("a network")
			};
			let (online, target) = (network(), network());
			let mut gradient = Gradient::new(&layout, 32, objective, masked, Device::Cpu).expect("memory");
			// Twice, since the memory is used again.
			for _ in 0..2 {
				let numbers: Vec<f32> = (0..32)
					.flat_map(|_| {
						let mut row: Vec<f32> = (0..8).map(|_| rng.gen_range(-2.0..2.0)).collect();
						let action = rng.gen_range(0..3);
						row.extend([action as f32, rng.gen_range(-3.0..3.0), rng.gen_range(0.0..1.0)]);
						if masked {
							for allowed in [rng.gen_range(0..3), action] {
								row.extend((0..3).map(|at| if at == allowed || rng.gen() { 0.0 } else { FORBIDDEN }));
							}
						}
						row
					})
					.collect();
				let rows = Tensor::from_slice(&numbers).view((32, -1));
				let weights =
					|| Tensor::from_slice(&(1..=32).map(|i| i as f32 / 32.0).collect::<Vec<_>>()).view((32, 1));
				let weights = weighted.then(weights);
				let (loss, expected) =
					expected(&layout, online.flat(), &target, &rows, (objective, masked), weights.as_ref());
				gradient.rows().shallow_clone().copy_(&rows);
				gradient.compute(&online, &target, weights).expect("a gradient");
				let found = Vec::<f32>::try_from(gradient.flat()).expect("numbers");
				for (found, expected) in found.iter().zip(&expected) {
					assert!(
						(found - expected).abs() <= 1e-5 * (1.0 + expected.abs()),
						"{switches}: {found} {expected}"
					);
				}
				assert!((gradient.loss().expect("a loss") - loss).abs() <= 1e-5 * (1.0 + loss));
			}
		}
	}

	#[test]
	fn a_long_gradient_should_be_shrunk_and_a_short_one_left_alone() {
		let layout = Layout::new(&Shape { observation: 1, actions: 1, hidden: vec![1], dueling: false });
		let mut gradient = Gradient::new(&layout, 1, Objective::default(), false, Device::Cpu).expect("memory");
		gradient.flat.copy_(&Tensor::from_slice(&[3.0f32, 0.0, -4.0, 0.0]));
		gradient.clip(10.0).expect("it is short");
		assert_eq!(Vec::<f32>::try_from(gradient.flat()).expect("numbers"), [3.0, 0.0, -4.0, 0.0]);
		gradient.clip(2.5).expect("it is long");
		assert_eq!(Vec::<f32>::try_from(gradient.flat()).expect("numbers"), [1.5, 0.0, -2.0, 0.0]);
	}
}
