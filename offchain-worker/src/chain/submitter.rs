//! Answers work: plays it, signs the submission and gets it into the node's pool before the deadline.
//!
//! A slow call holds nothing back: an answer under way is dropped when newer work comes, and given up at its deadline.
//!
//! There is one submitter per key. A submission is bound to its parent, slot and step, so it can neither be replayed
//! nor be included twice, and a failed one costs nothing: the next attempt is signed anew. The nonce is read from the
//! state at the parent, so submissions that never made it into a block leave no gap.

use super::{
	extrinsic::{Encoder, Submission},
	keys::AuthorKey,
	rpc::Node,
	turn::Turn,
	types::Work,
	ChainError,
};
use praxis_environment::Real;
use sp_core::{crypto::AccountId32, H256};
use std::{
	future::Future,
	sync::Arc,
	time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{mpsc, watch};

/// The most copies of one submission that are signed for one work item.
const MAX_TRIES: u32 = 8;

/// Pause before the third and every later try, in milliseconds: long enough for the pool to move to another block.
const PAUSE_MS: u64 = 60;

/// Time that the node needs to take a transaction in, in milliseconds. A try that starts later than this before the
/// deadline would be too late.
const MARGIN_MS: u64 = 20;

/// Unix time in milliseconds.
pub fn now() -> u64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// A turn and the policy that took it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
	/// The turn.
	pub turn: Turn,
	/// Hash of the policy.
	pub policy_hash: H256,
}

/// Plays work.
pub trait Player {
	/// The answer to a work item, or why there is none.
	fn play(&self, work: Arc<Work>) -> impl Future<Output = Result<Answer, String>> + Send;
}

/// What became of a work item.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
	/// The pool took the submission.
	Submitted {
		/// The work.
		work: Arc<Work>,
		/// Which copy it was.
		attempt: u32,
		/// What it earns if its block wins.
		reward: Real,
		/// Hash of the transaction.
		transaction: H256,
		/// Milliseconds from taking the work to the pool's yes.
		took: u64,
	},
	/// Newer work came before it was answered.
	Replaced {
		/// The work.
		work: Arc<Work>,
	},
	/// It was not submitted.
	Rejected {
		/// The work.
		work: Arc<Work>,
		/// A stable word.
		reason: &'static str,
		/// The cause and the remedy.
		message: String,
	},
}

/// Numbers the copies of submissions: upwards within a slot, so that a later one replaces an earlier one in the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
	slot: u64,
	next: u32,
}

impl Attempts {
	/// The number of the next copy in `slot`.
	pub fn next(&mut self, slot: u64) -> u32 {
		if slot != self.slot {
			*self = Self { slot, next: 0 };
		}
		let attempt = self.next;
		self.next += 1;
		attempt
	}
}

/// What to do after the pool's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
	/// Sign the next copy.
	Retry,
	/// The pool is not at that parent: not yet, or not any more.
	Elsewhere,
	/// It is there already.
	Accepted,
	/// Sign it for the runtime's present version.
	Refresh,
	/// No copy would fare better.
	GiveUp(&'static str, String),
	/// The connection is gone.
	Disconnected,
}

/// Judges an error of `author_submitExtrinsic`.
pub fn judge(error: &ChainError) -> Verdict {
	let ChainError::Call { code, message, data, .. } = error else {
		return match error {
			ChainError::Connection { .. } => Verdict::Disconnected,
			other => Verdict::GiveUp("error", other.to_string()),
		};
	};
	let details = data.as_deref().unwrap_or_default();
	match code {
		// Bytes that this runtime does not decode or whose signature covers another version: most often an upgrade.
		1001 | 1002 => Verdict::Refresh,
		1010 if details.contains("bad signature") => Verdict::Refresh,
		1010 if details.contains("pay some fees") => Verdict::GiveUp(
			"no-account",
			"the account does not exist in the state of that parent: it needs at least the existential deposit".into(),
		),
		1010 if details.contains("Custom error: 104") => Verdict::GiveUp(
			"no-bond",
			"the key's account may not author the next block: is it bonded and active?".into(),
		),
		1010 if details.contains("Custom error: 101") => Verdict::Elsewhere,
		// Invalid for the pool's view (a stale copy, a moved best block), unknown validity, banned bytes, too low a
		// priority, or a full pool: another copy may fare better.
		1010 | 1011 | 1012 | 1014 | 1016 | 1021 => Verdict::Retry,
		1013 => Verdict::Accepted,
		1018 => Verdict::GiveUp(
			"not-an-authority",
			"the node does not author, and submissions are not propagated: use the author's own node (--node)".into(),
		),
		_ => Verdict::GiveUp("refused", format!("{message} (code {code}, {details})")),
	}
}

