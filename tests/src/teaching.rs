//! The teaching market as a test sees it: parties that can be killed and go on, labelled data, the books of a session.

use crate::{
	binary,
	chain::{account, account_info, api, hash_of, storage_key},
	wait_for, Node, Rpc,
};
use codec::{Decode, Encode};
use pallet_teaching::Event;
use praxis_primitives_teaching::session::SessionView;
use praxis_runtime::{Runtime, RuntimeEvent, RuntimeHoldReason};
use serde_json::Value;
use sp_core::{crypto::AccountId32, H256};
use sp_io::hashing::blake2_128;
use std::{
	collections::BTreeMap,
	fs::{self, File},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::Duration,
};

/// Time in which anything that a test waits for happens on a machine that is busy.
pub const LIMIT: Duration = Duration::from_secs(240);

/// A session of the development chain.
pub type Session = SessionView<AccountId32, u128, u32>;

/// A person with a key and folders, and the command of `praxis-worker` that runs for it.
pub struct Party {
	node: String,
	key: String,
	folder: PathBuf,
	words: Vec<String>,
	runs: usize,
	child: Option<Child>,
}

impl Party {
	/// Has the key; its state and its store are below `folder`. Nothing runs yet.
	pub fn new(node: &Node, folder: &Path, key: &str) -> Self {
		let folder = folder.join(key.replace('/', ""));
		fs::create_dir_all(&folder).expect("a folder");
		Self { node: node.url(), key: key.into(), folder, words: Vec::new(), runs: 0, child: None }
	}

	fn command(&self, words: &[String]) -> Command {
		let mut command = Command::new(binary("praxis-worker"));
		command
			.args(words)
			.arg("--json")
			.env("PRAXIS_NODE", &self.node)
			.env("PRAXIS_KEY", &self.key)
			.env("PRAXIS_TEACHING_STATE", self.folder.join("state"))
			.env("PRAXIS_STORE", self.folder.join("store"))
			.stdin(Stdio::null());
		command
	}

	/// Runs another command of this person to its end; gives the last line that it printed.
	pub fn run(&self, words: &[&str]) -> Value {
		let words: Vec<String> = words.iter().map(ToString::to_string).collect();
		let output = self.command(&words).output().expect("the worker's program runs");
		let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
		assert!(output.status.success(), "{words:?}: {out}\n{err}");
		let last = out.lines().last().unwrap_or_default();
		serde_json::from_str(last).unwrap_or_else(|e| panic!("{words:?} ended with `{last}`: {e}"))
	}

	/// Starts a command.
	pub fn start(&mut self, words: &[&str]) {
		self.words = words.iter().map(ToString::to_string).collect();
		self.launch();
	}

	/// Kills it, as a power cut would.
	pub fn kill(&mut self) {
		if let Some(mut child) = self.child.take() {
			let _ = child.kill();
			let _ = child.wait();
		}
	}

	/// Starts the same command again.
	pub fn launch(&mut self) {
		self.kill();
		self.runs += 1;
		let file = |what: &str| File::create(self.path(what)).expect("a file");
		let child = self.command(&self.words).stdout(file("out")).stderr(file("err")).spawn();
		self.child = Some(child.expect("the worker's program runs"));
	}

	fn path(&self, what: &str) -> PathBuf {
		self.folder.join(format!("{}.{what}", self.runs))
	}

	/// What it has told since it was started last.
	pub fn events(&self) -> Vec<Value> {
		let text = fs::read_to_string(self.path("out")).unwrap_or_default();
		text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
	}

	/// Waits for an event since it was started last.
	pub fn wait(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
		wait_for(&format!("`{what}` of {}", self.key), LIMIT, || {
			let found = self.events().into_iter().find(|event| event["event"] == what && is(event));
			let ended = self.child.as_mut().is_none_or(|child| child.try_wait().expect("a process").is_some());
			assert!(found.is_some() || !ended, "{} ended: {}", self.key, self.log());
			found
		})
	}

	/// Waits until it ends by itself; its exit code.
	pub fn end(&mut self) -> Option<i32> {
		let child = self.child.as_mut().expect("it was started");
		let status = wait_for(&format!("the end of {}", self.key), LIMIT, || child.try_wait().expect("a process"));
		status.code()
	}

	/// Its log since it was started last.
	pub fn log(&self) -> String {
		fs::read_to_string(self.path("err")).unwrap_or_default()
	}
}

impl Drop for Party {
	fn drop(&mut self) {
		self.kill();
		if std::thread::panicking() && self.runs > 0 {
			let events = self.events();
			let last = &events[events.len().saturating_sub(8)..];
			eprintln!("--- {} ---\n{last:?}\n{}", self.key, self.log());
		}
	}
}

/// How much brighter a quarter is than the others, whose pixels are from 0 to 127.
const CONTRAST: u8 = 30;

/// Labelled images: a byte a pixel.
pub struct Labelled {
	/// Bytes of an image, a square number.
	pub features: usize,
	/// One image after the other.
	pub images: Vec<u8>,
	/// Their classes.
	pub labels: Vec<u8>,
}

