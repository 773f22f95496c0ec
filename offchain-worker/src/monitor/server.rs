//! The control API: JSON-RPC (`worker_status`, `worker_health`, `worker_metrics`) over HTTP and WebSocket, and for
//! programs that only get: `GET /metrics` and `GET /healthz`. It only tells; nothing can be changed through it.

use super::{prometheus, Monitor};
use crate::http::{Front, Page, Pages};
use futures::FutureExt;
use jsonrpsee::{
	server::{HttpBody, HttpRequest, HttpResponse, RpcModule, Server, ServerHandle},
	types::ErrorObjectOwned,
};
use std::{
	error::Error,
	fmt,
	net::{IpAddr, SocketAddr, TcpListener},
	str::FromStr,
	sync::Arc,
};

/// Where the control API listens unless told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:9955";

/// Connections at a time.
const MAX_CONNECTIONS: u32 = 32;

/// Where the control API listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
	/// Nowhere.
	Off,
	/// At this address.
	At(SocketAddr),
}

impl FromStr for Control {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		if text == "off" {
			return Ok(Self::Off);
		}
		text.parse()
			.map(Self::At)
			.map_err(|_| format!("`{text}` is neither `off` nor an address and a port such as {DEFAULT_ADDRESS}"))
	}
}

impl fmt::Display for Control {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Off => f.write_str("off"),
			Self::At(address) => address.fmt(f),
		}
	}
}

/// Why the control API does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
	/// Others could reach it.
	#[error(
		"--control {0}: other machines could read the worker's state there; give an address of loopback, or --control-remote if that is meant"
	)]
	Remote(SocketAddr),
	/// Something else listens there.
	#[error(
		"--control {0}: the port is taken, perhaps by another worker; give another port (--control {1}:PORT), port 0 for any free one, or --control off"
	)]
	Taken(SocketAddr, IpAddr),
	/// Anything else.
	#[error("--control {0}: {1}")]
	Io(SocketAddr, std::io::Error),
}

/// Binds the address, if there is one to listen at.
pub fn bind(control: Control, remote: bool) -> Result<Option<TcpListener>, ControlError> {
	let Control::At(address) = control else { return Ok(None) };
	if !address.ip().is_loopback() && !remote {
		return Err(ControlError::Remote(address));
	}
	match TcpListener::bind(address) {
		Ok(listener) => Ok(Some(listener)),
		Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(ControlError::Taken(address, address.ip())),
		Err(error) => Err(ControlError::Io(address, error)),
	}
}

/// Binds and serves, if there is something to listen at. `listed`: somebody asked for this very address; otherwise one
/// that is taken is only warned of, as two workers on one machine should both run.
pub fn open(
	control: Control,
	remote: bool,
	listed: bool,
	monitor: &Arc<Monitor>,
) -> Result<Option<(SocketAddr, ServerHandle)>, ControlError> {
	let listener = match bind(control, remote) {
		Err(error @ ControlError::Taken(..)) if !listed => {
			tracing::warn!(target: "control", "no control API, so `status` and /metrics are missing: {error}");
			None
		}
		listener => listener?,
	};
	let (Some(listener), Control::At(asked)) = (listener, control) else { return Ok(None) };
	let failed = |error| ControlError::Io(asked, std::io::Error::other(error));
	let address = listener.local_addr().map_err(|error| ControlError::Io(asked, error))?;
	let server = serve(listener, monitor.clone()).map_err(failed)?;
	if address != asked {
		tracing::info!(target: "control", "the control API listens at {address}");
	}
	Ok(Some((address, server)))
}

/// Serves until the handle is dropped.
pub fn serve(listener: TcpListener, monitor: Arc<Monitor>) -> Result<ServerHandle, Box<dyn Error + Send + Sync>> {
	let mut module = RpcModule::new(monitor.clone());
	module.register_method("worker_status", |_, monitor, _| Ok::<_, ErrorObjectOwned>(monitor.status()))?;
	module.register_method("worker_metrics", |_, monitor, _| {
		Ok::<_, ErrorObjectOwned>(prometheus::render(&monitor.status()))
	})?;
	module.register_method("worker_health", |_, monitor, _| {
		let status = monitor.status();
		if status.healthy {
			Ok(true)
		} else {
			// -32000 and below are the server's own.
			Err(ErrorObjectOwned::owned(-32000, "unhealthy", Some(status.unhealthy)))
		}
	})?;
	listener.set_nonblocking(true)?;
	let server = Server::builder()
		.max_connections(MAX_CONNECTIONS)
		.set_http_middleware(tower::ServiceBuilder::new().layer(Front(Telling(monitor))))
		.build_from_tcp(listener)?;
	Ok(server.start(module))
}

