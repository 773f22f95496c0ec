//! Whether a full model is the one that the chain judged: its float network is quantised again, and the hash compared.

use crate::{
	checkpoint::Checkpoint,
	commands::{evaluate::parse_task, Failure},
	quantise::{self, Quantised},
	store::model::{Model, CARD, WEIGHTS},
};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::PolicyHash;
use serde_json::{json, Value};
use std::{
	fmt::Write,
	fs, io,
	path::{Path, PathBuf},
};

/// The file of the quantised policy, beside the model's own.
const POLICY: &str = "policy.bin";

/// Episodes by which a model that differs is described.
const EPISODES: u32 = 50;

/// What a model was found to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
	/// What the chain judged.
	pub judged: PolicyHash,
	/// What the float network comes to; none where it is none that can be quantised.
	pub quantised: Result<PolicyHash, String>,
	/// The quantised policy, where it is the judged one.
	policy: Option<Vec<u8>>,
	/// What the card says that is not so.
	pub card: Vec<String>,
	/// Mean return of the quantised network in fresh episodes, where it is not the judged one.
	pub mean: Option<f64>,
}

impl Finding {
	/// Whether it is the judged one.
	pub fn is_same(&self) -> bool {
		self.quantised.as_ref() == Ok(&self.judged)
	}

	/// For people.
	pub fn text(&self) -> String {
		let mut out = String::new();
		let _ = match (&self.quantised, self.is_same()) {
			(Ok(_), true) => writeln!(out, "quantised again it is {:?}: the policy that was judged", self.judged),
			(Ok(found), false) => {
				let mean = self.mean.map(|mean| format!("; it returns {mean:.2} in {EPISODES} fresh episodes"));
				writeln!(
					out,
					"quantised again it is {found:?}, and {:?} was judged: another network, or quantised by another release{}",
					self.judged,
					mean.unwrap_or_default()
				)
			}
			(Err(reason), _) => writeln!(out, "it is no network that can be quantised: {reason}"),
		};
		for wrong in &self.card {
			let _ = writeln!(out, "its card is wrong: {wrong}");
		}
		out
	}

	/// For programs.
	pub fn json(&self) -> Value {
		json!({
			"matches": self.is_same(),
			"judged": self.judged,
			"quantised": self.quantised.as_ref().ok(),
			"reason": self.quantised.as_ref().err(),
			"card_errors": self.card,
			"mean": self.mean,
		})
	}
}

/// Quantises a model's network again, for the environment in which it was judged.
pub fn examine(model: &Model, environment: TaskEnvironment, judged: PolicyHash) -> Finding {
	let mut card = Vec::new();
	let claimed = format!("0x{}", model.card.policy_hash);
	if claimed != format!("{judged:?}") {
		card.push(format!("it names the policy {claimed}"));
	}
	if parse_task(&model.card.environment).ok() != Some(environment) {
		card.push(format!("it names the environment `{}`, and it was judged in {environment}", model.card.environment));
	}
	let quantised = Checkpoint::parse(&model.weights, Path::new(WEIGHTS))
		.map_err(Failure::from)
		.and_then(|checkpoint| quantise::of_checkpoint(checkpoint, environment));
	let (quantised, policy, mean) = match quantised {
		Err(failure) => (Err(failure.message), None, None),
		Ok(Quantised { policy, float }) => {
			let hash = PolicyHash::from(policy.hash());
			if hash == judged {
				(Ok(hash), Some(policy.encode()), None)
			} else {
				let loss = Quantised { policy, float }.measure(environment, EPISODES);
				(Ok(hash), None, loss.ok().map(|loss| loss.mean))
			}
		}
	};
	Finding { judged, quantised, policy, card, mean }
}

/// Refuses a folder that is there already, before anything is fetched or paid.
pub fn vacant(folder: &Path) -> Result<(), Failure> {
	if folder.exists() {
		return Err(Failure::input("file", format!("{} is there already", folder.display())));
	}
	Ok(())
}

