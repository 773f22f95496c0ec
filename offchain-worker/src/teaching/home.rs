//! What students, teachers and trainers keep on the disk: one folder a session, and in it a record, written whole and made
//! durable before anything is sent that depends on it.
//!
//! ```text
//! <state>/<genesis>-<account>/
//!   lock                               one student at a time
//!   student-<root>/record.json         the student's record: above all, the secrets of its one-time keys
//!   student-<root>/holdout.scale       the holdout with its salts
//!   student-<root>/<hash>.safetensors  the classifiers
//!   student-<root>/lesson-3.safetensors  lessons that helped
//!   teacher-<session>-<round>.json     a teacher's offer
//!   trainer-...                        what a trainer keeps, see [`trainer`]
//! ```

pub mod trainer;

use super::{holdout::Holdout, student::Classifier};
use crate::{checkpoint::write_atomically, commands::Failure};
use praxis_policy::Policy;
use safetensors::{tensor::TensorView, Dtype, SafeTensors};
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use serde_json::Value;
use sp_core::{
	crypto::{AccountId32, ByteArray},
	H256,
};
use std::{
	collections::BTreeMap,
	fs::{self, DirBuilder, File},
	io,
	path::{Path, PathBuf},
};

/// The version of records that is written and read.
const VERSION: u32 = 1;

/// What a student made of a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
	/// Hash of the classifier afterwards.
	pub classifier: H256,
	/// Its right answers, of the scored items.
	pub correct: u32,
	/// Right answers of what was trained before it was quantised, if anything was.
	pub float: Option<u32>,
	/// Whether the lesson is kept for replay.
	pub kept: bool,
	/// What happened, for people.
	pub note: String,
}

/// What a student keeps of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentRecord {
	version: u32,
	/// Root of the holdout.
	pub root: H256,
	/// The session's number, once it is known.
	#[serde(default)]
	pub session: Option<u32>,
	/// The whole of what was asked for, in SCALE and hexadecimal.
	pub spec: String,
	/// Hash of the first classifier.
	pub base: H256,
	/// Secrets of the one-time keys, in hexadecimal.
	pub secrets: Vec<String>,
	/// Widths of the hidden layers.
	pub hidden: Vec<usize>,
	/// Seed of the training.
	pub seed: u64,
	/// Seconds of training for a lesson at most.
	pub seconds: u64,
	/// What was made of the lessons, by their numbers.
	#[serde(default)]
	pub made: BTreeMap<u8, Made>,
	/// What became of the session, once it is over.
	#[serde(default)]
	pub ended: Option<Value>,
}

impl StudentRecord {
	/// Of a session that is still to be opened.
	pub fn new(root: H256, spec: String, base: H256, secrets: Vec<String>, hidden: Vec<usize>) -> Self {
		let made = BTreeMap::new();
		Self {
			version: VERSION,
			root,
			session: None,
			spec,
			base,
			secrets,
			hidden,
			seed: 1,
			seconds: 60,
			made,
			ended: None,
		}
	}

	/// The secret of a one-time key.
	pub fn secret(&self, number: usize) -> Option<[u8; 32]> {
		let mut secret = [0; 32];
		hex::decode_to_slice(self.secrets.get(number)?, &mut secret).ok()?;
		Some(secret)
	}
}

/// What a teacher keeps of an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherRecord {
	version: u32,
	/// The session.
	pub session: u32,
	/// The round.
	pub round: u8,
	/// The lesson's key, in hexadecimal.
	pub key: String,
	/// The offer, in SCALE and hexadecimal.
	pub offer: String,
	/// CID of the ciphertext.
	pub cid: String,
	/// The seat to whose key the lesson's key is sealed.
	#[serde(default)]
	pub seat: Option<u8>,
	/// Hash of the lesson's file before it was sealed.
	#[serde(default)]
	pub file: Option<H256>,
}

impl TeacherRecord {
	/// Of an offer that is still to be sent.
	pub fn new(session: u32, (seat, round): (u8, u8), key: String, offer: String, (cid, file): (String, H256)) -> Self {
		Self { version: VERSION, session, round, key, offer, cid, seat: Some(seat), file: Some(file) }
	}
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
	move |error| Failure::running("state", format!("{}: {error}", path.display()))
}

fn damaged(path: &Path, reason: impl ToString) -> Failure {
	Failure::input("state", format!("{}: it is damaged: {}", path.display(), reason.to_string()))
}

/// The folder of one account on one chain.
#[derive(Debug)]
pub struct Home {
	folder: PathBuf,
}

