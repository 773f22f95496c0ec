//! What lives as long as the command, and what happens while it is connected.

use super::{
	decide::Ending,
	home::{Home, Record},
	job::{Desk, Job},
	report::{self, Pace},
	strategy::{self, Surroundings, Wishes},
	tell::{Token, Voice},
	End, WorkArgs,
};
use crate::{
	chain::{
		extrinsic::Encoder,
		keys::AuthorKey,
		market::{self, Task},
		rpc::Node,
		submitter::now,
		ChainError,
	},
	commands::{store::serve_beside, Failure, Outcome},
	monitor::{
		market::{Market, Totals},
		server, Head, Limits, Monitor, Reason, State,
	},
	service,
	signals::Shutdown,
	store::Store,
};
use jsonrpsee::server::ServerHandle;
use praxis_primitives_market::{TaskId, TaskState};
use serde_json::json;
use sp_core::{
	crypto::{AccountId32, Ss58Codec},
	H256,
};
use std::{
	cell::Cell,
	collections::{BTreeMap, BTreeSet},
	path::PathBuf,
	process::ExitCode,
	sync::Arc,
	time::Duration,
};

/// Pauses between tries to reach the node.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Pause between two looks at the node's peers.
const LOOK: Duration = Duration::from_secs(5);

/// Pause between two looks at the training.
const WATCH: Duration = Duration::from_secs(1);

/// The tasks of one owner.
struct Office {
	owner: AccountId32,
	home: Home,
	jobs: BTreeMap<TaskId, Job>,
	/// Tasks that are over.
	over: BTreeSet<TaskId>,
	/// Why open tasks are left to others, as it was told.
	left: BTreeMap<TaskId, String>,
	totals: Totals,
}

impl Office {
	fn open(state: &std::path::Path, genesis: H256, owner: AccountId32) -> Result<Self, Failure> {
		let home = Home::open(state, genesis, &owner)?;
		let (over, running): (Vec<_>, Vec<_>) = home.load()?.into_iter().partition(|record| record.ended.is_some());
		let mut totals = Totals { earned: "0".into(), slashed: "0".into(), ..Totals::default() };
		over.iter().filter_map(|record| record.ended.as_ref()).for_each(|ended| report::count(&mut totals, ended));
		let over = over.into_iter().map(|record| record.task).collect();
		let jobs = running.into_iter().map(|record| (record.task, Job::new(record))).collect();
		Ok(Self { owner, home, jobs, over, left: BTreeMap::new(), totals })
	}

	fn knows(&self, task: TaskId) -> bool {
		self.jobs.contains_key(&task) || self.over.contains(&task)
	}
}

/// What lives as long as the command.
pub struct Work {
	pub args: WorkArgs,
	pub key: AuthorKey,
	pub store: Store,
	pub state: PathBuf,
	pub voice: Voice,
	monitor: Arc<Monitor>,
	genesis: Option<H256>,
	office: Option<Office>,
	/// The control API and the gateway.
	servers: Vec<ServerHandle>,
}

/// What is the same for one connection.
struct Link {
	node: Node,
	encoder: Encoder,
	token: Token,
	wishes: Wishes,
	slash: u32,
	pace: Pace,
}

impl Work {
	/// A worker that has not connected yet. `listed`: somebody asked for this very control address.
	pub fn new(
		args: WorkArgs,
		key: AuthorKey,
		store: Store,
		state: PathBuf,
		voice: Voice,
		listed: bool,
	) -> Result<Self, Failure> {
		let monitor = Arc::new(Monitor::new(&args.node, &key.address(), Limits::default()));
		let mut servers = Vec::new();
		let mut market = Market { max_block_age: args.max_block_age, ..Market::default() };
		if let Some(address) = args.gateway {
			let (address, server) = serve_beside(address, args.gateway_remote, store.clone())?;
			servers.push(server);
			let url = format!("http://{address}");
			voice.tell(
				"serving",
				json!({ "address": address.to_string() }),
				format!("serving the models at {url}/ipfs/"),
			);
			market.gateway = Some(url);
		}
		monitor.update(|status| status.market = Some(market));
		let control = server::open(args.control, args.control_remote, listed, &monitor)?;
		servers.extend(control.map(|(_, server)| server));
		Ok(Self { genesis: args.genesis, args, key, store, state, voice, monitor, office: None, servers })
	}

