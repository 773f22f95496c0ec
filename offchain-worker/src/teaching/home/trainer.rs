//! What a trainer keeps on the disk.
//!
//! ```text
//! <state>/<genesis>-<account>/
//!   trainer-lock                             one trainer at a time
//!   trainer-keys.json                        the secrets of its one-time keys, before the chain hears of the keys
//!   trainer-<session>/audit.scale            the audit's items
//!   trainer-<session>/lesson-3.json          what was made of a lesson, and the salt of the commitment to it
//!   trainer-<session>/lesson-3.policy        that classifier, as it will be shown
//!   trainer-<session>/lesson-3.safetensors   the lesson, where it helped; removed when the session is over
//! ```

use super::{damaged, failed, read, Home, VERSION};
use crate::{
	checkpoint::write_atomically,
	commands::Failure,
	teaching::{
		data::Examples,
		lesson::{self, Bounds},
	},
};
use codec::{DecodeAll, Encode};
use praxis_primitives_market::sealed::one_time_key;
use praxis_primitives_teaching::Item;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sp_core::H256;
use sp_crypto_hashing::blake2_256;
use std::{
	fs::{self, File},
	io,
	path::PathBuf,
};

/// A one-time key of a trainer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prekey {
	/// Its secret, in hexadecimal.
	secret: String,
	/// Whether the chain is known to have heard of it.
	named: bool,
}

/// All one-time keys that a trainer ever made. None is forgotten: a lesson may be sealed to any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyring {
	version: u32,
	keys: Vec<Prekey>,
}

impl Default for Keyring {
	fn default() -> Self {
		Self { version: VERSION, keys: Vec::new() }
	}
}

impl Prekey {
	fn secret(&self) -> Option<[u8; 32]> {
		let mut secret = [0; 32];
		hex::decode_to_slice(&self.secret, &mut secret).ok()?;
		Some(secret)
	}
}

impl Keyring {
	/// The keys that the chain may not have heard of.
	pub fn pending(&self) -> Vec<[u8; 32]> {
		let pending = self.keys.iter().filter(|key| !key.named).filter_map(Prekey::secret);
		pending.map(|secret| one_time_key(&secret)).collect()
	}

	/// Makes so many new keys, which the chain has not heard of.
	pub fn make(&mut self, count: usize) {
		let new = |_| Prekey { secret: hex::encode(rand::random::<[u8; 32]>()), named: false };
		self.keys.extend((0..count).map(new));
	}

	/// The chain has heard of all of them.
	pub fn name(&mut self) {
		self.keys.iter_mut().for_each(|key| key.named = true);
	}

	/// The secret of a key.
	pub fn secret(&self, prekey: &[u8; 32]) -> Option<[u8; 32]> {
		self.keys.iter().filter_map(Prekey::secret).find(|secret| one_time_key(secret) == *prekey)
	}
}

/// What a trainer made of a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerRecord {
	version: u32,
	/// The session.
	pub session: u32,
	/// The lesson.
	pub lesson: u8,
	/// Root of the lesson's ciphertext: a fork may have another lesson under this number.
	pub ciphertext: H256,
	/// The classifier that it commits to.
	pub classifier: H256,
	/// Salt of the commitment, in hexadecimal.
	salt: String,
	/// Whether training helped; else the classifier is one that there was before.
	pub kept: bool,
	/// What happened, for people.
	pub note: String,
}

impl TrainerRecord {
	/// With a salt that nobody can guess.
	pub fn new((session, lesson): (u32, u8), ciphertext: H256, classifier: H256, kept: bool, note: String) -> Self {
		let salt = hex::encode(rand::random::<[u8; 32]>());
		Self { version: VERSION, session, lesson, ciphertext, classifier, salt, kept, note }
	}

	/// The salt.
	pub fn salt(&self) -> Option<[u8; 32]> {
		let mut salt = [0; 32];
		hex::decode_to_slice(&self.salt, &mut salt).ok()?;
		Some(salt)
	}
}

impl Home {
	/// Keeps other trainers of this account out, as long as the file is open.
	pub fn lock_trainer(&self) -> Result<File, Failure> {
		self.locked("trainer-lock", "trainer")
	}

	fn of_keys(&self) -> PathBuf {
		self.folder.join("trainer-keys.json")
	}

	/// The trainer's keys; none at first.
	pub fn keyring(&self) -> Result<Keyring, Failure> {
		let path = self.of_keys();
		match read::<Keyring>(&path)? {
			Some(keyring) if keyring.version != VERSION => Err(damaged(&path, "it is of another version")),
			Some(keyring) if keyring.keys.iter().any(|key| key.secret().is_none()) => {
				Err(damaged(&path, "a secret is none"))
			}
			found => Ok(found.unwrap_or_default()),
		}
	}

