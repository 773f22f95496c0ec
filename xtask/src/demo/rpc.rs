//! JSON-RPC to a node on loopback: calls over HTTP, new heads over WebSocket. Just enough of both
//! protocols for a local server that is known to speak them.

use crate::process::{Error, Result};
use serde_json::{json, Value};
use std::{
	io::{BufRead, BufReader, Read, Write},
	net::{Ipv4Addr, SocketAddr, TcpStream},
	sync::mpsc,
	thread,
	time::Duration,
};

const TIMEOUT: Duration = Duration::from_secs(15);

/// Longest answer that is read, in bytes: a block with everything that fits into it is far shorter.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// A node's RPC server.
#[derive(Clone, Copy)]
pub struct Rpc {
	port: u16,
}

fn failed(what: impl std::fmt::Display) -> Error {
	Error::Failed(what.to_string())
}

impl Rpc {
	/// The server on `port` of loopback.
	pub fn new(port: u16) -> Self {
		Self { port }
	}

	fn connect(&self) -> Result<TcpStream> {
		let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
		let stream = TcpStream::connect_timeout(&address, TIMEOUT).map_err(failed)?;
		stream.set_read_timeout(Some(TIMEOUT)).and_then(|()| stream.set_nodelay(true)).map_err(failed)?;
		Ok(stream)
	}

	/// Calls `method`.
	pub fn call(&self, method: &str, params: Value) -> Result<Value> {
		let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
		let request = format!(
			"POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
			self.port,
			body.len()
		);
		let mut stream = self.connect()?;
		stream.write_all(request.as_bytes()).map_err(failed)?;
		let answer = read_http(&mut BufReader::new(stream))?;
		let mut answer: Value = serde_json::from_slice(&answer).map_err(failed)?;
		match answer.get_mut("result") {
			Some(result) => Ok(result.take()),
			None => Err(failed(format_args!("{method}: {}", answer["error"]))),
		}
	}

	/// Calls a function of the runtime at `block`; arguments and result are SCALE.
	pub fn runtime(&self, function: &str, arguments: &[u8], block: &str) -> Result<Vec<u8>> {
		let arguments: String = arguments.iter().map(|byte| format!("{byte:02x}")).collect();
		let result = self.call("state_call", json!([function, format!("0x{arguments}"), block]))?;
		bytes(&result).ok_or_else(|| failed(format_args!("{function}: {result} is not hexadecimal")))
	}

	/// Every header that becomes the best one, from now on. The channel closes with the connection.
	pub fn best_heads(&self) -> Result<mpsc::Receiver<Value>> {
		let stream = self.connect()?;
		let mut socket = WebSocket::open(stream, self.port)?;
		socket.send(
			&json!({ "jsonrpc": "2.0", "id": 1, "method": "chain_subscribeNewHeads", "params": [] }).to_string(),
		)?;
		// Slots without a block are quiet for longer than a call may take.
		socket.stream.get_ref().set_read_timeout(None).map_err(failed)?;
		let (sender, receiver) = mpsc::channel();
		thread::spawn(move || {
			while let Ok(Some(text)) = socket.receive() {
				let Ok(mut message) = serde_json::from_str::<Value>(&text) else { return };
				if message["method"].is_string() && sender.send(message["params"]["result"].take()).is_err() {
					return;
				}
			}
		});
		Ok(receiver)
	}
}

