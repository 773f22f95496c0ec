//! `worker`: registers a worker of the task market and shows how it stands.

mod view;

use super::{
	client::{address, block_on, parse_account, Chain, NodeArgs, Sent, Signing, SigningArgs},
	Failure, Outcome,
};
use crate::{
	chain::{
		calls::{self, workers, PalletCall},
		keys::AuthorKey,
		market,
	},
	store::client::Peer,
};
use praxis_primitives_market::Resources;
use serde_json::{json, Value};
use sp_core::crypto::AccountId32;
use std::{path::PathBuf, process::ExitCode};

/// Most bytes of an endpoint.
const LONGEST_ENDPOINT: usize = 128;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob praxis-worker worker register --operator 5CRXZ… --endpoint http://192.0.2.7:9965 --fund 1
  PRAXIS_KEY=//Bob//operator praxis-worker worker accept --owner 5FHne…
  praxis-worker worker status 5FHne…
  PRAXIS_KEY=//Bob praxis-worker worker withdraw

The owner holds deposit, bonds and payouts; its key can stay on another machine. The operator's key is in the worker's
machine (`praxis-worker work`): it applies, commits and reveals, and can move no other money than the fees it was sent.
`worker status --key-file operator.key` shows a key's address.";

/// The options of `worker`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct WorkerArgs {
	#[command(subcommand)]
	command: WorkerCommand,
	#[command(flatten)]
	node: NodeArgs,
}

#[derive(Debug, clap::Subcommand)]
enum WorkerCommand {
	/// Owner: register a worker and name its operator; a deposit goes on hold.
	Register(RegisterArgs),
	/// Operator: agree to work for an owner.
	Accept(AcceptArgs),
	/// Show a worker: who owns and operates it, its reputation, its tasks, its money.
	Status(StatusArgs),
	/// Owner or operator: change what the worker says of its machine.
	Update(UpdateArgs),
	/// Owner: name another operator; the former one's right ends at once.
	SetOperator(SetOperatorArgs),
	/// Operator: work for nobody any more.
	Resign(PlainArgs),
	/// Owner: leave; no more tasks, and the deposit is free after a while.
	Withdraw(PlainArgs),
	/// Owner: release the deposit of a worker that has left; its reputation is forgotten.
	Release(PlainArgs),
}

/// Who is to operate a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Operator {
	/// The owner itself.
	Owner,
	/// This account.
	Account(AccountId32),
}

fn parse_operator(text: &str) -> Result<Operator, String> {
	match text {
		"self" => Ok(Operator::Owner),
		address => parse_account(address).map(Operator::Account),
	}
}

fn parse_endpoint(text: &str) -> Result<String, String> {
	if text.len() > LONGEST_ENDPOINT {
		return Err(format!("it has more than {LONGEST_ENDPOINT} bytes"));
	}
	if !text.is_empty() {
		text.parse::<Peer>()?;
	}
	Ok(text.into())
}

/// What a machine has.
#[derive(Clone, Debug, clap::Args)]
struct MachineArgs {
	/// Processor cores; as this machine has, if not given.
	#[arg(long)]
	cores: Option<u16>,
	/// Memory, in MiB; as this machine has, if not given.
	#[arg(long, value_name = "MIB")]
	memory: Option<u32>,
	/// Graphics processors.
	#[arg(long)]
	gpus: Option<u8>,
	/// Memory of one of them, in MiB.
	#[arg(long, value_name = "MIB")]
	gpu_memory: Option<u32>,
}

impl MachineArgs {
	fn resources(&self, otherwise: Resources) -> Resources {
		Resources {
			cores: self.cores.unwrap_or(otherwise.cores),
			memory: self.memory.unwrap_or(otherwise.memory),
			gpus: self.gpus.unwrap_or(otherwise.gpus),
			gpu_memory: self.gpu_memory.unwrap_or(otherwise.gpu_memory),
		}
	}
}

/// What this machine has, as far as it is easily known.
fn this_machine() -> Resources {
	let cores = std::thread::available_parallelism().map_or(1, |cores| u16::try_from(cores.get()).unwrap_or(u16::MAX));
	let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
	let kib =
		meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB")?.trim().parse().ok());
	let memory = kib.map_or(0, |kib: u64| u32::try_from(kib >> 10).unwrap_or(u32::MAX));
	Resources { cores, memory, gpus: 0, gpu_memory: 0 }
}

