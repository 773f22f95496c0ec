//! `model fetch`: a model that is free, by the hash of its policy or by its CID.

use super::{check, list, peers, Folders};
use crate::{
	chain::records,
	commands::{
		client::{address, parse_hash, Chain},
		evaluate::parse_task,
		Failure, Outcome,
	},
	store::{
		cids,
		client::Peer,
		model::{Model, LARGEST_CARD, LARGEST_WEIGHTS},
		Cid,
	},
};
use praxis_primitives_market::PolicyHash;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};

/// Bytes of a model's blocks at most.
pub const LARGEST_MODEL: u64 = LARGEST_WEIGHTS + LARGEST_CARD + (1 << 20);

const EXAMPLES: &str = "\
Examples:
  praxis-worker model fetch 0x5f… --output cart-pole
  praxis-worker model fetch bafybei… --output cart-pole --peer http://192.0.2.7:9965
  praxis-worker model fetch 0x5f… --output cart-pole --json | jq .matches

It asks the gateway of the model's owner, then those of all other workers; every block is hashed. The float network is then
quantised again as its maker did, and the hash compared with that of the policy that the chain judged. In the folder are then
model.safetensors, card.json and, if it is that policy, policy.bin, which `praxis-worker evaluate` reads.

Exit codes:
  0  it is the model that was judged
  1  it is another one, or nobody gives it; the output says which
  2  wrong input, or the chain does not know it";

/// The options of `model fetch`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct FetchArgs {
	/// Hash of the judged policy, or a CID.
	#[arg(value_name = "POLICY|CID", value_parser = parse_target)]
	target: Target,
	/// A folder for the model; there must be nothing yet.
	#[arg(long, short, value_name = "FOLDER")]
	output: PathBuf,
	/// A gateway to ask first, http://HOST:PORT.
	#[arg(long, value_name = "URL")]
	peer: Vec<Peer>,
	/// Fetch at most so many bytes.
	#[arg(long, value_name = "BYTES", default_value_t = LARGEST_MODEL)]
	max_bytes: u64,
}

/// What is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
	Policy(PolicyHash),
	Cid(Cid),
}

fn parse_target(text: &str) -> Result<Target, String> {
	match parse_hash(text) {
		Ok(policy) => Ok(Target::Policy(policy)),
		Err(_) => cids::parse(text)
			.map(Target::Cid)
			.map_err(|_| format!("`{text}` is neither the hash of a policy (0x and 64 digits) nor a CID")),
	}
}

/// Fetches a model and checks it.
pub async fn run(chain: &Chain, folders: &Folders, args: &FetchArgs) -> Outcome {
	check::vacant(&args.output)?;
	let (cid, owner, name) = match &args.target {
		Target::Policy(policy) => {
			let record = list::of(chain, policy).await?;
			(of_record(&record.cid)?, Some(record.owner), format!("{policy:?}"))
		}
		Target::Cid(cid) => (*cid, None, cid.to_string()),
	};
	let gateways = peers::gateways(chain, &args.peer, owner.as_ref()).await?;
	let fetched = peers::fetch(&folders.store, &cid, &gateways, &name, args.max_bytes)?;
	let model = Model::read(&folders.store, &cid)?;
	// Of a CID alone, its card says which policy it is; the chain says whether that is so.
	let policy = match &args.target {
		Target::Policy(policy) => *policy,
		Target::Cid(_) => parse_hash(&model.card.policy_hash).map_err(|error| Failure::input("model", error))?,
	};
	let record = records::model(&chain.node, &policy, chain.best().await?.hash()).await?;
	let environment = match &record {
		Some(record) => record.environment,
		None => parse_task(&model.card.environment).map_err(|error| Failure::input("model", error))?,
	};
	let finding = check::examine(&model, environment, policy);
	check::write(&args.output, &model, &finding)?;
	let from = fetched.peer.clone().unwrap_or_else(|| "the store".into());
	let mut text = format!("{} bytes from {from} to {}\n", fetched.bytes, args.output.display());
	text += &match &record {
		Some(record) => {
			format!("judged {:.2} in {environment}, by {}\n", record.score.to_f64(), address(&record.owner))
		}
		None => "the chain has no record of this policy: what its card says was judged by nobody\n".into(),
	};
	text += &finding.text();
	let mut value = finding.json();
	value["policy"] = json!(policy);
	value["cid"] = cid.to_string().into();
	value["environment"] = json!(environment);
	value["recorded"] = record.is_some().into();
	value["score"] = json!(record.as_ref().map(|record| record.score.to_f64()));
	value["bytes"] = fetched.bytes.into();
	value["peer"] = json!(fetched.peer);
	value["output"] = json!(args.output);
	chain.print(&value, text);
	let good = finding.is_same() && record.is_some();
	Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The CID that the chain has of a model or an offer.
pub fn of_record(bytes: &[u8]) -> Result<Cid, Failure> {
	cids::from_bytes(bytes).map_err(|error| {
		let message = format!("the CID on the chain, 0x{}, is none that a store keeps: {error}", hex::encode(bytes));
		Failure::running("cid", message)
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn target_should_be_a_hash_or_a_cid() {
		let cid = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
		assert!(matches!(parse_target(cid), Ok(Target::Cid(_))));
		assert!(matches!(parse_target(&"0f".repeat(32)), Ok(Target::Policy(_))));
		assert!(parse_target("cart-pole").is_err());
	}

	#[test]
	fn cid_on_the_chain_should_be_refused_when_it_is_none() {
		assert_eq!(of_record(&[1, 2, 3]).expect_err("no CID").kind, "cid");
		assert!(of_record(&[]).is_err());
	}
}
