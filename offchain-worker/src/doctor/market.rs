//! What the node and the chain say of a worker of the task market: its registration, and the money of owner and operator.

use super::{
	chain::{amount, chain, clock, connect, key_on_chain, sync, told, version},
	Check,
};
use crate::{
	chain::{
		keys::AuthorKey,
		market::{self, Worker},
		ChainError, Node,
	},
	store::client::Peer,
};
use sp_core::{
	crypto::{AccountId32, Ss58Codec},
	H256,
};

/// Checks that need a node.
const CHAIN_CHECKS: [&str; 8] = ["chain", "sync", "clock", "key-on-chain", "operator", "worker", "fees", "bonds"];

/// Examines the node and, where there is a key, the worker that it operates.
pub async fn examine(url: &str, genesis: Option<H256>, key: Option<&AuthorKey>) -> Vec<Check> {
	let node = match connect(url, &CHAIN_CHECKS).await {
		Ok(node) => node,
		Err(checks) => return checks,
	};
	let mut checks = vec![version(&node, url).await];
	checks.push(told("chain", chain(&node, genesis).await));
	checks.push(told("sync", sync(&node).await));
	checks.push(told("clock", clock(&node).await));
	let Some(key) = key else {
		checks.extend(CHAIN_CHECKS[3..].iter().map(|check| Check::not_checked(check, "there is no key")));
		return checks;
	};
	checks.push(key_on_chain(&node, key).await);
	checks.extend(worker(&node, key).await.unwrap_or_else(|error| vec![told("worker", Err(error))]));
	checks
}

async fn worker(node: &Node, key: &AuthorKey) -> Result<Vec<Check>, ChainError> {
	let token = node.token().await?;
	let operator = key.account();
	let fees = node.balance(&operator).await?.map_or(0, |(free, _)| free);
	let Some(owner) = market::owner_of(node, &operator).await? else {
		let remedy = "let the owner sign workers.registerWorker, and this key workers.acceptOperator";
		let unknown = CHAIN_CHECKS[5..].iter().map(|check| Check::not_checked(check, "the key works for nobody"));
		let failure = Check::failure("operator", format!("{} works for nobody", key.address()), remedy);
		return Ok([failure].into_iter().chain(unknown).collect());
	};
	let at = node.best_header().await?.hash();
	let found = market::worker(node, &owner, at).await?;
	let free = node.balance(&owner).await?.map_or(0, |(free, _)| free);
	Ok(vec![
		Check::ok("operator", format!("{} works for {}", key.address(), owner.to_ss58check())),
		match &found {
			Some(worker) => registered(worker),
			None => Check::failure("worker", format!("{} is no worker", owner.to_ss58check()), "register it"),
		},
		money("fees", &operator, fees, &token, "send it something: it pays the fees of its calls"),
		money("bonds", &owner, free, &token, "send it something: a task's bond is held of it"),
	])
}

/// Whether the chain gives the worker tasks, and others its models.
fn registered(worker: &Worker) -> Check {
	let resources = &worker.resources;
	let message = format!(
		"{} cores, {} MiB, {} GPUs; judged {} times, {} faults",
		resources.cores, resources.memory, resources.gpus, worker.judged, worker.faults
	);
	if let Some(height) = worker.leaving {
		return Check::failure("worker", format!("{message}; it leaves at block {height}"), "register it again then");
	}
	let endpoint = String::from_utf8_lossy(&worker.endpoint).into_owned();
	match endpoint.parse::<Peer>() {
		Ok(peer) => Check::ok("worker", format!("{message}; serves models at {peer}")),
		Err(_) => Check::warning(
			"worker",
			format!("{message}; its endpoint `{endpoint}` serves no models"),
			"register http://HOST:PORT as the endpoint, and serve the store there (--gateway)",
		),
	}
}

fn money(check: &'static str, of: &AccountId32, free: u128, token: &(String, u32), remedy: &str) -> Check {
	let message = format!("{} has {} free", of.to_ss58check(), amount(free, token));
	if free > 0 {
		Check::ok(check, message)
	} else {
		Check::failure(check, message, remedy)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{commands::work::fixtures, doctor::Verdict};

	#[test]
	fn worker_should_be_told_what_its_registration_lacks() {
		let mut worker = fixtures::worker(fixtures::account(2));
		assert_eq!(registered(&worker).result, Verdict::Warning, "it has no endpoint");
		worker.endpoint = b"http://192.0.2.7:9965".to_vec();
		assert_eq!(registered(&worker).result, Verdict::Ok);
		worker.leaving = Some(40);
		assert_eq!(registered(&worker).result, Verdict::Failure);
		let token = ("PRX".to_string(), 12);
		assert_eq!(money("fees", &worker.owner, 0, &token, "").result, Verdict::Failure);
		assert_eq!(money("fees", &worker.owner, 1, &token, "").result, Verdict::Ok);
	}

	#[tokio::test]
	async fn without_a_node_the_rest_should_say_so() {
		let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
		let checks = examine(&format!("ws://127.0.0.1:{port}"), None, None).await;
		assert_eq!(checks[0].result, Verdict::Failure);
		assert!(checks[1..].iter().all(|check| check.result == Verdict::NotChecked) && checks.len() == 9);
	}
}
