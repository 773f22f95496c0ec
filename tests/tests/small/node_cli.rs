//! The node's command line, as an operator uses it.

use praxis_tests::{binary, wait_for, Node, NodeConfig, RpcError, Specification};
use serde_json::{json, Value};
use std::{
	process::{Command, Output},
	time::Duration,
};

fn node(arguments: &[&str]) -> Output {
	Command::new(binary("praxis-node")).args(arguments).output().expect("the node starts")
}

fn text(bytes: &[u8]) -> String {
	String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn specification_should_start_a_node_when_it_was_exported_raw() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let path = folder.path().join("spec.json");
	let file = path.to_str().expect("the path is text");
	let output = node(&["export-chain-spec", "--chain", "dev", "--raw", "--output", file]);
	assert!(output.status.success(), "{}", text(&output.stderr));
	let spec: Value = serde_json::from_slice(&std::fs::read(&path).expect("the file is there")).expect("it is JSON");
	assert_eq!(spec["properties"]["tokenSymbol"], "PRX");
	assert_eq!(spec["properties"]["tokenDecimals"], 12);
	assert!(spec["genesis"]["raw"]["top"].as_object().is_some_and(|top| !top.is_empty()));

	let mut config = NodeConfig::new(file, "alice");
	config.flags = ["--database", "auto"].map(String::from).to_vec();
	let mut from_file = Node::start(config);
	let mut by_name = Node::start(NodeConfig::new("dev", "alice"));
	assert_eq!(from_file.rpc().block_hash(0), by_name.rpc().block_hash(0), "both have the same genesis block");
	from_file.stop();
	by_name.stop();
}

#[test]
fn node_should_refuse_development_keys_when_the_chain_is_live() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let base = folder.path().to_str().expect("the path is text");
	let flags = ["--chain", "staging", "--alice", "--base-path", base, "--no-prometheus", "--rpc-port", "0"];
	let output = node(&[&flags[..], &["--unsafe-force-node-key-generation"]].concat());
	assert!(!output.status.success());
	assert!(text(&output.stderr).contains("development account"), "{}", text(&output.stderr));
}

#[test]
fn node_should_keep_unsafe_methods_from_others_when_told_so() {
	let mut config = NodeConfig::follower("local");
	config.flags = ["--validator", "--rpc-methods", "safe"].map(String::from).to_vec();
	let mut node = Node::start(config);
	let error = node.rpc().call("author_rotateKeys", json!([])).expect_err("it makes keys");
	assert!(matches!(&error, RpcError::Call { message, .. } if message.contains("unsafe")), "{error}");
	let methods = node.rpc().call("rpc_methods", json!([])).expect("it is safe");
	for method in ["learning_subscribeWork", "payment_queryInfo", "system_accountNextIndex", "chain_getFinalizedHead"] {
		let known = methods["methods"].as_array().is_some_and(|methods| methods.iter().any(|known| known == method));
		assert!(known, "{method} is not served");
	}
	// It has no keys, so it is idle, and says why.
	wait_for("the node to tell its missing keys", Duration::from_secs(30), || {
		let log = node.log();
		(log.contains("author_rotateKeysWithOwner") && log.contains("no GRANDPA key")).then_some(())
	});
	node.stop();
}

#[test]
fn chain_should_be_gone_when_it_was_purged() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let base = folder.path().to_str().expect("the path is text");
	let database = folder.path().join("chains");
	let output = node(&["export-blocks", "--chain", "local", "--base-path", base, "--from", "0", "--to", "0"]);
	assert!(output.status.success(), "{}", text(&output.stderr));
	let id = std::fs::read_dir(&database).expect("the node made it").next().expect("one chain").expect("readable");
	assert!(id.path().join("paritydb").is_dir());
	let output = node(&["purge-chain", "--chain", "local", "--base-path", base, "-y"]);
	assert!(output.status.success(), "{}", text(&output.stderr));
	assert!(!id.path().join("paritydb").exists());
}

#[test]
fn node_should_refuse_a_specification_when_its_database_holds_another_chain() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let base = folder.path().to_str().expect("the path is text");
	let begun = |randomness: u8| {
		Specification::new("staging", "anew", |genesis| {
			genesis["randomness"]["randomness"] = json!(vec![randomness; 32])
		})
	};
	let (first, second) = (begun(1), begun(2));
	let open = |chain: &Specification| {
		node(&["export-blocks", "--chain", &chain.path(), "--base-path", base, "--from", "0", "--to", "0"])
	};
	for _ in 0..2 {
		let output = open(&first);
		assert!(output.status.success(), "{}", text(&output.stderr));
	}
	let output = open(&second);
	assert!(!output.status.success(), "it went on with the old chain");
	assert!(text(&output.stderr).contains("holds another chain"), "{}", text(&output.stderr));
}

#[test]
fn keys_should_be_shown_and_made_by_the_node() {
	let output = node(&["key", "inspect", "//Alice", "--output-type", "json"]);
	let alice: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
	assert_eq!(alice["ss58Address"], "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
	let output = node(&["key", "generate", "--output-type", "json"]);
	let fresh: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
	assert!(fresh["secretPhrase"].as_str().is_some_and(|phrase| phrase.split(' ').count() == 12));
}

#[test]
fn mistakes_should_be_told_with_what_to_do() {
	let output = node(&["--chain", "/nowhere/spec.json"]);
	assert!(!output.status.success());
	assert!(text(&output.stderr).contains("neither dev, local or staging"), "{}", text(&output.stderr));
	let folder = tempfile::tempdir().expect("a temporary folder");
	let base = folder.path().to_str().expect("the path is text");
	let output = node(&["--chain", "local", "--validator", "--base-path", base]);
	assert!(!output.status.success());
	assert!(text(&output.stderr).contains("key generate-node-key"), "{}", text(&output.stderr));
	let output = node(&["--help"]);
	assert!(output.status.success());
	assert!(text(&output.stdout).contains("praxis-node --dev"));
}