/// Answers the newest work, one after the other, until the connection is gone.
pub struct Submitter<'a, P> {
	/// The node.
	pub node: &'a Node,
	/// Signs.
	pub key: &'a AuthorKey,
	/// Makes transactions.
	pub encoder: Encoder,
	/// Hash of the chain's genesis block.
	pub genesis: H256,
	/// Chooses the actions.
	pub player: &'a P,
	/// Is told what became of the work.
	pub reports: mpsc::UnboundedSender<Report>,
}

impl<P: Player> Submitter<'_, P> {
	/// Runs until the connection is gone or the work's sender is.
	pub async fn run(mut self, mut work: watch::Receiver<Option<Arc<Work>>>, attempts: &mut Attempts) -> ChainError {
		let mut ended = work.changed().await.is_err();
		while !ended {
			let Some(item) = work.borrow_and_update().clone() else {
				ended = work.changed().await.is_err();
				continue;
			};
			let report = tokio::select! {
				biased;
				report = in_time(&item, self.answer(&item, attempts)) => match report {
					Ok(report) => report,
					Err(error) => return error,
				},
				changed = work.changed() => {
					let _ = self.reports.send(Report::Replaced { work: item });
					ended = changed.is_err();
					continue;
				}
			};
			// Nobody listens any more only while the worker ends.
			let _ = self.reports.send(report);
			ended = work.changed().await.is_err();
		}
		ChainError::decode("work", "the subscription has ended")
	}

	/// What became of the work. An error is a lost connection. It may be dropped at any await.
	async fn answer(&mut self, work: &Arc<Work>, attempts: &mut Attempts) -> Result<Report, ChainError> {
		let started = now();
		let rejected = |reason, message: String| Ok(Report::Rejected { work: work.clone(), reason, message });
		if let Some(message) = not_ours(&work.author, self.key) {
			return rejected("another-author", message);
		}
		let account = self.key.account();
		let (answer, nonce) = tokio::join!(self.player.play(work.clone()), self.node.nonce(&account, work.parent));
		let answer = match answer {
			Ok(answer) => answer,
			Err(error) => return rejected("policy", error),
		};
		let nonce = match nonce {
			Ok(nonce) => nonce,
			Err(error) if error.is_disconnect() => return Err(error),
			Err(error) => return rejected("nonce", error.to_string()),
		};
		let mut last = String::from("the work came too late");
		for tries in 0..MAX_TRIES {
			if now() + MARGIN_MS >= work.deadline {
				return rejected(
					"deadline",
					format!("{} ms after the work was taken: {last}", now().saturating_sub(started)),
				);
			}
			let attempt = attempts.next(work.slot);
			let submission = Submission {
				parent: work.parent,
				slot: work.slot,
				attempt,
				step: work.step,
				actions: answer.turn.actions.clone(),
				reward: answer.turn.reward,
				policy_hash: answer.policy_hash,
			};
			let extrinsic = match self.encoder.submit_transitions(self.key, nonce, submission) {
				Ok(extrinsic) => extrinsic,
				Err(error) => return rejected("transaction", error.to_string()),
			};
			let submitted = |transaction| {
				let took = now().saturating_sub(started);
				let (work, reward) = (work.clone(), answer.turn.reward);
				Ok(Report::Submitted { work, attempt, reward, transaction, took })
			};
			let transaction = <sp_core::Blake2Hasher as sp_core::Hasher>::hash(&extrinsic);
			let error = match self.node.submit(extrinsic).await {
				Ok(transaction) => return submitted(transaction),
				Err(error) => error,
			};
			last = error.to_string();
			tracing::debug!(target: "mine", slot = work.slot, attempt, "{last}");
			match judge(&error) {
				Verdict::Accepted => return submitted(transaction),
				Verdict::Disconnected => return Err(error),
				Verdict::GiveUp(reason, message) => return rejected(reason, message),
				Verdict::Refresh => match self.refresh().await {
					Ok(true) => (),
					Ok(false) if tries > 0 => return rejected("refused", last),
					Ok(false) => (),
					Err(error) if error.is_disconnect() => return Err(error),
					Err(error) => return rejected("metadata", error.to_string()),
				},
				Verdict::Elsewhere if tries > 0 => match self.node.best_header().await {
					// The pool follows the best block, so what stands upon the same parent closes it.
					Ok(best) if best.parent_hash == work.parent => {
						let message =
							"another block upon the same parent was imported before the submission was in the pool";
						return rejected("overtaken", message.into());
					}
					Ok(_) => (),
					Err(error) if error.is_disconnect() => return Err(error),
					Err(error) => last = error.to_string(),
				},
				Verdict::Retry | Verdict::Elsewhere => (),
			}
			if tries > 0 {
				tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
			}
		}
		rejected("refused", last)
	}

	/// Reads the metadata anew if the runtime has been upgraded, and says whether it was.
	async fn refresh(&mut self) -> Result<bool, ChainError> {
		let version = self.node.runtime_version().await?;
		if version == self.encoder.version() {
			return Ok(false);
		}
		tracing::info!(target: "mine", spec_version = version.spec_version, "the runtime was upgraded");
		self.encoder = Encoder::new(&self.node.metadata().await?, self.genesis, version)?;
		Ok(true)
	}
}

