//! `mine --dry-run`: everything that `mine` needs is looked at, and nothing is started.

use super::{miner, Failure, MineArgs, Outcome};
use crate::{
	chain::keys::AuthorKey,
	doctor::{self, Subject},
	monitor::server::{self, Control, ControlError},
	settings::Settings,
	store::gateway,
};
use serde_json::json;

/// What would be done, for people.
fn plan(args: &MineArgs, start: &str, taken: bool) -> Vec<String> {
	let play = match (args.random, args.learn) {
		(true, _) => "play at random, without learning".to_string(),
		(_, false) => "play a fixed policy, without learning".to_string(),
		_ => format!(
			"learn from {} with at most {} gradient steps a block",
			clap::ValueEnum::to_possible_value(&args.experience)
				.map(|value| value.get_name().to_string())
				.unwrap_or_default(),
			args.max_updates_per_block
		),
	};
	let mut plan = vec![format!("take work from {}", args.node), start.to_string(), play];
	if let Some(path) = args.checkpoint.as_ref().filter(|_| args.learn && !args.random) {
		plan.push(format!("keep the agent in {} every {} blocks", path.display(), args.evaluate_every));
	}
	plan.extend(args.metrics.as_ref().map(|path| format!("append events to {}", path.display())));
	plan.extend(args.log.file.as_ref().map(|path| format!("log into {}", path.display())));
	plan.extend(args.gateway.map(|address| format!("serve the models at http://{address}/ipfs/")));
	plan.push(match args.control {
		Control::Off => "serve no control API".into(),
		Control::At(address) if taken => {
			format!("serve the control API at {address}, which is taken now: perhaps by a worker that runs already")
		}
		Control::At(address) => format!("serve the control API, /metrics and /healthz at {address}"),
	});
	plan
}

/// Runs the command.
pub fn run(args: &MineArgs, settings: Option<&Settings>) -> Outcome {
	args.log.filter()?;
	let (loaded, warning) = miner::load(args)?;
	let start = match &loaded {
		_ if args.random => "start without a policy".to_string(),
		None => match (args.seed, AuthorKey::load(args.key_file.as_deref())) {
			(Some(seed), _) => format!("start a new agent (seed {seed})"),
			(None, Ok(key)) => format!("start a new agent (seed {} of the account)", args.seed(&key.account())),
			// What is wrong with the key is said below.
			(None, Err(_)) => "start a new agent (seed of the account)".into(),
		},
		Some(checkpoint) => {
			format!("start from an agent of {} with {} gradient steps", checkpoint.environment, checkpoint.updates)
		}
	};
	// Bound and let go: whether the port is free is all that counts here. Beside the worker that it is asked for, it is not.
	let taken = match server::bind(args.control, args.control_remote) {
		Err(ControlError::Taken(..)) => true,
		bound => bound.map(|_| false)?,
	};
	if let Some(address) = args.gateway {
		gateway::bind(address, args.gateway_remote).map_err(|error| Failure::input("gateway", error))?;
	}
	let subject = Subject {
		node: args.node.clone(),
		key_file: args.key_file.clone(),
		device: (!args.random).then(|| args.device.clone()),
		checkpoint: args.checkpoint.clone(),
		metrics: args.metrics.clone(),
		log_file: args.log.file.clone(),
		genesis: args.genesis,
	};
	let checks = doctor::examine(&subject)?;
	let plan = plan(args, &start, taken);
	if args.json {
		println!(
			"{}",
			json!({
				"dry_run": true,
				"would": plan,
				"warning": warning,
				"configuration": settings.map(Settings::json),
				"checks": checks,
			})
		);
	} else {
		settings.inspect(|settings| settings.print());
		println!("\nIt would:");
		plan.iter().for_each(|line| println!("  {line}"));
		warning.inspect(|warning| println!("\nwarning: {warning}"));
		println!();
		doctor::print(&checks);
	}
	Ok(doctor::exit_code(&checks))
}
