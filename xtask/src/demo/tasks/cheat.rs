//! What the cheater has instead of trained policies: networks as they were drawn, quantised by the worker's own tools, as
//! models in a store of its own.

use super::{store, wanted::Wanted, worker_json};
use crate::process::{io_error, Error, Result};
use serde_json::{json, Value};
use std::{fs, path::Path};

/// Width of the cheater's networks.
const HIDDEN: u32 = 32;

/// Makes a policy for a task in `folder` and puts its model into `store`. Gives what the cheater's script is told.
pub fn make(worker: &Path, wanted: &Wanted, folder: &Path, models: &Path, owner: &str) -> Result<Value> {
	let io = |path: &Path| io_error("write", path)(std::io::Error::other("no text"));
	let run = folder.join("run");
	let text = |path: &Path| path.to_str().map(String::from).ok_or_else(|| io(path));
	let (out, policy) = (text(&run)?, folder.join("cheat.policy"));
	// One step is before the first update.
	worker_json(
		worker,
		&["train", "--environment", wanted.environment, "--seed", "1", "--steps", "1", "--device", "cpu"],
		&["--hidden", &HIDDEN.to_string(), "--dueling", "false", "--plain", "--out", &out],
	)?;
	let checkpoint = run.join("policy.safetensors");
	let quantised = worker_json(
		worker,
		&["quantise", &text(&checkpoint)?, "--output", &text(&policy)?],
		&["--environment", wanted.environment, "--episodes", "1"],
	)?;
	let hash = quantised["policy"].as_str().and_then(|hash| hash.strip_prefix("0x"));
	let hash = hash.ok_or_else(|| Error::Failed(format!("`quantise` gave no hash: {quantised}")))?;

	let model = folder.join("model");
	fs::create_dir_all(&model).map_err(io_error("create", &model))?;
	let weights = model.join("model.safetensors");
	fs::copy(&checkpoint, &weights).map_err(io_error("write", &weights))?;
	// A card claims what it likes. What counts is the chain's record.
	let card = json!({
		"version": 1,
		"environment": wanted.environment,
		"policy_hash": hash,
		"verified_score": wanted.target,
		"parent": null,
		"network": { "inputs": wanted.inputs, "hidden": [HIDDEN], "outputs": wanted.actions, "dueling": false },
		"training": { "steps": 1 },
		"creator": owner,
		"created_at": 0,
	});
	let path = model.join("card.json");
	fs::write(&path, format!("{card:#}\n")).map_err(io_error("write", &path))?;
	let added = store(worker, models, &["add", "--model", &text(&model)?])?;
	Ok(json!({ "environment": wanted.environment, "policy": policy, "cid": added["cid"] }))
}
