//! The gateway, as clients see it.

use super::*;
use crate::store::{car, gateway, LARGEST_DAG, LARGEST_FILE};
use std::{
	io::{Read, Write},
	net::{SocketAddr, TcpListener, TcpStream},
};

/// An answer, taken apart.
pub struct Reply {
	pub status: u16,
	pub head: String,
	pub body: Vec<u8>,
}

impl Reply {
	pub fn header(&self, name: &str) -> &str {
		let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
		line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
	}
}

pub fn request(address: SocketAddr, method: &str, target: &str, headers: &str) -> Reply {
	parse(&answer(address, method, target, headers))
}

/// Everything that comes until the connection ends.
fn answer(address: SocketAddr, method: &str, target: &str, headers: &str) -> Vec<u8> {
	let mut stream = TcpStream::connect(address).expect("it listens");
	write!(stream, "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n")
		.expect("sent");
	let mut bytes = Vec::new();
	stream.read_to_end(&mut bytes).expect("an answer");
	bytes
}

fn parse(bytes: &[u8]) -> Reply {
	let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
	let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
	let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
	Reply { status, head, body: bytes[end..].to_vec() }
}

/// A gateway that runs until dropped.
pub struct Running {
	pub address: SocketAddr,
	_server: jsonrpsee::server::ServerHandle,
	_runtime: tokio::runtime::Runtime,
}

pub fn start(store: &Store, limit: u64) -> Running {
	let runtime = tokio::runtime::Runtime::new().expect("a runtime");
	let listener = gateway::bind("127.0.0.1:0".parse().expect("an address"), false).expect("a port");
	let address = listener.local_addr().expect("an address");
	let _guard = runtime.enter();
	let server = gateway::serve(listener, store.clone(), limit).expect("it serves");
	Running { address, _server: server, _runtime: runtime }
}

#[test]
fn others_should_be_refused_unless_they_are_meant() {
	let open: SocketAddr = "0.0.0.0:0".parse().expect("an address");
	assert!(gateway::bind(open, false).expect_err("not loopback").contains("--remote"));
	gateway::bind(open, true).expect("meant");
	let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
	gateway::bind(taken.local_addr().expect("an address"), false).expect_err("taken");
}

#[test]
fn files_should_be_served_as_they_are() {
	let (_folder, store) = store();
	let content = bytes(3_000_000);
	let cid = store.put_file(content.as_slice(), "", &Profile::PRAXIS).expect("stored");
	let gateway = start(&store, LARGEST_FILE);
	let get = |method: &str, headers: &str| request(gateway.address, method, &format!("/ipfs/{cid}"), headers);
	let reply = get("GET", "");
	assert_eq!((reply.status, reply.body == content), (200, true), "{}", reply.head);
	assert_eq!(reply.header("content-length"), "3000000");
	assert_eq!(reply.header("content-type"), "application/octet-stream");
	assert_eq!(reply.header("etag"), format!("\"{cid}\""));
	assert!(reply.header("cache-control").contains("immutable"));
	let head = get("HEAD", "");
	assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, "3000000", 0));
	let unchanged = get("GET", &format!("If-None-Match: \"other\", \"{cid}\"\r\n"));
	assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
	let post = get("POST", "");
	assert_eq!((post.status, post.header("allow")), (405, "GET, HEAD"));
}

#[test]
fn models_should_be_served_by_path_as_blocks_and_as_car() {
	let (_folder, store) = store();
	let model = Model { weights: weights(1000), card: card() };
	let cid = model.write(&store).expect("stored");
	let gateway = start(&store, LARGEST_DAG);
	let get = |target: &str, headers: &str| request(gateway.address, "GET", target, headers);

	let reply = get(&format!("/ipfs/{cid}/card.json"), "");
	assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
	assert_eq!(ModelCard::parse(&reply.body).expect("a card"), model.card);
	assert_eq!(get(&format!("/ipfs/{cid}/model%2Esafetensors"), "").body, model.weights);
	let listing: serde_json::Value = serde_json::from_slice(&get(&format!("/ipfs/{cid}/"), "").body).expect("JSON");
	assert_eq!(listing["entries"][1]["name"], WEIGHTS);

	for reply in [
		get(&format!("/ipfs/{cid}?format=raw"), ""),
		get(&format!("/ipfs/{cid}"), "Accept: application/vnd.ipld.raw\r\n"),
		get(&format!("/ipfs/{cid}?format=raw"), "Accept: application/vnd.ipld.car\r\n"),
	] {
		assert_eq!((reply.status, reply.header("content-type")), (200, "application/vnd.ipld.raw"));
		assert!(cids::matches(&cid, &reply.body));
		assert_eq!(reply.header("etag"), format!("\"{cid}.raw\""));
	}

	let mut whole = Vec::new();
	car::export(&store, &cid, LARGEST_DAG, &mut whole).expect("exported");
	for reply in [
		get(&format!("/ipfs/{cid}?format=car"), ""),
		get(&format!("/ipfs/{cid}"), "Accept: application/vnd.ipld.car;version=1;order=dfs\r\n"),
	] {
		assert_eq!((reply.status, reply.body == whole), (200, true), "{}", reply.head);
		assert_eq!(reply.header("content-type"), "application/vnd.ipld.car; version=1; order=dfs; dups=n");
		assert_eq!(reply.header("content-length"), whole.len().to_string());
		assert!(reply.header("content-disposition").contains(".car"));
	}
	let length = |scope: &str, path: &str| {
		let reply = get(&format!("/ipfs/{cid}{path}?format=car&dag-scope={scope}"), "");
		assert_eq!((reply.status, reply.header("content-length")), (200, reply.body.len().to_string().as_str()));
		reply.body.len()
	};
	assert!(length("block", "") == length("entity", "") && length("entity", "") < whole.len());
	assert!(length("all", "/card.json") < whole.len());
	assert_eq!(get("/ipfs/bafkqaaa?format=raw", "").status, 200, "clients probe with the empty identity CID");
}