impl Labelled {
	/// `count` images of 8 by 8 pixels, of the classes given, one after the other: the quarter that has the class's number is
	/// brighter, under noise that makes single pixels say little.
	pub fn quarters(seed: u64, count: usize, classes: &[u8]) -> Self {
		let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
		let mut noise = || {
			state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
			(state >> 56) as u8
		};
		let labels: Vec<u8> = (0..count).map(|at| classes[at % classes.len()]).collect();
		let pixel = |label: u8, at: usize| usize::from(label) == at / 32 * 2 + at % 8 / 4;
		let images = labels.iter().flat_map(|label| (0..64).map(move |at| pixel(*label, at))).map(|bright| {
			let noise = noise();
			if bright {
				CONTRAST + noise / 2
			} else {
				noise / 2
			}
		});
		Self { features: 64, images: images.collect(), labels }
	}

	/// Writes them as IDX and gives what a data option calls them.
	pub fn write(&self, folder: &Path, name: &str) -> String {
		let side = self.features.isqrt() as u32;
		let count = (self.labels.len() as u32).to_be_bytes();
		let path = |what: &str| folder.join(format!("{name}-{what}"));
		let head = [&[0, 0, 8, 3][..], &count, &side.to_be_bytes(), &side.to_be_bytes()].concat();
		fs::write(path("images"), [head, self.images.clone()].concat()).expect("a file");
		fs::write(path("labels"), [&[0, 0, 8, 1][..], &count, &self.labels].concat()).expect("a file");
		format!("{},{}", path("images").display(), path("labels").display())
	}
}

/// A session after a block, the best one if none is named.
pub fn session(rpc: &Rpc, id: u32, number: Option<u32>) -> Option<Session> {
	let number = number.unwrap_or_else(|| rpc.number(None).expect("the node answers"));
	api(rpc, "TeachingApi_session", &id.encode(), &hash_of(rpc, number))
}

/// Waits until a session is so in the best block.
pub fn wait_session(rpc: &Rpc, id: u32, what: &str, is: impl Fn(&Session) -> bool) -> Session {
	wait_for(&format!("session {id}: {what}"), LIMIT, || session(rpc, id, None).filter(&is))
}

/// What the blocks of a span tell of the market and of transaction fees.
#[derive(Debug, Default)]
pub struct Books {
	/// The market's events, in their order.
	pub events: Vec<Event<Runtime>>,
	/// Transaction fees by who paid them.
	pub fees: BTreeMap<AccountId32, u128>,
}

/// Where in a block an event comes from, as FRAME encodes it.
#[derive(Decode)]
enum Phase {
	#[codec(index = 0)]
	ApplyExtrinsic(#[allow(dead_code)] u32),
	#[codec(index = 1)]
	Finalization,
	#[codec(index = 2)]
	Initialization,
}

impl Books {
	/// Of the blocks after `start` up to `end`.
	pub fn read(rpc: &Rpc, start: u32, end: u32) -> Self {
		let mut books = Self::default();
		let key = storage_key("System", "Events");
		for number in start + 1..=end {
			let value = rpc.storage(&key, Some(&hash_of(rpc, number))).expect("storage can be read");
			let records = <Vec<(Phase, RuntimeEvent, Vec<H256>)>>::decode(&mut &value.unwrap_or_default()[..]);
			let records = records.unwrap_or_else(|e| panic!("the events of block {number}: {e}"));
			records.into_iter().for_each(|(_, event, _)| match event {
				RuntimeEvent::Teaching(event) => books.events.push(event),
				RuntimeEvent::TransactionPayment(event) => {
					let pallet_transaction_payment::Event::TransactionFeePaid { who, actual_fee, .. } = event;
					*books.fees.entry(who).or_default() += actual_fee;
				}
				_ => {}
			});
		}
		books
	}

	/// What an account paid for its transactions.
	pub fn fees_of(&self, who: &AccountId32) -> u128 {
		self.fees.get(who).copied().unwrap_or_default()
	}

	/// How many of the market's events are such.
	pub fn count(&self, is: impl Fn(&Event<Runtime>) -> bool) -> usize {
		self.events.iter().filter(|event| is(event)).count()
	}
}

/// What an account has on hold after a block, by reason.
pub fn holds(rpc: &Rpc, who: &AccountId32, number: u32) -> Vec<(RuntimeHoldReason, u128)> {
	let bytes: &[u8] = who.as_ref();
	let key = [storage_key("Balances", "Holds"), blake2_128(bytes).to_vec(), bytes.to_vec()].concat();
	let value = rpc.storage(&key, Some(&hash_of(rpc, number))).expect("storage can be read");
	value.map(|value| Decode::decode(&mut &value[..]).expect("holds decode")).unwrap_or_default()
}

/// What an account has, on hold or not, and what it paid for its transactions.
pub struct Purse {
	/// Whose.
	pub who: AccountId32,
	free: u128,
}

impl Purse {
	/// Of a key's account, after a block.
	pub fn new(rpc: &Rpc, key: &str, number: u32) -> Self {
		let who = account(key);
		let free = account_info(rpc, &who, number).free;
		Self { who, free }
	}

	/// What it gained since, apart from the fees of its transactions.
	pub fn gained(&self, rpc: &Rpc, books: &Books, number: u32) -> i128 {
		let held: u128 = holds(rpc, &self.who, number).iter().map(|(_, amount)| amount).sum();
		let now = account_info(rpc, &self.who, number).free + held + books.fees_of(&self.who);
		now as i128 - self.free as i128
	}
}
