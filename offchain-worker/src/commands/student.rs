//! `student`: has a classifier taught for pay.

mod job;
mod learn;
mod open;
mod rehearse;
mod run;
mod trained;

use super::{store::usual_folder, Failure, Outcome};
use crate::{
	chain::keys::AuthorKey,
	teaching::{
		home::Home,
		link::{End, Link},
	},
};
use std::path::PathBuf;

pub use super::teach::status;

/// The options of `student`.
#[derive(Debug, clap::Args)]
pub struct StudentArgs {
	#[command(subcommand)]
	command: StudentCommand,
}

#[derive(Debug, clap::Subcommand)]
enum StudentCommand {
	/// Open a session: bind a holdout, put the reward on hold.
	Open(Box<open::OpenArgs>),
	/// See the open sessions through: show the audit, learn, commit, reveal.
	Run(run::RunArgs),
	/// Show a session: its lessons, scores and payouts.
	Status(status::StatusArgs),
	/// Learn from lessons without any chain: the score after each, and what each teacher would be paid.
	Rehearse(Box<rehearse::RehearseArgs>),
}

/// Who signs, where, and where the state is kept. Shared by students and teachers.
#[derive(Clone, Debug, clap::Args)]
pub struct AccountArgs {
	/// A node of the chain.
	#[arg(long, env = "PRAXIS_NODE", default_value = "ws://127.0.0.1:9944", value_name = "URL")]
	pub node: String,
	/// The file with the account's key, mode 0600; else the environment variable PRAXIS_KEY.
	#[arg(long)]
	pub key_file: Option<PathBuf>,
	/// The folder for sessions under way; otherwise `praxis/teaching` where this user's data is kept.
	#[arg(long, env = "PRAXIS_TEACHING_STATE", value_name = "FOLDER")]
	pub state: Option<PathBuf>,
	/// Print JSON.
	#[arg(long)]
	pub json: bool,
}

impl AccountArgs {
	/// The key.
	pub fn key(&self) -> Result<AuthorKey, Failure> {
		Ok(AuthorKey::load(self.key_file.as_deref())?)
	}

	/// Connects; keeps trying while the node cannot be reached.
	pub async fn link(&self) -> Result<Link, Failure> {
		Link::patient(&self.node, &self.key()?).await
	}

	/// The state folder of this account on this chain.
	pub fn home(&self, link: &Link) -> Result<Home, Failure> {
		let state = match &self.state {
			Some(state) => state.clone(),
			None => usual_folder()?.with_file_name("teaching"),
		};
		Home::open(&state, link.genesis, &link.key.account())
	}
}

/// Does something over a connection, and again over the next one where that is lost.
pub async fn persist<T, F>(args: &AccountArgs, mut work: impl FnMut(Link) -> F) -> Result<T, Failure>
where
	F: std::future::Future<Output = Result<T, End>>,
{
	loop {
		match work(args.link().await?).await {
			Ok(done) => return Ok(done),
			Err(End::Chain(error)) if error.is_disconnect() => eprintln!("{error}; connecting again"),
			Err(end) => return Err(end.into()),
		}
	}
}

/// Runs the command.
pub fn run(args: StudentArgs) -> Outcome {
	match args.command {
		StudentCommand::Open(args) => open::run(*args),
		StudentCommand::Run(args) => run::run(args),
		StudentCommand::Status(args) => status::run(args),
		StudentCommand::Rehearse(args) => rehearse::run(*args),
	}
}
