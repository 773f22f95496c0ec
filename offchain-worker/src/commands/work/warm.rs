//! Begins training with a model instead of a fresh network: finds it on the chain, fetches it from its owner's endpoint,
//! and believes nothing of it that was not checked.
//!
//! Every block is hashed as it comes; the weights are quantised again, and must make the policy that the chain judged; the
//! network must fit the task. Where one of this fails, training begins with a fresh network, and the worker says so.

use super::strategy::fits;
use crate::{
	agent::{
		network::{Layout, Shape},
		DqnConfig, World,
	},
	chain::{
		market,
		records::{self, Model as Registered},
		rpc::Node,
		ChainError,
	},
	checkpoint::{write_atomically, Checkpoint, CheckpointError},
	commands::{client::parse_hash, evaluate::parse_task},
	quantise,
	store::{
		cids,
		client::{Patience, Peer},
		fetch,
		model::{check_weights, Model, ModelCard, CARD, LARGEST_CARD, LARGEST_WEIGHTS, WEIGHTS},
		Cid, Store,
	},
};
use praxis_environment::TaskEnvironment;
use praxis_policy::Limits;
use serde::{Deserialize, Serialize};
use sp_core::H256;
use std::{
	fmt,
	fs::File,
	io::Read,
	path::{Path, PathBuf},
	str::FromStr,
	time::Duration,
};

/// Models of an environment among which the chain is asked for one.
const MODELS: u32 = 256;

/// Models that are tried, best first.
const TRIES: usize = 3;

/// How long a model is waited for: a task's deadline comes nearer.
const PATIENCE: Patience =
	Patience { connect: Duration::from_secs(3), idle: Duration::from_secs(5), total: Duration::from_secs(60) };

/// Exploration rate at the first step: what the model can do is not to be unlearned.
const EXPLORATION: f64 = 0.2;

/// The files of a task's folder that keep what its training began with.
const TENSORS: &str = "parent.safetensors";
const NOTE: &str = "parent.json";

/// Which model to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarmStart {
	/// The best free one of the task's environment.
	Best,
	/// The one of which this is the judged policy.
	Policy(H256),
	/// The one with this CID.
	Cid(Cid),
	/// One on this machine.
	Folder(PathBuf),
}

impl FromStr for WarmStart {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		if text == "best" {
			return Ok(Self::Best);
		}
		if text.starts_with("0x") {
			return parse_hash(text).map(Self::Policy);
		}
		if Path::new(text).is_dir() {
			return Ok(Self::Folder(text.into()));
		}
		cids::parse(text).map(Self::Cid).map_err(|_| {
			format!("`{text}` is neither `best`, the hash of a policy (0x…), a CID, nor a folder with a model")
		})
	}
}

impl fmt::Display for WarmStart {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Best => f.write_str("the best free model of the environment"),
			Self::Policy(policy) => write!(f, "the model of policy {policy:?}"),
			Self::Cid(cid) => write!(f, "the model {cid}"),
			Self::Folder(path) => write!(f, "the model in {}", path.display()),
		}
	}
}

/// Where a model is to be had.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
	/// In the store, or with these peers.
	Store(Cid, Vec<Peer>),
	/// Here.
	Folder(PathBuf),
}

/// A model that training may begin with.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
	/// The policy that the chain judged, where it knows the model.
	pub policy: Option<H256>,
	/// Where it is to be had.
	pub place: Place,
}

/// The model that training began with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
	/// Its policy.
	pub policy: H256,
	/// Its CID, if it came from the store.
	pub cid: Option<String>,
	/// Who gave it, for people.
	pub from: String,
}

/// What training began with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
	/// A fresh network, as nothing else was asked for.
	#[default]
	Fresh,
	/// A model.
	Parent(Parent),
	/// A fresh network, for this reason.
	Fallback(String),
}

impl Start {
	/// The model, if there is one.
	pub fn parent(&self) -> Option<&Parent> {
		match self {
			Self::Parent(parent) => Some(parent),
			_ => None,
		}
	}
}