/// Answers `GET /metrics` and `GET /healthz`, and lets everything else through.
#[derive(Clone)]
struct Telling(Arc<Monitor>);

impl Pages for Telling {
	fn page<B>(&self, request: &HttpRequest<B>) -> Option<Page> {
		let (code, kind, text) = match request.uri().path() {
			"/metrics" | "/healthz" if request.method() != "GET" => (405, "text/plain", "only GET\n".into()),
			"/metrics" => (200, prometheus::CONTENT_TYPE, prometheus::render(&self.0.status())),
			"/healthz" => {
				let status = self.0.status();
				if status.healthy {
					(200, "text/plain; charset=utf-8", format!("ok: {}\n", status.state.name()))
				} else {
					(503, "text/plain; charset=utf-8", status.unhealthy.join("\n") + "\n")
				}
			}
			_ => return None,
		};
		let answer = async move {
			let mut response = HttpResponse::new(HttpBody::from(text));
			*response.status_mut() = u16::try_into(code)?;
			response.headers_mut().insert("content-type", kind.try_into()?);
			Ok(response)
		};
		Some(answer.boxed())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::monitor::{Limits, State};
	use jsonrpsee::{core::client::ClientT, rpc_params, ws_client::WsClientBuilder};
	use std::io::{Read, Write};

	#[test]
	fn addresses_should_be_read_and_those_that_others_reach_refused() {
		assert_eq!("off".parse(), Ok(Control::Off));
		let parse = |text: &str| text.parse::<Control>();
		for wrong in ["", "9955", "localhost", "127.0.0.1", "on"] {
			assert!(parse(wrong).is_err(), "{wrong}");
		}
		let open = parse("0.0.0.0:0").expect("an address");
		assert!(matches!(bind(open, false), Err(ControlError::Remote(_))));
		assert!(bind(open, true).expect("a listener").is_some());
		assert!(bind(Control::Off, false).expect("nothing").is_none());
		let listener = bind(parse("127.0.0.1:0").expect("an address"), false).expect("it binds").expect("a listener");
		let again = Control::At(listener.local_addr().expect("an address"));
		let error = bind(again, false).expect_err("it is taken").to_string();
		assert!(error.contains("taken") && error.contains("--control off"), "{error}");
	}

	fn get(address: SocketAddr, line: &str) -> String {
		let mut stream = std::net::TcpStream::connect(address).expect("it listens");
		write!(stream, "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it reads");
		let mut answer = String::new();
		stream.read_to_string(&mut answer).expect("an answer");
		answer
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn state_health_and_metrics_should_be_served() {
		let limits = Limits { work: 0, submission: 0, reward: 0 };
		let monitor = Arc::new(Monitor::new("ws://127.0.0.1:1", "5Grw", limits));
		let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
		let address = listener.local_addr().expect("an address");
		let _server = serve(listener, monitor.clone()).expect("it serves");
		let page = |line: &'static str| async move {
			tokio::task::spawn_blocking(move || get(address, line)).await.expect("a page")
		};
		let health = page("GET /healthz").await;
		assert!(health.starts_with("HTTP/1.1 503 ") && health.contains("the worker is starting"), "{health}");
		monitor.update(|status| status.node.connected = true);
		monitor.enter(State::Mining, None);
		let health = page("GET /healthz").await;
		assert!(health.starts_with("HTTP/1.1 200 ") && health.contains("ok: mining"), "{health}");
		let metrics = page("GET /metrics").await;
		assert!(metrics.contains("text/plain; version=0.0.4") && metrics.contains("praxis_worker_healthy 1\n"));
		assert!(page("POST /metrics").await.starts_with("HTTP/1.1 405 "));
		assert!(page("GET /").await.starts_with("HTTP/1.1 4"), "JSON-RPC is posted");

		let client = WsClientBuilder::new().build(format!("ws://{address}")).await.expect("a client");
		let status: super::super::Status = client.request("worker_status", rpc_params![]).await.expect("a status");
		assert_eq!((status.state, status.account.as_str()), (State::Mining, "5Grw"));
		assert!(client.request::<bool, _>("worker_health", rpc_params![]).await.expect("healthy"));
		monitor.update(|status| status.node.connected = false);
		let error = client.request::<bool, _>("worker_health", rpc_params![]).await.expect_err("unhealthy");
		assert!(error.to_string().contains("unhealthy"), "{error}");
	}
}
