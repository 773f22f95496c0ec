//! Policy files and checkpoints: safetensors, written whole or not at all.
//!
//! A policy is its parameters by name, plus one metadata entry `praxis` (JSON: environment, settings, counters). A
//! checkpoint also holds `target.*` and the optimiser's moments. Readers of policies ignore what they do not know.

use crate::agent::DqnConfig;
use praxis_environment::EnvironmentId;
use safetensors::{tensor::TensorView, Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use std::{
	collections::{BTreeMap, HashMap},
	fs::File,
	io::{Read, Write},
	path::{Path, PathBuf},
};

/// Files above this are refused: the widest allowed network is far smaller, and a file may come from anybody.
pub const LARGEST_FILE: u64 = 256 << 20;
/// The metadata entry.
const ENTRY: &str = "praxis";
/// The version of the metadata.
const FORMAT: u32 = 1;

/// What can go wrong with a policy file.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
	/// The file system refused.
	#[error("{path}: {source}")]
	Io {
		/// Which file.
		path: PathBuf,
		/// Why.
		source: std::io::Error,
	},
	/// The file is larger than any policy.
	#[error("{path} has {size} bytes, more than the {LARGEST_FILE} that a policy file may have")]
	TooLarge {
		/// Which file.
		path: PathBuf,
		/// Its size.
		size: u64,
	},
	/// It is no safetensors file, or not one of ours.
	#[error("{path} is no policy file: {reason}")]
	Malformed {
		/// Which file.
		path: PathBuf,
		/// Why not.
		reason: String,
	},
	/// A tensor is missing or has other dimensions.
	#[error("the policy has no tensor `{name}` of dimensions {dimensions:?}")]
	Tensor {
		/// Which tensor.
		name: String,
		/// The dimensions that its settings ask for.
		dimensions: Vec<usize>,
	},
}

#[derive(Serialize, Deserialize)]
struct Description {
	format: u32,
	environment: String,
	config: DqnConfig,
	steps: u64,
	updates: u64,
}

/// What a policy file holds.
#[derive(Clone, Debug)]
pub struct Checkpoint {
	/// The environment that the policy was trained for.
	pub environment: EnvironmentId,
	/// The settings it was trained with.
	pub config: DqnConfig,
	/// Environment steps so far.
	pub steps: u64,
	/// Gradient steps so far.
	pub updates: u64,
	tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Checkpoint {
	/// One without tensors.
	pub fn new(environment: EnvironmentId, config: DqnConfig, steps: u64, updates: u64) -> Self {
		Self { environment, config, steps, updates, tensors: BTreeMap::new() }
	}

	/// Adds a tensor.
	pub fn insert(&mut self, name: &str, dimensions: &[usize], numbers: Vec<f32>) {
		self.tensors.insert(name.into(), (dimensions.to_vec(), numbers));
	}

	/// A tensor's numbers, if it has these dimensions.
	pub fn tensor(&self, name: &str, dimensions: &[usize]) -> Result<&[f32], CheckpointError> {
		match self.tensors.get(name) {
			Some((found, numbers)) if found == dimensions => Ok(numbers),
			_ => Err(CheckpointError::Tensor { name: name.into(), dimensions: dimensions.to_vec() }),
		}
	}

	/// Whether it holds what training continues from, not only a policy.
	pub fn continues(&self) -> bool {
		self.tensors.contains_key("optimizer.first")
	}

	/// Writes the file beside its place, makes it durable, then moves it there.
	pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
		let malformed = |reason: String| CheckpointError::Malformed { path: path.into(), reason };
		let description = serde_json::to_string(&Description {
			format: FORMAT,
			environment: self.environment.to_string(),
			config: self.config.clone(),
			steps: self.steps,
			updates: self.updates,
		})
		.map_err(|error| malformed(error.to_string()))?;
		let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = self
			.tensors
			.iter()
			.map(|(name, (dimensions, numbers))| {
				(name, dimensions, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
			})
			.collect();
		let views = bytes
			.iter()
			.map(|(name, dimensions, bytes)| Ok((*name, TensorView::new(Dtype::F32, dimensions.to_vec(), bytes)?)))
			.collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
			.map_err(|error| malformed(error.to_string()))?;
		// One entry only: the crate keeps them in a hash map, and the same agent should be the same bytes.
		let metadata = HashMap::from([(ENTRY.to_string(), description)]);
		let file = safetensors::serialize(views, Some(metadata)).map_err(|error| malformed(error.to_string()))?;
		write_atomically(path, &file)
	}

	/// Reads a file.
	pub fn read(path: &Path) -> Result<Self, CheckpointError> {
		let io = |source| CheckpointError::Io { path: path.into(), source };
		let malformed = |reason: String| CheckpointError::Malformed { path: path.into(), reason };
		let file = File::open(path).map_err(io)?;
		let size = file.metadata().map_err(io)?.len();
		if size > LARGEST_FILE {
			return Err(CheckpointError::TooLarge { path: path.into(), size });
		}
		let mut bytes = Vec::with_capacity(size as usize);
		file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(io)?;
		let tensors = SafeTensors::deserialize(&bytes).map_err(|error| malformed(error.to_string()))?;
		let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| malformed(error.to_string()))?;
		let description = metadata
			.metadata()
			.as_ref()
			.and_then(|entries| entries.get(ENTRY))
			.ok_or_else(|| malformed(format!("it lacks the metadata entry `{ENTRY}`")))?;
		let description: Description =
			serde_json::from_str(description).map_err(|error| malformed(format!("metadata: {error}")))?;
		if description.format != FORMAT {
			return Err(malformed(format!("its format is {}, this program reads {FORMAT}", description.format)));
		}
		let environment = description
			.environment
			.parse()
			.map_err(|_| malformed(format!("unknown environment `{}`", description.environment)))?;
		let mut checkpoint = Self::new(environment, description.config, description.steps, description.updates);
		for (name, view) in tensors.iter() {
			if view.dtype() != Dtype::F32 {
				return Err(malformed(format!("tensor `{name}` is {:?}, not F32", view.dtype())));
			}
			let numbers: Vec<f32> = view
				.data()
				.chunks_exact(4)
				.map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
				.collect();
			if numbers.iter().any(|number| !number.is_finite()) {
				return Err(malformed(format!("tensor `{name}` holds a number that is not finite")));
			}
			checkpoint.insert(name, view.shape(), numbers);
		}
		Ok(checkpoint)
	}
}

