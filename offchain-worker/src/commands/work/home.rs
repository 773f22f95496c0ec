//! What a worker keeps of its tasks: one folder a task, and in it a record, written whole and made durable before
//! anything is sent that depends on it.
//!
//! ```text
//! <state>/<genesis>-<owner>/
//!   lock                             one worker at a time
//!   task-7/record.json               the record: above all, policy and salt of the commitment
//!   task-7/training.safetensors      where training stands
//!   task-7/best.safetensors          the best policy so far
//!   task-7/parent.{safetensors,json} the model that training began with, and what it is
//!   task-7/model/                    the model as it was committed, until it is shown
//! ```

use super::super::Failure;
use crate::{
	checkpoint::write_atomically,
	store::{cids, Cid},
};
use praxis_policy::Policy;
use praxis_primitives_market::{task::commitment, PolicyHash, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sp_core::{
	crypto::{AccountId32, ByteArray},
	H256,
};
use std::{
	fs::{self, DirBuilder, File},
	io,
	path::{Path, PathBuf},
};

/// The version of records that is written and read.
const VERSION: u32 = 1;

/// What a commitment is opened with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
	/// The policy's encoding, in hexadecimal.
	policy: String,
	/// The salt, in hexadecimal.
	salt: String,
	/// CID of the model.
	cid: String,
	/// The judged policy of the model that training began with.
	#[serde(default)]
	pub parent: Option<H256>,
}

impl Sealed {
	/// Of a policy with a salt that nobody can guess.
	pub fn new(policy: &Policy, cid: &Cid, parent: Option<H256>) -> Self {
		let salt: [u8; 32] = rand::random();
		Self { policy: hex::encode(policy.encode()), salt: hex::encode(salt), cid: cid.to_string(), parent }
	}

	/// The policy's encoding.
	pub fn policy(&self) -> Result<Vec<u8>, Failure> {
		hex::decode(&self.policy).map_err(|error| malformed(format!("its policy: {error}")))
	}

	/// The salt.
	pub fn salt(&self) -> Result<[u8; 32], Failure> {
		let mut salt = [0; 32];
		hex::decode_to_slice(&self.salt, &mut salt).map_err(|error| malformed(format!("its salt: {error}")))?;
		Ok(salt)
	}

	/// CID of the model.
	pub fn cid(&self) -> Result<Cid, Failure> {
		Ok(cids::parse(&self.cid)?)
	}

	/// To what its owner binds itself.
	pub fn commitment(&self, owner: &AccountId32) -> Result<H256, Failure> {
		let policy = PolicyHash::from(sp_crypto_hashing::blake2_256(&self.policy()?));
		Ok(commitment(owner, &policy, &self.salt()?))
	}
}

/// What is kept of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
	/// Version of its form.
	version: u32,
	/// The task.
	pub task: TaskId,
	/// What is asked, in the token's smallest part. JSON has no numbers of that size.
	#[serde(default)]
	pub price: Option<String>,
	/// What the commitment is opened with.
	#[serde(default)]
	pub sealed: Option<Sealed>,
	/// Why nothing is committed, if that was decided.
	#[serde(default)]
	pub abstains: Option<String>,
	/// What became of it, once it is over.
	#[serde(default)]
	pub ended: Option<Value>,
}

impl Record {
	/// Of a task with which nothing has happened.
	pub fn new(task: TaskId) -> Self {
		Self { version: VERSION, task, price: None, sealed: None, abstains: None, ended: None }
	}
}

fn malformed(reason: impl ToString) -> Failure {
	Failure::input("state", format!("a task's record is damaged: {}", reason.to_string()))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
	move |error| Failure::running("state", format!("{}: {error}", path.display()))
}

/// The folder of one worker on one chain.
#[derive(Debug)]
pub struct Home {
	folder: PathBuf,
	_lock: File,
}