/// Asks the chain where models are to be had. A reason where there is none.
pub async fn find(
	wish: &WarmStart,
	node: &Node,
	environment: &TaskEnvironment,
	at: H256,
) -> Result<Result<Vec<Source>, String>, ChainError> {
	let found: Vec<Registered> = match wish {
		WarmStart::Folder(path) => {
			return Ok(Ok(vec![Source { policy: None, place: Place::Folder(path.clone()) }]));
		}
		WarmStart::Best => {
			let mut found = records::models(node, environment, MODELS, at).await?;
			found.retain(is_free);
			found.truncate(TRIES);
			found
		}
		WarmStart::Policy(policy) => records::model(node, policy, at).await?.into_iter().collect(),
		WarmStart::Cid(cid) => {
			let mut found = records::models(node, environment, MODELS, at).await?;
			found.retain(|model| model.cid == cid.to_bytes());
			if found.is_empty() {
				// It may be in the store all the same.
				return Ok(Ok(vec![Source { policy: None, place: Place::Store(*cid, Vec::new()) }]));
			}
			found
		}
	};
	if found.is_empty() {
		return Ok(Err(match wish {
			WarmStart::Best => format!("the chain has no free model of {environment}"),
			_ => format!("the chain does not have {wish}"),
		}));
	}
	let mut sources = Vec::new();
	for model in found {
		let worker = market::worker(node, &model.owner, at).await?;
		let endpoint = worker.and_then(|worker| String::from_utf8(worker.endpoint).ok());
		let peers: Vec<Peer> = endpoint.and_then(|endpoint| endpoint.parse().ok()).into_iter().collect();
		let Ok(cid) = Cid::try_from(model.cid.as_slice()) else { continue };
		sources.push(Source { policy: Some(model.policy), place: Place::Store(cid, peers) });
	}
	Ok(Ok(sources))
}

/// Whether a model's full weights cost nothing.
fn is_free(model: &Registered) -> bool {
	model.offer.as_ref().is_none_or(|offer| offer.closed)
}

/// What a task asks of a network.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
	/// The environment.
	pub environment: TaskEnvironment,
	/// Largest policy.
	pub limits: &'a Limits,
	/// Seed of the agent.
	pub seed: u64,
}

/// Tries models in their order; keeps the first that is sound in the task's folder.
pub fn begin(
	folder: &Path,
	sources: &Result<Vec<Source>, String>,
	store: &Store,
	wanted: Wanted,
) -> (Option<Checkpoint>, Start) {
	let sources = match sources {
		Ok(sources) => sources,
		Err(reason) => return (None, Start::Fallback(reason.clone())),
	};
	let mut reasons = Vec::new();
	for source in sources {
		let kept = load(folder, source, store, wanted).and_then(|(checkpoint, parent)| {
			let note = serde_json::to_vec(&parent).map_err(|error| error.to_string())?;
			// The weights stand there already.
			write_atomically(&folder.join(NOTE), &note).map_err(|error| error.to_string())?;
			Ok((checkpoint, parent))
		});
		match kept {
			Ok((checkpoint, parent)) => return (Some(checkpoint), Start::Parent(parent)),
			Err(reason) => reasons.push(reason),
		}
	}
	if reasons.is_empty() {
		reasons.push("there is no model to try".into());
	}
	(None, Start::Fallback(reasons.join("; ")))
}

/// What a task's training began with, if it had begun with a model before the worker was started again.
pub fn again(folder: &Path, wanted: Wanted) -> Option<(Checkpoint, Parent)> {
	let parent: Parent = serde_json::from_slice(&std::fs::read(folder.join(NOTE)).ok()?).ok()?;
	let (checkpoint, _) = Checkpoint::read_or_previous(&folder.join(TENSORS)).ok()?;
	Some((seedling(&checkpoint, wanted).ok()?, parent))
}