/// Writes a file so that a reader, or a crash, sees the old content or the new one and nothing else.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
	let io = |source| CheckpointError::Io { path: path.into(), source };
	let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
	std::fs::create_dir_all(folder).map_err(io)?;
	let mut name = path.file_name().unwrap_or_default().to_os_string();
	name.push(format!(".{}.tmp", std::process::id()));
	let temporary = folder.join(name);
	let write = || {
		let mut file = File::create(&temporary)?;
		file.write_all(bytes)?;
		file.sync_all()?;
		std::fs::rename(&temporary, path)?;
		File::open(folder)?.sync_all()
	};
	write().map_err(|source| {
		let _ = std::fs::remove_file(&temporary);
		io(source)
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	fn checkpoint() -> Checkpoint {
		let id = EnvironmentId::CartPole;
		let mut checkpoint = Checkpoint::new(id, DqnConfig::for_environment(id), 10, 20);
		checkpoint.insert("b", &[2, 1], vec![1.5, -2.5]);
		checkpoint.insert("a", &[3], vec![0.0, 1.0, 2.0]);
		checkpoint
	}

	#[test]
	fn a_file_should_read_back_as_it_was_written() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("deep/policy.safetensors");
		checkpoint().write(&path).expect("a file");
		let found = Checkpoint::read(&path).expect("a checkpoint");
		assert_eq!(found.tensor("b", &[2, 1]).expect("a tensor"), [1.5, -2.5]);
		assert_eq!((found.steps, found.updates, found.environment), (10, 20, EnvironmentId::CartPole));
		assert_eq!(found.config, checkpoint().config);
		assert!(!found.continues());
		assert!(matches!(found.tensor("b", &[1, 2]), Err(CheckpointError::Tensor { .. })));
		let files: Vec<_> = std::fs::read_dir(path.parent().expect("a folder")).expect("a folder").collect();
		assert_eq!(files.len(), 1, "nothing temporary stays");
	}

	#[test]
	fn what_is_no_policy_should_be_refused() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("file");
		assert!(matches!(Checkpoint::read(&path), Err(CheckpointError::Io { .. })));
		checkpoint().write(&path).expect("a file");
		let bytes = std::fs::read(&path).expect("a file");
		for broken in [&bytes[..bytes.len() - 1], &bytes[..40], b"".as_slice(), b"no policy at all".as_slice()] {
			std::fs::write(&path, broken).expect("a file");
			assert!(matches!(Checkpoint::read(&path), Err(CheckpointError::Malformed { .. })));
		}
		let other: Vec<(&str, TensorView<'_>)> = Vec::new();
		std::fs::write(&path, safetensors::serialize(other, None).expect("bytes")).expect("a file");
		let error = Checkpoint::read(&path).expect_err("no metadata").to_string();
		assert!(error.contains("praxis"), "{error}");
	}
}
