//! `model`: finds, fetches, shares, sells and buys models.
//!
//! | file | role |
//! |---|---|
//! | [`view`] | a model, an offer and a sale as people and programs see them |
//! | [`list`] | lists models and shows one |
//! | [`peers`] | whom to fetch from: the gateways that workers registered |
//! | [`check`] | quantises a float model again and compares it with what the chain judged |
//! | [`fetch`] | a model that is free |
//! | [`secrets`] | the keys of sales, on disk |
//! | [`sell`], [`buy`] | the two sides of a sale |

mod buy;
mod check;
mod fetch;
mod list;
mod peers;
mod secrets;
mod sell;
mod view;

use super::{
	client::{block_on, Chain, NodeArgs},
	store::usual_folder,
	Failure, Outcome,
};
use crate::store::Store;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  praxis-worker model list --environment CartPole-v1
  praxis-worker model fetch 0x5f… --output cart-pole
  PRAXIS_KEY=//Bob//operator praxis-worker model share 0x5f… --price 2.5
  PRAXIS_KEY=//Bob//operator praxis-worker model deliver --follow
  PRAXIS_KEY=//Charlie praxis-worker model buy 0x5f… --output cart-pole
  praxis-worker model sales 5FHne…

A model is named by the hash of the quantised policy that the chain judged. What is sold or fetched is the full model, its
float weights and card; docs/market-cli.md goes through all of it.";

/// The options of `model`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ModelArgs {
	#[command(subcommand)]
	command: ModelCommand,
	#[command(flatten)]
	node: NodeArgs,
	#[command(flatten)]
	folders: FolderArgs,
}

/// Where files are kept.
#[derive(Clone, Debug, clap::Args)]
struct FolderArgs {
	/// The store for models; otherwise `praxis/store` where this user's data is kept.
	#[arg(long, global = true, env = "PRAXIS_STORE", value_name = "FOLDER")]
	store: Option<PathBuf>,
	/// The folder for the keys of sales and for models that are not served; otherwise `praxis/sales` beside the store.
	#[arg(long, global = true, env = "PRAXIS_SALES", value_name = "FOLDER")]
	sales: Option<PathBuf>,
}

/// The folders, opened.
struct Folders {
	/// What is served to others.
	store: Store,
	/// Keys of sales, and plaintexts that are not served.
	sales: PathBuf,
}

impl FolderArgs {
	fn open(&self) -> Result<Folders, Failure> {
		let store = self.store.clone().map_or_else(usual_folder, Ok)?;
		let sales = match &self.sales {
			Some(sales) => sales.clone(),
			None => usual_folder()?.with_file_name("sales"),
		};
		Ok(Folders { store: Store::open(&store)?, sales })
	}
}

impl Folders {
	/// The store of plaintexts that are not served: what is sold, and what was bought.
	fn private(&self) -> Result<Store, Failure> {
		secrets::make(&self.sales)?;
		Ok(Store::open(&self.sales.join("models"))?)
	}
}

#[derive(Debug, clap::Subcommand)]
enum ModelCommand {
	/// List the models of an environment, or of all, best first.
	List(list::ListArgs),
	/// Show a model: what the chain found, where it can be had, and for how much.
	Show(list::ShowArgs),
	/// Fetch a full model from the workers' gateways and check that it is the one that was judged.
	Fetch(fetch::FetchArgs),
	/// Share a full model for free, or offer it for money.
	Share(sell::ShareArgs),
	/// Seller: deliver the keys of sales.
	Deliver(sell::DeliverArgs),
	/// Seller: take an offer back.
	Withdraw(sell::WithdrawArgs),
	/// Buy a full model: pay, receive the key, fetch, decrypt, check, accept or dispute.
	Buy(buy::BuyArgs),
	/// Buyer: go on with a sale after its purchase.
	Receive(buy::ReceiveArgs),
	/// Buyer: pay the seller at once.
	Accept(buy::SaleArgs),
	/// Buyer: have the chain open the delivered key; whoever is wrong pays.
	Dispute(buy::SaleArgs),
	/// Anybody: end a sale whose deadline has passed, should the chain not have done so.
	Finish(buy::SaleArgs),
	/// List sales that are not over.
	Sales(list::SalesArgs),
}

/// Runs the command.
pub fn run(args: ModelArgs) -> Outcome {
	block_on(async move {
		let chain = Chain::connect(&args.node).await?;
		let folders = || args.folders.open();
		match args.command {
			ModelCommand::List(args) => list::run(&chain, &args).await,
			ModelCommand::Show(args) => list::show(&chain, &args).await,
			ModelCommand::Sales(args) => list::sales(&chain, &args).await,
			ModelCommand::Fetch(args) => fetch::run(&chain, &folders()?, &args).await,
			ModelCommand::Share(args) => sell::share(&chain, &folders()?, &args).await,
			ModelCommand::Deliver(args) => sell::deliver(&chain, &folders()?, &args).await,
			ModelCommand::Withdraw(args) => sell::withdraw(&chain, &args).await,
			ModelCommand::Buy(args) => buy::run(&chain, &folders()?, &args).await,
			ModelCommand::Receive(args) => buy::receive(&chain, &folders()?, &args).await,
			ModelCommand::Accept(args) => buy::accept(&chain, &args).await,
			ModelCommand::Dispute(args) => buy::dispute(&chain, &folders()?, &args).await,
			ModelCommand::Finish(args) => buy::finish(&chain, &args).await,
		}
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::{CommandFactory, Parser};

	#[derive(Parser)]
	struct Cli {
		#[command(flatten)]
		model: ModelArgs,
	}

	#[test]
	fn every_subcommand_should_have_examples_and_no_option_for_a_secret() {
		for command in Cli::command().get_subcommands() {
			let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
			assert!(help.contains("praxis-worker model "), "{}", command.get_name());
			let names: Vec<_> = command.get_arguments().filter_map(|a| a.get_long().map(str::to_string)).collect();
			assert!(
				!names.iter().any(|name| ["key", "suri", "phrase", "secret"].contains(&name.as_str())),
				"{names:?}"
			);
		}
	}

	#[test]
	fn policy_should_be_a_hash() {
		let hash = format!("0x{}", "0f".repeat(32));
		assert!(Cli::try_parse_from(["model", "show", &hash]).is_ok());
		assert!(Cli::try_parse_from(["model", "show", "cart-pole"]).is_err());
	}
}
