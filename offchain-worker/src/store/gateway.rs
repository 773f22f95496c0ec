//! `GET /ipfs/<CID>[/path]`: a trustless gateway, and files as they are. It serves what the store holds and fetches nothing.
//!
//! | asked for by `format=` or `Accept` | answer |
//! |---|---|
//! | nothing in particular | the file's bytes; of a directory its entries as JSON |
//! | `raw`, `application/vnd.ipld.raw` | one block; no path |
//! | `car`, `application/vnd.ipld.car` | a CAR, version 1, depth first, no duplicates; `dag-scope=block\|entity\|all` |
//!
//! Every block is hashed while it is sent. Where one turns out corrupt in the middle of an answer, the connection breaks
//! before the announced length is reached.

use super::{
	car::Plan,
	cids,
	dag::{Leaves, Reach},
	Cid, Store, StoreError,
};
use crate::http::{Front, Page, Pages};
use bytes::Bytes;
use futures::FutureExt;
use http_body::Frame;
use http_body_util::StreamBody;
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse, RpcModule, Server, ServerHandle};
use std::{
	error::Error,
	net::{SocketAddr, TcpListener},
};

/// Where `store serve` listens unless told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:9965";
/// Connections at a time.
const MAX_CONNECTIONS: u32 = 64;
/// The identity CID of nothing: what clients ask for to see whether a gateway is there.
const PROBE: &str = "bafkqaaa";
/// What a CID names never changes.
const FOREVER: &str = "public, max-age=29030400, immutable";

const RAW: &str = "application/vnd.ipld.raw";
const CAR: &str = "application/vnd.ipld.car";
const TEXT: &str = "text/plain; charset=utf-8";

/// Serves a store and nothing else until the handle is dropped. To be called within a Tokio runtime.
pub fn serve(listener: TcpListener, store: Store, limit: u64) -> Result<ServerHandle, Box<dyn Error + Send + Sync>> {
	listener.set_nonblocking(true)?;
	let server = Server::builder()
		.http_only()
		.max_connections(MAX_CONNECTIONS)
		.set_http_middleware(tower::ServiceBuilder::new().layer(Front(Gateway { store, limit, alone: true })))
		.build_from_tcp(listener)?;
	Ok(server.start(RpcModule::new(())))
}

/// Binds the address: one of loopback, unless others are meant to reach it.
pub fn bind(address: SocketAddr, remote: bool) -> Result<TcpListener, String> {
	if !address.ip().is_loopback() && !remote {
		return Err(format!(
			"{address}: other machines could reach it; give an address of loopback, or --remote if that is meant"
		));
	}
	TcpListener::bind(address).map_err(|error| format!("{address}: {error}"))
}

/// Answers what begins with `/ipfs/`.
#[derive(Clone, Debug)]
pub struct Gateway {
	/// What is served.
	pub store: Store,
	/// Bytes of a file, or of the blocks of a CAR, at most.
	pub limit: u64,
	/// Whether other paths are an error; otherwise they go to the service behind.
	pub alone: bool,
}

impl Pages for Gateway {
	fn page<B>(&self, request: &HttpRequest<B>) -> Option<Page> {
		if !self.alone && !request.uri().path().starts_with("/ipfs/") {
			return None;
		}
		let header = |name: &str| {
			let values = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
			values.collect::<Vec<_>>().join(", ")
		};
		let asked = Asked {
			method: request.method().to_string(),
			path: request.uri().path().into(),
			query: request.uri().query().unwrap_or_default().into(),
			accept: header("accept"),
			if_none_match: header("if-none-match"),
		};
		let gateway = self.clone();
		let answer = async move {
			// Files are read where that may take its time.
			let answer = tokio::task::spawn_blocking(move || gateway.answer(&asked)).await?;
			answer.response()
		};
		Some(answer.boxed())
	}
}

/// What counts of a request.
#[derive(Debug, Default)]
struct Asked {
	method: String,
	path: String,
	query: String,
	accept: String,
	if_none_match: String,
}

/// What an answer consists of.
enum Content {
	/// These bytes.
	Whole(Vec<u8>),
	/// What this yields.
	Parts(Box<dyn Iterator<Item = Result<Vec<u8>, StoreError>> + Send>),
}

