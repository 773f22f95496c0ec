//! A run that was stopped and resumed is the run that never stopped, to the bit.
#![allow(missing_docs)]

use serde_json::Value;
use std::{path::Path, process::Command};

fn train(out: &Path, steps: u32, more: &[&str]) -> Value {
	let output = Command::new(env!("CARGO_BIN_EXE_praxis-worker"))
		.args(["train", "--environment", "CartPole-v1", "--device", "cpu", "--plain", "--json", "--seed", "5"])
		.args(["--evaluate-every", "500", "--steps", &steps.to_string(), "--out"])
		.arg(out)
		.args(more)
		.output()
		.expect("the worker starts");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The metrics without what a clock or a folder decides.
fn metrics(out: &Path) -> Vec<String> {
	let text = std::fs::read_to_string(out.join("metrics.jsonl")).expect("metrics");
	let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
	lines
		.filter(|line| line["event"] == "episode" || line["event"] == "evaluation")
		.map(|mut line| {
			for field in ["seconds", "learning_seconds"] {
				line.as_object_mut().expect("an object").remove(field);
			}
			line.to_string()
		})
		.collect()
}

#[test]
fn a_resumed_run_should_be_the_one_that_never_stopped() {
	for crew in [&[][..], &["--actors", "2", "--environments", "3"]] {
		let folder = tempfile::tempdir().expect("a folder");
		let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
		let expected = train(&whole, 3_000, crew);
		train(&parts, 1_500, crew);
		let found = train(&parts, 3_000, &[crew, &["--resume"]].concat());
		assert_eq!(found["policy_hash"], expected["policy_hash"], "{crew:?}");
		assert!(expected["updates"].as_u64().is_some_and(|updates| updates > 500), "{expected}");
		for file in ["checkpoint.safetensors", "policy.safetensors"] {
			let read = |folder: &Path| std::fs::read(folder.join(file)).expect("a file");
			assert!(read(&whole) == read(&parts), "{file} differs, {crew:?}");
		}
		assert_eq!(metrics(&whole), metrics(&parts), "{crew:?}");
	}
}
