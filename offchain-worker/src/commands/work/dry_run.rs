//! `work --dry-run`: everything that `work` needs is looked at, and nothing is started.

use super::{gateway, Control, Failure, Outcome, WorkArgs};
use crate::{
	doctor::{self, MarketSubject},
	monitor::server::{self, ControlError},
	settings::Settings,
};
use serde_json::json;
use std::path::Path;

/// What would be done, for people.
fn plan(args: &WorkArgs, state: &Path, store: &Path, taken: bool) -> Vec<String> {
	let environments = match &args.environments {
		Some(list) => list.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
		None => "any environment".into(),
	};
	let price = args.price.as_ref().map_or("what a task offers".to_string(), |price| format!("at most {price}"));
	let mut plan = vec![
		format!("look for tasks on {}: {environments}, {} blocks or more", args.node, args.minimum_train_blocks),
		format!("ask {price}, leave tasks that offer less than {}", args.minimum_price),
		format!("train for {} at a time on {}", args.max_tasks, args.device),
		format!("keep tasks in {} and models in {}", state.display(), store.display()),
	];
	plan.extend(args.warm_start.as_ref().map(|model| format!("begin training with {model}")));
	plan.extend(args.gateway.map(|address| format!("serve the models at http://{address}/ipfs/")));
	plan.extend(args.metrics.as_ref().map(|path| format!("append events to {}", path.display())));
	plan.extend(args.log.file.as_ref().map(|path| format!("log into {}", path.display())));
	plan.push(match args.control {
		Control::Off => "serve no control API".into(),
		Control::At(address) if taken => format!("serve no control API, as {address} is taken: see --control"),
		Control::At(address) => format!("serve the control API, /metrics and /healthz at {address}"),
	});
	if args.once {
		plan.push("end after one task".into());
	}
	plan
}

/// Runs the command.
pub fn run(args: &WorkArgs, settings: Option<&Settings>) -> Outcome {
	let (state, store) = args.folders()?;
	// Bound and let go: whether the ports are free is all that counts here.
	let listed = settings.is_some_and(|settings| settings.is_set("control"));
	let taken = match server::bind(args.control, args.control_remote) {
		Err(ControlError::Taken(..)) if !listed => true,
		bound => bound.map(|_| false)?,
	};
	if let Some(address) = args.gateway {
		gateway::bind(address, args.gateway_remote).map_err(|error| Failure::input("gateway", error))?;
	}
	let mut files = vec![("state", state.join("lock")), ("store", store.join("lock"))];
	files.extend(args.metrics.iter().map(|path| ("metrics", path.clone())));
	files.extend(args.log.file.iter().map(|path| ("log", path.clone())));
	let subject = MarketSubject {
		node: args.node.clone(),
		key_file: args.key_file.clone(),
		device: args.device.clone(),
		files,
		genesis: args.genesis,
	};
	let checks = doctor::examine_market(&subject)?;
	let plan = plan(args, &state, &store, taken);
	if args.json {
		let configuration = settings.map(Settings::json);
		println!("{}", json!({ "dry_run": true, "would": plan, "configuration": configuration, "checks": checks }));
	} else {
		settings.inspect(|settings| settings.print());
		println!("\nIt would:");
		plan.iter().for_each(|line| println!("  {line}"));
		println!();
		doctor::print(&checks);
	}
	Ok(doctor::exit_code(&checks))
}
