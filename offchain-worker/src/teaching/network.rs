//! The float network: fully connected layers with ReLU between them, trained by AdamW on slightly moved, turned and
//! stretched copies of the images. What is measured and quantised is the running mean of its weights, which generalises
//! better than the last ones.

use crate::agent::network::{Layout, Shape};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Reduction, TchError, Tensor};

type Result<T = ()> = std::result::Result<T, TchError>;

/// AdamW's constants, as everywhere.
const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Decay of the running mean of the weights.
const MEAN_DECAY: f64 = 0.998;

/// Images of a pass without gradients.
const PASS: i64 = 10_000;

/// How far copies of an image differ from it, as halves of the ranges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
	/// Angle, in radians.
	pub turn: f64,
	/// Size, as a part of it.
	pub stretch: f64,
	/// Slant.
	pub shear: f64,
	/// Place, as a part of half the side.
	pub shift: f64,
}

/// Images and labels, as tensors: `[n, features]` from 0 to 1, `[n]`.
pub struct Batch {
	/// The images.
	pub images: Tensor,
	/// The classes.
	pub labels: Tensor,
}

impl Batch {
	/// Of bytes.
	pub fn new(features: usize, images: &[u8], labels: &[u8]) -> Result<Self> {
		let images = Tensor::f_from_slice(images)?.f_view([-1, features as i64])?.f_to_kind(Kind::Float)?;
		let labels = Tensor::f_from_slice(labels)?.f_to_kind(Kind::Int64)?;
		Ok(Self { images: images.f_div_scalar(255.0)?, labels })
	}

	/// How many there are.
	pub fn len(&self) -> i64 {
		self.labels.size()[0]
	}

	/// Whether there are none.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}

	fn rows(&self, rows: &Tensor) -> Result<Self> {
		Ok(Self { images: self.images.f_index_select(0, rows)?, labels: self.labels.f_index_select(0, rows)? })
	}
}

/// A network that learns.
pub struct Network {
	layout: Layout,
	flat: Tensor,
	first: Tensor,
	second: Tensor,
	mean: Tensor,
	steps: i32,
}

impl Network {
	/// With these weights.
	pub fn new(shape: &Shape, weights: &[f32]) -> Result<Self> {
		let layout = Layout::new(shape);
		let flat = Tensor::f_from_slice(weights)?.f_set_requires_grad(true)?;
		let (first, second) = (zeros_like(&flat)?, zeros_like(&flat)?);
		let mean = Tensor::f_from_slice(weights)?;
		Ok(Self { layout, flat, first, second, mean, steps: 0 })
	}

	/// Where its weights lie.
	pub fn layout(&self) -> &Layout {
		&self.layout
	}

	/// The running mean of its weights.
	pub fn weights(&self) -> Result<Vec<f32>> {
		let mut weights = vec![0.0; self.layout.length()];
		self.mean.f_copy_data(&mut weights, self.layout.length())?;
		Ok(weights)
	}

	/// One step of AdamW on a random minibatch of `batch` examples.
	pub fn learn(
		&mut self,
		examples: &Batch,
		batch: i64,
		(rate, decay): (f64, f64),
		spread: Option<&Spread>,
		rng: &mut ChaCha8Rng,
	) -> Result {
		let rows: Vec<i64> = (0..batch).map(|_| rng.gen_range(0..examples.len())).collect();
		let chosen = examples.rows(&Tensor::f_from_slice(&rows)?)?;
		let images = match spread {
			Some(spread) => moved(&chosen.images, spread, rng)?,
			None => chosen.images,
		};
		let logits = forward(&self.layout, &self.layout.views(&self.flat)?, &images)?;
		let loss = logits.f_cross_entropy_loss::<Tensor>(&chosen.labels, None, Reduction::Mean, -100, 0.0)?;
		let gradient = Tensor::f_run_backward(&[loss], &[&self.flat], false, false)?.remove(0);
		self.steps += 1;
		tch::no_grad(|| {
			let _ = self.first.f_lerp_(&gradient, 1.0 - BETA_1)?;
			let _ = self.second.f_mul_scalar_(BETA_2)?.f_add_(&(&gradient * &gradient).f_mul_scalar(1.0 - BETA_2)?)?;
			let (one, two) = (1.0 - BETA_1.powi(self.steps), 1.0 - BETA_2.powi(self.steps));
			let size = self.second.f_div_scalar(two)?.f_sqrt()?.f_add_scalar(EPSILON)?;
			let step = self.first.f_div_scalar(one)?.f_div(&size)?;
			let _ = self.flat.f_mul_scalar_(1.0 - rate * decay)?.f_sub_(&step.f_mul_scalar(rate)?)?;
			// Early on the mean follows faster, so that the first weights do not stay in it.
			let keep = MEAN_DECAY.min(f64::from(self.steps) / f64::from(self.steps + 10));
			let _ = self.mean.f_lerp_(&self.flat.f_detach()?, 1.0 - keep)?;
			Ok(())
		})
	}