impl Home {
	/// Opens it, makes it where there is none, and keeps other workers out.
	pub fn open(state: &Path, genesis: H256, owner: &AccountId32) -> Result<Self, Failure> {
		let name = format!("{}-{}", hex::encode(&genesis.as_bytes()[..8]), hex::encode(&owner.as_slice()[..8]));
		let folder = state.join(name);
		let mut builder = DirBuilder::new();
		builder.recursive(true);
		// A policy that others read before it is shown is a policy that others commit.
		#[cfg(unix)]
		std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
		builder.create(&folder).map_err(failed(&folder))?;
		let path = folder.join("lock");
		let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed(&path))?;
		lock.try_lock().map_err(|_| {
			Failure::input("state", format!("{}: another worker works for this owner from here", folder.display()))
		})?;
		Ok(Self { folder, _lock: lock })
	}

	/// The folder of a task.
	pub fn folder(&self, task: TaskId) -> PathBuf {
		self.folder.join(format!("task-{task}"))
	}

	/// All records, by task.
	pub fn load(&self) -> Result<Vec<Record>, Failure> {
		let mut records = Vec::new();
		for entry in fs::read_dir(&self.folder).map_err(failed(&self.folder))? {
			let path = entry.map_err(failed(&self.folder))?.path().join("record.json");
			let text = match fs::read(&path) {
				Ok(text) => text,
				// A crash before the first record.
				Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
					continue
				}
				Err(error) => return Err(failed(&path)(error)),
			};
			let record: Record =
				serde_json::from_slice(&text).map_err(|error| malformed(format!("{}: {error}", path.display())))?;
			if record.version != VERSION {
				return Err(malformed(format!("{}: it is of version {}", path.display(), record.version)));
			}
			records.push(record);
		}
		records.sort_by_key(|record| record.task);
		Ok(records)
	}

	/// Writes a record, durably.
	pub fn save(&self, record: &Record) -> Result<(), Failure> {
		let text = serde_json::to_vec_pretty(record).map_err(malformed)?;
		Ok(write_atomically(&self.folder(record.task).join("record.json"), &text)?)
	}

	/// Frees the space of a task that is over. Its record stays, so that the worker does not apply again.
	pub fn clear(&self, task: TaskId) -> Result<(), Failure> {
		let folder = self.folder(task);
		for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
			let path = entry.map_err(failed(&folder))?.path();
			if path.file_name().is_some_and(|name| name != "record.json") {
				if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
					.map_err(failed(&path))?;
			}
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::{super::fixtures::account, *};
	use praxis_policy::{UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};

	fn policy() -> Policy {
		let layer = UncheckedLayer { inputs: 1, outputs: 2, shift: 0, biases: vec![0, 1], weights: vec![3, -4] };
		let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 100, layers: vec![layer] };
		Policy::try_from(unchecked).expect("a policy")
	}

	fn cid() -> Cid {
		cids::parse("bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e").expect("a CID")
	}

	#[test]
	fn commitment_should_be_opened_by_what_is_read_back_when_the_worker_starts_again() {
		let folder = tempfile::tempdir().expect("a folder");
		let (genesis, owner) = (H256([3; 32]), account(2));
		let home = Home::open(folder.path(), genesis, &owner).expect("a home");
		let mut record = Record::new(7);
		record.sealed = Some(Sealed::new(&policy(), &cid(), Some(H256([4; 32]))));
		home.save(&record).expect("a file");
		home.save(&Record::new(4)).expect("a file");
		let expected = record.sealed.as_ref().expect("it is sealed").commitment(&owner).expect("a commitment");
		drop(home);

		let home = Home::open(folder.path(), genesis, &owner).expect("the same home");
		let records = home.load().expect("records");
		assert_eq!(records, [Record::new(4), record]);
		let sealed = records[1].sealed.as_ref().expect("it is sealed");
		let hash = PolicyHash::from(policy().hash());
		assert_eq!(sealed.policy().expect("bytes"), policy().encode());
		assert_eq!(commitment(&owner, &hash, &sealed.salt().expect("a salt")), expected);
		assert_eq!(sealed.cid().expect("a CID"), cid());
	}

	#[test]
	fn salts_should_differ() {
		let sealed = || Sealed::new(&policy(), &cid(), None);
		assert_ne!(sealed().salt, sealed().salt);
	}

	#[test]
	fn second_worker_should_be_kept_out_when_it_has_the_same_owner_and_chain() {
		let folder = tempfile::tempdir().expect("a folder");
		let _first = Home::open(folder.path(), H256::zero(), &account(2)).expect("a home");
		let failure = Home::open(folder.path(), H256::zero(), &account(2)).expect_err("it is taken");
		assert_eq!((failure.kind, failure.code), ("state", 2));
		assert!(Home::open(folder.path(), H256::zero(), &account(3)).is_ok());
		assert!(Home::open(folder.path(), H256([1; 32]), &account(2)).is_ok());
	}

	#[test]
	fn record_should_stay_when_a_task_is_cleared() {
		let folder = tempfile::tempdir().expect("a folder");
		let home = Home::open(folder.path(), H256::zero(), &account(2)).expect("a home");
		home.save(&Record::new(7)).expect("a file");
		fs::write(home.folder(7).join("best.safetensors"), b"large").expect("a file");
		fs::create_dir_all(home.folder(7).join("model/blocks")).expect("a folder");
		home.clear(7).expect("it is cleared");
		assert_eq!(fs::read_dir(home.folder(7)).expect("a folder").count(), 1);
		assert_eq!(home.load().expect("records"), [Record::new(7)]);
	}

	#[test]
	fn damaged_record_should_be_an_error_and_not_a_lost_policy() {
		let folder = tempfile::tempdir().expect("a folder");
		let home = Home::open(folder.path(), H256::zero(), &account(2)).expect("a home");
		home.save(&Record::new(7)).expect("a file");
		fs::write(home.folder(7).join("record.json"), b"{\"version\":1").expect("a file");
		assert_eq!(home.load().expect_err("it is damaged").kind, "state");
	}
}
