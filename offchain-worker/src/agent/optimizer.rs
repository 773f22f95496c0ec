//! Adam (Kingma, Ba 2015) over one flat tensor.
//!
//! `tch` has neither a fused Adam nor access to its moments. On a flat tensor it is eight operations in place, and the
//! moments can be saved, so that a resumed run continues instead of starting its optimiser again.

use tch::{Device, Kind, TchError, Tensor};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Adam's state.
pub struct Adam {
	first: Tensor,
	second: Tensor,
	/// Memory of a step.
	square: Tensor,
	denominator: Tensor,
	change: Tensor,
	steps: u64,
	lr: f64,
}

impl Adam {
	/// A fresh optimiser of `length` numbers.
	pub fn new(length: usize, lr: f64, device: Device) -> Result<Self, TchError> {
		let zeros = || Tensor::f_zeros([length as i64].as_slice(), (Kind::Float, device));
		Ok(Self {
			first: zeros()?,
			second: zeros()?,
			square: zeros()?,
			denominator: zeros()?,
			change: zeros()?,
			steps: 0,
			lr,
		})
	}

	/// Continues with saved moments.
	pub fn restore(&mut self, first: &[f32], second: &[f32], steps: u64) -> Result<(), TchError> {
		self.first.f_copy_(&Tensor::f_from_slice(first)?)?;
		self.second.f_copy_(&Tensor::f_from_slice(second)?)?;
		self.steps = steps;
		Ok(())
	}

	/// The moments, for a checkpoint.
	pub fn moments(&self) -> Result<(Vec<f32>, Vec<f32>), TchError> {
		let read = |tensor: &Tensor| {
			let mut numbers = vec![0.0; tensor.numel()];
			tensor.f_to_device(Device::Cpu)?.f_copy_data(&mut numbers, tensor.numel())?;
			Ok::<_, TchError>(numbers)
		};
		Ok((read(&self.first)?, read(&self.second)?))
	}

	/// Moves `weights` against `gradient`. Nothing here tracks gradients.
	pub fn step(&mut self, weights: &Tensor, gradient: &Tensor) -> Result<(), TchError> {
		self.steps += 1;
		let steps = self.steps as f64;
		let correction1 = 1.0 - BETA1.powf(steps);
		let correction2 = 1.0 - BETA2.powf(steps);
		let _ = self.first.f_lerp_(gradient, 1.0 - BETA1)?;
		let _ = gradient.f_square_out(&self.square)?;
		let _ = self.second.f_lerp_(&self.square, 1.0 - BETA2)?;
		let _ = self.second.f_sqrt_out(&self.denominator)?;
		// lr / c1 * m / (sqrt(v) / sqrt(c2) + e), with the scalars pulled out of the tensors.
		let _ = self.denominator.f_add_scalar_(EPSILON * correction2.sqrt())?;
		let _ = self.first.f_div_out(&self.change, &self.denominator)?;
		let _ = self.change.f_mul_scalar_(self.lr * correction2.sqrt() / correction1)?;
		let _ = weights.shallow_clone().f_sub_(&self.change)?;
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn steps_should_be_those_of_adam() {
		// The first two steps by hand: the first moves by lr against the sign, whatever the gradient's size.
		let mut adam = Adam::new(2, 0.1, Device::Cpu).expect("an optimiser");
		let weights = Tensor::from_slice(&[1.0f32, -2.0]);
		tch::no_grad(|| adam.step(&weights, &Tensor::from_slice(&[3.0f32, -0.01]))).expect("a step");
		let found = Vec::<f32>::try_from(&weights).expect("numbers");
		assert!((found[0] - 0.9).abs() < 1e-5 && (found[1] + 1.9).abs() < 1e-5, "{found:?}");
		tch::no_grad(|| adam.step(&weights, &Tensor::from_slice(&[-1.0f32, -0.01]))).expect("a step");
		let m = (0.9 * 0.1 * 3.0 - 0.1) / (1.0 - 0.81);
		let v = (0.999 * 0.001 * 9.0 + 0.001) / (1.0 - 0.999f64.powi(2));
		let expected = 0.9 - 0.1 * m / v.sqrt();
		let found = Vec::<f32>::try_from(&weights).expect("numbers");
		assert!((f64::from(found[0]) - expected).abs() < 1e-5, "{found:?}");
	}
}