	/// How many examples it gets right, and the mean loss, by the running mean of its weights.
	pub fn examine(&self, examples: &Batch) -> Result<(u32, f64)> {
		tch::no_grad(|| {
			let views = self.layout.views(&self.mean)?;
			let (mut correct, mut loss) = (0, 0.0);
			for from in (0..examples.len()).step_by(PASS as usize) {
				let length = PASS.min(examples.len() - from);
				let labels = examples.labels.f_narrow(0, from, length)?;
				let logits = forward(&self.layout, &views, &examples.images.f_narrow(0, from, length)?)?;
				let sum = logits.f_cross_entropy_loss::<Tensor>(&labels, None, Reduction::Sum, -100, 0.0)?;
				loss += f64::try_from(sum)?;
				let right = logits.f_argmax(1, false)?.f_eq_tensor(&labels)?.f_sum(Kind::Int64)?;
				correct += u32::try_from(i64::try_from(right)?).unwrap_or_default();
			}
			Ok((correct, loss / examples.len().max(1) as f64))
		})
	}
}

fn zeros_like(flat: &Tensor) -> Result<Tensor> {
	Tensor::f_zeros(flat.size(), (Kind::Float, Device::Cpu))
}

fn forward(layout: &Layout, views: &[Tensor], images: &Tensor) -> Result<Tensor> {
	let mut x = images.shallow_clone();
	for layer in layout.hidden() {
		x = x.f_linear(&views[layer.weight], Some(&views[layer.bias]))?.f_relu()?;
	}
	let output = layout.output();
	x.f_linear(&views[output.weight], Some(&views[output.bias]))
}

/// Copies of square images, each moved, turned, stretched and slanted a little. Others stay as they are.
fn moved(images: &Tensor, spread: &Spread, rng: &mut ChaCha8Rng) -> Result<Tensor> {
	let (count, features) = images.size2()?;
	let side = features.isqrt();
	if side * side != features {
		return Ok(images.shallow_clone());
	}
	let mut draw = |half: f64| if half > 0.0 { rng.gen_range(-half..half) } else { 0.0 };
	let mut maps = Vec::with_capacity(6 * count as usize);
	for _ in 0..count {
		let (turn, shear) = (draw(spread.turn), draw(spread.shear));
		let (wide, high) = (1.0 + draw(spread.stretch), 1.0 + draw(spread.stretch));
		let (sin, cos) = turn.sin_cos();
		let map = [wide * cos, shear - sin, draw(spread.shift), shear + sin, high * cos, draw(spread.shift)];
		maps.extend(map.map(|x| x as f32));
	}
	let maps = Tensor::f_from_slice(&maps)?.f_view([count, 2, 3])?;
	let size = [count, 1, side, side];
	let grid = Tensor::f_affine_grid_generator(&maps, size, false)?;
	/// As PyTorch numbers them.
	const BILINEAR: i64 = 0;
	const ZEROS: i64 = 0;
	images.f_view(size)?.f_grid_sampler(&grid, BILINEAR, ZEROS, false)?.f_view([count, features])
}
