//! The state of a worker as it is served: times are Unix milliseconds, ages and limits seconds, amounts decimal strings
//! of the token's smallest part.

use super::{market::Market, Limits};
use serde::{Deserialize, Serialize};
use sp_core::H256;
use std::path::PathBuf;

/// What the worker does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
	/// It loads what it needs.
	#[default]
	Starting,
	/// It has no node to work for.
	Connecting,
	/// The node is catching up with the chain.
	Syncing,
	/// Connected, but no work comes.
	Idle,
	/// Work comes and is answered.
	Mining,
	/// There are tasks of the market under way.
	Working,
	/// It was asked to end.
	Stopping,
}

impl State {
	/// All of them.
	pub const ALL: [Self; 7] =
		[Self::Starting, Self::Connecting, Self::Syncing, Self::Idle, Self::Mining, Self::Working, Self::Stopping];

	/// Its name, as it is served.
	pub fn name(self) -> &'static str {
		match self {
			Self::Starting => "starting",
			Self::Connecting => "connecting",
			Self::Syncing => "syncing",
			Self::Idle => "idle",
			Self::Mining => "mining",
			Self::Working => "working",
			Self::Stopping => "stopping",
		}
	}
}

/// Why the worker is not mining.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
	/// A stable word.
	pub code: String,
	/// The cause.
	pub message: String,
	/// What to do.
	pub remedy: String,
}

/// The node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
	/// Its address.
	pub url: String,
	/// Whether there is a connection.
	pub connected: bool,
	/// Connections that were made.
	pub connections: u64,
	/// Name of its chain.
	pub chain: Option<String>,
	/// Hash of the chain's genesis block.
	pub genesis: Option<H256>,
	/// Version of the runtime.
	pub spec_version: Option<u32>,
	/// Symbol and decimals of the chain's token.
	pub token: Option<(String, u32)>,
	/// Peers that it is connected to.
	pub peers: Option<u32>,
	/// Whether it is catching up.
	pub syncing: Option<bool>,
}

/// A block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
	/// Height.
	pub height: u32,
	/// Hash.
	pub hash: H256,
}

/// A piece of work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
	/// Height of the block to build.
	pub height: u32,
	/// Its slot.
	pub slot: u64,
	/// When it came.
	pub time: u64,
}

/// A submission that the node's pool took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Submission {
	/// Height of the block to build.
	pub height: u32,
	/// Its slot.
	pub slot: u64,
	/// What it earns if its block wins, in [0, 1].
	pub reward: f64,
	/// Hash of the transaction.
	pub transaction: H256,
	/// When it was taken.
	pub time: u64,
	/// Milliseconds from taking the work to the pool's yes.
	pub milliseconds: u64,
	/// Seconds since.
	pub age: u64,
}

/// Work that was not answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
	/// Height of the block to build.
	pub height: u32,
	/// Its slot.
	pub slot: u64,
	/// When.
	pub time: u64,
	/// A stable word.
	pub code: String,
	/// The cause and the remedy.
	pub message: String,
}

/// A block of this account that earned an award, as the chain has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rewarded {
	/// Height.
	pub height: u32,
	/// Hash.
	pub hash: H256,
	/// Normalised reward, in [0, 1].
	pub reward: f64,
	/// Award, before the supply cap.
	pub award: String,
	/// When it was seen.
	pub time: u64,
	/// Whether it is final.
	pub finalised: bool,
	/// Seconds since.
	pub age: u64,
}

/// Blocks of this account that earned an award since the worker started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocks {
	/// In the best chain, the final ones included.
	pub best: u64,
	/// Final.
	pub finalised: u64,
	/// Were in the best chain and are not any more.
	pub lost: u64,
	/// Sum of the awards of those in the best chain.
	pub awards_best: String,
	/// Sum of the awards of the final ones.
	pub awards_finalised: String,
}

impl Default for Blocks {
	fn default() -> Self {
		Self { best: 0, finalised: 0, lost: 0, awards_best: "0".into(), awards_finalised: "0".into() }
	}
}