struct Answer {
	status: u16,
	length: u64,
	headers: Vec<(&'static str, String)>,
	content: Content,
}

/// An error: a status and what to say.
struct Refusal(u16, String);

impl Refusal {
	fn bad(text: impl Into<String>) -> Self {
		Self(400, text.into())
	}
}

impl From<StoreError> for Refusal {
	fn from(error: StoreError) -> Self {
		let status = match error {
			StoreError::Cid { .. } | StoreError::Path { .. } => 400,
			StoreError::Missing(_) | StoreError::NoEntry { .. } => 404,
			StoreError::TooLarge { .. } => 413,
			_ => 500,
		};
		// Paths of this machine are nobody else's business.
		match error {
			StoreError::Io { source, .. } => Self(500, format!("the store cannot be read: {}", source.kind())),
			error => Self(status, error.to_string()),
		}
	}
}

impl Answer {
	fn text(status: u16, text: &str) -> Self {
		let text = format!("{text}\n");
		let headers = vec![("content-type", TEXT.into())];
		Self { status, length: text.len() as u64, headers, content: Content::Whole(text.into_bytes()) }
	}

	fn response(self) -> Result<HttpResponse, Box<dyn Error + Send + Sync>> {
		let body = match self.content {
			Content::Whole(bytes) => HttpBody::from(bytes),
			Content::Parts(parts) => {
				HttpBody::new(StreamBody::new(futures::stream::unfold(parts, |mut parts| async {
					let next = tokio::task::spawn_blocking(move || (parts.next(), parts)).await;
					match next {
						Ok((Some(Ok(bytes)), parts)) => Some((Ok(Frame::data(Bytes::from(bytes))), parts)),
						// The connection breaks: the announced length is not reached.
						Ok((Some(Err(error)), parts)) => {
							tracing::warn!("an answer of the gateway breaks: {error}");
							Some((Err(Box::<dyn Error + Send + Sync>::from(error)), parts))
						}
						Ok((None, _)) | Err(_) => None,
					}
				})))
			}
		};
		let mut response = HttpResponse::new(body);
		*response.status_mut() = self.status.try_into()?;
		let headers = response.headers_mut();
		for (name, value) in self.headers {
			headers.insert(name, value.parse()?);
		}
		if self.status != 304 {
			headers.insert("content-length", self.length.into());
		}
		headers.insert("x-content-type-options", "nosniff".parse()?);
		headers.insert("access-control-allow-origin", "*".parse()?);
		Ok(response)
	}
}

/// In which form something is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
	Plain,
	Raw,
	Car,
}

impl Asked {
	/// The value of a parameter.
	fn parameter(&self, name: &str) -> Option<&str> {
		self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
	}

	/// The parameter wins over the header, as the specification says.
	fn form(&self) -> Result<Form, Refusal> {
		match self.parameter("format") {
			Some("raw") => return Ok(Form::Raw),
			Some("car") => return Ok(Form::Car),
			Some(_) => return Err(Refusal::bad("this gateway has the formats `raw` and `car`")),
			None => {}
		}
		for wanted in self.accept.split(',') {
			let mut parts = wanted.split(';').map(|part| part.trim().to_ascii_lowercase());
			match parts.next().as_deref() {
				Some(RAW) => return Ok(Form::Raw),
				Some(CAR) if parts.any(|part| part.starts_with("version=") && part != "version=1") => {
					return Err(Refusal::bad("this gateway has CARs of version 1 only"));
				}
				Some(CAR) => return Ok(Form::Car),
				_ => {}
			}
		}
		Ok(Form::Plain)
	}

	fn reach(&self) -> Result<(Reach, &'static str), Refusal> {
		if self.parameter("entity-bytes").is_some() {
			return Err(Refusal::bad("this gateway gives whole entities only, no `entity-bytes`"));
		}
		if self.parameter("car-version").is_some_and(|version| version != "1") {
			return Err(Refusal::bad("this gateway has CARs of version 1 only"));
		}
		match self.parameter("dag-scope") {
			None | Some("all") => Ok((Reach::All, "all")),
			Some("entity") => Ok((Reach::Entity, "entity")),
			Some("block") => Ok((Reach::Block, "block")),
			Some(_) => Err(Refusal::bad("`dag-scope` is `block`, `entity` or `all`")),
		}
	}

	/// The CID and the names behind it. No name is ever used as a file's: directories are looked up in blocks.
	fn target(&self) -> Result<(&str, Vec<String>), Refusal> {
		let rest = self.path.strip_prefix("/ipfs/").ok_or(Refusal(404, "only /ipfs/<CID> is served".into()))?;
		let (cid, path) = rest.split_once('/').unwrap_or((rest, ""));
		let path = path.strip_suffix('/').unwrap_or(path);
		let names =
			if path.is_empty() { Vec::new() } else { path.split('/').map(percent).collect::<Result<_, _>>()? };
		for name in &names {
			cids::check_name(name).map_err(Refusal::bad)?;
		}
		Ok((cid, names))
	}

