//! One task: what the worker has of it, and doing what [`decide`](super::decide) says.

use super::{
	check::{Checks, Goal},
	decide::{next, Action, Ending, Moment, Own, Training, Waiting},
	home::{Home, Record, Sealed},
	report::{training, words, Pace, Told},
	strategy::{weigh, weigh_known, weigh_rounding, Stakes},
	tell::{Token, Voice},
	trainer::{seed, Candidate, Plan, Progress, Trainer},
	warm::{self, Start, WarmStart},
	End,
};
use crate::{
	chain::{
		extrinsic::Encoder,
		keys::AuthorKey,
		market::{self, Call, Rehearsal, Task},
		records,
		rpc::Node,
		ChainError,
	},
	commands::Failure,
	monitor::{market::Task as Report, Monitor},
	store::{
		model::{Model, ModelCard, Network, CARD_VERSION},
		Store,
	},
};
use praxis_primitives_market::{TaskId, TaskState};
use serde_json::{json, Value};
use sp_core::{
	crypto::{AccountId32, Ss58Codec},
	H256,
};
use std::{cell::Cell, collections::BTreeMap};

/// What a worker has of a task.
#[derive(Debug)]
pub struct Job {
	/// On the disk.
	pub record: Record,
	trainer: Option<Trainer>,
	/// How far the training came that is over.
	trained: Option<Progress>,
	candidate: Option<Candidate>,
	/// What was told last, so that nothing is told with every block.
	told: String,
	progress: Progress,
	/// What is served of it.
	pub told_of: Option<Report>,
	/// What went wrong last, until it goes right.
	fault: Option<String>,
}

impl Job {
	/// A task of which all that is known stands in its record.
	pub fn new(record: Record) -> Self {
		let (told, progress) = (String::new(), Progress::default());
		Self { record, trainer: None, trained: None, candidate: None, told, progress, told_of: None, fault: None }
	}

	/// Takes note of how far training is, for whoever watches.
	pub fn watch(&mut self) {
		if let (Some(told), Some(trainer)) = (&mut self.told_of, &self.trainer) {
			told.training = Some(training(&trainer.progress()));
		}
	}

	/// Takes in what the training came to.
	fn collect(&mut self) -> Result<(), Failure> {
		let result = self.trainer.as_ref().and_then(Trainer::result);
		if let Some(result) = result {
			self.trained = self.trainer.take().as_ref().map(Trainer::progress);
			self.candidate = Some(result?);
		}
		Ok(())
	}

	fn own(&self, owner: &AccountId32, applied: bool) -> Result<Own, Failure> {
		let training = match (&self.candidate, &self.trainer) {
			(Some(_), _) => Training::Ready,
			(None, Some(_)) => Training::Running,
			(None, None) => Training::Idle,
		};
		let sealed = self.record.sealed.as_ref().map(|sealed| sealed.commitment(owner)).transpose()?;
		Ok(Own { owner: owner.clone(), applied, training, sealed, abstains: self.record.abstains.is_some() })
	}

	fn task(&self) -> TaskId {
		self.record.task
	}
}

/// What became of a call.
enum Sent {
	/// It is in the pool.
	Pooled,
	/// It would fail.
	Refused(String),
}

/// All that is the same for the tasks in one block.
pub struct Desk<'a> {
	pub node: &'a Node,
	pub encoder: &'a Encoder,
	pub key: &'a AuthorKey,
	pub owner: &'a AccountId32,
	pub home: &'a Home,
	pub store: &'a Store,
	pub voice: &'a Voice,
	pub monitor: &'a Monitor,
	pub pace: &'a Pace,
	pub token: &'a Token,
	/// The device to train on.
	pub device: &'a str,
	/// The model to begin training with.
	pub warm: Option<&'a WarmStart>,
	/// Part of a bond that is burnt without a commit, in billionths.
	pub slash: u32,
	/// The best block.
	pub at: H256,
	/// Its height.
	pub height: u32,
	/// The last final block.
	pub final_at: H256,
	/// The operator's next nonce.
	pub nonce: Cell<u32>,
}