const REGISTER_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob praxis-worker worker register --operator 5CRXZ… --endpoint http://192.0.2.7:9965 --fund 1
  praxis-worker worker register --operator self --key-file bob.key --cores 8 --gpus 1 --gpu-memory 24000 --dry-run

The operator is another account, which must agree (`worker accept`), or `self`. --fund sends it money for its fees first.
The endpoint is where `praxis-worker store serve` of this worker is reached: others fetch models there.";

#[derive(Debug, clap::Args)]
#[command(after_help = REGISTER_EXAMPLES)]
struct RegisterArgs {
	/// Who signs the worker's calls: an address, or `self`.
	#[arg(long, value_name = "ADDRESS", value_parser = parse_operator)]
	operator: Operator,
	/// URL of the worker's model gateway.
	#[arg(long, value_name = "URL", default_value = "", value_parser = parse_endpoint)]
	endpoint: String,
	#[command(flatten)]
	machine: MachineArgs,
	/// Send the operator this much for its fees, in tokens.
	#[arg(long, value_name = "AMOUNT")]
	fund: Option<String>,
	#[command(flatten)]
	signing: SigningArgs,
}

const ACCEPT_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob//operator praxis-worker worker accept --owner 5FHne…
  praxis-worker worker accept --owner 5FHne… --key-file operator.key --json";

#[derive(Debug, clap::Args)]
#[command(after_help = ACCEPT_EXAMPLES)]
struct AcceptArgs {
	/// The worker's owner, who named this key.
	#[arg(long, value_name = "ADDRESS", value_parser = parse_account)]
	owner: AccountId32,
	#[command(flatten)]
	signing: SigningArgs,
}

const STATUS_EXAMPLES: &str = "\
Examples:
  praxis-worker worker status 5FHne…
  PRAXIS_KEY=//Bob//operator praxis-worker worker status --json

Of an account that neither owns nor operates a worker it shows the balance, and ends with exit code 2.";

#[derive(Debug, clap::Args)]
#[command(after_help = STATUS_EXAMPLES)]
struct StatusArgs {
	/// The owner or the operator; otherwise that of the key.
	#[arg(value_name = "ADDRESS", value_parser = parse_account)]
	account: Option<AccountId32>,
	/// The file with the key whose account is meant; else the environment variable PRAXIS_KEY.
	#[arg(long, value_name = "FILE")]
	key_file: Option<PathBuf>,
}

const UPDATE_EXAMPLES: &str = "\
Examples:
  praxis-worker worker update --endpoint http://192.0.2.8:9965 --key-file operator.key
  PRAXIS_KEY=//Bob praxis-worker worker update --gpus 2

What is not given stays as it is.";

#[derive(Debug, clap::Args)]
#[command(after_help = UPDATE_EXAMPLES)]
struct UpdateArgs {
	/// URL of the worker's model gateway.
	#[arg(long, value_name = "URL", value_parser = parse_endpoint)]
	endpoint: Option<String>,
	#[command(flatten)]
	machine: MachineArgs,
	#[command(flatten)]
	signing: SigningArgs,
}

const SET_OPERATOR_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob praxis-worker worker set-operator --operator 5CRXZ… --fund 0.5
  praxis-worker worker set-operator --operator self --key-file bob.key";

#[derive(Debug, clap::Args)]
#[command(after_help = SET_OPERATOR_EXAMPLES)]
struct SetOperatorArgs {
	/// Who signs the worker's calls: an address, or `self`.
	#[arg(long, value_name = "ADDRESS", value_parser = parse_operator)]
	operator: Operator,
	/// Send the operator this much for its fees, in tokens.
	#[arg(long, value_name = "AMOUNT")]
	fund: Option<String>,
	#[command(flatten)]
	signing: SigningArgs,
}

const PLAIN_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob praxis-worker worker withdraw
  praxis-worker worker release --key-file bob.key --dry-run
  praxis-worker worker resign --key-file operator.key";

#[derive(Debug, clap::Args)]
#[command(after_help = PLAIN_EXAMPLES)]
struct PlainArgs {
	#[command(flatten)]
	signing: SigningArgs,
}

