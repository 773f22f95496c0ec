//! Why a policy is refused or cannot act.

use crate::{FORMAT_VERSION, MAX_ENCODED, MAX_INPUT, MAX_LAYERS, MAX_SHIFT, MAX_WIDTH};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Why a policy is refused or cannot act. Layers, rows and entries are numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum PolicyError {
	/// The first byte is not [`FORMAT_VERSION`].
	UnsupportedVersion {
		/// What it is.
		version: u8,
	},
	/// More bytes than any policy has.
	TooLong {
		/// How many; `u32::MAX` where it is more.
		bytes: u32,
	},
	/// The bytes end early, or a length prefix is not in its shortest form.
	Malformed,
	/// Bytes follow the policy.
	TrailingBytes,
	/// The policy has no layer.
	NoLayers,
	/// The policy has more layers than [`MAX_LAYERS`].
	TooManyLayers,
	/// A layer has no input or no output.
	ZeroWidth {
		/// Which layer.
		layer: u8,
	},
	/// A layer has more inputs or outputs than [`MAX_INPUT`] and [`MAX_WIDTH`] allow.
	TooWide {
		/// Which layer.
		layer: u8,
	},
	/// More weights and biases than allowed.
	TooManyParameters,
	/// More work an inference than allowed.
	TooMuchWork,
	/// A layer's inputs are not the outputs of the one before, or its biases or weights are not as many as its shape says.
	ShapeMismatch {
		/// Which layer.
		layer: u8,
	},
	/// A shift is above [`MAX_SHIFT`].
	ShiftTooLarge {
		/// Which layer.
		layer: u8,
	},
	/// The last layer's sums are the logits: its shift must be 0.
	OutputShift,
	/// The input limit is not from 1 to 32767.
	InputLimit,
	/// Some observation could make this row's sum leave 32 bits.
	MayOverflow {
		/// Which layer.
		layer: u8,
		/// Which output row.
		row: u16,
	},
	/// The observation is not as long as the policy's inputs.
	WrongObservation {
		/// Its length; `u32::MAX` where it is more.
		length: u32,
		/// The policy's inputs.
		inputs: u32,
	},
	/// The mask allows none of the policy's actions.
	NoAction,
}

impl fmt::Display for PolicyError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::UnsupportedVersion { version } => {
				write!(formatter, "policy format {version} is unknown: this is format {FORMAT_VERSION}")
			}
			Self::TooLong { bytes } => {
				write!(formatter, "{bytes} bytes are too many: a policy has at most {MAX_ENCODED}")
			}
			Self::Malformed => formatter.write_str("the bytes are no policy"),
			Self::TrailingBytes => formatter.write_str("bytes follow the policy"),
			Self::NoLayers => formatter.write_str("the policy has no layer"),
			Self::TooManyLayers => write!(formatter, "the policy has more than {MAX_LAYERS} layers"),
			Self::ZeroWidth { layer } => write!(formatter, "layer {layer} has no input or no output"),
			Self::TooWide { layer } => {
				write!(formatter, "layer {layer} is too wide: at most {MAX_INPUT} inputs and {MAX_WIDTH} outputs")
			}
			Self::TooManyParameters => formatter.write_str("the policy has too many parameters"),
			Self::TooMuchWork => formatter.write_str("an inference of the policy takes too much work"),
			Self::ShapeMismatch { layer } => {
				write!(formatter, "layer {layer} does not fit the one before, or its numbers do not fit its shape")
			}
			Self::ShiftTooLarge { layer } => write!(formatter, "layer {layer} shifts by more than {MAX_SHIFT} bits"),
			Self::OutputShift => formatter.write_str("the last layer must have shift 0"),
			Self::InputLimit => formatter.write_str("the input limit is not from 1 to 32767"),
			Self::MayOverflow { layer, row } => write!(formatter, "row {row} of layer {layer} could leave 32 bits"),
			Self::WrongObservation { length, inputs } => {
				write!(formatter, "the observation has {length} entries, the policy {inputs} inputs")
			}
			Self::NoAction => formatter.write_str("the mask allows no action"),
		}
	}
}

impl core::error::Error for PolicyError {}
