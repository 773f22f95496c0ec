//! The checked policy.

use crate::{format::UncheckedPolicy, layouts::Best, network::Network, work_of, PolicyError, Scratch};
use alloc::vec::Vec;
use codec::Encode;

/// A valid policy, prepared for inference. It cannot be changed.
#[derive(Clone, Debug)]
pub struct Policy(Network<Best>);

impl PartialEq for Policy {
	fn eq(&self, other: &Self) -> bool {
		self.as_unchecked() == other.as_unchecked()
	}
}

impl Eq for Policy {}

impl TryFrom<UncheckedPolicy> for Policy {
	type Error = PolicyError;

	fn try_from(unchecked: UncheckedPolicy) -> Result<Self, PolicyError> {
		Network::try_from(unchecked).map(Self)
	}
}

impl From<Policy> for UncheckedPolicy {
	fn from(policy: Policy) -> Self {
		policy.0.into_unchecked()
	}
}

impl Policy {
	/// Reads and checks a policy. Takes exactly the bytes that [`Policy::encode`] gives.
	///
	/// Errors: all of [`PolicyError`] that are not about observations and masks.
	pub fn decode(bytes: &[u8]) -> Result<Self, PolicyError> {
		UncheckedPolicy::from_bytes(bytes)?.try_into()
	}

	/// The canonical bytes, at most [`MAX_ENCODED`](crate::MAX_ENCODED).
	pub fn encode(&self) -> Vec<u8> {
		self.as_unchecked().encode()
	}

	/// blake2-256 of the canonical bytes.
	pub fn hash(&self) -> [u8; 32] {
		sp_crypto_hashing::blake2_256(&self.encode())
	}

	/// The policy as it is written down.
	pub fn as_unchecked(&self) -> &UncheckedPolicy {
		self.0.as_unchecked()
	}

	/// Length of an observation.
	pub fn inputs(&self) -> usize {
		self.as_unchecked().layers.first().map_or(0, |layer| usize::from(layer.inputs))
	}

	/// Number of actions.
	pub fn outputs(&self) -> usize {
		self.as_unchecked().layers.last().map_or(0, |layer| usize::from(layer.outputs))
	}

	/// Weights of all layers, each of which costs one multiply-add an inference.
	pub fn multiply_adds(&self) -> u64 {
		self.as_unchecked().layers.iter().map(|layer| layer.weights.len() as u64).sum()
	}

	/// What one inference costs, in multiply-adds of a wide layer; see [`work_of`].
	pub fn work(&self) -> u64 {
		self.as_unchecked().layers.iter().map(|layer| work_of(&[layer.inputs, layer.outputs])).sum()
	}

	/// Weights and biases together.
	pub fn parameters(&self) -> u32 {
		// At most MAX_PARAMETERS.
		self.as_unchecked().layers.iter().map(|layer| (layer.weights.len() + layer.biases.len()) as u32).sum()
	}

	/// Memory for inferences of this policy, and of any other.
	pub fn scratch(&self) -> Scratch {
		Scratch::new()
	}

	/// A score for each action. Allocates nothing.
	///
	/// Errors: [`PolicyError::WrongObservation`].
	pub fn logits<'a>(&self, observation: &[i16], scratch: &'a mut Scratch) -> Result<&'a [i32], PolicyError> {
		self.0.logits(observation, scratch)
	}

	/// The greedy action: the lowest index among the greatest logits. Allocates nothing.
	///
	/// Errors: [`PolicyError::WrongObservation`].
	pub fn act(&self, observation: &[i16], scratch: &mut Scratch) -> Result<u32, PolicyError> {
		greedy(self.logits(observation, scratch)?, |_| true)
	}

	/// The greedy action among those allowed: bit i of the mask stands for action i. Actions from 32 on are not allowed;
	/// bits that stand for no action are ignored. Allocates nothing.
	///
	/// Errors: [`PolicyError::WrongObservation`]; [`PolicyError::NoAction`] where the mask allows none.
	pub fn act_masked(&self, observation: &[i16], mask: u32, scratch: &mut Scratch) -> Result<u32, PolicyError> {
		greedy(self.logits(observation, scratch)?, |action| mask.checked_shr(action).unwrap_or(0) & 1 == 1)
	}
}

fn greedy(logits: &[i32], allowed: impl Fn(u32) -> bool) -> Result<u32, PolicyError> {
	let mut best: Option<(i32, u32)> = None;
	for (logit, action) in logits.iter().zip(0..) {
		if allowed(action) && best.is_none_or(|(greatest, _)| *logit > greatest) {
			best = Some((*logit, action));
		}
	}
	best.map(|(_, action)| action).ok_or(PolicyError::NoAction)
}
