//! A runtime upgrade on a running network: authorised by a multisig and sent by nobody in particular, with polkadot.js as `docs/upgrade.md` says, with a real
//! migration.

use codec::{Decode, Encode};
use praxis_environment::Real;
use praxis_primitives_consensus::api::Record;
use praxis_tests::{
	chain::{account, account_info, api, hash_of, is_by, score_of, storage_key},
	network::{start_network, start_workers, wait_for_finality, wait_for_height, AUTHORS, LIMIT},
	wait_for, Audit, Node, Rpc, Specification, Worker,
};
use serde_json::json;
use sp_core::crypto::{AccountId32, Ss58Codec};
use sp_io::hashing::blake2_256;
use std::{fs, path::Path, process::Command};

/// What `build.rs` built. Of its constants the path alone is of use.
#[allow(dead_code, missing_docs)]
mod next {
	include!(concat!(env!("OUT_DIR"), "/upgrade_test_runtime.rs"));
}

/// Version of the runtime of the genesis.
const OLD: u32 = praxis_runtime::VERSION.spec_version;

/// Version of the runtime that `build.rs` built.
const NEW: u32 = 1_000_000;

/// Blocks with records before the upgrade, and blocks over which the new runtime is judged.
const BLOCKS: u32 = 6;

fn spec_version(rpc: &Rpc, at: &str) -> u32 {
	let version = rpc.call("state_getRuntimeVersion", json!([at])).expect("the version is told");
	version["specVersion"].as_u64().and_then(|version| version.try_into().ok()).expect("a version is a number")
}

/// Version of the oracle's storage, as FRAME keeps it.
fn storage_version(rpc: &Rpc, at: &str) -> u16 {
	let key = storage_key("Oracle", ":__STORAGE_VERSION__:");
	let value = rpc.storage(&key, Some(at)).expect("storage can be read").expect("a pallet has a version");
	u16::decode(&mut &value[..]).expect("a version is a number")
}

fn records(rpc: &Rpc, end: u32, at: &str) -> Vec<Record<AccountId32>> {
	api(rpc, "OracleApi_records", &(1u32, end).encode(), at)
}

/// Who has the sudo key together, three of them at least. They are no authors, so their fees are nobody's awards.
const SIGNATORIES: [&str; 4] = ["//Charlie", "//Dave", "//Eve", "//Ferdie"];

/// Runs one of the scripts for operators on `node`, and gives what it printed, or what it complained of.
fn script(node: &Node, arguments: &[&str], key: (&str, &str)) -> Result<String, String> {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("polkadot-js");
	if !folder.join("node_modules/.package-lock.json").is_file() {
		let status = Command::new("npm").arg("ci").current_dir(&folder).status();
		let status = status.unwrap_or_else(|e| panic!("npm does not start ({e}): `cargo xtask setup` installs it"));
		assert!(status.success(), "`npm ci` in {} failed: {status}", folder.display());
	}
	let mut command = Command::new("node");
	command.args(arguments).env("PRAXIS_WS", node.url()).env(key.0, key.1).current_dir(&folder);
	let output = command.output();
	let output = output.unwrap_or_else(|e| panic!("node does not start ({e}): `cargo xtask setup` installs Node.js"));
	let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
	if output.status.success() {
		Ok(out.trim().to_owned())
	} else {
		Err(format!("{arguments:?}\n{out}\n{error}"))
	}
}

/// The next runtime as a release has it: the development profile does not compress, and a block takes 1 MiB.
fn compressed() -> Vec<u8> {
	let path = next::WASM_BINARY_PATH.expect("build.rs built it");
	let code = fs::read(path).unwrap_or_else(|e| panic!("{path}: {e}"));
	sp_maybe_compressed_blob::compress_strongly(&code, 50 * 1024 * 1024).expect("the runtime is within the limit")
}

/// Upgrades as operators do, and gives the height of the block in which the code was set.
fn upgrade(node: &Node, code: &[u8]) -> u32 {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let file = folder.path().join("next.compressed.wasm");
	fs::write(&file, code).expect("the folder is writable");
	let file = file.to_str().expect("the path is text");
	let run = |key: &str, options: &[&str]| {
		let arguments: Vec<_> = ["upgrade.js", file, "--json"].iter().chain(options).copied().collect();
		script(node, &arguments, ("PRAXIS_SUDO", key))
	};
	let refused = run(SIGNATORIES[0], &[]);
	assert!(refused.is_err_and(|told| told.contains("the sudo key is")), "one of four upgrades alone");
	let refused = run("", &[]);
	assert!(refused.is_err_and(|told| told.contains("no key")), "the code is sent before it is authorised");

	let all = SIGNATORIES.map(|key| account(key).to_ss58check()).join(",");
	let parse = |answer: Result<String, String>| {
		let answer = answer.unwrap_or_else(|told| panic!("{told}"));
		serde_json::from_str::<serde_json::Value>(&answer).expect("it answers in JSON")
	};
	let unchanged = |when: &str| {
		let rpc = node.rpc();
		assert_eq!(spec_version(&rpc, &rpc.finalized_hash().expect("the node answers")), OLD, "{when}");
	};
	for (approvals, key) in (1..).zip(&SIGNATORIES[..2]) {
		let answer = parse(run(key, &["--of", &all]));
		assert_eq!((answer["approvals"].as_u64(), answer["threshold"].as_u64()), (Some(approvals), Some(3)));
		unchanged("before three of four have approved");
	}
	let again = run(SIGNATORIES[0], &["--of", &all]);
	assert!(again.is_err_and(|told| told.contains("approved")), "one signatory counts once");
	let answer = parse(run(SIGNATORIES[3], &["--of", &all, "--authorise-only"]));
	let hash = format!("{:?}", sp_core::H256(blake2_256(code)));
	assert_eq!(answer["authorised"].as_str(), Some(&hash[..]), "{answer}");
	unchanged("before the code is there");

	// Without any key, which nobody needs any more.
	let answer = parse(run("", &[]));
	assert_eq!((answer["from"].as_u64(), answer["to"].as_u64()), (Some(OLD.into()), Some(NEW.into())));
	let again = parse(run("", &[]));
	assert_eq!((again["from"].as_u64(), again["to"].as_u64()), (Some(NEW.into()), Some(NEW.into())), "it is done");
	answer["block"].as_u64().and_then(|block| block.try_into().ok()).expect("it names a block")
}

