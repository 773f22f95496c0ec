//! Fetching from gateways: ours, those without CARs, and those that cheat.

use super::{http::start, *};
use crate::store::{
	client::{Patience, Peer},
	fetch::fetch,
	StoreError, LARGEST_DAG,
};
use std::{
	io::{BufRead, BufReader, Write},
	net::TcpListener,
	slice::from_ref,
	time::{Duration, Instant},
};

const PATIENCE: Patience =
	Patience { connect: Duration::from_secs(2), idle: Duration::from_millis(400), total: Duration::from_millis(1500) };

/// A gateway that gives these bytes as its whole answer, depending on the path.
fn fake(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Peer {
	let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
	let address = listener.local_addr().expect("an address");
	std::thread::spawn(move || {
		for stream in listener.incoming() {
			let mut stream = stream.expect("a client");
			let mut line = String::new();
			let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
			reader.read_line(&mut line).expect("a line");
			let mut rest = String::new();
			while reader.read_line(&mut rest).is_ok_and(|length| length > 2) {}
			let answer = answer(line.split(' ').nth(1).unwrap_or_default());
			// The client may have left.
			let _ = stream.write_all(&answer);
			// An answer that is empty means: say nothing, for longer than anybody waits.
			if answer.is_empty() {
				std::thread::spawn(move || {
					std::thread::sleep(Duration::from_secs(5));
					drop(stream);
				});
			}
		}
	});
	format!("http://{address}").parse().expect("a peer")
}

fn ok(kind: &str, body: &[u8]) -> Vec<u8> {
	let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
	[head.as_bytes(), body].concat()
}

fn no_car() -> Vec<u8> {
	b"HTTP/1.1 406 Not Acceptable\r\nContent-Length: 8\r\n\r\nno CARs\n".to_vec()
}

/// The CID in `/ipfs/<CID>?…`.
fn asked(path: &str) -> Cid {
	let cid = path.trim_start_matches("/ipfs/").split('?').next().unwrap_or_default();
	cids::parse(cid).expect("a CID")
}

fn model(store: &Store) -> (Cid, Model) {
	let model = Model { weights: weights(400_000), card: card() };
	(model.write(store).expect("stored"), model)
}

#[test]
fn a_model_should_come_as_a_car() {
	let ((_a, from), (_b, to)) = (store(), store());
	let (cid, model) = model(&from);
	let gateway = start(&from, LARGEST_DAG);
	let peer: Peer = format!("http://{}", gateway.address).parse().expect("a peer");
	let absent = cids::of(cids::RAW, b"absent");
	let error = fetch(&to, &absent, from_ref(&peer), "", LARGEST_DAG, &PATIENCE).expect_err("nobody has it");
	assert!(error.to_string().contains("HTTP 404"), "{error}");
	let fetched = fetch(&to, &cid, from_ref(&peer), "model", LARGEST_DAG, &PATIENCE).expect("fetched");
	assert_eq!(fetched.peer, Some(peer.to_string()));
	assert_eq!(Model::read(&to, &cid).expect("a model"), model);
	let again = fetch(&to, &cid, &[], "model", LARGEST_DAG, &PATIENCE).expect("it is here");
	assert_eq!((again.peer, again.blocks), (None, fetched.blocks));
}

#[test]
fn a_model_should_come_block_by_block_where_there_are_no_cars() {
	let ((_a, from), (_b, to)) = (store(), store());
	let (cid, model) = model(&from);
	let source = from.clone();
	let peer = fake(move |path| match path.ends_with("format=raw") {
		true => ok("application/vnd.ipld.raw", &source.block(&asked(path)).expect("a block")),
		false => no_car(),
	});
	fetch(&to, &cid, &[peer], "model", LARGEST_DAG, &PATIENCE).expect("fetched");
	assert_eq!(Model::read(&to, &cid).expect("a model"), model);
}

#[test]
fn chunked_answers_should_be_read() {
	let ((_a, from), (_b, to)) = (store(), store());
	let (cid, model) = model(&from);
	let mut car = Vec::new();
	crate::store::car::export(&from, &cid, LARGEST_DAG, &mut car).expect("exported");
	let peer = fake(move |_| {
		let mut answer =
			b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.ipld.car; version=1\r\nTransfer-Encoding: chunked\r\n\r\n"
				.to_vec();
		for chunk in car.chunks(99_999) {
			answer.extend(format!("{:x};x=y\r\n", chunk.len()).into_bytes());
			answer.extend_from_slice(chunk);
			answer.extend_from_slice(b"\r\n");
		}
		answer.extend_from_slice(b"0\r\n\r\n");
		answer
	});
	fetch(&to, &cid, &[peer], "", LARGEST_DAG, &PATIENCE).expect("fetched");
	assert_eq!(Model::read(&to, &cid).expect("a model"), model);
}

#[test]
fn peers_that_cheat_or_fail_should_be_passed_over() {
	let ((_a, from), (folder, to)) = (store(), store());
	let (cid, model) = model(&from);
	let mut car = Vec::new();
	crate::store::car::export(&from, &cid, LARGEST_DAG, &mut car).expect("exported");
	let with = |change: &dyn Fn(&mut Vec<u8>)| {
		let mut car = car.clone();
		change(&mut car);
		car
	};
	let flipped = with(&|car| *car.last_mut().expect("a byte") ^= 1);
	let cut = with(&|car| car.truncate(car.len() / 2));
	let stray = {
		let other = from.put_file(&b"something else"[..], "", &Profile::PRAXIS).expect("stored");
		let mut car = Vec::new();
		crate::store::car::export(&from, &other, LARGEST_DAG, &mut car).expect("exported");
		car
	};
	let kind = "application/vnd.ipld.car";
	let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
	let broken = ok(kind, &car)[..5000].to_vec();
	let peers = [
		format!("http://{closed}").parse().expect("a peer"),
		fake(move |_| ok(kind, &flipped)),
		fake(move |_| ok(kind, &cut)),
		fake(move |_| broken.clone()),
		fake(move |_| ok(kind, &stray)),
		fake(|_| Vec::new()),
		fake(|_| b"SSH-2.0-nonsense\r\n\r\n".to_vec()),
		fake(|_| b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.ipld.car\r\n\r\n".to_vec()),
		fake(|_| [&b"HTTP/1.1 200 OK\r\n"[..], &[b'x'; 100_000]].concat()),
		fake(|_| b"HTTP/1.1 302 Found\r\nLocation: http://example.org/\r\nContent-Length: 0\r\n\r\n".to_vec()),
		fake(|path| if path.ends_with("raw") { ok("application/vnd.ipld.raw", b"a lie") } else { no_car() }),
		fake(|path| if path.ends_with("raw") { ok("x", &vec![0; 3 << 20]) } else { no_car() }),
	];
	let started = Instant::now();
	let error = fetch(&to, &cid, &peers, "", LARGEST_DAG, &PATIENCE).expect_err("nobody gives it");
	assert!(started.elapsed() < Duration::from_secs(15), "nobody is waited for too long");
	let StoreError::Fetch { attempts, .. } = &error else { panic!("{error}") };
	assert_eq!(attempts.len(), peers.len(), "{error}");
	for (attempt, what) in attempts.iter().zip([
		"refused",
		"corrupt",
		"truncated",
		"cut",
		"not in the store",
		"too long",
		"HTTP/1.1",
		"how long",
		"too long",
		"302",
		"corrupt",
		"allowed",
	]) {
		assert!(attempt.contains(what), "{what}: {attempt}");
	}
	assert_eq!((block_files(&folder).len(), staged(&folder)), (0, 0));
	let gateway = start(&from, LARGEST_DAG);
	let honest: Peer = format!("http://{}/", gateway.address).parse().expect("a peer");
	let peers = [peers[1].clone(), peers[3].clone(), honest.clone()];
	let fetched = fetch(&to, &cid, &peers, "", LARGEST_DAG, &PATIENCE).expect("the third gives it");
	assert_eq!(fetched.peer, Some(honest.to_string()));
	assert_eq!(Model::read(&to, &cid).expect("a model"), model);
}

#[test]
fn more_than_the_cap_should_not_be_taken() {
	let ((_a, from), (folder, to)) = (store(), store());
	let (cid, _) = model(&from);
	let gateway = start(&from, LARGEST_DAG);
	let peer: Peer = format!("http://{}", gateway.address).parse().expect("a peer");
	let error = fetch(&to, &cid, &[peer], "", 1 << 20, &PATIENCE).expect_err("too large");
	assert!(error.to_string().contains("1048576"), "{error}");
	assert_eq!((block_files(&folder).len(), staged(&folder)), (0, 0));
}

#[test]
fn addresses_of_peers_should_be_read() {
	for (text, shown) in [
		("http://192.0.2.7:9965", "http://192.0.2.7:9965"),
		("http://example.org/", "http://example.org:80"),
		("http://[::1]:1", "http://[::1]:1"),
		("http://[::1]", "http://[::1]:80"),
	] {
		assert_eq!(text.parse::<Peer>().map(|peer| peer.to_string()), Ok(shown.into()));
	}
	for wrong in [
		"",
		"192.0.2.7",
		"https://example.org",
		"http://",
		"http://a b",
		"http://a:99999",
		"http://a/path",
		"http://user@a",
		"http://a\r\nX: y",
		"http://[::1",
		"http://[x]",
	] {
		assert!(wrong.parse::<Peer>().is_err(), "{wrong}");
	}
}