	/// Works until it is asked to end, or until one task is settled with `--once`.
	pub async fn run(mut self, mut shutdown: Shutdown) -> Outcome {
		service::ready();
		let sampler = self.monitor.clone();
		let sampling = tokio::spawn(async move {
			let mut ticks = tokio::time::interval(Duration::from_secs(1));
			loop {
				ticks.tick().await;
				sampler.sample();
			}
		});
		let ended = tokio::select! {
			signal = shutdown.wait() => Err(signal),
			outcome = self.keep_working() => Ok(outcome),
		};
		self.monitor.enter(State::Stopping, None);
		sampling.abort();
		for server in &self.servers {
			// It has been stopped already only where it failed.
			let _ = server.stop();
		}
		ended.unwrap_or_else(|signal| {
			let name = signal.name();
			let text = format!("{name}: ending; the state folder has all to go on from");
			self.voice.tell("stop", json!({ "reason": name }), text);
			Ok(ExitCode::SUCCESS)
		})
	}

	async fn keep_working(&mut self) -> Outcome {
		let mut pause = FIRST_PAUSE;
		let mut told = String::new();
		let connecting = Reason {
			code: "connecting".into(),
			message: format!("connecting to {}", self.args.node),
			remedy: "wait".into(),
		};
		self.monitor.enter(State::Connecting, Some(connecting));
		loop {
			let error = match self.connected(&mut pause).await {
				Ok(()) => return Ok(ExitCode::SUCCESS),
				Err(End::Failure(failure)) => return Err(failure),
				// What no retry could heal.
				Err(End::Chain(error @ ChainError::Address { .. })) => return Err(Failure::input("node", error)),
				Err(End::Chain(error @ ChainError::Transaction(_))) => return Err(Failure::running("release", error)),
				Err(End::Chain(error)) => error,
			};
			let (code, remedy) = error.advice();
			let message = error.to_string();
			let reason = Reason { code: code.into(), message: message.clone(), remedy: remedy.into() };
			self.monitor.update(|status| status.node.connected = false);
			self.monitor.enter(State::Connecting, Some(reason));
			if told != message {
				let text = format!("{message}; trying again");
				self.voice.tell("idle", json!({ "reason": code, "message": message, "remedy": remedy }), text);
				told = message;
			}
			tokio::time::sleep(pause).await;
			pause = (pause * 2).min(LONGEST_PAUSE);
		}
	}

	/// Works over one connection; ends without an error only after the one task of `--once`.
	async fn connected(&mut self, pause: &mut Duration) -> Result<(), End> {
		let node = Node::connect(&self.args.node).await?;
		let genesis = node.genesis_hash().await?;
		if let Some(expected) = self.genesis.filter(|expected| *expected != genesis) {
			return Err(ChainError::AnotherChain { url: self.args.node.clone(), found: genesis, expected }.into());
		}
		self.key.check_chain(&node.chain_type().await?).map_err(Failure::from)?;
		self.genesis = Some(genesis);
		let version = node.runtime_version().await?;
		let encoder = Encoder::new(&node.metadata().await?, genesis, version)?;
		let slash = market::no_commit_slash(&encoder)?;
		let (symbol, decimals) = node.token().await?;
		let token = Token { symbol: symbol.clone(), decimals };
		let chain = node.chain_name().await?;
		self.monitor.update(|status| {
			status.node.connected = true;
			status.node.connections += 1;
			status.node.chain = Some(chain.clone());
			status.node.genesis = Some(genesis);
			status.node.spec_version = Some(version.spec_version);
			status.node.token = Some((token.symbol.clone(), token.decimals));
		});
		let wishes = self.args.wishes(&token)?;
		let operator = self.key.account();
		let owner = market::owner_of(&node, &operator).await?.ok_or_else(|| unregistered(&operator))?;
		match &self.office {
			Some(office) if office.owner != owner => {
				let message = format!("this key works for {} now: restart the worker", owner.to_ss58check());
				return Err(Failure::running("owner", message).into());
			}
			Some(_) => {}
			None => self.office = Some(Office::open(&self.state, genesis, owner.clone())?),
		}
		let pace = Pace::new(node.slot_duration().await?);
		self.monitor.update(|status| {
			let market = status.market.get_or_insert_default();
			market.owner = Some(owner.to_ss58check());
			market.token = Some((symbol, decimals));
		});
		let mut link = Link { node, encoder, token, wishes, slash, pace };
		let header = link.node.best_header().await?;
		self.adopt(&link, header.hash()).await?;
		let tasks: Vec<TaskId> = self.office.iter().flat_map(|office| office.jobs.keys().copied()).collect();
		let text = format!("working for {} at block {}; tasks: {tasks:?}", owner.to_ss58check(), header.number());
		let fields = json!({
			"owner": owner.to_ss58check(),
			"operator": self.key.address(),
			"node": self.args.node,
			"chain": chain,
			"genesis": genesis,
			"height": header.number(),
			"tasks": tasks,
		});
		self.voice.tell("start", fields, text);
		*pause = FIRST_PAUSE;
		let mut heads = link.node.subscribe_best().await?;
		let (mut looks, mut watch) = (tokio::time::interval(LOOK), tokio::time::interval(WATCH));
		loop {
			if self.block(&mut link).await? && self.args.once {
				return Ok(());
			}
			loop {
				tokio::select! {
					head = heads.next() => match head {
						Some(Ok(_)) => break,
						Some(Err(error)) => return Err(ChainError::decode("a header", error).into()),
						None => return Err(link.node.cause(ChainError::decode("headers", "the subscription has ended")).into()),
					},
					_ = looks.tick() => self.look(&link.node).await?,
					_ = watch.tick() => self.watch(),
					error = link.node.disconnected() => return Err(error.into()),
				}
			}
		}
	}