	/// Writes the trainer's keys, durably.
	pub fn save_keyring(&self, keyring: &Keyring) -> Result<(), Failure> {
		let text = serde_json::to_vec_pretty(keyring).map_err(|error| Failure::running("state", error))?;
		Ok(write_atomically(&self.of_keys(), &text)?)
	}

	fn of_training(&self, session: u32) -> PathBuf {
		self.folder.join(format!("trainer-{session}"))
	}

	fn of_lesson(&self, session: u32, lesson: u8, kind: &str) -> PathBuf {
		self.of_training(session).join(format!("lesson-{lesson}.{kind}"))
	}

	/// Sessions of which something is kept that is not over.
	pub fn trained_sessions(&self) -> Result<Vec<u32>, Failure> {
		let mut sessions = Vec::new();
		for entry in fs::read_dir(&self.folder).map_err(failed(&self.folder))? {
			let path = entry.map_err(failed(&self.folder))?.path();
			let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
			let number = name.strip_prefix("trainer-").and_then(|number| number.parse::<u32>().ok());
			sessions.extend(number.filter(|_| !path.join("ended.json").exists()));
		}
		sessions.sort_unstable();
		Ok(sessions)
	}

	/// What was made of a lesson, if anything was. `ciphertext` tells it from one of a former chain or fork.
	pub fn training(&self, session: u32, lesson: u8, ciphertext: &H256) -> Result<Option<TrainerRecord>, Failure> {
		let path = self.of_lesson(session, lesson, "json");
		match read::<TrainerRecord>(&path)? {
			Some(record) if record.version != VERSION || record.salt().is_none() => {
				Err(damaged(&path, "it is of another version, or its salt is none"))
			}
			found => Ok(found.filter(|record| record.ciphertext == *ciphertext)),
		}
	}

	/// Writes what was made of a lesson, durably: the classifier first, then the record that names it.
	pub fn save_training(&self, record: &TrainerRecord, classifier: &[u8]) -> Result<(), Failure> {
		// A session of a former chain had the same number.
		let _ = fs::remove_file(self.of_training(record.session).join("ended.json"));
		write_atomically(&self.of_lesson(record.session, record.lesson, "policy"), classifier)?;
		let text = serde_json::to_vec_pretty(record).map_err(|error| Failure::running("state", error))?;
		Ok(write_atomically(&self.of_lesson(record.session, record.lesson, "json"), &text)?)
	}

	/// The encoding of the classifier that a record names.
	pub fn trained(&self, record: &TrainerRecord) -> Result<Vec<u8>, Failure> {
		let path = self.of_lesson(record.session, record.lesson, "policy");
		let bytes = fs::read(&path).map_err(failed(&path))?;
		if blake2_256(&bytes) != record.classifier.0 {
			return Err(damaged(&path, "it is another classifier"));
		}
		Ok(bytes)
	}

	/// Keeps a lesson that helped.
	pub fn keep_lesson(&self, session: u32, lesson: u8, examples: &Examples) -> Result<(), Failure> {
		Ok(write_atomically(&self.of_lesson(session, lesson, "safetensors"), &lesson::pack(examples)?)?)
	}

	/// The lessons of a session that helped.
	pub fn kept_lessons(&self, session: u32, bounds: &Bounds) -> Result<Vec<Examples>, Failure> {
		let mut lessons = Vec::new();
		for lesson in 0..=u8::MAX {
			let path = self.of_lesson(session, lesson, "safetensors");
			match fs::read(&path) {
				Ok(bytes) => lessons.push(lesson::parse(&bytes, bounds)?),
				Err(error) if error.kind() == io::ErrorKind::NotFound => {}
				Err(error) => return Err(failed(&path)(error)),
			}
		}
		Ok(lessons)
	}

	/// Keeps the items of an audit.
	pub fn save_audit(&self, session: u32, root: &H256, items: &[Item]) -> Result<(), Failure> {
		Ok(write_atomically(&self.of_training(session).join("audit.scale"), &(root, items).encode())?)
	}

	/// The items of an audit that were kept, if they are of this root.
	pub fn audit(&self, session: u32, root: &H256) -> Result<Option<Vec<Item>>, Failure> {
		let path = self.of_training(session).join("audit.scale");
		let bytes = match fs::read(&path) {
			Ok(bytes) => bytes,
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
			Err(error) => return Err(failed(&path)(error)),
		};
		let (of, items) = <(H256, Vec<Item>)>::decode_all(&mut &bytes[..]).map_err(|error| damaged(&path, error))?;
		Ok((of == *root).then_some(items))
	}

