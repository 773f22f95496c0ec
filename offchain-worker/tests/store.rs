//! `praxis-worker store`: as people call it, and two workers that exchange a model.

use serde_json::{json, Value};
use std::{
	fs,
	io::{BufRead, BufReader},
	path::Path,
	process::{Child, Command, Output, Stdio},
	time::{Duration, Instant},
};
use tempfile::TempDir;

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
	let mut command = Command::new(env!("CARGO_BIN_EXE_praxis-worker"));
	command.args(["store", "--json"]).args(arguments).env("PRAXIS_STORE", folder.path().join("store"));
	command
}

fn store(folder: &TempDir, arguments: &[&str]) -> Output {
	command(folder, arguments).output().expect("the worker starts")
}

fn answer(folder: &TempDir, arguments: &[&str]) -> Value {
	let output = store(folder, arguments);
	let text = String::from_utf8_lossy(&output.stdout);
	assert!(output.status.success(), "{arguments:?}: {text}");
	serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
}

/// The kind of an error, and the exit code.
fn failure(folder: &TempDir, arguments: &[&str]) -> (String, i32) {
	let output = store(folder, arguments);
	let text = String::from_utf8_lossy(&output.stdout);
	let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
	let kind = value["error"]["kind"].as_str().unwrap_or_else(|| panic!("{arguments:?}: {text}")).to_string();
	(kind, output.status.code().expect("a code"))
}

fn text(path: &Path) -> &str {
	path.to_str().expect("UTF-8")
}

/// A directory with a model of two mebibytes.
fn model(folder: &TempDir) -> std::path::PathBuf {
	let path = folder.path().join("model");
	fs::create_dir(&path).expect("a folder");
	let data: Vec<u8> = (0..2u32 << 18).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
	let shape = [data.len()];
	let view = safetensors::tensor::TensorView::new(safetensors::Dtype::U8, shape.to_vec(), &data).expect("a view");
	let weights = safetensors::serialize([("hidden.weight", view)], None).expect("safetensors");
	fs::write(path.join("model.safetensors"), weights).expect("written");
	let card = json!({
		"version": 1, "environment": "CartPole-v1", "policy_hash": "0f".repeat(32), "verified_score": 480.5,
		"parent": null, "network": { "inputs": 4, "hidden": [64, 64], "outputs": 2, "dueling": true },
		"training": { "gamma": 0.99, "steps": 50_000 }, "creator": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		"created_at": 1234,
	});
	fs::write(path.join("card.json"), card.to_string()).expect("written");
	path
}

/// `store serve`, ended when dropped.
struct Server {
	child: Child,
	url: String,
}

impl Server {
	fn start(folder: &TempDir) -> Self {
		let mut serve = command(folder, &["serve", "--listen", "127.0.0.1:0"]);
		let mut child = serve.stdout(Stdio::piped()).spawn().expect("the worker starts");
		let mut line = String::new();
		BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
		let value: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
		let url = format!("http://{}", value["address"].as_str().expect("an address"));
		Self { child, url }
	}

	/// SIGTERM; its exit code.
	fn stop(mut self) -> Option<i32> {
		let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
		assert!(sent.success());
		let started = Instant::now();
		loop {
			if let Some(status) = self.child.try_wait().expect("a child") {
				return status.code();
			}
			assert!(started.elapsed() < Duration::from_secs(10), "it does not end");
			std::thread::sleep(Duration::from_millis(20));
		}
	}
}