/// The bytes that a `0x…` text stands for.
pub fn bytes(value: &Value) -> Option<Vec<u8>> {
	let text = value.as_str()?.strip_prefix("0x")?;
	if !text.is_ascii() || text.len() % 2 != 0 {
		return None;
	}
	(0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// Reads status and headers; `true` if the body comes in chunks, and its length if that is said.
fn read_head(stream: &mut impl BufRead, expected: &str) -> Result<(bool, Option<u64>)> {
	let mut line = String::new();
	stream.read_line(&mut line).map_err(failed)?;
	if line.split_whitespace().nth(1) != Some(expected) {
		return Err(failed(format_args!("the node answered {:?}", line.trim())));
	}
	let (mut chunked, mut length) = (false, None);
	loop {
		line.clear();
		if stream.read_line(&mut line).map_err(failed)? == 0 || line.trim().is_empty() {
			return Ok((chunked, length));
		}
		if let Some((name, value)) = line.split_once(':') {
			match name.trim().to_ascii_lowercase().as_str() {
				"content-length" => length = value.trim().parse().ok(),
				"transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
				_ => {}
			}
		}
	}
}

fn read_http(stream: &mut impl BufRead) -> Result<Vec<u8>> {
	let (chunked, length) = read_head(stream, "200")?;
	let mut body = Vec::new();
	if !chunked {
		let limit = length.unwrap_or(MAX_ANSWER).min(MAX_ANSWER);
		stream.take(limit).read_to_end(&mut body).map_err(failed)?;
		return Ok(body);
	}
	loop {
		let mut size = String::new();
		stream.read_line(&mut size).map_err(failed)?;
		let size = u64::from_str_radix(size.trim().split(';').next().unwrap_or_default(), 16).map_err(failed)?;
		if size == 0 || size > MAX_ANSWER {
			return Ok(body);
		}
		stream.by_ref().take(size).read_to_end(&mut body).map_err(failed)?;
		stream.read_line(&mut String::new()).map_err(failed)?;
	}
}

/// A client's end of a WebSocket (RFC 6455) with text messages.
struct WebSocket {
	stream: BufReader<TcpStream>,
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

impl WebSocket {
	fn open(mut stream: TcpStream, port: u16) -> Result<Self> {
		// The key and the mask below guard against caches and proxies, of which loopback has none: constants do.
		let request = format!(
			"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
			 Sec-WebSocket-Key: cHJheGlzLXByYXhpcy0xMg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
		);
		stream.write_all(request.as_bytes()).map_err(failed)?;
		let mut stream = BufReader::new(stream);
		read_head(&mut stream, "101")?;
		Ok(Self { stream })
	}

	fn send(&mut self, text: &str) -> Result {
		self.send_frame(TEXT, text.as_bytes())
	}

	fn send_frame(&mut self, kind: u8, payload: &[u8]) -> Result {
		let mask = [0u8; 4];
		let mut frame = vec![0x80 | kind];
		match payload.len() {
			length @ 0..=125 => frame.push(0x80 | length as u8),
			length => {
				frame.push(0x80 | 127);
				frame.extend((length as u64).to_be_bytes());
			}
		}
		frame.extend(mask);
		frame.extend(payload);
		self.stream.get_mut().write_all(&frame).map_err(failed)
	}

	/// The next text message; `None` when the server closes.
	fn receive(&mut self) -> Result<Option<String>> {
		let mut message = Vec::new();
		loop {
			let mut head = [0u8; 2];
			self.stream.read_exact(&mut head).map_err(failed)?;
			let length = match head[1] & 0x7f {
				126 => u16::from_be_bytes(self.read_array()?).into(),
				127 => u64::from_be_bytes(self.read_array()?),
				length => length.into(),
			};
			if length > MAX_ANSWER {
				return Err(failed("a message of the node is too long"));
			}
			let mut payload = vec![0; length as usize];
			self.stream.read_exact(&mut payload).map_err(failed)?;
			match head[0] & 0x0f {
				CLOSE => return Ok(None),
				PING => self.send_frame(PONG, &payload)?,
				PONG => {}
				_ => {
					message.extend(payload);
					let last = head[0] & 0x80 != 0;
					if last {
						return String::from_utf8(message).map(Some).map_err(failed);
					}
				}
			}
		}
	}

	fn read_array<const N: usize>(&mut self) -> Result<[u8; N]> {
		let mut array = [0; N];
		self.stream.read_exact(&mut array).map_err(failed)?;
		Ok(array)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::net::TcpListener;

	/// Answers one connection with `answer` after it has read something.
	fn server(answer: &'static [u8]) -> Rpc {
		let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
		let port = listener.local_addr().unwrap().port();
		thread::spawn(move || {
			let (mut stream, _) = listener.accept().unwrap();
			let mut buffer = [0; 4096];
			assert_ne!(stream.read(&mut buffer).unwrap(), 0);
			stream.write_all(answer).unwrap();
			// The client's subscription arrives before the connection closes.
			let _ = stream.read(&mut buffer);
		});
		Rpc::new(port)
	}

	#[test]
	fn call_should_return_the_result_when_the_body_has_a_length() {
		let rpc =
			server(b"HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}");
		assert_eq!(rpc.call("x", json!([])).unwrap_or_default(), json!("0x1"));
	}

	#[test]
	fn call_should_return_the_result_when_the_body_comes_in_chunks() {
		let rpc =
			server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"result\"\r\n3\r\n:7}\r\n0\r\n\r\n");
		assert_eq!(rpc.call("x", json!([])).unwrap_or_default(), json!(7));
	}

	#[test]
	fn call_should_report_the_error_of_the_node() {
		let rpc = server(b"HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{\"error\":{\"message\":\"oh no\"}}");
		assert!(matches!(rpc.call("x", json!([])), Err(Error::Failed(text)) if text.contains("oh no")));
		let rpc = server(b"HTTP/1.1 403 Forbidden\r\n\r\n");
		assert!(matches!(rpc.call("x", json!([])), Err(Error::Failed(text)) if text.contains("403")));
	}

	#[test]
	fn heads_should_arrive_when_messages_are_split_or_follow_a_ping() {
		let rpc = server(
			b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x17{\"id\":1,\"result\":\"abc\"}\
			  \x89\x02hi\x01\x0d{\"method\":\"n\"\x80\x17,\"params\":{\"result\":5}}\x88\x00",
		);
		let heads: Vec<_> = rpc.best_heads().map(|heads| heads.iter().collect()).unwrap_or_default();
		assert_eq!(heads, [json!(5)]);
	}

	#[test]
	fn bytes_should_refuse_what_is_not_hexadecimal() {
		assert_eq!(bytes(&json!("0x00ff")), Some(vec![0, 255]));
		for bad in [json!("00ff"), json!("0x0"), json!("0xzz"), json!(5), json!("0xäa")] {
			assert_eq!(bytes(&bad), None);
		}
	}
}