/// Fetches a model and checks it.
fn load(folder: &Path, source: &Source, store: &Store, wanted: Wanted) -> Result<(Checkpoint, Parent), String> {
	let (model, cid, from) = match &source.place {
		Place::Store(cid, peers) => {
			let most = LARGEST_WEIGHTS + LARGEST_CARD;
			let fetched = fetch::fetch(store, cid, peers, &format!("parent {cid}"), most, &PATIENCE);
			let from = fetched.map_err(|error| error.to_string())?.peer.unwrap_or_else(|| "the own store".into());
			let model = Model::read(store, cid).map_err(|error| format!("{cid}: {error}"))?;
			(model, Some(cid.to_string()), from)
		}
		Place::Folder(path) => (read_folder(path)?, None, path.display().to_string()),
	};
	let name = cid.clone().unwrap_or_else(|| from.clone());
	let file = folder.join(TENSORS);
	write_atomically(&file, &model.weights).map_err(|error| error.to_string())?;
	let checkpoint = Checkpoint::read(&file).map_err(|error| format!("{name}: {error}"))?;
	let own = parse_task(&model.card.environment).map_err(|error| format!("{name}: {error}"))?;
	let claimed = parse_hash(&model.card.policy_hash).map_err(|error| format!("{name}: {error}"))?;
	let judged = source.policy.unwrap_or(claimed);
	let found = quantise::of_checkpoint(checkpoint.clone(), own).map_err(|error| format!("{name}: {error}"))?;
	let made = H256(found.policy.hash());
	if made != judged {
		return Err(format!("{name}: its weights make the policy {made:?}, and {judged:?} is what was judged"));
	}
	let (of, world) = (checkpoint.environment, World::from(wanted.environment));
	if of.observation() != world.observation() || of.actions() != world.actions() {
		return Err(format!("{name}: a network of {of} does not fit {world}"));
	}
	if !fits(&wanted.environment, &checkpoint.config.hidden, wanted.limits) {
		return Err(format!("{name}: its network is larger than the task allows"));
	}
	let seedling = seedling(&checkpoint, wanted).map_err(|error| format!("{name}: {error}"))?;
	Ok((seedling, Parent { policy: made, cid, from }))
}

fn read_folder(path: &Path) -> Result<Model, String> {
	let read = |name: &str, limit: u64| {
		let file = path.join(name);
		let failed = |error: std::io::Error| format!("{}: {error}", file.display());
		let mut bytes = Vec::new();
		File::open(&file).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
		if bytes.len() as u64 > limit {
			return Err(format!("{}: it is larger than {limit} bytes", file.display()));
		}
		Ok(bytes)
	};
	let card = ModelCard::parse(&read(CARD, LARGEST_CARD)?).map_err(|error| error.to_string())?;
	let weights = read(WEIGHTS, LARGEST_WEIGHTS)?;
	check_weights(&weights).map_err(|error| error.to_string())?;
	Ok(Model { weights, card })
}

/// An agent with a model's network that has not learned yet: its weights and shape are the model's, all else is what is
/// shipped for the task's environment.
fn seedling(model: &Checkpoint, wanted: Wanted) -> Result<Checkpoint, CheckpointError> {
	let world = World::from(wanted.environment);
	let shipped = DqnConfig::for_environment(world);
	let config = DqnConfig {
		hidden: model.config.hidden.clone(),
		dueling: model.config.dueling,
		seed: wanted.seed,
		epsilon_start: EXPLORATION.max(shipped.epsilon_end),
		..shipped
	};
	let layout = Layout::new(&Shape {
		observation: world.observation(),
		actions: world.actions() as usize,
		hidden: config.hidden.clone(),
		dueling: config.dueling,
	});
	let mut fresh = Checkpoint::new(world, config, 0, 0);
	for parameter in layout.parameters() {
		let numbers = model.tensor(&parameter.name, &parameter.dimensions)?.to_vec();
		fresh.insert(&parameter.name, &parameter.dimensions, numbers);
	}
	Ok(fresh)
}

#[cfg(test)]
#[path = "warm_tests.rs"]
mod tests;
