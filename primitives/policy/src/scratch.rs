//! Where an inference works.

use crate::{MAX_INPUT, MAX_WIDTH};
use alloc::{boxed::Box, vec};

/// The memory of one inference at a time, about 7 KiB. One fits every policy, so it can be kept and lent to the next.
#[derive(Clone, Debug)]
pub struct Scratch {
	/// Inputs of the current layer. What lies behind them is left from earlier inferences and meets weights of 0 at most.
	pub(crate) inputs: Box<[i16; MAX_INPUT]>,
	/// Sums of the current layer.
	pub(crate) sums: Box<[i32; MAX_WIDTH]>,
	/// The inputs that are not 0, for layouts that skip the others.
	pub(crate) entries: Box<[u32; MAX_INPUT]>,
}

impl Scratch {
	/// The only allocation that inference needs.
	pub fn new() -> Self {
		Self { inputs: array(), sums: array(), entries: array() }
	}
}

impl Default for Scratch {
	fn default() -> Self {
		Self::new()
	}
}

fn array<T: Clone + Default, const N: usize>() -> Box<[T; N]> {
	// Not `Box::new([..; N])`, which may go over the stack.
	match vec![T::default(); N].into_boxed_slice().try_into() {
		Ok(array) => array,
		Err(_) => unreachable!("the vector has N entries"),
	}
}