/// Runs the command.
pub fn run(args: WorkerArgs) -> Outcome {
	block_on(async move {
		let chain = Chain::connect(&args.node).await?;
		match args.command {
			WorkerCommand::Register(args) => register(&chain, &args).await,
			WorkerCommand::Accept(args) => accept(&chain, &args).await,
			WorkerCommand::Status(args) => status(&chain, &args).await,
			WorkerCommand::Update(args) => update(&chain, &args).await,
			WorkerCommand::SetOperator(args) => set_operator(&chain, &args).await,
			WorkerCommand::Resign(args) => plain(&chain, &args, workers::resign_operator(), "resigned").await,
			WorkerCommand::Withdraw(args) => withdraw(&chain, &args).await,
			WorkerCommand::Release(args) => {
				plain(&chain, &args, workers::release_worker_deposit(), "the deposit is released").await
			}
		}
	})
}

/// Sends an operator money for its fees.
async fn fund(chain: &Chain, signing: &Signing<'_>, operator: &AccountId32, amount: &str) -> Result<Sent, Failure> {
	let amount = chain.amount(amount)?;
	signing.send(calls::transfer(operator, amount), "money for the operator's fees").await
}

/// Names an operator by a call that `call` makes, and funds it first.
async fn name(
	chain: &Chain,
	signing: &Signing<'_>,
	(operator, money): (&Operator, Option<&str>),
	call: impl Fn(&AccountId32) -> PalletCall,
	(what, done): (&str, &str),
) -> Outcome {
	let owner = signing.key.account();
	let account = match operator {
		Operator::Owner => owner.clone(),
		Operator::Account(account) => account.clone(),
	};
	let funded = match money {
		Some(amount) if account != owner => Some(fund(chain, signing, &account, amount).await?),
		_ => None,
	};
	let sent = signing.send(call(&account), what).await?;
	let mut text = sent.told(&format!("{done}; the owner is {}", address(&owner)));
	if account != owner && sent.receipt().is_some() {
		text += &format!(
			"\nnow the operator agrees, with its own key:\n  praxis-worker worker accept --owner {}",
			address(&owner)
		);
	}
	let deposit = sent.receipt().and_then(|receipt| receipt.number("Workers", "WorkerRegistered", "deposit"));
	let more = json!({
		"owner": address(&owner),
		"operator": address(&account),
		"accepted": account == owner,
		"deposit": deposit.map(|amount| amount.to_string()),
		"funding": funded.map(|sent| sent.json()),
	});
	chain.print(&sent.with(more), text);
	Ok(ExitCode::SUCCESS)
}

async fn register(chain: &Chain, args: &RegisterArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let resources = args.machine.resources(this_machine());
	let call = |operator: &AccountId32| workers::register_worker(operator, &resources, &args.endpoint);
	name(chain, &signing, (&args.operator, args.fund.as_deref()), call, ("registering", "registered")).await
}

async fn set_operator(chain: &Chain, args: &SetOperatorArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	name(
		chain,
		&signing,
		(&args.operator, args.fund.as_deref()),
		workers::set_operator,
		("naming the operator", "named"),
	)
	.await
}

async fn accept(chain: &Chain, args: &AcceptArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let sent = signing.send(workers::accept_operator(&args.owner), "accepting").await?;
	let (operator, owner) = (signing.key.address(), address(&args.owner));
	let text = sent.told(&format!("{operator} works for {owner}"));
	chain.print(&sent.with(json!({ "owner": owner, "operator": operator })), text);
	Ok(ExitCode::SUCCESS)
}

async fn update(chain: &Chain, args: &UpdateArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let account = signing.key.account();
	let owner = owner_of(chain, &account).await?.ok_or_else(|| stranger(&account))?;
	let at = chain.best().await?.hash();
	let worker = market::worker(&chain.node, &owner, at).await?.ok_or_else(|| stranger(&account))?;
	let resources = args.machine.resources(worker.resources);
	let endpoint = args.endpoint.as_ref().map_or(&worker.endpoint[..], |endpoint| endpoint.as_bytes());
	let sent = signing.send(workers::update_worker(&resources, endpoint), "updating").await?;
	let text = sent.told("updated");
	let endpoint = String::from_utf8_lossy(endpoint);
	chain.print(&sent.with(json!({ "owner": address(&owner), "resources": resources, "endpoint": endpoint })), text);
	Ok(ExitCode::SUCCESS)
}