	/// Looks at the training.
	fn watch(&mut self) {
		let Some(office) = &mut self.office else { return };
		office.jobs.values_mut().for_each(Job::watch);
		let tasks = office.jobs.values().filter_map(|job| job.told_of.clone()).collect();
		self.monitor.update(|status| status.market.get_or_insert_default().tasks = tasks);
	}

	/// Looks at the node's peers.
	async fn look(&self, node: &Node) -> Result<(), End> {
		match node.health().await {
			Ok(health) => self.monitor.update(|status| {
				status.node.peers = Some(health.peers);
				status.node.syncing = Some(health.is_syncing);
			}),
			Err(error) if error.is_disconnect() => return Err(error.into()),
			Err(error) => tracing::debug!(target: "work", "{error}"),
		}
		Ok(())
	}

	/// Puts what there is to tell where it is served.
	fn show(&self, link: &Link, best: Head, finalised: Option<Head>) {
		let Some(office) = &self.office else { return };
		let (tasks, left) =
			(office.jobs.values().filter_map(|job| job.told_of.clone()).collect(), office.left.len() as u64);
		let mut syncing = false;
		self.monitor.update(|status| {
			syncing = status.node.syncing == Some(true);
			let market = status.market.get_or_insert_default();
			if status.best.as_ref() != Some(&best) {
				market.block = Some(now());
			}
			market.tasks = tasks;
			market.left = left;
			market.totals = office.totals.clone();
			status.best = Some(best);
			status.finalised = finalised;
		});
		let reason = |code: &str, message: String, remedy: &str| {
			Some(Reason { code: code.into(), message, remedy: remedy.into() })
		};
		if syncing {
			let message = format!("{} is catching up", self.args.node);
			return self.monitor.enter(State::Syncing, reason("syncing", message, "wait"));
		}
		if !office.jobs.is_empty() {
			return self.monitor.enter(State::Working, None);
		}
		let (message, remedy) = match office.left.iter().next_back() {
			None => (format!("there is no open task on {}", link.node.url()), "wait"),
			Some((task, reason)) => (
				format!("{left} open tasks are left to others; task {task}: {reason}"),
				"wait; `config print work` shows which tasks it takes",
			),
		};
		self.monitor.enter(State::Idle, reason("no-task", message, remedy));
	}

	/// Takes up tasks that the chain says are this worker's and the state folder does not know.
	async fn adopt(&mut self, link: &Link, at: H256) -> Result<(), End> {
		let Some(office) = &mut self.office else { return Ok(()) };
		for task in market::my_tasks(&link.node, &self.key.account(), at).await? {
			if task.state.finished().is_some() || office.knows(task.id) {
				continue;
			}
			let ours = task.assignments.iter().any(|assignment| assignment.owner == office.owner)
				|| (task.assignments.is_empty() && market::has_applied(&link.node, task.id, &office.owner, at).await?);
			if ours {
				office.jobs.insert(task.id, Job::new(Record::new(task.id)));
			}
		}
		Ok(())
	}

	/// Does what the present block asks for. Gives whether a task was settled.
	async fn block(&mut self, link: &mut Link) -> Result<bool, End> {
		let header = link.node.best_header().await?;
		let (at, height) = (header.hash(), header.number());
		link.pace.see(height, now());
		let final_at = link.node.finalised_hash().await?;
		let settled = self.tasks(link, at, height, final_at).await?;
		let finalised =
			link.node.header(final_at).await?.map(|header| Head { height: header.number(), hash: final_at });
		self.show(link, Head { height, hash: at }, finalised);
		Ok(settled)
	}