/// An answer, or a rejection at the work's deadline. A call to the node may take longer than a slot.
async fn in_time(
	work: &Arc<Work>,
	answer: impl Future<Output = Result<Report, ChainError>>,
) -> Result<Report, ChainError> {
	let started = now();
	// The deadline is the node's clock, which is a little behind or ahead of ours; a try checks it by itself.
	let left = Duration::from_millis(work.deadline.saturating_sub(started));
	tokio::time::timeout(left, answer).await.unwrap_or_else(|_| {
		let message = format!(
			"{} ms after the work was taken the policy or the node had not answered; is the machine overloaded?",
			now().saturating_sub(started)
		);
		Ok(Report::Rejected { work: work.clone(), reason: "deadline", message })
	})
}

/// Why this key cannot answer the work of `author`, if it cannot.
fn not_ours(author: &AccountId32, key: &AuthorKey) -> Option<String> {
	use sp_core::crypto::Ss58Codec;
	if *author == key.account() {
		return None;
	}
	Some(format!(
		"the node authors for {}, and the key is that of {}: give the key of the node's author, or name the node that this account registered with",
		author.to_ss58check(),
		key.address()
	))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn refusal(code: i32, data: Option<&str>) -> ChainError {
		ChainError::Call {
			method: "author_submitExtrinsic".into(),
			code,
			message: "Invalid Transaction".into(),
			data: data.map(Into::into),
		}
	}

	#[test]
	fn attempts_should_rise_within_a_slot_and_start_again_in_the_next() {
		let mut attempts = Attempts::default();
		assert_eq!([attempts.next(7), attempts.next(7), attempts.next(7)], [0, 1, 2]);
		assert_eq!([attempts.next(8), attempts.next(8)], [0, 1]);
	}

	#[test]
	fn stale_and_banned_copies_should_be_signed_again() {
		for code in [1010, 1012, 1014] {
			assert_eq!(judge(&refusal(code, Some("Transaction is outdated"))), Verdict::Retry, "{code}");
		}
		assert_eq!(judge(&refusal(1010, Some("Custom error: 101"))), Verdict::Elsewhere);
		assert_eq!(judge(&refusal(1013, None)), Verdict::Accepted);
	}

	#[test]
	fn an_upgraded_runtime_should_be_noticed() {
		assert_eq!(judge(&refusal(1010, Some("Transaction has a bad signature"))), Verdict::Refresh);
		assert_eq!(judge(&refusal(1002, Some("..."))), Verdict::Refresh);
	}

	#[test]
	fn hopeless_refusals_should_end_with_a_remedy() {
		let words = |verdict| match verdict {
			Verdict::GiveUp(reason, message) => (reason, message),
			other => panic!("{other:?}"),
		};
		let (reason, message) = words(judge(&refusal(1018, None)));
		assert!(reason == "not-an-authority" && message.contains("--node"), "{message}");
		let (reason, _) =
			words(judge(&refusal(1010, Some("Inability to pay some fees (e.g. account balance too low)"))));
		assert_eq!(reason, "no-account");
		assert_eq!(words(judge(&refusal(1010, Some("Custom error: 104")))).0, "no-bond");
		assert_eq!(words(judge(&refusal(-32601, None))).0, "refused");
		let lost = ChainError::Connection { url: "ws://a".into(), reason: "gone".into() };
		assert_eq!(judge(&lost), Verdict::Disconnected);
	}

	fn work(deadline: u64) -> Arc<Work> {
		Arc::new(Work {
			parent: H256::zero(),
			number: 7,
			slot: 9,
			step: 0,
			state: praxis_environment::AnyState::reset(
				praxis_environment::EnvironmentId::CartPole,
				&praxis_environment::Seed([1; 32]),
			),
			noise: praxis_environment::Seed([2; 32]),
			steps: 4,
			author: AccountId32::new([3; 32]),
			deadline,
		})
	}

	#[tokio::test]
	async fn an_answer_should_be_given_up_at_the_deadline() {
		for deadline in [0, now() + 50] {
			let work = work(deadline);
			let report = in_time(&work, std::future::pending()).await.expect("a report");
			assert!(matches!(report, Report::Rejected { reason: "deadline", .. }), "{report:?}");
		}
		let work = work(now() + 60_000);
		let replaced = Report::Replaced { work: work.clone() };
		let report = in_time(&work, async { Ok(replaced.clone()) }).await.expect("a report");
		assert_eq!(report, replaced);
	}

	#[test]
	fn work_of_another_author_should_be_explained() {
		let key = AuthorKey::from_secret("//Alice", "test").expect("a key");
		assert_eq!(not_ours(&key.account(), &key), None);
		let other = AuthorKey::from_secret("//Bob", "test").expect("a key");
		let message = not_ours(&other.account(), &key).expect("not ours");
		assert!(message.contains(&key.address()) && message.contains(&other.address()), "{message}");
	}
}