impl Desk<'_> {
	/// Does what is to be done about a task now; gives how it ended, once that is final.
	pub async fn advance(&self, job: &mut Job) -> Result<Option<Ending>, End> {
		let id = job.task();
		let task = market::task(self.node, id, self.at).await?;
		let settled = market::task(self.node, id, self.final_at).await?;
		let open = |task: &Task| matches!(task.state, TaskState::Open { .. } | TaskState::Drawing { .. });
		let applied = match &task {
			Some(task) if open(task) => market::has_applied(self.node, id, self.owner, self.at).await?,
			_ => false,
		};
		let training = |task: &Task| open(task) || matches!(task.state, TaskState::Assigned { .. });
		let closed = settled.as_ref().is_some_and(|task| !training(task));
		let moment = Moment { height: self.height, closed };
		job.collect()?;
		loop {
			let own = job.own(self.owner, applied)?;
			let action = next(task.as_ref(), &own, moment);
			self.report(job, task.as_ref(), &action);
			match (action, &task) {
				(Action::Seal, Some(task)) => {
					self.seal(job, task).await?;
					// What is on the disk can be sent at once.
					continue;
				}
				(Action::Apply, _) => {
					let price = job.record.price.as_deref().and_then(|price| price.parse().ok());
					if let Some(price) = price {
						let sent = self.send(job, Call::Apply { task: id, price }).await?;
						if let Sent::Refused(reason) = sent {
							job.record.abstains = Some(reason);
							return Ok(Some(Ending::NotApplied));
						}
					}
				}
				(Action::Train, Some(task)) => {
					self.say(job, "training", json!({}), "training begins");
					job.trainer = Some(Trainer::start(self.plan(task).await?)?);
				}
				(Action::Finish, _) => {
					self.say(job, "finishing", json!({}), "the deadline is near: training ends with the best it has");
					job.trainer.iter().for_each(Trainer::finish);
				}
				(Action::Commit, _) => {
					if let Some(sealed) = job.record.sealed.clone() {
						let hash = sealed.commitment(self.owner)?;
						let call =
							Call::Commit { task: id, hash, cid: sealed.cid()?.to_bytes(), parent: sealed.parent };
						self.send(job, call).await?;
					}
				}
				(Action::Reveal, _) => {
					if let Some(sealed) = job.record.sealed.clone() {
						self.publish(job, &sealed)?;
						let call = Call::Reveal { task: id, policy: sealed.policy()?, salt: sealed.salt()? };
						self.send(job, call).await?;
					}
				}
				(Action::Wait(what), _) => self.wait(job, what),
				(Action::End(ending), _) => {
					// A fork may take it back; the policy and the salt are kept until it cannot.
					if matches!(next(settled.as_ref(), &own, moment), Action::End(_)) {
						return Ok(Some(ending));
					}
					self.say(job, "waiting", json!({ "for": "finality" }), "it is over, once that is final");
				}
				(Action::Seal | Action::Train, None) => {}
			}
			return Ok(None);
		}
	}

	/// Writes down what is served of a task.
	fn report(&self, job: &mut Job, task: Option<&Task>, action: &Action) {
		let Some(task) = task else { return };
		let told = Told {
			record: &job.record,
			task,
			action,
			progress: job.trainer.as_ref().map(Trainer::progress).or_else(|| job.trained.clone()),
			fault: job.fault.as_ref(),
		};
		job.told_of = Some(told.describe(self.pace));
	}

	/// Tells something about a task, unless it was told last.
	fn say(&self, job: &mut Job, event: &str, fields: Value, text: &str) {
		let line = format!("task {}: {text}", job.task());
		if job.told == line {
			return;
		}
		let mut fields = fields;
		fields["task"] = job.task().into();
		fields["height"] = self.height.into();
		self.voice.tell(event, fields, &line);
		job.told = line;
	}

	fn wait(&self, job: &mut Job, what: Waiting) {
		if what == Waiting::Training {
			let progress = job.trainer.as_ref().map(Trainer::progress).unwrap_or_default();
			if let Some(start) = progress.start.as_ref().filter(|start| job.progress.start.as_ref() != Some(start)) {
				self.say_start(job, start);
			}
			if let Some(lost) = progress.lost.filter(|lost| job.progress.lost.as_ref() != Some(lost)) {
				let (float, policy) = (lost.float.mean, lost.policy.mean);
				let fields = json!({ "float": float, "mean": policy, "meets": lost.policy.meets });
				let share = lost.policy.meets * 100.0;
				let text = format!(
					"the network meets the target ({float:.1}), what rounding left only in {share:.0} % of judgements \
					 ({policy:.1}): it is not submitted, training goes on"
				);
				self.say(job, "rounding", fields, &text);
			}
			if progress != job.progress {
				job.progress = progress.clone();
				let Progress { steps, last, best, .. } = progress;
				if last.is_none() {
					return;
				}
				let text = format!("step {steps}, return {:.1}, best {:.1}", last.unwrap_or(0.0), best.unwrap_or(0.0));
				self.say(job, "progress", json!({ "step": steps, "return": last, "best": best }), &text);
			}
			return;
		}
		let (word, text) = words(&Action::Wait(what));
		self.say(job, "waiting", json!({ "for": word }), text);
	}

	/// Tells what training began with.
	fn say_start(&self, job: &mut Job, start: &Start) {
		match start {
			Start::Fresh => {}
			Start::Parent(parent) => {
				let fields = json!({ "policy": parent.policy, "cid": parent.cid, "from": parent.from });
				let text =
					format!("training begins with the model of policy {:?}, from {}", parent.policy, parent.from);
				self.say(job, "parent", fields, &text);
			}
			Start::Fallback(reason) => {
				let text = format!("training begins with a fresh network: {reason}");
				self.say(job, "fallback", json!({ "reason": reason }), &text);
			}
		}
	}

	async fn plan(&self, task: &Task) -> Result<Plan, End> {
		let warm = match self.warm {
			Some(wish) => Some(warm::find(wish, self.node, &task.spec.environment, self.at).await?),
			None => None,
		};
		Ok(Plan {
			environment: task.spec.environment,
			goal: Goal { target: task.spec.target.to_f64(), episodes: task.spec.episodes },
			limits: task.spec.limits,
			seed: seed(self.owner, task.id),
			device: self.device.into(),
			folder: self.home.folder(task.id),
			counters: self.monitor.progress.clone(),
			warm,
			store: self.store.clone(),
		})
	}

	/// Weighs the trained policy; where it is to be committed, writes it down with a salt.
	async fn seal(&self, job: &mut Job, task: &Task) -> Result<(), End> {
		let Some(candidate) = job.candidate.take() else { return Ok(()) };
		let bond = task.assignments.iter().find(|ours| ours.owner == *self.owner).map_or(0, |ours| ours.bond);
		let floor = market::floor(self.node, &task.spec.environment, self.at).await?;
		let stakes = Stakes::new(task, bond, self.slash, floor);
		let policy = H256(candidate.policy.hash());
		let verdict = match weigh_rounding(&candidate.checks, &stakes) {
			Some(verdict) => verdict,
			None if records::model(self.node, &policy, self.at).await?.is_some() => weigh_known(&stakes),
			None => weigh(candidate.checks.policy.mean, &stakes),
		};
		if job.progress.start.is_none() {
			// Training was over before anybody looked.
			self.say_start(job, &candidate.start);
		}
		let Checks { float, policy: check } = candidate.checks;
		let fields = json!({
			"policy": policy,
			"parent": candidate.start.parent().map(|parent| parent.policy),
			"episodes": check.episodes,
			"mean": check.mean,
			"deviation": check.deviation,
			"meets": check.meets,
			"float": { "mean": float.mean, "deviation": float.deviation, "meets": float.meets },
			"steps": candidate.agent.steps,
			"floor": floor.to_f64(),
			"target": task.spec.target.to_f64(),
			"share": verdict.share,
			"commits": verdict.commits,
			"reason": verdict.reason,
		});
		self.say(job, "checked", fields, &verdict.reason);
		if verdict.commits {
			let model = self.model(task, &candidate)?;
			let private = Store::open(&self.home.folder(task.id).join("model")).map_err(Failure::from)?;
			let cid = model.write(&private).map_err(Failure::from)?;
			let parent = candidate.start.parent().map(|parent| parent.policy);
			job.record.sealed = Some(Sealed::new(&candidate.policy, &cid, parent));
		} else {
			job.record.abstains = Some(verdict.reason);
		}
		Ok(self.home.save(&job.record)?)
	}

	/// The model as others will find it.
	fn model(&self, task: &Task, candidate: &Candidate) -> Result<Model, Failure> {
		let file = self.home.folder(task.id).join("best.safetensors");
		candidate.agent.write(&file)?;
		let weights = std::fs::read(&file).map_err(|error| Failure::running("file", error))?;
		let config = &candidate.agent.config;
		let narrow = |width: usize| u32::try_from(width).unwrap_or(u32::MAX);
		let settings = serde_json::to_value(config).map_err(|error| Failure::running("settings", error))?;
		let mut training: BTreeMap<String, Value> = match settings {
			Value::Object(settings) => settings.into_iter().collect(),
			_ => BTreeMap::new(),
		};
		training.retain(|_, value| value.is_number() || value.is_boolean() || value.is_string());
		training.insert("steps".into(), candidate.agent.steps.into());
		training.insert("updates".into(), candidate.agent.updates.into());
		let card = ModelCard {
			version: CARD_VERSION,
			environment: task.spec.environment.to_string(),
			policy_hash: hex::encode(candidate.policy.hash()),
			// The CID is bound before the chain judges, so this is the worker's own measurement.
			verified_score: candidate.checks.policy.mean,
			parent: candidate.start.parent().and_then(|parent| parent.cid.clone()),
			network: Network {
				inputs: narrow(task.spec.environment.observation()),
				hidden: config.hidden.iter().map(|width| narrow(*width)).collect(),
				outputs: task.spec.environment.actions(),
				dueling: config.dueling,
			},
			training,
			creator: self.owner.to_ss58check(),
			created_at: self.height,
		};
		Ok(Model { weights, card })
	}

	/// Puts the model into the store that others are served from. Not before the reveal: the CID is public from the
	/// commit on, and who could fetch the model by it could commit a copy.
	fn publish(&self, job: &mut Job, sealed: &Sealed) -> Result<(), Failure> {
		let cid = sealed.cid()?;
		if self.store.has(&cid).unwrap_or(false) {
			return Ok(());
		}
		let copy = || {
			let private = Store::open(&self.home.folder(job.record.task).join("model"))?;
			Model::read(&private, &cid)?.write(self.store)
		};
		match copy().map_err(|error: crate::store::StoreError| error.to_string()) {
			Ok(found) if found == cid => {
				self.say(job, "stored", json!({ "cid": cid.to_string() }), &format!("the model is {cid}"));
			}
			// The bond is worth more than the store.
			Ok(found) => self.say(job, "store-failed", json!({}), &format!("the model is {found} and not {cid}")),
			Err(error) => self.say(job, "store-failed", json!({ "message": error }), &error),
		}
		Ok(())
	}

	/// Signs a call and hands it to the pool, if it would pass. The same call is sent with every block until it is in one:
	/// the pool refuses what it has.
	async fn send(&self, job: &mut Job, call: Call) -> Result<Sent, End> {
		let name = call.name();
		let extrinsic = market::signed(self.encoder, self.key, self.nonce.get(), call)?;
		if let Rehearsal::Refused(reason) = market::rehearse(self.node, self.encoder, &extrinsic, self.at).await? {
			self.refused(job, name, &reason);
			return Ok(Sent::Refused(reason));
		}
		/// The pool has the same transaction, or one with its nonce.
		const KNOWN: [i32; 2] = [1013, 1014];
		match self.node.submit(extrinsic).await {
			Ok(hash) => {
				self.nonce.set(self.nonce.get() + 1);
				job.fault = None;
				let fields = json!({ "call": name, "transaction": hash });
				self.say(job, "sent", fields, &format!("{name} is sent"));
			}
			Err(ChainError::Call { code, .. }) if KNOWN.contains(&code) => self.nonce.set(self.nonce.get() + 1),
			Err(error) if error.is_disconnect() => return Err(error.into()),
			Err(error) => {
				let reason = error.to_string();
				self.refused(job, name, &reason);
				if self.node.runtime_version().await? != self.encoder.version() {
					return Err(ChainError::decode("the runtime", "it was upgraded").into());
				}
			}
		}
		Ok(Sent::Pooled)
	}

	fn refused(&self, job: &mut Job, call: &str, reason: &str) {
		let text = format!("{call}: {reason}");
		self.say(job, "refused", json!({ "call": call, "reason": reason }), &text);
		job.fault = Some(text);
	}

	/// Writes down how a task ended, frees its space and tells.
	pub fn conclude(&self, job: &mut Job, ending: &Ending) -> Result<(), Failure> {
		let (word, fields, text) = match ending {
			Ending::NotApplied => ("not-applied", json!({}), "could not apply".into()),
			Ending::NotChosen => ("not-chosen", json!({}), "not chosen".into()),
			Ending::Cancelled => ("cancelled", json!({}), "the requester took it back".into()),
			Ending::Forgotten => ("forgotten", json!({}), "the chain does not know it any more".into()),
			Ending::Unjudged => ("unjudged", json!({}), "it could not be judged; the bond went back".into()),
			Ending::Settled(settlement) => {
				let score = settlement.score.map(|score| score.to_f64());
				let share = settlement.share.deconstruct();
				let fields = json!({
					"score": score,
					"share": share,
					"paid": settlement.paid.to_string(),
					"burnt": settlement.burnt.to_string(),
					"slashed": settlement.slashed.to_string(),
				});
				let judged = score.map_or_else(|| "not judged".into(), |score| format!("score {score:.2}"));
				let text = format!(
					"settled: {judged}, paid {}, slashed {}",
					self.token.show(settlement.paid),
					self.token.show(settlement.slashed)
				);
				("settled", fields, text)
			}
		};
		let mut ended = fields.clone();
		ended["outcome"] = word.into();
		job.record.ended = Some(ended);
		self.home.save(&job.record)?;
		self.home.clear(job.task())?;
		let event = if matches!(ending, Ending::Settled(_)) { "settled" } else { "ended" };
		let mut fields = fields;
		fields["outcome"] = word.into();
		self.say(job, event, fields, &text);
		Ok(())
	}
}