async fn withdraw(chain: &Chain, args: &PlainArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let sent = signing.send(workers::withdraw_worker(), "withdrawing").await?;
	let until = sent.receipt().and_then(|receipt| receipt.number("Workers", "WorkerLeaving", "until"));
	let until = until.and_then(|until| u32::try_from(until).ok());
	let mut text = sent.told("the worker leaves");
	if let (Some(until), Some(receipt)) = (until, sent.receipt()) {
		text += &format!(
			"\n`praxis-worker worker release` returns its deposit from {} on",
			chain.until(until, receipt.height)
		);
	}
	chain.print(&sent.with(json!({ "owner": signing.key.address(), "until": until })), text);
	Ok(ExitCode::SUCCESS)
}

async fn plain(chain: &Chain, args: &PlainArgs, call: PalletCall, done: &str) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let sent = signing.send(call, "sending").await?;
	let text = sent.told(done);
	chain.print(&sent.with(json!({ "account": signing.key.address() })), text);
	Ok(ExitCode::SUCCESS)
}

/// The owner of the worker that an account owns or operates.
async fn owner_of(chain: &Chain, account: &AccountId32) -> Result<Option<AccountId32>, Failure> {
	let at = chain.best().await?.hash();
	if market::worker(&chain.node, account, at).await?.is_some() {
		return Ok(Some(account.clone()));
	}
	Ok(market::owner_of(&chain.node, account).await?)
}

fn stranger(account: &AccountId32) -> Failure {
	Failure::input("not-registered", format!("{} neither owns nor operates a worker", address(account)))
		.remedy("`praxis-worker worker register` with the owner's key, then `worker accept` with the operator's")
}

async fn status(chain: &Chain, args: &StatusArgs) -> Outcome {
	let account = match &args.account {
		Some(account) => account.clone(),
		None => AuthorKey::load(args.key_file.as_deref())?.account(),
	};
	let at = chain.best().await?;
	let free = |account: Option<&AccountId32>| {
		let account = account.cloned();
		async move {
			Ok::<_, Failure>(match account {
				Some(account) => chain.node.balance(&account).await?.map_or(0, |(free, _)| free),
				None => 0,
			})
		}
	};
	let Some(owner) = owner_of(chain, &account).await? else {
		let free = free(Some(&account)).await?;
		if !chain.json {
			println!("{}: free balance {}", address(&account), chain.show(free));
		}
		return Err(stranger(&account));
	};
	let worker = market::worker(&chain.node, &owner, at.hash()).await?.ok_or_else(|| stranger(&account))?;
	let tasks = market::my_tasks(&chain.node, &owner, at.hash()).await?;
	let money = (free(Some(&owner)).await?, free(worker.operator.as_ref().or(worker.proposed.as_ref())).await?);
	let value: Value = view::json(chain, &worker, &tasks, money, at.number());
	chain.print(&value, view::text(chain, &worker, &tasks, money, at.number()));
	Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Cli {
		#[command(flatten)]
		worker: WorkerArgs,
	}

	const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

	fn parse(line: &[&str]) -> Result<WorkerArgs, clap::Error> {
		Cli::try_parse_from(std::iter::once("worker").chain(line.iter().copied())).map(|cli| cli.worker)
	}

	#[test]
	fn operator_should_be_named_and_may_be_the_owner() {
		assert_eq!(parse_operator("self"), Ok(Operator::Owner));
		assert!(matches!(parse_operator(BOB), Ok(Operator::Account(_))));
		assert!(parse(&["register"]).is_err(), "hot and cold key are one only where that is said");
		assert!(parse(&["register", "--operator", BOB, "--endpoint", "http://192.0.2.7:9965"]).is_ok());
	}

	#[test]
	fn endpoint_should_be_refused_when_nobody_could_fetch_from_it() {
		for wrong in ["192.0.2.7:9965", "ftp://192.0.2.7", &format!("http://{}:1", "a".repeat(130))] {
			assert!(parse_endpoint(wrong).is_err(), "{wrong}");
		}
		assert_eq!(parse_endpoint(""), Ok(String::new()));
	}

	#[test]
	fn resources_should_be_this_machines_unless_told_otherwise() {
		let here = this_machine();
		assert!(here.cores > 0);
		let told = MachineArgs { cores: Some(3), memory: None, gpus: Some(1), gpu_memory: None };
		let expected = Resources { cores: 3, gpus: 1, ..here };
		assert_eq!(told.resources(here), expected);
	}
}
