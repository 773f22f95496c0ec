//! The dashboard and the alerts in `ops/` against a real node and its worker: every metric that they name is served, with
//! sane values.

use praxis_tests::{
	chain::score_of,
	free_port,
	network::LIMIT,
	prometheus::{of, scrape, Watched},
	wait_for, Node, NodeConfig, Worker, WorkerConfig,
};
use std::collections::BTreeSet;

/// Series that are information for people who look closer, and stand on no dashboard.
const NOT_SHOWN: [&str; 4] = [
	"praxis_head_reward",
	"praxis_worker_last_rewarded_block",
	"praxis_worker_environment_steps_total",
	"praxis_worker_gradient_steps_total",
];

/// A worker that learns, keeps its agent and looks at itself often, so that it has something to say on everything.
fn start_worker(node: &Node, control: u16) -> Worker {
	let control = format!("127.0.0.1:{control}");
	let flags = ["--device", "cpu", "--control", &control, "--max-updates-per-block", "1"];
	let more = ["--evaluate-every", "1", "--checkpoint", "agent.safetensors"];
	let flags = flags.iter().chain(&more).copied().map(String::from).collect();
	Worker::start(node, WorkerConfig { key: "//Alice".into(), flags })
}

#[test]
fn dashboard_and_alerts_should_name_metrics_that_a_node_and_a_worker_serve() {
	let (port, control) = (free_port(), free_port());
	let node = Node::start(NodeConfig::new("dev", "alice").with(&["--prometheus-port", &port.to_string()]));
	let mut worker = start_worker(&node, control);
	wait_for("blocks with transitions, some of them final", LIMIT, || {
		worker.assert_runs();
		let now = scrape(port);
		(now["praxis_submissions_accepted_total"] >= 8.0 && now["praxis_authored_finalized_blocks_total"] >= 2.0)
			.then_some(())
	});
	let all_told =
		["praxis_worker_return", "praxis_worker_last_rewarded_block", "praxis_worker_checkpoint_time_seconds"];
	wait_for("a worker that has evaluated, saved and earned", LIMIT, || {
		let now = scrape(control);
		all_told.iter().all(|metric| now.contains_key(*metric)).then_some(())
	});

	let (served, by_worker) = (scrape(port), scrape(control));
	let ours = |name: &&String| name.starts_with("praxis_worker_");
	assert!(by_worker.keys().all(|name| ours(&name)) && !served.keys().any(|name| ours(&name)), "who serves what");
	let watched = Watched::read("grafana/praxis.json", "prometheus/alerts.yml");
	assert!(watched.panels >= 30 && watched.alerts >= 8, "{watched:?}");
	let all: BTreeSet<String> = served.keys().chain(by_worker.keys()).cloned().collect();
	watched.check(&all, &NOT_SHOWN);

	check_values(&node, port);
	check_worker(port, control);

	worker.stop();
	wait_for("blocks without a worker", LIMIT, || {
		let now = scrape(port);
		(now["praxis_connected_workers"] == 0.0 && now["praxis_block_reward"] == 0.0).then_some(())
	});
	let now = scrape(port);
	assert!(now["praxis_empty_blocks_total"] > served["praxis_empty_blocks_total"]);
	assert!(now["praxis_empty_blocks_total"] < now["praxis_head_blocks_total"]);
}

/// What the worker says of itself is what its node says.
fn check_worker(port: u16, control: u16) {
	let count = "praxis_worker_submissions_total";
	// The node counts before the worker hears of it.
	let now = wait_for("a moment in which nothing is under way", LIMIT, || {
		let before = scrape(port)["praxis_submissions_accepted_total"];
		let now = scrape(control);
		let accepted = of(control, &format!("{count}{{result=\"accepted\"}}"));
		(accepted == before && scrape(port)["praxis_submissions_accepted_total"] == before).then_some(now)
	});
	for (metric, value) in [
		("praxis_worker_healthy", 1.0),
		("praxis_worker_connected", 1.0),
		("praxis_worker_connections_total", 1.0),
		("praxis_worker_node_peers", 0.0),
		("praxis_worker_lost_blocks_total", 0.0),
		// One of the states.
		("praxis_worker_state", 1.0),
	] {
		assert_eq!(now[metric], value, "{metric}");
	}
	assert_eq!(of(control, "praxis_worker_state{state=\"mining\"}"), 1.0);
	let awards = ["best", "finalised"].map(|chain| of(control, &format!("praxis_worker_awards{{chain=\"{chain}\"}}")));
	assert!(awards[1] > 0.0 && awards[0] >= awards[1], "{awards:?}");
	assert!((0.0..=1.0).contains(&now["praxis_worker_last_submission_reward"]), "{now:?}");
	assert!(now["praxis_worker_last_submission_duration_seconds"] < 3.0, "within a slot");
	assert!(now["praxis_worker_gradient_steps_total"] > 0.0 && now["praxis_worker_replay_transitions"] > 0.0);
	assert!(now["praxis_worker_finalised_block"] <= now["praxis_worker_best_block"]);
	let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
	for moment in ["start", "last_work", "last_submission", "last_rewarded", "checkpoint"] {
		let age = clock - now[&format!("praxis_worker_{moment}_time_seconds")];
		assert!((-1.0..600.0).contains(&age), "{moment} was {age} s ago");
	}
}

/// One author on a chain of its own: what it must see is known.
fn check_values(node: &Node, port: u16) {
	// The head must not move between the two looks.
	let rpc = node.rpc();
	let (head, score, now) = wait_for("a head that stays for a moment", LIMIT, || {
		let head = rpc.number(None).ok()?;
		let hash = rpc.block_hash(head)?;
		let now = scrape(port);
		let same = rpc.number(None).ok()? == head && now["substrate_block_height"] > f64::from(head);
		let score = score_of(&rpc, &hash);
		(same && now["praxis_cumulative_reward"] == score.cumulative.to_f64()).then_some((head, score, now))
	});
	assert_eq!(now["praxis_block_reward"], score.reward.to_f64());
	// The first block may be older than the metrics.
	assert!((f64::from(head) - 1.0..=f64::from(head)).contains(&now["praxis_head_blocks_total"]), "{now:?}");
	assert_eq!(now["praxis_authored_blocks_total"], now["praxis_head_blocks_total"]);
	assert!(now["praxis_authored_finalized_blocks_total"] < now["praxis_authored_blocks_total"]);
	assert_eq!(now["praxis_head_reward_count"], now["praxis_head_blocks_total"]);
	assert!((now["praxis_head_reward_sum"] - score.cumulative.to_f64()).abs() <= 1.0);
	assert!(now["praxis_empty_blocks_total"] < now["praxis_head_blocks_total"]);
	for (metric, value) in [
		("praxis_tip_flips_total", 0.0),
		("praxis_retracted_blocks_total", 0.0),
		("praxis_equivocations", 0.0),
		("praxis_sibling_candidates", 1.0),
		("praxis_connected_workers", 1.0),
	] {
		assert_eq!(now[metric], value, "{metric}");
	}
	assert!(now["praxis_finality_lag_blocks"] <= 20.0);
}