/// Writes a model into a new folder, with the quantised policy where it is the judged one.
pub fn write(folder: &Path, model: &Model, finding: &Finding) -> Result<(), Failure> {
	vacant(folder)?;
	let failed =
		|path: PathBuf| move |error: io::Error| Failure::running("file", format!("{}: {error}", path.display()));
	fs::create_dir_all(folder).map_err(failed(folder.into()))?;
	let card = model.card.to_bytes()?;
	let files = [(WEIGHTS, Some(&model.weights)), (CARD, Some(&card)), (POLICY, finding.policy.as_ref())];
	for (name, bytes) in files {
		if let Some(bytes) = bytes {
			let path = folder.join(name);
			fs::write(&path, bytes).map_err(failed(path.clone()))?;
		}
	}
	Ok(())
}

/// Reads a model from a folder.
pub fn read(folder: &Path) -> Result<Model, Failure> {
	use crate::store::model::{check_weights, ModelCard, LARGEST_CARD, LARGEST_WEIGHTS};
	let file = |name: &str, limit: u64| {
		let path = folder.join(name);
		let wrong = |error: io::Error| Failure::input("file", format!("{}: {error}", path.display()));
		if fs::metadata(&path).map_err(wrong)?.len() > limit {
			return Err(Failure::input("too-large", format!("{} has more than {limit} bytes", path.display())));
		}
		fs::read(&path).map_err(wrong)
	};
	let card = ModelCard::parse(&file(CARD, LARGEST_CARD)?)?;
	let weights = file(WEIGHTS, LARGEST_WEIGHTS)?;
	check_weights(&weights)?;
	Ok(Model { weights, card })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		agent::{Dqn, DqnConfig},
		store::model::{ModelCard, Network, CARD_VERSION},
	};

	/// An untrained CartPole network as a model, and the hash of its policy.
	fn model(seed: u64) -> (Model, PolicyHash) {
		let environment = TaskEnvironment::CartPole;
		let config = DqnConfig { hidden: vec![8], seed, ..DqnConfig::for_environment(environment) };
		let agent = Dqn::new(environment, config, tch::Device::Cpu).expect("an agent");
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("policy.safetensors");
		agent.save(&path).expect("a file");
		let checkpoint = Checkpoint::read(&path).expect("a checkpoint");
		let quantised = quantise::of_checkpoint(checkpoint, environment).expect("a policy");
		let hash = PolicyHash::from(quantised.policy.hash());
		let card = ModelCard {
			version: CARD_VERSION,
			environment: environment.to_string(),
			policy_hash: hex::encode(hash),
			verified_score: 20.0,
			parent: None,
			network: Network { inputs: 4, hidden: vec![8], outputs: 2, dueling: true },
			training: Default::default(),
			creator: "somebody".into(),
			created_at: 1,
		};
		(Model { weights: fs::read(&path).expect("weights"), card }, hash)
	}

	#[test]
	fn model_should_be_the_judged_one_when_it_quantises_to_its_hash() {
		let (model, hash) = model(1);
		let finding = examine(&model, TaskEnvironment::CartPole, hash);
		assert!(finding.is_same() && finding.card.is_empty(), "{finding:?}");
		let folder = tempfile::tempdir().expect("a folder");
		let output = folder.path().join("model");
		write(&output, &model, &finding).expect("files");
		assert_eq!(sp_crypto_hashing::blake2_256(&fs::read(output.join(POLICY)).expect("a policy")), hash.0);
		assert_eq!(read(&output).expect("a model"), model);
		assert_eq!(write(&output, &model, &finding).expect_err("it is there").code, 2);
	}

	#[test]
	fn model_should_be_told_from_the_judged_one_when_its_weights_or_its_card_are_others() {
		let (honest, hash) = model(1);
		let (other, another) = model(2);
		let swapped = Model { weights: other.weights, card: honest.card.clone() };
		let finding = examine(&swapped, TaskEnvironment::CartPole, hash);
		assert!(!finding.is_same() && finding.mean.is_some());
		assert_eq!(finding.quantised, Ok(another));
		assert!(finding.text().contains("another network"));
		let finding = examine(&honest, TaskEnvironment::Acrobot, hash);
		assert!(finding.quantised.is_err() && finding.card.len() == 1, "{finding:?}");
		let noise = Model { weights: vec![1, 2, 3], card: honest.card };
		assert!(!examine(&noise, TaskEnvironment::CartPole, hash).is_same());
	}
}