impl Home {
	/// Opens it, makes it where there is none.
	pub fn open(state: &Path, genesis: H256, account: &AccountId32) -> Result<Self, Failure> {
		let name = format!("{}-{}", hex::encode(&genesis.as_bytes()[..8]), hex::encode(&account.as_slice()[..8]));
		let folder = state.join(name);
		let mut builder = DirBuilder::new();
		builder.recursive(true);
		// Who reads a holdout before it is shown can teach to it.
		#[cfg(unix)]
		std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
		builder.create(&folder).map_err(failed(&folder))?;
		Ok(Self { folder })
	}

	/// Keeps other students of this account out, as long as the file is open.
	pub fn lock(&self) -> Result<File, Failure> {
		self.locked("lock", "student")
	}

	fn locked(&self, name: &str, role: &str) -> Result<File, Failure> {
		let path = self.folder.join(name);
		let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed(&path))?;
		let taken = || format!("{}: another {role} of this account runs from here", self.folder.display());
		lock.try_lock().map_err(|_| Failure::input("state", taken()))?;
		Ok(lock)
	}

	fn of_root(&self, root: &H256) -> PathBuf {
		self.folder.join(format!("student-{}", hex::encode(&root.as_bytes()[..8])))
	}

	/// All of a student's records.
	pub fn students(&self) -> Result<Vec<StudentRecord>, Failure> {
		let mut records = Vec::new();
		for entry in fs::read_dir(&self.folder).map_err(failed(&self.folder))? {
			let path = entry.map_err(failed(&self.folder))?.path().join("record.json");
			if let Some(record) = read::<StudentRecord>(&path)? {
				if record.version != VERSION {
					return Err(damaged(&path, format!("it is of version {}", record.version)));
				}
				records.push(record);
			}
		}
		records.sort_by_key(|record| record.root);
		Ok(records)
	}

	/// Writes a student's record, durably.
	pub fn save(&self, record: &StudentRecord) -> Result<(), Failure> {
		let text = serde_json::to_vec_pretty(record).map_err(|error| Failure::running("state", error))?;
		Ok(write_atomically(&self.of_root(&record.root).join("record.json"), &text)?)
	}

	/// Writes the holdout, durably.
	pub fn save_holdout(&self, holdout: &Holdout) -> Result<(), Failure> {
		Ok(write_atomically(&self.of_root(&holdout.root()).join("holdout.scale"), &holdout.to_bytes())?)
	}

	/// Reads the holdout.
	pub fn holdout(&self, root: &H256) -> Result<Holdout, Failure> {
		let path = self.of_root(root).join("holdout.scale");
		let holdout = Holdout::from_bytes(&fs::read(&path).map_err(failed(&path))?)?;
		if holdout.root() != *root {
			return Err(damaged(&path, "it has another root"));
		}
		Ok(holdout)
	}

	/// Writes a classifier, durably, and gives its hash.
	pub fn save_classifier(&self, root: &H256, classifier: &Classifier) -> Result<H256, Failure> {
		let hash = H256(classifier.policy.hash());
		let weights: Vec<u8> = classifier.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
		let policy = classifier.policy.encode();
		let view = |kind, length: usize, bytes| TensorView::new(kind, vec![length], bytes);
		let file = view(Dtype::F32, classifier.weights.len(), &weights)
			.and_then(|weights| Ok([("weights", weights), ("policy", view(Dtype::U8, policy.len(), &policy)?)]))
			.and_then(|tensors| safetensors::serialize(tensors, None))
			.map_err(|error| Failure::running("state", error))?;
		write_atomically(&self.of_root(root).join(format!("{}.safetensors", hex::encode(hash))), &file)?;
		Ok(hash)
	}

	/// Reads a classifier.
	pub fn classifier(&self, root: &H256, hash: &H256) -> Result<Classifier, Failure> {
		let path = self.of_root(root).join(format!("{}.safetensors", hex::encode(hash)));
		let bytes = fs::read(&path).map_err(failed(&path))?;
		let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(&path, error))?;
		let tensor = |name: &str, kind| match file.tensor(name) {
			Ok(tensor) if tensor.dtype() == kind => Ok(tensor.data().to_vec()),
			_ => Err(damaged(&path, format!("it has no {name}"))),
		};
		let weights = tensor("weights", Dtype::F32)?;
		let weights = weights.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
		let policy = Policy::decode(&tensor("policy", Dtype::U8)?).map_err(|error| damaged(&path, error))?;
		if policy.hash() != hash.0 {
			return Err(damaged(&path, "it is another classifier"));
		}
		Ok(Classifier { weights: weights.collect(), policy })
	}

	/// Where a lesson's file lies.
	pub fn lesson(&self, root: &H256, lesson: u8) -> PathBuf {
		self.of_root(root).join(format!("lesson-{lesson}.safetensors"))
	}

	fn of_offer(&self, session: u32, round: u8) -> PathBuf {
		self.folder.join(format!("teacher-{session}-{round}.json"))
	}

	/// A teacher's record, if there is one.
	pub fn offer(&self, session: u32, round: u8) -> Result<Option<TeacherRecord>, Failure> {
		let path = self.of_offer(session, round);
		match read::<TeacherRecord>(&path)? {
			Some(record) if record.version != VERSION => Err(damaged(&path, "it is of another version")),
			found => Ok(found),
		}
	}

	/// The round before this one in which the same lesson was offered, if there was one.
	pub fn offered_before(&self, session: u32, round: u8, file: H256) -> Result<Option<u8>, Failure> {
		for before in 0..round {
			if self.offer(session, before)?.is_some_and(|record| record.file == Some(file)) {
				return Ok(Some(before));
			}
		}
		Ok(None)
	}

	/// Writes a teacher's record, durably.
	pub fn save_offer(&self, record: &TeacherRecord) -> Result<(), Failure> {
		let text = serde_json::to_vec_pretty(record).map_err(|error| Failure::running("state", error))?;
		Ok(write_atomically(&self.of_offer(record.session, record.round), &text)?)
	}
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
	match fs::read(path) {
		Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| damaged(path, error)),
		// A crash before the first record, or a file beside the folders.
		Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
		Err(error) => Err(failed(path)(error)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::teaching::data::Examples;
	use praxis_policy::{UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};

	fn home(folder: &Path) -> Home {
		Home::open(folder, H256([3; 32]), &AccountId32::new([2; 32])).expect("a home")
	}

	fn record(root: H256) -> StudentRecord {
		StudentRecord::new(root, "00".into(), H256([4; 32]), vec![hex::encode([5; 32])], vec![8])
	}

	#[test]
	fn records_should_be_read_back_when_the_student_starts_again() {
		let folder = tempfile::tempdir().expect("a folder");
		let mut written = record(H256([1; 32]));
		let made = Made { classifier: H256([6; 32]), correct: 90, float: Some(91), kept: true, note: "kept".into() };
		written.made.insert(3, made);
		home(folder.path()).save(&written).expect("a file");
		let found = home(folder.path()).students().expect("records");
		assert_eq!(found, [written]);
		assert_eq!((found[0].secret(0), found[0].secret(1)), (Some([5; 32]), None));
		fs::write(home(folder.path()).of_root(&H256([1; 32])).join("record.json"), b"{").expect("a file");
		assert_eq!(home(folder.path()).students().expect_err("it is damaged").kind, "state");
	}

	#[test]
	fn holdout_and_classifier_should_be_those_of_their_hashes() {
		let folder = tempfile::tempdir().expect("a folder");
		let home = home(folder.path());
		let examples = Examples::new("test", 2, vec![7; 200], vec![1; 100]).expect("examples");
		let holdout = Holdout::new(&examples, 4).expect("a holdout");
		let root = holdout.root();
		home.save_holdout(&holdout).expect("a file");
		assert_eq!(home.holdout(&root).expect("the holdout"), holdout);

		let layer = UncheckedLayer { inputs: 1, outputs: 2, shift: 0, biases: vec![0, 1], weights: vec![3, -4] };
		let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 100, layers: vec![layer] };
		let policy = Policy::try_from(unchecked).expect("a policy");
		let hash = home.save_classifier(&root, &Classifier { weights: vec![0.5, -2.0], policy }).expect("a file");
		let found = home.classifier(&root, &hash).expect("the classifier");
		assert_eq!((found.policy.hash(), found.weights), (hash.0, vec![0.5, -2.0]));
		let path = home.of_root(&root).join(format!("{}.safetensors", hex::encode(hash)));
		let other = home.of_root(&root).join(format!("{}.safetensors", hex::encode([0; 32])));
		fs::copy(path, other).expect("a copy");
		assert!(home.classifier(&root, &H256::zero()).is_err());
	}

	#[test]
	fn lesson_should_be_known_when_it_was_offered_in_an_earlier_round() {
		let folder = tempfile::tempdir().expect("a folder");
		let (home, file) = (home(folder.path()), H256([8; 32]));
		home.save_offer(&TeacherRecord::new(5, (0, 1), "00".into(), "00".into(), ("cid".into(), file)))
			.expect("a file");
		let before = |session, round, file| home.offered_before(session, round, file).expect("records");
		assert_eq!((before(5, 2, file), before(5, 3, file)), (Some(1), Some(1)));
		assert_eq!((before(5, 1, file), before(6, 2, file), before(5, 2, H256([9; 32]))), (None, None, None));
	}

	#[test]
	fn second_student_should_be_kept_out() {
		let folder = tempfile::tempdir().expect("a folder");
		let _lock = home(folder.path()).lock().expect("it is free");
		assert_eq!(home(folder.path()).lock().expect_err("it is taken").kind, "state");
	}
}