/// What was counted since the worker started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
	/// Work items.
	pub work: u64,
	/// Submissions that the pool took.
	pub accepted: u64,
	/// Work items that ended without.
	pub rejected: u64,
	/// Work items that newer work replaced before they were answered.
	pub replaced: u64,
}

/// The agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Learning {
	/// Its environment.
	pub environment: Option<String>,
	/// Whether it learns.
	pub enabled: bool,
	/// `cpu` or `cuda:N`; nothing for a random player.
	pub device: Option<String>,
	/// Environment steps.
	pub steps: u64,
	/// Gradient steps.
	pub updates: u64,
	/// Environment steps a second, over half a minute.
	pub steps_per_second: f64,
	/// Gradient steps a second, over half a minute.
	pub updates_per_second: f64,
	/// Transitions in the replay buffer.
	pub remembered: u64,
	/// Transitions that came from the chain.
	pub from_chain: u64,
	/// Mean return of the last evaluation.
	#[serde(rename = "return")]
	pub mean_return: Option<f64>,
	/// Hash of the policy that plays.
	pub policy_hash: Option<H256>,
}

/// The checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
	/// The file.
	pub path: PathBuf,
	/// When it was written; nothing before the first time.
	pub time: Option<u64>,
	/// Seconds since.
	pub age: Option<u64>,
}

/// The state of a worker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
	/// Version of the worker.
	pub version: String,
	/// Its process.
	pub pid: u32,
	/// When it started.
	pub started: u64,
	/// Seconds since.
	pub uptime: u64,
	/// What it does.
	pub state: State,
	/// Since when.
	pub since: u64,
	/// Why it is not mining.
	pub reason: Option<Reason>,
	/// Whether it does what it should.
	pub healthy: bool,
	/// What is wrong.
	pub unhealthy: Vec<String>,
	/// The account that signs.
	pub account: String,
	/// The node.
	pub node: NodeStatus,
	/// The best block.
	pub best: Option<Head>,
	/// The last final block.
	pub finalised: Option<Head>,
	/// The last work.
	pub work: Option<Work>,
	/// The last submission that was taken.
	pub submission: Option<Submission>,
	/// The last work that was not answered.
	pub rejection: Option<Rejection>,
	/// The last block that earned an award and is in the best chain.
	pub rewarded: Option<Rewarded>,
	/// Blocks that earned an award.
	pub blocks: Blocks,
	/// Counters.
	pub counts: Counts,
	/// The agent.
	pub learning: Learning,
	/// The checkpoint, where one is kept.
	pub checkpoint: Option<Checkpoint>,
	/// Ages after which it is unhealthy.
	pub limits: Limits,
	/// What a worker of the task market has to tell; nothing where the worker mines.
	#[serde(default)]
	pub market: Option<Market>,
}

impl Default for Limits {
	fn default() -> Self {
		Self { work: 120, submission: 180, reward: 3600 }
	}
}

impl Status {
	/// Fills in what depends on the time.
	pub fn complete(&mut self, now: u64) {
		let age = |time: u64| now.saturating_sub(time) / 1_000;
		self.uptime = age(self.started);
		if let Some(submission) = &mut self.submission {
			submission.age = age(submission.time);
		}
		if let Some(rewarded) = &mut self.rewarded {
			rewarded.age = age(rewarded.time);
		}
		if let Some(checkpoint) = &mut self.checkpoint {
			checkpoint.age = checkpoint.time.map(age);
		}
		self.unhealthy = self.complaints(now);
		self.healthy = self.unhealthy.is_empty();
	}

