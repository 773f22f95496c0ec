//! SIGTERM, SIGINT and SIGHUP: the first asks the worker to save and end, the second ends it at once.

use std::{io, thread, time::Duration};
use tokio::sync::watch;

/// How long the last line may take.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What asked the process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
	/// A service manager, or `kill`.
	Terminate,
	/// Ctrl-C.
	Interrupt,
	/// The terminal was closed.
	HangUp,
}

impl Signal {
	/// Its usual name.
	pub fn name(self) -> &'static str {
		match self {
			Self::Terminate => "SIGTERM",
			Self::Interrupt => "SIGINT",
			Self::HangUp => "SIGHUP",
		}
	}

	/// Its number on Unix.
	fn number(self) -> i32 {
		match self {
			Self::HangUp => 1,
			Self::Interrupt => 2,
			Self::Terminate => 15,
		}
	}
}

/// Tells whether the process was asked to end. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Option<Signal>>);

impl Shutdown {
	/// The signal that came, if one has.
	pub fn requested(&self) -> Option<Signal> {
		*self.0.borrow()
	}

	/// Completes when one comes, or at once if one came.
	pub async fn wait(&mut self) -> Signal {
		loop {
			if let Some(signal) = self.requested() {
				return signal;
			}
			if self.0.changed().await.is_err() {
				// The listening thread lives as long as the process.
				std::future::pending::<()>().await;
			}
		}
	}
}

/// Listens from now on, on a thread of its own, so that it works however busy the others are.
pub fn listen() -> io::Result<Shutdown> {
	let (sender, receiver) = watch::channel(None);
	let (ready, started) = std::sync::mpsc::channel();
	let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
	thread::Builder::new().name("signals".into()).spawn(move || {
		runtime.block_on(async move {
			let mut signals = match Signals::new() {
				Ok(signals) => signals,
				Err(error) => {
					let _ = ready.send(Err(error));
					return;
				}
			};
			let _ = ready.send(Ok(()));
			let first = signals.next().await;
			sender.send_replace(Some(first));
			let second = signals.next().await;
			// Whoever should read this may have stopped reading, and then a line waits for ever.
			let (told, done) = std::sync::mpsc::channel();
			thread::spawn(move || {
				eprintln!("{}: ending at once", second.name());
				let _ = told.send(());
			});
			let _ = done.recv_timeout(LAST_WORDS);
			std::process::exit(128 + second.number());
		});
	})?;
	started.recv().map_err(io::Error::other)??;
	Ok(Shutdown(receiver))
}

#[cfg(unix)]
struct Signals {
	terminate: tokio::signal::unix::Signal,
	interrupt: tokio::signal::unix::Signal,
	hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
	fn new() -> io::Result<Self> {
		use tokio::signal::unix::{signal, SignalKind};
		Ok(Self {
			terminate: signal(SignalKind::terminate())?,
			interrupt: signal(SignalKind::interrupt())?,
			hang_up: signal(SignalKind::hangup())?,
		})
	}

	async fn next(&mut self) -> Signal {
		tokio::select! {
			_ = self.terminate.recv() => Signal::Terminate,
			_ = self.interrupt.recv() => Signal::Interrupt,
			_ = self.hang_up.recv() => Signal::HangUp,
		}
	}
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
	fn new() -> io::Result<Self> {
		Ok(Self)
	}

	async fn next(&mut self) -> Signal {
		match tokio::signal::ctrl_c().await {
			Ok(()) => Signal::Interrupt,
			Err(_) => std::future::pending().await,
		}
	}
}
