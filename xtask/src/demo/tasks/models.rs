//! Fetches models as a stranger would: by the CID that the chain has, from the gateway that its owner is registered with,
//! into a store that has nothing.

use super::{store, worker_json};
use crate::process::{io_error, Error, Result};
use serde_json::Value;
use std::{fs, path::Path};

/// Fetches a model that the chain has a record of into `folder`, and loads it. The error says what is wrong with it.
pub fn check(worker: &Path, model: &Value, environment: &str, folder: &Path) -> Result {
	fs::create_dir_all(folder).map_err(io_error("create", folder))?;
	let word = |name: &str| {
		let found = model[name].as_str();
		found.ok_or_else(|| Error::Failed(format!("the chain has no {name} of the model {model}")))
	};
	let (cid, endpoint, judged) = (word("cid")?, word("endpoint")?, word("policy")?);
	let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
	let (files, policy) = (path("model"), path("policy"));
	// Every block is hashed when it comes and when it is read.
	store(worker, &folder.join("store"), &["get", cid, "--output", &files, "--peer", endpoint])?;
	// Card and weights are well formed, and equal bytes have equal CIDs.
	let again = store(worker, &folder.join("again"), &["add", "--model", &files])?;
	if again["cid"] != cid {
		return Err(Error::Failed(format!("what was fetched as {cid} is {}", again["cid"])));
	}
	// The weights load as a network, and that network is the policy that was judged.
	let weights = format!("{files}/model.safetensors");
	let quantised = worker_json(
		worker,
		&["quantise", &weights, "--output", &policy],
		&["--environment", environment, "--episodes", "1"],
	)?;
	if quantised["policy"] != judged {
		return Err(Error::Failed(format!("the weights of {cid} are not those of the judged policy {judged}")));
	}
	Ok(())
}
