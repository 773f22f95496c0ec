//! A worker as people and programs see it.

use crate::{
	chain::market::{Task, Worker},
	commands::client::{address, fraction, Chain},
};
use serde_json::{json, Value};
use std::fmt::Write;

/// Numbers of the tasks that a worker has a part in and that are not finished.
fn open(worker: &Worker, tasks: &[Task]) -> Vec<u32> {
	let unfinished = tasks.iter().filter(|task| task.state.finished().is_none());
	unfinished.filter(|task| task.requester != worker.owner).map(|task| task.id).collect()
}

/// For programs. `money` is what the owner and the operator have free.
pub fn json(chain: &Chain, worker: &Worker, tasks: &[Task], money: (u128, u128), height: u32) -> Value {
	let skills: Vec<Value> = worker
		.skills
		.iter()
		.map(|(environment, level)| json!({ "environment": environment, "level": fraction(level.deconstruct()) }))
		.collect();
	json!({
		"owner": address(&worker.owner),
		"operator": worker.operator.as_ref().map(address),
		"proposed": worker.proposed.as_ref().map(address),
		"resources": worker.resources,
		"endpoint": String::from_utf8_lossy(&worker.endpoint),
		"deposit": worker.deposit.to_string(),
		"since": worker.since,
		"leaving": worker.leaving,
		"seconds_to_release": worker.leaving.and_then(|at| chain.seconds(at, height)),
		"reputation": fraction(worker.reputation.deconstruct()),
		"compute": fraction(worker.compute.deconstruct()),
		"skills": skills,
		"judged": worker.judged,
		"faults": worker.faults,
		"engaged": worker.engaged,
		"tasks": open(worker, tasks),
		"owner_free": money.0.to_string(),
		"operator_free": money.1.to_string(),
		"height": height,
	})
}

/// For people.
pub fn text(chain: &Chain, worker: &Worker, tasks: &[Task], money: (u128, u128), height: u32) -> String {
	let mut out = String::new();
	let percent = |part: u32| fraction(part) * 100.0;
	let _ = writeln!(out, "owner       {}, free {}", address(&worker.owner), chain.show(money.0));
	let _ = match (&worker.operator, &worker.proposed) {
		(Some(operator), _) => writeln!(out, "operator    {}, free {}", address(operator), chain.show(money.1)),
		(None, Some(proposed)) => {
			let free = chain.show(money.1);
			writeln!(out, "operator    {} was named and has not accepted, free {free}", address(proposed))
		}
		(None, None) => writeln!(out, "operator    none: `praxis-worker worker set-operator`"),
	};
	let _ = writeln!(
		out,
		"reputation  {:.1} %; speed {:.1} %; {} tasks judged, {} faults",
		percent(worker.reputation.deconstruct()),
		percent(worker.compute.deconstruct()),
		worker.judged,
		worker.faults
	);
	for (environment, level) in &worker.skills {
		let _ = writeln!(out, "  good at   {environment}: {:.1} %", percent(level.deconstruct()));
	}
	let tasks = open(worker, tasks);
	let tasks = if tasks.is_empty() { "no tasks".into() } else { format!("tasks {tasks:?}") };
	let _ = writeln!(out, "work        {tasks}; assigned to {}", worker.engaged);
	let machine = &worker.resources;
	let _ = writeln!(
		out,
		"machine     {} cores, {} MiB, {} GPUs of {} MiB",
		machine.cores, machine.memory, machine.gpus, machine.gpu_memory
	);
	let endpoint = String::from_utf8_lossy(&worker.endpoint);
	let endpoint = if endpoint.is_empty() { "none: nobody finds its models".into() } else { endpoint };
	let _ = writeln!(out, "endpoint    {endpoint}");
	let _ = writeln!(out, "deposit     {}, since block {}", chain.show(worker.deposit), worker.since);
	if let Some(at) = worker.leaving {
		let _ = writeln!(out, "leaving     the deposit is free from {} on", chain.until(at, height));
	}
	out
}
