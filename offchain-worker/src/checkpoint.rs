//! Policy files and checkpoints: safetensors, written whole or not at all.
//!
//! A policy is its parameters by name, plus one metadata entry `praxis` (JSON: environment, settings, counters, and last
//! the SHA-256 of all that). A checkpoint also holds `target.*` and the optimiser's moments. Readers of policies ignore
//! what they do not know. The file that a new one replaces is kept beside it as `FILE.previous`.

use crate::agent::{DqnConfig, World};
use safetensors::{tensor::TensorView, Dtype, SafeTensors};
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
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
	/// Its content is not what was written.
	#[error("{path} is damaged: its SHA-256 is {found}, not {expected} as when it was written; restore it, or remove it to start anew")]
	Damaged {
		/// Which file.
		path: PathBuf,
		/// The hash that stands in it.
		expected: String,
		/// The hash of what it holds.
		found: String,
	},
	/// A tensor is missing or has other dimensions.
	#[error("the policy has no tensor `{name}` of dimensions {dimensions:?}")]
	Tensor {
		/// Which tensor.
		name: String,
		/// The dimensions that its settings ask for.
		dimensions: Vec<usize>,
	},
	/// What a run continues from has another form.
	#[error("the checkpoint's `{name}` cannot be continued from: {reason}")]
	State {
		/// Which entry.
		name: &'static str,
		/// What is wrong with it.
		reason: String,
	},
}

#[derive(Serialize, Deserialize)]
struct Description {
	format: u32,
	environment: String,
	config: DqnConfig,
	steps: u64,
	updates: u64,
	#[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
	state: BTreeMap<String, Value>,
}