#[test]
fn wrong_requests_should_be_answered_with_what_is_wrong() {
	let (folder, store) = store();
	std::fs::write(folder.path().join("secret"), "secret").expect("written");
	let cid = store.put_directory([("a".to_string(), &b"content"[..])], "", &Profile::PRAXIS).expect("stored");
	let large = store.put_file(bytes(5000).as_slice(), "", &Profile::PRAXIS).expect("stored");
	let absent = cids::of(cids::RAW, b"absent");
	let gateway = start(&store, 4000);
	let cases = [
		(format!("/ipfs/{cid}/../../secret"), 400, "name no entry"),
		(format!("/ipfs/{cid}/%2e%2e/%2e%2e/secret"), 400, "name no entry"),
		(format!("/ipfs/{cid}/..%2f..%2fsecret"), 400, "slash"),
		(format!("/ipfs/{cid}/a%00"), 400, "control"),
		(format!("/ipfs/{cid}/%ff"), 400, "encoded"),
		(format!("/ipfs/{cid}/%"), 400, "encoded"),
		(format!("/ipfs/{cid}//a"), 400, "empty"),
		(format!("/ipfs/../{cid}"), 400, "no CID"),
		("/ipfs/".into(), 400, "no CID"),
		("/ipfs/nonsense".into(), 400, "no CID"),
		("/".into(), 404, "/ipfs/"),
		("/ipns/example.org".into(), 404, "/ipfs/"),
		("/secret".into(), 404, "/ipfs/"),
		(format!("/ipfs/{absent}"), 404, "not in the store"),
		(format!("/ipfs/{cid}/b"), 404, "no entry"),
		(format!("/ipfs/{cid}/a/b"), 404, "no entry"),
		(format!("/ipfs/{large}"), 413, "4000 bytes"),
		(format!("/ipfs/{large}?format=car"), 413, "4000 bytes"),
		(format!("/ipfs/{cid}?format=tar"), 400, "raw"),
		(format!("/ipfs/{cid}/a?format=raw"), 400, "without a path"),
		(format!("/ipfs/{cid}?format=car&dag-scope=none"), 400, "dag-scope"),
		(format!("/ipfs/{cid}?format=car&car-version=2"), 400, "version 1"),
		(format!("/ipfs/{cid}?format=car&entity-bytes=0:1"), 400, "entity-bytes"),
	];
	for (target, status, what) in cases {
		let reply = request(gateway.address, "GET", &target, "");
		let body = String::from_utf8_lossy(&reply.body);
		assert_eq!((reply.status, body.contains(what)), (status, true), "{target}: {} {body}", reply.status);
		assert!(reply.header("content-type").starts_with("text/plain"), "{target}");
		let head = request(gateway.address, "HEAD", &target, "");
		assert_eq!((head.status, head.body.len()), (status, 0), "{target}");
	}
}

#[test]
fn a_corrupt_block_should_break_the_answer_and_never_be_sent() {
	let (folder, store) = store();
	let content = bytes(500_000);
	let cid = store.put_file(content.as_slice(), "", &small(100_000, 8)).expect("stored");
	let gateway = start(&store, LARGEST_DAG);
	let last = store.reachable(&cid, crate::store::Reach::All, LARGEST_DAG).expect("a walk")[5].cid;
	let path = block_files(&folder).into_iter().find(|path| path.ends_with(last.to_string())).expect("its file");
	std::fs::write(path, vec![0xee; 100_000]).expect("written");
	for target in [format!("/ipfs/{cid}"), format!("/ipfs/{cid}?format=car")] {
		// Found out before the server's buffer was sent at all, nothing comes. Mostly the head has gone by then.
		let bytes = (0..50)
			.map(|_| answer(gateway.address, "GET", &target, ""))
			.find(|bytes| !bytes.is_empty())
			.expect("a head, of fifty answers");
		let reply = parse(&bytes);
		assert_eq!(reply.status, 200, "it is found out on the way");
		let announced: usize = reply.header("content-length").parse().expect("a length");
		assert!(reply.body.len() < announced, "the connection broke: {} of {announced}", reply.body.len());
		assert!(!reply.body.windows(100).any(|window| window == [0xee; 100]));
	}
	let reply = request(gateway.address, "GET", &format!("/ipfs/{last}?format=raw"), "");
	assert_eq!((reply.status, String::from_utf8_lossy(&reply.body).contains("corrupt")), (500, true));
}
