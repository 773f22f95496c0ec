//! JSON-RPC over plain HTTP, one connection a call.

use serde_json::{json, Value};
use std::{
	fmt,
	io::{Read, Write},
	net::{SocketAddr, TcpStream},
	time::Duration,
};

/// Time after which a silent node counts as dead.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a call failed.
#[derive(Debug)]
pub enum RpcError {
	/// The node did not answer, or not in HTTP.
	Transport(String),
	/// The node answered with an error.
	Call {
		/// The error's code.
		code: i64,
		/// The error's text.
		message: String,
		/// More about it.
		data: Value,
	},
}

impl fmt::Display for RpcError {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		match self {
			Self::Transport(reason) => write!(f, "no answer: {reason}"),
			Self::Call { code, message, data } => write!(f, "error {code}: {message} ({data})"),
		}
	}
}

impl std::error::Error for RpcError {}

/// Asks one node.
#[derive(Clone, Debug)]
pub struct Rpc {
	address: SocketAddr,
}

impl Rpc {
	/// Asks the node whose RPC listens on `port` of loopback.
	pub fn new(port: u16) -> Self {
		Self::at(([127, 0, 0, 1], port).into())
	}

	/// Asks the node whose RPC listens there.
	pub fn at(address: SocketAddr) -> Self {
		Self { address }
	}

	/// Calls `method`.
	pub fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
		let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
		let answer = self.post(&body).map_err(|e| RpcError::Transport(e.to_string()))?;
		let mut answer: Value = serde_json::from_slice(&answer).map_err(|e| RpcError::Transport(e.to_string()))?;
		match answer.get("error") {
			None => Ok(answer["result"].take()),
			Some(error) => Err(RpcError::Call {
				code: error["code"].as_i64().unwrap_or_default(),
				message: error["message"].as_str().unwrap_or_default().to_owned(),
				data: error["data"].clone(),
			}),
		}
	}

	/// Hash of the block at `number`, if there is one.
	pub fn block_hash(&self, number: u32) -> Option<String> {
		self.call("chain_getBlockHash", json!([number])).ok()?.as_str().map(str::to_owned)
	}

	/// Hash of the finalised block.
	pub fn finalized_hash(&self) -> Result<String, RpcError> {
		let hash = self.call("chain_getFinalizedHead", json!([]))?;
		hash.as_str().map(str::to_owned).ok_or_else(|| RpcError::Transport("the hash is no text".into()))
	}

	/// Header of a block, or of the head.
	pub fn header(&self, hash: Option<&str>) -> Result<Value, RpcError> {
		self.call("chain_getHeader", hash.map_or(json!([]), |hash| json!([hash])))
	}

	/// Height of a block, or of the head.
	pub fn number(&self, hash: Option<&str>) -> Result<u32, RpcError> {
		let header = self.header(hash)?;
		let number = header["number"].as_str().and_then(|n| u32::from_str_radix(n.trim_start_matches("0x"), 16).ok());
		number.ok_or_else(|| RpcError::Transport(format!("no height in {header}")))
	}

	/// Height of the finalised block.
	pub fn finalized_number(&self) -> Result<u32, RpcError> {
		self.number(Some(&self.finalized_hash()?))
	}

	/// Number of connected peers.
	pub fn peers(&self) -> Result<u64, RpcError> {
		Ok(self.call("system_health", json!([]))?["peers"].as_u64().unwrap_or_default())
	}

	/// Calls a runtime API at a block; arguments and answer are SCALE.
	pub fn runtime(&self, api: &str, arguments: &[u8], at: Option<&str>) -> Result<Vec<u8>, RpcError> {
		let answer = self.call("state_call", json!([api, to_hex(arguments), at]))?;
		answer.as_str().and_then(from_hex).ok_or_else(|| RpcError::Transport(format!("{answer} is not hex")))
	}

	/// Reads a raw storage value at a block.
	pub fn storage(&self, key: &[u8], at: Option<&str>) -> Result<Option<Vec<u8>>, RpcError> {
		let answer = self.call("state_getStorage", json!([to_hex(key), at]))?;
		match answer {
			Value::Null => Ok(None),
			answer => match answer.as_str().and_then(from_hex) {
				Some(value) => Ok(Some(value)),
				None => Err(RpcError::Transport(format!("{answer} is not hex"))),
			},
		}
	}

	fn post(&self, body: &str) -> std::io::Result<Vec<u8>> {
		let mut stream = TcpStream::connect_timeout(&self.address, TIMEOUT)?;
		stream.set_read_timeout(Some(TIMEOUT))?;
		stream.set_write_timeout(Some(TIMEOUT))?;
		write!(
			stream,
			"POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
			self.address,
			body.len(),
		)?;
		let mut answer = Vec::new();
		stream.read_to_end(&mut answer)?;
		body_of(&answer).ok_or_else(|| std::io::Error::other("the answer is not HTTP 200 with a body"))
	}
}

/// The body of an HTTP answer that was read to its end.
fn body_of(answer: &[u8]) -> Option<Vec<u8>> {
	let split = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
	let head = std::str::from_utf8(&answer[..split]).ok()?.to_ascii_lowercase();
	let mut lines = head.lines();
	if lines.next()?.split(' ').nth(1)? != "200" {
		return None;
	}
	let body = &answer[split + 4..];
	if !lines.any(|line| line.starts_with("transfer-encoding:") && line.contains("chunked")) {
		return Some(body.to_vec());
	}
	let (mut rest, mut whole) = (body, Vec::new());
	loop {
		let line = rest.windows(2).position(|window| window == b"\r\n")?;
		let size =
			usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?.split(';').next()?.trim(), 16).ok()?;
		rest = &rest[line + 2..];
		if size == 0 {
			return Some(whole);
		}
		whole.extend_from_slice(rest.get(..size)?);
		rest = rest.get(size + 2..)?;
	}
}

/// `0x…`.
pub fn to_hex(bytes: &[u8]) -> String {
	bytes.iter().fold(String::from("0x"), |text, byte| text + &format!("{byte:02x}"))
}

/// The bytes of `0x…`.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
	let text = text.strip_prefix("0x")?;
	if !text.is_ascii() || text.len() % 2 != 0 {
		return None;
	}
	(0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn body_should_be_whole_when_it_comes_in_chunks() {
		let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n";
		assert_eq!(body_of(answer).as_deref(), Some(&b"abcdef"[..]));
		assert_eq!(body_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxy").as_deref(), Some(&b"xy"[..]));
		assert_eq!(body_of(b"HTTP/1.1 403 Forbidden\r\n\r\nno"), None);
	}

	#[test]
	fn hex_should_survive_both_ways() {
		assert_eq!(from_hex(&to_hex(&[0, 1, 254, 255])), Some(vec![0, 1, 254, 255]));
		assert_eq!(from_hex("0x0"), None);
		assert_eq!(from_hex("00"), None);
	}
}