/// What a policy file holds.
#[derive(Clone, Debug)]
pub struct Checkpoint {
	/// The environment that the policy was trained for.
	pub environment: World,
	/// The settings it was trained with.
	pub config: DqnConfig,
	/// Environment steps so far.
	pub steps: u64,
	/// Gradient steps so far.
	pub updates: u64,
	/// What a run continues from that is no tensor: generators, environments, counters.
	state: BTreeMap<String, Value>,
	tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Checkpoint {
	/// One without tensors.
	pub fn new(environment: impl Into<World>, config: DqnConfig, steps: u64, updates: u64) -> Self {
		Self {
			environment: environment.into(),
			config,
			steps,
			updates,
			state: BTreeMap::new(),
			tensors: BTreeMap::new(),
		}
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

	/// A tensor of any dimensions, and them.
	pub fn find(&self, name: &str) -> Option<(&[usize], &[f32])> {
		self.tensors.get(name).map(|(dimensions, numbers)| (dimensions.as_slice(), numbers.as_slice()))
	}

	/// Adds something that is no tensor.
	pub fn put(&mut self, name: &'static str, value: &impl Serialize) -> Result<(), CheckpointError> {
		let value =
			serde_json::to_value(value).map_err(|error| CheckpointError::State { name, reason: error.to_string() })?;
		self.state.insert(name.into(), value);
		Ok(())
	}

	/// What was added under this name, if it was.
	pub fn get<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<T>, CheckpointError> {
		let read = |value: &Value| T::deserialize(value);
		let value = self.state.get(name).map(read).transpose();
		value.map_err(|error| CheckpointError::State { name, reason: error.to_string() })
	}

	/// Whether it holds what training continues from, not only a policy.
	pub fn continues(&self) -> bool {
		self.tensors.contains_key("optimizer.first")
	}

	/// Writes the file beside its place, makes it durable, then moves it there. What was there before is kept as
	/// [`previous`], unless it is damaged: then the one before is worth more.
	pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
		let malformed = |reason: String| CheckpointError::Malformed { path: path.into(), reason };
		let description = serde_json::to_string(&Description {
			format: FORMAT,
			environment: self.environment.to_string(),
			config: self.config.clone(),
			steps: self.steps,
			updates: self.updates,
			state: self.state.clone(),
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
		let description = seal(&description, views.iter().map(|(name, view)| (name.as_str(), view)));
		// One entry only: the crate keeps them in a hash map, and the same agent should be the same bytes.
		let metadata = HashMap::from([(ENTRY.to_string(), description)]);
		let file = safetensors::serialize(views, Some(metadata)).map_err(|error| malformed(error.to_string()))?;
		if Self::read(path).is_ok() {
			keep_previous(path)?;
		}
		write_atomically(path, &file)
	}

	/// Reads a file; where it is damaged, the one that it replaced, with a warning for people.
	pub fn read_or_previous(path: &Path) -> Result<(Self, Option<String>), CheckpointError> {
		let error = match Self::read(path) {
			Ok(checkpoint) => return Ok((checkpoint, None)),
			// A file that cannot be opened may be sound; whoever named it shall hear of it.
			Err(error @ (CheckpointError::Io { .. } | CheckpointError::TooLarge { .. })) => return Err(error),
			Err(error) => error,
		};
		let older = previous(path);
		match Self::read(&older) {
			Ok(checkpoint) => {
				let warning = format!("{error}; continuing from {}, which is older", older.display());
				Ok((checkpoint, Some(warning)))
			}
			Err(_) => Err(error),
		}
	}

	/// Reads a file.
	pub fn read(path: &Path) -> Result<Self, CheckpointError> {
		let io = |source| CheckpointError::Io { path: path.into(), source };
		let file = File::open(path).map_err(io)?;
		let size = file.metadata().map_err(io)?.len();
		if size > LARGEST_FILE {
			return Err(CheckpointError::TooLarge { path: path.into(), size });
		}
		let mut bytes = Vec::with_capacity(size as usize);
		file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(io)?;
		Self::parse(&bytes, path)
	}

	/// Reads a file's bytes; `path` is what errors call it.
	pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, CheckpointError> {
		let malformed = |reason: String| CheckpointError::Malformed { path: path.into(), reason };
		let tensors = SafeTensors::deserialize(bytes).map_err(|error| malformed(error.to_string()))?;
		let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| malformed(error.to_string()))?;
		let description = metadata
			.metadata()
			.as_ref()
			.and_then(|entries| entries.get(ENTRY))
			.ok_or_else(|| malformed(format!("it lacks the metadata entry `{ENTRY}`")))?;
		let views = tensors.tensors();
		check_seal(description, views.iter().map(|(name, view)| (name.as_str(), view)))
			.map_err(|(expected, found)| CheckpointError::Damaged { path: path.into(), expected, found })?;
		let description: Description =
			serde_json::from_str(description).map_err(|error| malformed(format!("metadata: {error}")))?;
		if description.format != FORMAT {
			return Err(malformed(format!("its format is {}, this program reads {FORMAT}", description.format)));
		}
		let environment = description
			.environment
			.parse::<World>()
			.map_err(|_| malformed(format!("unknown environment `{}`", description.environment)))?;
		let mut checkpoint = Self::new(environment, description.config, description.steps, description.updates);
		checkpoint.state = description.state;
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

/// What stands between the metadata and its hash.
const SEAL: &str = ",\"sha256\":\"";

/// Hash of a file's metadata and tensors, in hexadecimal. Tensors count by name, so their order in the file does not.
fn digest<'a, 'b: 'a>(description: &str, tensors: impl Iterator<Item = (&'a str, &'a TensorView<'b>)>) -> String {
	let sorted: BTreeMap<_, _> = tensors.collect();
	let mut hasher = Sha256::new();
	let mut field = |bytes: &[u8]| {
		hasher.update((bytes.len() as u64).to_le_bytes());
		hasher.update(bytes);
	};
	field(description.as_bytes());
	for (name, view) in sorted {
		field(name.as_bytes());
		field(format!("{:?} {:?}", view.dtype(), view.shape()).as_bytes());
		field(view.data());
	}
	hex::encode(hasher.finalize())
}

/// Puts the hash into a JSON object, as its last member.
fn seal<'a, 'b: 'a>(description: &str, tensors: impl Iterator<Item = (&'a str, &'a TensorView<'b>)>) -> String {
	let open = description.strip_suffix('}').unwrap_or(description);
	format!("{open}{SEAL}{}\"}}", digest(description, tensors))
}

