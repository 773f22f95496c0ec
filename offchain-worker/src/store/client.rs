//! A small HTTP/1.1 client: GET without encryption, with limits on everything. What it brings is checked by hashes, so
//! nobody on the way can change it; who listens can see which model is fetched.

use std::{
	fmt,
	io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write},
	net::{TcpStream, ToSocketAddrs},
	str::FromStr,
	time::{Duration, Instant},
};

/// Bytes of an answer's head at most.
const LARGEST_HEAD: u64 = 16 << 10;
/// Headers of an answer at most.
const MOST_HEADERS: usize = 64;

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
	/// For a connection.
	pub connect: Duration,
	/// For the next bytes.
	pub idle: Duration,
	/// For a whole answer.
	pub total: Duration,
}

impl Default for Patience {
	fn default() -> Self {
		Self { connect: Duration::from_secs(5), idle: Duration::from_secs(15), total: Duration::from_secs(600) }
	}
}

/// The address of a gateway: `http://HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
	host: String,
	port: u16,
}

impl FromStr for Peer {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let refuse = |reason: &str| format!("`{text}` is no gateway: {reason}, as in http://192.0.2.7:9965");
		let rest = text.strip_prefix("http://").ok_or_else(|| refuse("its address starts with http://"))?;
		let authority = rest.strip_suffix('/').unwrap_or(rest);
		let (host, port) = match authority.rsplit_once(':') {
			// The last colon of an IPv6 address stands within its brackets.
			Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| refuse("it has a port"))?),
			_ => (authority, 80),
		};
		let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
		let six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
		let sound = match six {
			Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
			None => !host.is_empty() && host.len() <= 253 && host.chars().all(name),
		};
		if !sound {
			return Err(refuse("it has a host and perhaps a port, and nothing else"));
		}
		Ok(Self { host: host.into(), port })
	}
}

impl fmt::Display for Peer {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "http://{}:{}", self.host, self.port)
	}
}

/// An answer. Its body is still to be read.
pub struct Answer {
	/// HTTP's status code.
	pub status: u16,
	/// The media type, without its parameters.
	pub kind: String,
	/// The bytes that follow.
	pub body: Body,
}

/// The body of an answer.
pub struct Body {
	stream: BufReader<Timed>,
	frame: Frame,
}

/// How the end of a body is known.
enum Frame {
	/// So many bytes are left.
	Length(u64),
	/// So many bytes are left of this chunk, then another one comes.
	Chunked(u64),
	/// After the last chunk.
	Done,
}

/// A stream with a deadline.
struct Timed {
	stream: TcpStream,
	deadline: Instant,
	idle: Duration,
}

impl Read for Timed {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		let late = || Error::new(ErrorKind::TimedOut, "it took too long");
		let left = self.deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
		self.stream.set_read_timeout(Some(left.ok_or_else(late)?.min(self.idle)))?;
		self.stream.read(buffer).map_err(|error| match error.kind() {
			ErrorKind::WouldBlock | ErrorKind::TimedOut => late(),
			_ => error,
		})
	}
}

fn connect(peer: &Peer, patience: Duration) -> io::Result<TcpStream> {
	let host = peer.host.trim_matches(['[', ']']);
	let mut last = Error::new(ErrorKind::NotFound, "the name has no address");
	for address in (host, peer.port).to_socket_addrs()? {
		match TcpStream::connect_timeout(&address, patience) {
			Ok(stream) => return Ok(stream),
			Err(error) => last = error,
		}
	}
	Err(last)
}

fn malformed(reason: &'static str) -> Error {
	Error::new(ErrorKind::InvalidData, reason)
}

/// Reads a line up to `limit` bytes; without its end.
fn line(stream: &mut impl BufRead, limit: u64) -> io::Result<Vec<u8>> {
	let mut line = Vec::new();
	stream.take(limit).read_until(b'\n', &mut line)?;
	if line.pop() != Some(b'\n') {
		return Err(malformed("a line is too long or cut"));
	}
	if line.last() == Some(&b'\r') {
		line.pop();
	}
	Ok(line)
}

/// Gets `path`, which must be safe in a request: nothing but a CID and parameters is ever asked for.
pub fn get(peer: &Peer, path: &str, accept: &str, patience: &Patience) -> io::Result<Answer> {
	let mut stream = connect(peer, patience.connect)?;
	stream.set_write_timeout(Some(patience.idle))?;
	let agent = concat!("praxis-worker/", env!("CARGO_PKG_VERSION"));
	write!(
		stream,
		"GET {path} HTTP/1.1\r\nHost: {}:{}\r\nAccept: {accept}\r\nUser-Agent: {agent}\r\nConnection: close\r\n\r\n",
		peer.host, peer.port
	)?;
	let deadline = Instant::now() + patience.total;
	let mut stream = BufReader::with_capacity(64 << 10, Timed { stream, deadline, idle: patience.idle });
	let mut head = Vec::new();
	while !head.ends_with(b"\r\n\r\n") {
		let limit = LARGEST_HEAD.saturating_sub(head.len() as u64);
		head.extend_from_slice(&line(&mut stream, limit)?);
		head.extend_from_slice(b"\r\n");
	}
	let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
	let mut answer = httparse::Response::new(&mut headers);
	match answer.parse(&head) {
		Ok(httparse::Status::Complete(_)) => {}
		_ => return Err(malformed("it does not speak HTTP/1.1")),
	}
	let header = |name: &str| {
		let found = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
		std::str::from_utf8(found.value).ok().map(str::trim)
	};
	let frame = match (header("transfer-encoding"), header("content-length")) {
		(Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => Frame::Chunked(0),
		(None, Some(length)) => Frame::Length(length.parse().map_err(|_| malformed("its length is no number"))?),
		// A body that ends with the connection could be cut without notice.
		_ => return Err(malformed("it does not say how long its body is")),
	};
	if header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
		return Err(malformed("its body is compressed"));
	}
	let kind = header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
	let status = answer.code.unwrap_or_default();
	Ok(Answer { status, kind, body: Body { stream, frame } })
}

impl Read for Body {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		if buffer.is_empty() {
			return Ok(0);
		}
		if let Frame::Chunked(0) = self.frame {
			let size = line(&mut self.stream, 1024)?;
			let size = std::str::from_utf8(&size).unwrap_or_default().split(';').next().unwrap_or_default().trim();
			let size = u64::from_str_radix(size, 16).map_err(|_| malformed("a chunk's size is no number"))?;
			self.frame = if size == 0 { Frame::Done } else { Frame::Chunked(size) };
		}
		let (Frame::Length(left) | Frame::Chunked(left)) = &mut self.frame else { return Ok(0) };
		let wanted = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
		if wanted == 0 {
			return Ok(0);
		}
		let count = self.stream.read(&mut buffer[..wanted])?;
		if count == 0 {
			return Err(Error::new(ErrorKind::UnexpectedEof, "the body is cut"));
		}
		*left -= count as u64;
		if let Frame::Chunked(0) = self.frame {
			line(&mut self.stream, 2)?;
		}
		Ok(count)
	}
}
