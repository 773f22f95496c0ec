//! Tells a service manager that the worker is up (systemd's `Type=notify`): it has read its settings, its key and its agent,
//! and its control API listens. So `systemctl start` fails where the worker does, and `status` is answered right after it.

use std::{
	env,
	ffi::OsStr,
	io,
	os::{
		linux::net::SocketAddrExt,
		unix::{
			ffi::OsStrExt,
			net::{SocketAddr, UnixDatagram},
		},
	},
};

/// Where the service manager wants to be told, by its own convention (sd_notify).
const SOCKET: &str = "NOTIFY_SOCKET";

fn send(socket: &OsStr, message: &[u8]) -> io::Result<()> {
	let address = match socket.as_bytes() {
		// A name that is no file.
		[b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
		_ => SocketAddr::from_pathname(socket)?,
	};
	UnixDatagram::unbound()?.send_to_addr(message, &address).map(drop)
}

/// Says that the worker is up, where somebody wants to know.
pub fn ready() {
	let Some(socket) = env::var_os(SOCKET) else { return };
	if let Err(error) = send(&socket, b"READY=1") {
		tracing::warn!(target: "control", "the service manager at {} was not told: {error}", socket.to_string_lossy());
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn message_should_arrive_when_the_socket_is_a_file_or_a_name() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("notify");
		let name = format!("praxis-worker-test-{}", std::process::id());
		let named = SocketAddr::from_abstract_name(&name).expect("a name");
		let sockets = [
			(UnixDatagram::bind(&path).expect("a socket"), path.into_os_string()),
			(UnixDatagram::bind_addr(&named).expect("a socket"), format!("@{name}").into()),
		];
		for (socket, address) in &sockets {
			send(address, b"READY=1").expect("it is sent");
			let mut buffer = [0; 32];
			let length = socket.recv(&mut buffer).expect("it arrives");
			assert_eq!(&buffer[..length], b"READY=1");
		}
		assert!(send(OsStr::new("/nowhere/at/all"), b"READY=1").is_err());
	}
}