	async fn tasks(&mut self, link: &Link, at: H256, height: u32, final_at: H256) -> Result<bool, End> {
		let Self { args, key, store, voice, monitor, office: Some(office), .. } = self else { return Ok(false) };
		let Office { owner, home, jobs, over, left, totals } = office;
		let desk = Desk {
			node: &link.node,
			encoder: &link.encoder,
			key,
			owner,
			home,
			store,
			voice,
			monitor,
			pace: &link.pace,
			token: &link.token,
			device: &args.device,
			warm: args.warm_start.as_ref(),
			slash: link.slash,
			at,
			height,
			final_at,
			nonce: Cell::new(link.node.nonce(&key.account(), at).await?),
		};
		if jobs.len() < args.max_tasks as usize {
			let open = market::open_tasks(&link.node, at).await?;
			left.retain(|id, _| open.iter().any(|task| task.id == *id && matches!(task.state, TaskState::Open { .. })));
			for task in open {
				if jobs.len() >= args.max_tasks as usize {
					break;
				}
				if jobs.contains_key(&task.id) || over.contains(&task.id) {
					continue;
				}
				match consider(&desk, link, &task).await? {
					Ok(price) => {
						let mut record = Record::new(task.id);
						record.price = Some(price.to_string());
						home.save(&record)?;
						jobs.insert(task.id, Job::new(record));
						left.remove(&task.id);
						let text =
							format!("task {}: {}, asking {}", task.id, task.spec.environment, link.token.show(price));
						let environment = task.spec.environment.to_string();
						let fields = json!({ "task": task.id, "environment": environment, "price": price.to_string() });
						voice.tell("chosen", fields, text);
					}
					Err(reason) if left.get(&task.id) != Some(&reason) => {
						let text = format!("task {} is left to others: {reason}", task.id);
						voice.tell("left", json!({ "task": task.id, "reason": reason }), text);
						left.insert(task.id, reason);
					}
					Err(_) => {}
				}
			}
		}
		let mut settled = false;
		let ids: Vec<TaskId> = jobs.keys().copied().collect();
		for id in ids {
			let Some(job) = jobs.get_mut(&id) else { continue };
			if let Some(ending) = desk.advance(job).await? {
				desk.conclude(job, &ending)?;
				settled |= matches!(ending, Ending::Settled(_) | Ending::Unjudged);
				job.record.ended.iter().for_each(|ended| report::count(totals, ended));
				jobs.remove(&id);
				over.insert(id);
			}
		}
		Ok(settled)
	}
}

/// The price to ask for a task, or why it is left to others.
async fn consider(desk: &Desk<'_>, link: &Link, task: &Task) -> Result<Result<u128, String>, End> {
	if task.state.finished().is_some() {
		return Ok(Err("it is over".into()));
	}
	let Some(worker) = market::worker(&link.node, desk.owner, desk.at).await? else {
		return Err(unregistered(&desk.key.account()).into());
	};
	let free = link.node.balance(desk.owner).await?.map_or(0, |(free, _)| free);
	let floor = market::floor(&link.node, &task.spec.environment, desk.at).await?;
	let operator = desk.key.account();
	let around = Surroundings { worker: &worker, operator: &operator, free, floor, height: desk.height };
	Ok(strategy::price(task, &link.wishes, &around))
}

/// What to do where the key works for nobody.
fn unregistered(operator: &AccountId32) -> Failure {
	let operator = operator.to_ss58check();
	Failure::input(
		"not-registered",
		format!(
			"{operator} works for nobody: let the owner sign workers.registerWorker({operator}, resources, endpoint), and this \
			 key workers.acceptOperator(owner)"
		),
	)
}

#[cfg(test)]
mod tests {
	use super::{super::fixtures::account, *};

	#[test]
	fn running_tasks_should_be_taken_up_and_ended_ones_not_when_the_worker_starts_again() {
		let folder = tempfile::tempdir().expect("a folder");
		let office = Office::open(folder.path(), H256::zero(), account(2)).expect("an office");
		let mut ended = Record::new(3);
		ended.ended = Some(json!({ "outcome": "settled" }));
		for record in [Record::new(5), ended] {
			office.home.save(&record).expect("a file");
		}
		drop(office);
		let office = Office::open(folder.path(), H256::zero(), account(2)).expect("an office");
		assert_eq!(office.jobs.keys().copied().collect::<Vec<_>>(), [5]);
		assert!(office.knows(3) && office.knows(5) && !office.knows(4));
	}

	#[test]
	fn stranger_should_be_told_how_to_register() {
		let failure = unregistered(&account(9));
		assert_eq!((failure.kind, failure.code), ("not-registered", 2));
		assert!(failure.message.contains("workers.registerWorker(") && failure.message.contains("acceptOperator"));
	}
}
