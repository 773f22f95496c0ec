//! What is measured: of each node, and of imports.

use super::nodes::{Folder, Node, Peer};
use crate::{
	bench::{
		report::{last_json, median, number},
		Release,
	},
	process::{self, io_error, Result},
};
use serde_json::{json, Value};
use std::{
	fs,
	process::Stdio,
	time::{Duration, Instant},
};

/// Start-up, memory and transfers of one node.
pub fn node(release: &Release, peer: &Peer, seconds: u64, quick: bool) -> Result<Value> {
	println!("\n{}: starting it", peer.name);
	let (mut fresh, mut again) = (Vec::new(), Vec::new());
	for at in 0..if quick { 2 } else { 5 } {
		let folder = Folder::new(&format!("start-{at}"))?;
		let base = folder.0.join("base");
		for times in [&mut fresh, &mut again] {
			let node = Node::start(release, peer.program, peer.flags, &base)?;
			times.push(node.started_in);
			node.stop()?;
		}
	}

	let folder = Folder::new("load")?;
	let mut node = Node::start(release, peer.program, peer.flags, &folder.0.join("base"))?;
	let blocks = if quick { 2 } else { 5 };
	node.await_height(blocks, Duration::from_secs(60 + 2 * blocks * peer.slot))?;
	let idle = node.resident()?;
	let seconds = if quick { seconds.min(12) } else { seconds };
	println!("{}: transfers for {seconds} s", peer.name);
	let mut load = release.command("bench-transfers");
	load.args(["--url", &node.url, "--seconds", &seconds.to_string(), "--pid", &node.id().to_string()]);
	load.args(["--transfers", &(peer.transfers)(seconds).to_string()]);
	let load = last_json(&process::output(load.stderr(Stdio::inherit()))?)?;
	node.stop()?;
	Ok(json!({
		"name": peer.name,
		"program": peer.program,
		"flags": peer.flags,
		"slot_seconds": peer.slot,
		"budget_ms": peer.budget,
		"first_start_seconds": median(&fresh),
		"restart_seconds": median(&again),
		"idle_blocks": blocks,
		"idle_resident_mib": idle,
		"load": load,
	}))
}

/// Times the import of blocks, part by part and, of the blocks with 32 steps, by the node's own `import-blocks`: what
/// the whole program takes says whether the parts were timed right.
pub fn import(release: &Release, quick: bool) -> Result<Value> {
	let folder = Folder::new("import")?;
	// Both programs are to execute the same runtime, the node's.
	let spec = folder.0.join("spec.json");
	let node = || release.command("praxis-node");
	let text = process::output(node().args(["export-chain-spec", "--chain", "dev", "--raw"]))?;
	fs::write(&spec, text).map_err(io_error("write", &spec))?;
	let file = folder.0.join("blocks");
	let mut parts = release.command("bench-import");
	parts.arg("--chain").arg(&spec).arg("--export").arg(&file);
	if quick {
		parts.args(["--blocks", "200", "--full-blocks", "30"]);
	}
	let mut data = last_json(&process::output(parts.stderr(Stdio::inherit()))?)?;

	println!("The same blocks by `praxis-node import-blocks`");
	let base = folder.0.join("base");
	let time = || -> Result<f64> {
		let mut import = node();
		import.args(["import-blocks", "--binary", "--chain"]).arg(&spec).arg("--base-path").arg(&base);
		let begun = Instant::now();
		process::output(import.arg(&file))?;
		Ok(begun.elapsed().as_secs_f64())
	};
	// Twice: into a fresh database, then the same blocks, which are known and only looked up. The difference is the
	// import without the start of the program.
	let (first, second) = (time()?, time()?);
	let blocks = number(&data["steps"], "blocks")?;
	data["program"] = json!({
		"blocks": data["steps"]["blocks"],
		"seconds": first,
		"seconds_when_known": second,
		"ms_per_block": (first - second) * 1e3 / blocks,
	});
	Ok(data)
}