	/// A session is over: the lessons, which were for it alone, are removed, and what came of it is written down.
	pub fn end_training(&self, session: u32, came: &Value) -> Result<(), Failure> {
		for lesson in 0..=u8::MAX {
			let path = self.of_lesson(session, lesson, "safetensors");
			match fs::remove_file(&path) {
				Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&path)(error)),
				_ => {}
			}
		}
		let text = serde_json::to_vec_pretty(came).map_err(|error| Failure::running("state", error))?;
		Ok(write_atomically(&self.of_training(session).join("ended.json"), &text)?)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;
	use sp_core::crypto::AccountId32;
	use std::path::Path;

	fn home(folder: &Path) -> Home {
		Home::open(folder, H256([3; 32]), &AccountId32::new([2; 32])).expect("a home")
	}

	fn examples() -> Examples {
		Examples::new("test", 2, vec![7; 20], vec![1; 10]).expect("examples")
	}

	#[test]
	fn secrets_should_be_on_the_disk_before_the_chain_hears_of_the_keys() {
		let folder = tempfile::tempdir().expect("a folder");
		let mut keyring = home(folder.path()).keyring().expect("none at first");
		assert!(keyring.pending().is_empty());
		keyring.make(3);
		home(folder.path()).save_keyring(&keyring).expect("a file");
		let mut found = home(folder.path()).keyring().expect("a keyring");
		let pending = found.pending();
		assert_eq!((pending.len(), &found), (3, &keyring));
		found.name();
		found.make(2);
		assert_eq!(found.pending().len(), 2);
		// Those that are named are kept: lessons are sealed to them.
		for prekey in &pending {
			assert_eq!(found.secret(prekey).map(|secret| one_time_key(&secret)), Some(*prekey));
		}
		assert_eq!(found.secret(&[9; 32]), None);
		fs::write(home(folder.path()).of_keys(), br#"{"version":1,"keys":[{"secret":"00","named":false}]}"#)
			.expect("a file");
		assert_eq!(home(folder.path()).keyring().expect_err("it is damaged").kind, "state");
	}

	#[test]
	fn commitment_should_be_the_same_when_the_trainer_starts_again() {
		let folder = tempfile::tempdir().expect("a folder");
		let (bytes, root) = (vec![1, 2, 3], H256([8; 32]));
		let record = TrainerRecord::new((7, 3), root, H256(blake2_256(&bytes)), true, "kept".into());
		home(folder.path()).save_training(&record, &bytes).expect("files");
		let found = home(folder.path()).training(7, 3, &root).expect("a record").expect("it is there");
		assert_eq!((found.salt(), &found), (record.salt(), &record));
		assert_eq!(home(folder.path()).trained(&found).expect("the classifier"), bytes);
		for (session, lesson, ciphertext) in [(7, 2, root), (6, 3, root), (7, 3, H256::zero())] {
			assert_eq!(home(folder.path()).training(session, lesson, &ciphertext).expect("no record"), None);
		}
		fs::write(home(folder.path()).of_lesson(7, 3, "policy"), b"other").expect("a file");
		assert!(home(folder.path()).trained(&found).is_err());
	}

	#[test]
	fn lessons_should_be_gone_and_the_rest_stay_when_a_session_is_over() {
		let folder = tempfile::tempdir().expect("a folder");
		let home = home(folder.path());
		home.keep_lesson(7, 3, &examples()).expect("a file");
		home.keep_lesson(7, 0, &examples()).expect("a file");
		home.keep_lesson(8, 1, &examples()).expect("a file");
		let item = Item { label: 1, salt: [4; 16], features: vec![5, 6] };
		home.save_audit(7, &H256([1; 32]), std::slice::from_ref(&item)).expect("a file");
		assert_eq!(home.audit(7, &H256([1; 32])).expect("items"), Some(vec![item]));
		assert_eq!(home.audit(7, &H256([2; 32])).expect("none"), None);
		assert_eq!(home.audit(8, &H256([1; 32])).expect("none"), None);
		assert_eq!(home.kept_lessons(7, &Bounds::FORMAT).expect("lessons").len(), 2);
		assert_eq!(home.trained_sessions().expect("sessions"), [7, 8]);
		home.end_training(7, &json!({ "paid": "3" })).expect("it ends");
		assert!(home.kept_lessons(7, &Bounds::FORMAT).expect("lessons").is_empty());
		assert_eq!(home.trained_sessions().expect("sessions"), [8]);
		assert_eq!(home.kept_lessons(8, &Bounds::FORMAT).expect("lessons").len(), 1);
	}

	#[test]
	fn second_trainer_should_be_kept_out_and_a_student_not() {
		let folder = tempfile::tempdir().expect("a folder");
		let _lock = home(folder.path()).lock_trainer().expect("it is free");
		assert_eq!(home(folder.path()).lock_trainer().expect_err("it is taken").kind, "state");
		assert!(home(folder.path()).lock().is_ok());
	}
}
