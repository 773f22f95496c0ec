//! What a running worker tells of itself: [`Status`] is its present state, [`Monitor`] is where the parts of the worker
//! put theirs, [`prometheus`] writes it for Prometheus, [`server`] serves it.

pub mod market;
pub mod prometheus;
pub mod server;
mod status;

pub use status::{
	Blocks, Checkpoint, Counts, Head, Learning, NodeStatus, Reason, Rejection, Rewarded, State, Status, Submission,
	Work,
};

use crate::chain::submitter::now;
use std::{
	collections::VecDeque,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, Mutex, MutexGuard,
	},
};

/// Seconds over which rates are taken.
const RATE_SECONDS: usize = 30;

/// Ages after which a worker counts as unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args, serde::Serialize, serde::Deserialize)]
#[command(next_help_heading = "Health")]
pub struct Limits {
	/// Unhealthy when the last work is older than this many seconds; 0: never.
	#[arg(long = "max-work-age", value_name = "SECONDS", default_value_t = 120)]
	pub work: u64,
	/// Unhealthy when the last accepted submission is older than this many seconds; 0: never.
	#[arg(long = "max-submission-age", value_name = "SECONDS", default_value_t = 180)]
	pub submission: u64,
	/// Unhealthy when the last rewarded block is older than this many seconds; 0: never.
	#[arg(long = "max-reward-age", value_name = "SECONDS", default_value_t = 3600)]
	pub reward: u64,
}

/// What the learning thread counts.
#[derive(Debug, Default)]
pub struct Progress {
	/// Environment steps in its simulation and those that it played on the chain.
	pub steps: AtomicU64,
	/// Gradient steps.
	pub updates: AtomicU64,
	/// Transitions in the replay buffer.
	pub remembered: AtomicU64,
	/// Transitions that came from the chain.
	pub from_chain: AtomicU64,
}

#[derive(Debug)]
struct Inner {
	status: Status,
	/// Steps and updates, once a second.
	samples: VecDeque<(u64, u64, u64)>,
}

/// The worker's present state. Shared by its parts.
#[derive(Debug)]
pub struct Monitor {
	inner: Mutex<Inner>,
	/// Counted by the learning thread.
	pub progress: Arc<Progress>,
}

impl Monitor {
	/// Of a worker that starts now.
	pub fn new(node: &str, account: &str, limits: Limits) -> Self {
		let status = Status {
			version: env!("CARGO_PKG_VERSION").into(),
			pid: std::process::id(),
			started: now(),
			account: account.into(),
			node: NodeStatus { url: node.into(), ..NodeStatus::default() },
			limits,
			..Status::default()
		};
		let samples = VecDeque::with_capacity(RATE_SECONDS + 1);
		Self { inner: Mutex::new(Inner { status, samples }), progress: Arc::default() }
	}

	fn lock(&self) -> MutexGuard<'_, Inner> {
		self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	/// Changes the state.
	pub fn update(&self, change: impl FnOnce(&mut Status)) {
		change(&mut self.lock().status);
	}

	/// Goes into a state, with the reason where it is not the one that is wanted.
	pub fn enter(&self, state: State, reason: Option<Reason>) {
		self.update(|status| {
			// On the way out nothing else counts.
			if status.state != State::Stopping {
				if status.state != state {
					status.since = now();
				}
				status.state = state;
				status.reason = reason;
			}
		});
	}

	/// Learning begins, from so many steps and updates: what a checkpoint brought along was not done now.
	pub fn begin(&self, steps: u64, updates: u64) {
		self.progress.steps.store(steps, Ordering::Relaxed);
		self.progress.updates.store(updates, Ordering::Relaxed);
		self.lock().samples.clear();
	}

	/// Takes a sample for the rates; to be called once a second.
	pub fn sample(&self) {
		let sample =
			(now(), self.progress.steps.load(Ordering::Relaxed), self.progress.updates.load(Ordering::Relaxed));
		let samples = &mut self.lock().samples;
		if samples.len() > RATE_SECONDS {
			samples.pop_front();
		}
		samples.push_back(sample);
	}

	/// The state at this moment.
	pub fn status(&self) -> Status {
		let inner = self.lock();
		let mut status = inner.status.clone();
		let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
		status.learning.steps = load(&self.progress.steps);
		status.learning.updates = load(&self.progress.updates);
		status.learning.remembered = load(&self.progress.remembered);
		status.learning.from_chain = load(&self.progress.from_chain);
		if let (Some(first), Some(last)) = (inner.samples.front(), inner.samples.back()) {
			let seconds = last.0.saturating_sub(first.0) as f64 / 1_000.0;
			if seconds > 0.0 {
				status.learning.steps_per_second = last.1.saturating_sub(first.1) as f64 / seconds;
				status.learning.updates_per_second = last.2.saturating_sub(first.2) as f64 / seconds;
			}
		}
		drop(inner);
		status.complete(now());
		status
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const LIMITS: Limits = Limits { work: 120, submission: 180, reward: 3600 };

	#[test]
	fn rates_should_come_from_the_last_half_minute() {
		let monitor = Monitor::new("ws://a", "5G", LIMITS);
		for second in 0..40u64 {
			monitor.lock().samples.push_back((second * 1_000, second * 500, second * 8));
			if monitor.lock().samples.len() > RATE_SECONDS {
				monitor.lock().samples.pop_front();
			}
		}
		let learning = monitor.status().learning;
		assert!((learning.steps_per_second - 500.0).abs() < 1e-9);
		assert!((learning.updates_per_second - 8.0).abs() < 1e-9);
		for _ in 0..100 {
			monitor.sample();
		}
		assert_eq!(monitor.lock().samples.len(), RATE_SECONDS + 1);
	}

	#[test]
	fn rates_should_leave_out_what_a_checkpoint_brought_along() {
		let monitor = Monitor::new("ws://a", "5G", LIMITS);
		monitor.lock().samples.push_back((0, 0, 0));
		monitor.begin(5_000, 3_000);
		monitor.sample();
		let learning = monitor.status().learning;
		assert_eq!((learning.steps, learning.updates), (5_000, 3_000));
		assert_eq!((learning.steps_per_second, learning.updates_per_second), (0.0, 0.0));
	}

	#[test]
	fn nothing_should_call_a_worker_back_that_stops() {
		let monitor = Monitor::new("ws://a", "5G", LIMITS);
		monitor.enter(State::Stopping, None);
		monitor.enter(State::Mining, None);
		assert_eq!(monitor.status().state, State::Stopping);
	}
}