impl Drop for Server {
	fn drop(&mut self) {
		// It may have ended by itself; both calls then fail, which is fine.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

#[test]
fn two_workers_should_exchange_a_model() {
	let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
	let path = model(&one);
	let added = answer(&one, &["add", "--model", text(&path)]);
	let cid = added["cid"].as_str().expect("a CID");
	let server = Server::start(&one);
	let output = two.path().join("fetched");
	let get = ["get", cid, "--output", text(&output), "--peer", "http://127.0.0.1:9", "--peer", &server.url];
	let fetched = answer(&two, &get);
	assert_eq!(fetched["peer"], server.url.as_str(), "the first peer is not there, the second gives it");
	for name in ["card.json", "model.safetensors"] {
		assert!(fs::read(path.join(name)).expect("a file") == fs::read(output.join(name)).expect("a file"), "{name}");
	}
	assert_eq!(answer(&two, &["add", text(&output)])["cid"], cid, "equal files have an equal CID");
	// What was fetched can be passed on.
	let (second, third) = (Server::start(&two), tempfile::tempdir().expect("a folder"));
	let card = third.path().join("card.json");
	let target = format!("{cid}/card.json");
	answer(&third, &["get", &target, "--output", text(&card), "--peer", &second.url]);
	assert!(card.is_file());
	assert_eq!((server.stop(), second.stop()), (Some(0), Some(0)));
}

#[test]
fn files_should_be_added_listed_printed_exported_imported_and_removed() {
	let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
	let path = model(&one);
	let cid = answer(&one, &["add", text(&path)])["cid"].as_str().expect("a CID").to_string();
	let listed = answer(&one, &["ls"]);
	assert_eq!((&listed["entries"][0]["cid"], &listed["entries"][0]["name"]), (&json!(cid), &json!("model")));
	assert_eq!(answer(&one, &["ls", &cid])["entries"][1]["name"], "model.safetensors");
	let printed = store(&one, &["cat", &format!("/ipfs/{cid}/card.json")]);
	assert_eq!(printed.stdout, fs::read(path.join("card.json")).expect("a card"));
	let car = one.path().join("model.car");
	let exported = answer(&one, &["export", &cid, "--output", text(&car)]);
	assert_eq!(exported["bytes"], fs::metadata(&car).expect("a file").len());
	assert_eq!(answer(&two, &["import", text(&car)])["roots"], json!([cid]));
	assert_eq!(answer(&two, &["ls"])["entries"][0]["bytes"], listed["entries"][0]["bytes"]);
	assert!(answer(&two, &["remove", &cid])["blocks"].as_u64().is_some_and(|blocks| blocks >= 5));
	assert_eq!(answer(&two, &["ls"])["entries"], json!([]));
	let kubo = answer(&one, &["add", "--profile", "kubo", "--name", "old", text(&path.join("card.json"))]);
	assert!(kubo["cid"].as_str().is_some_and(|cid| cid.starts_with("Qm")) && kubo["name"] == "old");
}

#[test]
fn what_is_wrong_should_be_told_by_a_word_and_an_exit_code() {
	let folder = tempfile::tempdir().expect("a folder");
	let path = model(&folder);
	let cid = answer(&folder, &["add", text(&path)])["cid"].as_str().expect("a CID").to_string();
	let absent = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
	let (out, taken) = (folder.path().join("out"), folder.path().join("taken"));
	fs::write(&taken, "mine").expect("written");
	let (out, taken) = (text(&out), text(&taken));
	let cases: [(&[&str], &str, i32); 13] = [
		(&["cat", "nonsense"], "cid", 2),
		(&["cat", absent], "missing", 2),
		(&["cat", &cid], "kind", 2),
		(&["cat", &format!("{cid}/none")], "no-entry", 2),
		(&["cat", &format!("{cid}/../x")], "path", 2),
		(&["get", &cid, "--output", taken], "file", 2),
		(&["get", absent, "--output", out, "--peer", "http://127.0.0.1:9"], "fetch", 1),
		(&["get", absent, "--output", out, "--peer", "ftp://127.0.0.1"], "usage", 2),
		(&["import", taken], "car", 2),
		(&["import", "/none"], "file", 2),
		(&["add", "--model", taken], "file", 1),
		(&["add", "--profile", "none", taken], "usage", 2),
		(&["serve", "--listen", "0.0.0.0:0"], "listen", 2),
	];
	for (arguments, kind, code) in cases {
		assert_eq!(failure(&folder, arguments), (kind.to_string(), code), "{arguments:?}");
	}
	assert_eq!(fs::read(taken).expect("a file"), b"mine", "nothing is overwritten");
	// One block rots: its file is not written, and the store says which one.
	let blocks = folder.path().join("store/blocks");
	for shard in fs::read_dir(blocks).expect("blocks") {
		for file in fs::read_dir(shard.expect("a folder").path()).expect("files") {
			let path = file.expect("a file").path();
			if path.metadata().expect("a file").len() == 1 << 20 {
				fs::write(path, b"rot").expect("written");
			}
		}
	}
	assert_eq!(failure(&folder, &["get", &format!("{cid}/model.safetensors"), "--output", out]), ("corrupt".into(), 1));
	assert!(!Path::new(out).exists());
	let help = store(&folder, &["--help"]);
	let help = String::from_utf8_lossy(&help.stdout);
	assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
}