/// Checks the hash in a JSON object; gives the expected and the found one where they differ. A file of another program
/// may have none.
fn check_seal<'a, 'b: 'a>(
	description: &str,
	tensors: impl Iterator<Item = (&'a str, &'a TensorView<'b>)>,
) -> Result<(), (String, String)> {
	let Some((open, end)) = description.rsplit_once(SEAL) else { return Ok(()) };
	let expected = end.trim_end_matches("\"}");
	let found = digest(&format!("{open}}}"), tensors);
	if expected == found {
		Ok(())
	} else {
		Err((expected.into(), found))
	}
}

/// Where the file that `path` replaced is kept.
pub fn previous(path: &Path) -> PathBuf {
	let mut name = path.as_os_str().to_os_string();
	name.push(".previous");
	name.into()
}

/// Keeps the present file under the name of the previous one. There is always a file at `path` meanwhile.
fn keep_previous(path: &Path) -> Result<(), CheckpointError> {
	let older = previous(path);
	let io = |source| CheckpointError::Io { path: older.clone(), source };
	match std::fs::remove_file(&older) {
		Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
		_ => (),
	}
	// Where a file system has no hard links, a copy does.
	std::fs::hard_link(path, &older).or_else(|_| std::fs::copy(path, &older).map(drop)).map_err(io)
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
	use praxis_environment::EnvironmentId;

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
		assert_eq!((found.steps, found.updates, found.environment), (10, 20, EnvironmentId::CartPole.into()));
		assert_eq!(found.config, checkpoint().config);
		assert!(!found.continues());
		assert!(matches!(found.tensor("b", &[1, 2]), Err(CheckpointError::Tensor { .. })));
		let files: Vec<_> = std::fs::read_dir(path.parent().expect("a folder")).expect("a folder").collect();
		assert_eq!(files.len(), 1, "nothing temporary stays");
	}

	#[test]
	fn a_damaged_file_should_be_refused_and_the_previous_one_used() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("agent.safetensors");
		checkpoint().write(&path).expect("a file");
		let sound = std::fs::read(&path).expect("a file");
		// Any bit of the content: numbers, settings, counters.
		let text =
			|needle: &[u8]| sound.windows(needle.len()).position(|window| window == needle).expect("it is there");
		for (place, bit) in [(sound.len() - 3, 1), (sound.len() - 20, 64), (text(b"updates") + 9, 1)] {
			let mut broken = sound.clone();
			broken[place] ^= bit;
			std::fs::write(&path, &broken).expect("a file");
			let error = Checkpoint::read(&path).expect_err("it is damaged");
			assert!(matches!(error, CheckpointError::Damaged { .. }), "{place}: {error}");
			assert!(Checkpoint::read_or_previous(&path).is_err(), "there is no previous one");
		}
		std::fs::write(&path, &sound).expect("a file");
		let mut newer = checkpoint();
		newer.updates += 1;
		newer.write(&path).expect("a file");
		let (found, warning) = Checkpoint::read_or_previous(&path).expect("a checkpoint");
		assert!(found.updates == 21 && warning.is_none());
		std::fs::write(&path, b"half a fi").expect("a file");
		let (found, warning) = Checkpoint::read_or_previous(&path).expect("the previous one");
		assert_eq!(found.updates, 20);
		assert!(warning.is_some_and(|warning| warning.contains("agent.safetensors.previous")));
		newer.write(&path).expect("a file");
		assert_eq!(Checkpoint::read(&previous(&path)).expect("the sound one stays").updates, 20);
		std::fs::remove_file(&path).expect("a file");
		assert!(matches!(Checkpoint::read_or_previous(&path), Err(CheckpointError::Io { .. })));
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