	/// Whether the client has it already.
	fn has(&self, tag: &str) -> bool {
		let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_string();
		self.if_none_match.split(',').any(|known| known.trim() == "*" || bare(known) == bare(tag))
	}
}

/// Decodes `%xx`.
fn percent(text: &str) -> Result<String, Refusal> {
	let bad = || Refusal::bad("the path is not encoded as a path");
	let mut bytes = Vec::with_capacity(text.len());
	let mut rest = text.as_bytes();
	while let Some((&byte, after)) = rest.split_first() {
		rest = after;
		if byte == b'%' {
			let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).ok_or_else(bad)?;
			bytes.push(u8::from_str_radix(digits, 16).map_err(|_| bad())?);
			rest = &rest[2..];
		} else {
			bytes.push(byte);
		}
	}
	String::from_utf8(bytes).map_err(|_| bad())
}

impl Gateway {
	fn answer(&self, asked: &Asked) -> Answer {
		self.look(asked).unwrap_or_else(|Refusal(status, text)| {
			let mut answer = Answer::text(status, &text);
			if status == 405 {
				answer.headers.push(("allow", "GET, HEAD".into()));
			}
			answer
		})
	}

	fn look(&self, asked: &Asked) -> Result<Answer, Refusal> {
		if asked.method != "GET" && asked.method != "HEAD" {
			return Err(Refusal(405, "only GET and HEAD".into()));
		}
		let (text, path) = asked.target()?;
		let form = asked.form()?;
		if text == PROBE && path.is_empty() {
			let kind = if form == Form::Raw { RAW } else { TEXT };
			let headers = vec![("content-type", kind.into())];
			return Ok(Answer { status: 200, length: 0, headers, content: Content::Whole(Vec::new()) });
		}
		let root = cids::parse(text)?;
		if form == Form::Raw && !path.is_empty() {
			return Err(Refusal::bad("a raw block is asked for by its own CID, without a path"));
		}
		let (cid, way) = self.store.resolve(&root, &path)?;
		let (tag, kind, length, content) = match form {
			Form::Raw => {
				let block = self.store.block(&cid)?;
				(format!("\"{cid}.raw\""), RAW.into(), block.len() as u64, Content::Whole(block))
			}
			Form::Car => {
				let (reach, scope) = asked.reach()?;
				let plan = Plan::new(&self.store, &way, &cid, reach, self.limit)?;
				let tag = format!("W/\"{root}.{cid}.{scope}.car\"");
				let kind = format!("{CAR}; version=1; order=dfs; dups=n");
				(tag, kind, plan.length, Content::Parts(Box::new(plan)))
			}
			Form::Plain => self.plain(&cid, path.last().map(String::as_str))?,
		};
		let mut headers = vec![
			("etag", tag.clone()),
			("cache-control", FOREVER.into()),
			("vary", "accept".into()),
			("x-ipfs-path", asked.path.clone()),
			("x-ipfs-roots", way.iter().chain([&cid]).map(Cid::to_string).collect::<Vec<_>>().join(",")),
		];
		if asked.has(&tag) {
			let content = Content::Whole(Vec::new());
			return Ok(Answer { status: 304, length, headers, content });
		}
		headers.push(("content-type", kind));
		match form {
			Form::Raw => headers.push(("content-disposition", format!("attachment; filename=\"{cid}.bin\""))),
			Form::Car => headers.push(("content-disposition", format!("attachment; filename=\"{cid}.car\""))),
			Form::Plain => {}
		}
		Ok(Answer { status: 200, length, headers, content })
	}

	/// A file's bytes, or a directory's entries.
	fn plain(&self, cid: &Cid, name: Option<&str>) -> Result<(String, String, u64, Content), Refusal> {
		match Leaves::open(self.store.clone(), cid, self.limit) {
			Ok(leaves) => {
				let json = name.is_some_and(|name| name.ends_with(".json"));
				let kind = if json { "application/json" } else { "application/octet-stream" };
				Ok((format!("\"{cid}\""), kind.into(), leaves.size(), Content::Parts(Box::new(leaves))))
			}
			Err(StoreError::Kind { .. }) => {
				let entries = self.store.entries(cid)?;
				let entries = entries.iter().map(
					|entry| serde_json::json!({ "name": entry.name, "cid": entry.cid.to_string(), "size": entry.size }),
				);
				let list = serde_json::json!({ "cid": cid.to_string(), "entries": entries.collect::<Vec<_>>() });
				let list = format!("{list}\n").into_bytes();
				let length = list.len() as u64;
				Ok((format!("\"{cid}.json\""), "application/json".into(), length, Content::Whole(list)))
			}
			Err(error) => Err(error.into()),
		}
	}
}
