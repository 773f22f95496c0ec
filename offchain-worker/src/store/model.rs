//! A model: a directory with its full weights, `model.safetensors`, and its card, `card.json`.

use super::{cids, Cid, Profile, Store, StoreError};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The file of the weights.
pub const WEIGHTS: &str = "model.safetensors";
/// The file of the card.
pub const CARD: &str = "card.json";
/// Bytes of the weights at most: the widest allowed network is far smaller.
pub const LARGEST_WEIGHTS: u64 = 256 << 20;
/// Bytes of a card at most.
pub const LARGEST_CARD: u64 = 64 << 10;
/// The version of the card that is written and read.
pub const CARD_VERSION: u32 = 1;

/// Bytes of a text in a card at most.
const LONGEST_TEXT: usize = 256;
/// Layers, tensors and settings at most.
const MOST_LAYERS: usize = 16;
const MOST_TENSORS: usize = 256;
const MOST_SETTINGS: usize = 128;
/// Dimensions of a tensor at most.
const MOST_DIMENSIONS: usize = 4;

/// The form of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
	/// Numbers in an observation.
	pub inputs: u32,
	/// Widths of the hidden layers, the first one first.
	pub hidden: Vec<u32>,
	/// Actions.
	pub outputs: u32,
	/// Whether value and advantage are separate heads.
	pub dueling: bool,
}

/// What a model's creator says of it. The chain's record holds what is verified; a card repeats it for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
	/// [`CARD_VERSION`].
	pub version: u32,
	/// Name of the environment.
	pub environment: String,
	/// Hash of the quantised policy that the chain judged: 32 bytes in hexadecimal, without prefix.
	pub policy_hash: String,
	/// Mean return that the chain verified.
	pub verified_score: f64,
	/// CID of the model that training started from, as its creator declares.
	#[serde(default)]
	pub parent: Option<String>,
	/// The network.
	pub network: Network,
	/// The settings it was trained with, by name: numbers, words and switches.
	pub training: BTreeMap<String, Value>,
	/// Account of the creator, as people write it.
	pub creator: String,
	/// Height of the block at which it was made.
	pub created_at: u32,
}

fn refuse<T>(reason: impl Into<String>) -> Result<T, StoreError> {
	Err(StoreError::Model(reason.into()))
}

impl ModelCard {
	/// Reads a card and checks its bounds.
	pub fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
		if bytes.len() as u64 > LARGEST_CARD {
			return Err(StoreError::too_large("the card", LARGEST_CARD));
		}
		/// A later version may hold anything else.
		#[derive(Deserialize)]
		struct Versioned {
			version: u32,
		}
		let malformed = |error: serde_json::Error| StoreError::Model(format!("its card: {error}"));
		let Versioned { version } = serde_json::from_slice(bytes).map_err(malformed)?;
		if version != CARD_VERSION {
			return refuse(format!("its card is of version {version}, this program reads {CARD_VERSION}"));
		}
		let card: Self = serde_json::from_slice(bytes).map_err(malformed)?;
		card.check()?;
		Ok(card)
	}

	/// The card as it is stored. The same card is always the same bytes.
	pub fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
		self.check()?;
		let mut bytes =
			serde_json::to_vec_pretty(self).map_err(|error| StoreError::Model(format!("its card: {error}")))?;
		bytes.push(b'\n');
		if bytes.len() as u64 > LARGEST_CARD {
			return Err(StoreError::too_large("the card", LARGEST_CARD));
		}
		Ok(bytes)
	}

	fn check(&self) -> Result<(), StoreError> {
		if self.version != CARD_VERSION {
			return refuse(format!("its card is of version {}, this program writes {CARD_VERSION}", self.version));
		}
		let text = |name: &str, text: &str| match text {
			"" => refuse(format!("its card's `{name}` is empty")),
			_ if text.len() > LONGEST_TEXT => refuse(format!("its card's `{name}` is too long")),
			_ if text.chars().any(char::is_control) => refuse(format!("its card's `{name}` holds control characters")),
			_ => Ok(()),
		};
		text("environment", &self.environment)?;
		text("creator", &self.creator)?;
		let hash = self.policy_hash.as_bytes();
		if hash.len() != 64 || !hash.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
			return refuse("its card's `policy_hash` is not 64 digits of lower-case hexadecimal");
		}
		if !self.verified_score.is_finite() {
			return refuse("its card's `verified_score` is no finite number");
		}
		if let Some(parent) = &self.parent {
			cids::parse(parent)?;
		}
		let Network { inputs, hidden, outputs, .. } = &self.network;
		if hidden.len() > MOST_LAYERS || [inputs, outputs].into_iter().chain(hidden).any(|width| *width == 0) {
			return refuse("its card's `network` has too many layers or an empty one");
		}
		if self.training.len() > MOST_SETTINGS {
			return refuse("its card's `training` has too many settings");
		}
		for (name, setting) in &self.training {
			text("training", name)?;
			match setting {
				Value::String(word) if word.len() > LONGEST_TEXT => {
					return refuse(format!("its card's `{name}` is too long"));
				}
				Value::String(_) | Value::Number(_) | Value::Bool(_) => {}
				_ => return refuse(format!("its card's `{name}` is no number, word or switch")),
			}
		}
		Ok(())
	}
}

/// Checks that weights are safetensors with names and shapes that can be. Gives the shapes by name.
pub fn check_weights(bytes: &[u8]) -> Result<BTreeMap<String, Vec<usize>>, StoreError> {
	if bytes.len() as u64 > LARGEST_WEIGHTS {
		return Err(StoreError::too_large("the weights", LARGEST_WEIGHTS));
	}
	let tensors =
		SafeTensors::deserialize(bytes).map_err(|error| StoreError::Model(format!("its weights: {error}")))?;
	if tensors.is_empty() || tensors.len() > MOST_TENSORS {
		return refuse(format!("its weights are {} tensors; 1 to {MOST_TENSORS} are allowed", tensors.len()));
	}
	let mut shapes = BTreeMap::new();
	for (name, view) in tensors.iter() {
		if name.is_empty() || name.len() > LONGEST_TEXT || name.chars().any(char::is_control) {
			return refuse("a tensor has no name, or one that is too long");
		}
		if view.shape().len() > MOST_DIMENSIONS || view.shape().contains(&0) {
			return refuse(format!("the tensor `{name}` has the shape {:?}", view.shape()));
		}
		shapes.insert(name.into(), view.shape().to_vec());
	}
	Ok(shapes)
}

/// A model: its weights and its card.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
	/// The full weights as safetensors.
	pub weights: Vec<u8>,
	/// What its creator says of it.
	pub card: ModelCard,
}

impl Model {
	/// Checks and stores it, under this project's profile. Gives the CID of its directory.
	pub fn write(&self, store: &Store) -> Result<Cid, StoreError> {
		check_weights(&self.weights)?;
		let card = self.card.to_bytes()?;
		let files = [(CARD.into(), card.as_slice()), (WEIGHTS.into(), self.weights.as_slice())];
		store.put_directory(files, &self.card.environment, &Profile::PRAXIS)
	}

	/// Reads and checks one that is in the store.
	pub fn read(store: &Store, cid: &Cid) -> Result<Self, StoreError> {
		let file = |name: &str, limit| {
			let (file, _) = store.resolve(cid, &[name.into()])?;
			store.get(&file, limit)
		};
		let card = ModelCard::parse(&file(CARD, LARGEST_CARD)?)?;
		let weights = file(WEIGHTS, LARGEST_WEIGHTS)?;
		check_weights(&weights)?;
		Ok(Self { weights, card })
	}
}