/// An author leaves while it mines: no submission takes the place of its transaction.
fn leave_while_mining(node: &Node, worker: &mut Worker, key: &str) {
	worker.assert_runs();
	script(node, &["send.js", "workers.deregister"], ("PRAXIS_KEY", key)).unwrap_or_else(|told| panic!("{told}"));
	let rpc = node.rpc();
	let hash = rpc.finalized_hash().expect("the node answers");
	let authors: Vec<(AccountId32, [u8; 32])> = api(&rpc, "WorkersApi_authors", &[], &hash);
	assert!(authors.len() == 1 && authors[0].0 != account(key), "{authors:?}");
	let nonce = account_info(&rpc, &account(key), rpc.number(Some(&hash)).expect("it has a height")).nonce;
	assert_eq!(nonce, 1, "one transaction, and submissions that take no nonce");
}

#[test]
fn network_should_go_on_when_its_runtime_is_upgraded() {
	let specification = Specification::new("local", "praxis_upgrade", |genesis| {
		for list in [("workers", "authors"), ("grandpa", "authorities")] {
			genesis[list.0][list.1].as_array_mut().expect("a list").truncate(2);
		}
		let mut signatories = SIGNATORIES.map(account);
		signatories.sort();
		genesis["sudo"]["key"] = praxis_runtime::Multisig::multi_account_id(&signatories, 3).to_ss58check().into();
	});
	let authors = &AUTHORS[..2];
	let mut nodes = start_network(&specification.path(), authors);
	let mut workers = start_workers(&nodes, authors);
	let rpc = nodes[0].rpc();
	wait_for_finality(&nodes, BLOCKS);
	let mut audit = Audit::begin(&nodes[0]).with_payers(SIGNATORIES.map(account));

	let set = upgrade(&nodes[0], &compressed());
	// The block that set the code was made by the old one; its child is the first of the new one, and migrates.
	let first = set + 1;
	wait_for_height(&nodes[0], first + BLOCKS);
	wait_for_finality(&nodes, first + BLOCKS);
	let last = first + BLOCKS;

	for node in &nodes {
		let rpc = node.rpc();
		let [old, new, end] = [set, first, last].map(|number| hash_of(&rpc, number));
		let parent = hash_of(&rpc, set - 1);
		assert_eq!([&parent, &old, &new, &end].map(|at| spec_version(&rpc, at)), [OLD, NEW, NEW, NEW]);
		assert_eq!([&old, &new, &end].map(|at| storage_version(&rpc, at)), [1, 2, 2]);
	}

	// Exactly once: every record from before is hashed once, and none from after.
	let before = records(&rpc, set, &hash_of(&rpc, set));
	let after = records(&rpc, last, &hash_of(&rpc, last));
	assert!(before.len() >= 2, "{before:?}");
	let expected: Vec<_> = before
		.iter()
		.map(|record| {
			let policy_hash = sp_core::H256(blake2_256(record.policy_hash.as_bytes()));
			Record { policy_hash, ..record.clone() }
		})
		.collect();
	assert_eq!(after[..before.len()], expected[..]);
	let policies: Vec<_> = before.iter().map(|record| record.policy_hash).collect();
	assert!(after.len() > before.len(), "no transitions after the upgrade");
	assert!(
		after[before.len()..].iter().all(|record| policies.contains(&record.policy_hash)),
		"random policies are one"
	);

	// Workers sign for the new version and are rewarded; scores, awards and the state's invariants hold on every node.
	for (worker, (_, key)) in workers.iter_mut().zip(authors) {
		worker.assert_runs();
		let submitted = worker.events("submitted");
		assert!(submitted.iter().any(|event| event["height"].as_u64() > Some(first.into())), "{key} submits no more");
	}
	wait_for("a rewarded block of each author after the upgrade", LIMIT, || {
		let end = rpc.finalized_number().ok()?;
		let rewarded = |key: &str| {
			(first..=end).any(|number| {
				let hash = hash_of(&rpc, number);
				is_by(&rpc, &hash, key) && score_of(&rpc, &hash).reward > Real::ZERO
			})
		};
		authors.iter().all(|(_, key)| rewarded(key)).then_some(())
	});
	let books = audit.check(&nodes);
	assert!(books.full * 2 >= books.blocks && books.minted > 0, "two workers mine: {books:?}");

	leave_while_mining(&nodes[1], &mut workers[1], authors[1].1);

	workers.iter_mut().for_each(Worker::stop);
	nodes.iter_mut().for_each(Node::stop);
}