	/// What is wrong. Ages count from the start, so a new worker has as long as any to get going.
	fn complaints(&self, now: u64) -> Vec<String> {
		let mut complaints = Vec::new();
		match self.state {
			State::Starting | State::Stopping => complaints.push(format!("the worker is {}", self.state.name())),
			_ if !self.node.connected => complaints.push(format!("not connected to {}", self.node.url)),
			_ => (),
		}
		// Who mines has something to do always, who works for the market only while there are tasks.
		let content =
			|state| state == State::Mining || (self.market.is_some() && matches!(state, State::Idle | State::Working));
		if let Some(reason) = self.reason.as_ref().filter(|_| !content(self.state)) {
			complaints.push(format!("{}: {}; {}", reason.code, reason.message, reason.remedy));
		}
		let mut complaints = Complaints { found: complaints, now };
		match &self.market {
			Some(market) => market.complain(self, &mut complaints),
			None => {
				let Limits { work, submission, reward } = self.limits;
				let mut check = |what, time, limit| complaints.age(what, time, limit, self.started);
				check("work", self.work.as_ref().map(|work| work.time), work);
				check("accepted submission", self.submission.as_ref().map(|last| last.time), submission);
				check("rewarded block", self.rewarded.as_ref().map(|last| last.time), reward);
			}
		}
		complaints.found
	}
}

/// What is found to be wrong.
pub(super) struct Complaints {
	found: Vec<String>,
	now: u64,
}

impl Complaints {
	pub(super) fn add(&mut self, complaint: String) {
		self.found.push(complaint);
	}

	/// Complains if the last time of something is further back than a limit in seconds; 0: never.
	pub(super) fn age(&mut self, what: &str, time: Option<u64>, limit: u64, started: u64) {
		let age = self.now.saturating_sub(time.unwrap_or(started)) / 1_000;
		if limit > 0 && age > limit {
			let never = if time.is_none() { ", since the start" } else { "" };
			self.add(format!("no {what} for {age} s{never} (limit {limit} s)"));
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// A worker that does well, at second 10,000.
	fn fine() -> Status {
		Status {
			state: State::Mining,
			started: 1_000_000,
			node: NodeStatus { url: "ws://a".into(), connected: true, ..NodeStatus::default() },
			work: Some(Work { time: 9_990_000, ..Work::default() }),
			submission: Some(Submission { time: 9_900_000, ..Submission::default() }),
			rewarded: Some(Rewarded { time: 9_000_000, ..Rewarded::default() }),
			..Status::default()
		}
	}

	fn complaints(status: Status) -> Vec<String> {
		let mut status = status;
		status.complete(10_000_000);
		assert_eq!(status.healthy, status.unhealthy.is_empty());
		status.unhealthy
	}

	#[test]
	fn a_worker_that_earns_should_be_healthy() {
		let mut status = fine();
		status.complete(10_000_000);
		assert!(status.healthy, "{:?}", status.unhealthy);
		assert_eq!((status.uptime, status.submission.map(|last| last.age)), (9_000, Some(100)));
	}

	#[test]
	fn whatever_is_too_old_should_be_told() {
		let found = complaints(Status { work: Some(Work { time: 9_800_000, ..Work::default() }), ..fine() });
		assert_eq!(found, ["no work for 200 s (limit 120 s)"]);
		let found = complaints(Status { rewarded: None, ..fine() });
		assert_eq!(found, ["no rewarded block for 9000 s, since the start (limit 3600 s)"]);
		let never = Limits { work: 0, submission: 0, reward: 0 };
		assert!(complaints(Status { work: None, submission: None, rewarded: None, limits: never, ..fine() }).is_empty());
		let young = Status { started: 9_990_000, work: None, submission: None, rewarded: None, ..fine() };
		assert!(complaints(young).is_empty(), "it has only begun");
	}

	#[test]
	fn a_worker_without_a_node_should_say_so() {
		let node = NodeStatus { connected: false, ..fine().node };
		let reason = Reason { code: "disconnected".into(), message: "no answer".into(), remedy: "start it".into() };
		let found = complaints(Status { state: State::Connecting, reason: Some(reason), node, ..fine() });
		assert_eq!(found, ["not connected to ws://a", "disconnected: no answer; start it"]);
		assert_eq!(complaints(Status { state: State::Starting, ..fine() }), ["the worker is starting"]);
	}

	#[test]
	fn a_status_should_survive_json() {
		let text = serde_json::to_string(&fine()).expect("JSON");
		assert!(text.contains("\"state\":\"mining\""), "{text}");
		assert_eq!(serde_json::from_str::<Status>(&text).expect("a status"), fine());
		for state in State::ALL {
			assert_eq!(serde_json::to_value(state).expect("JSON"), state.name());
		}
	}
}
