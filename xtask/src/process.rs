//! Runs other programs: in the foreground until they end, or as services that are always stopped.

use std::{
	ffi::OsStr,
	fs::File,
	io,
	os::unix::process::CommandExt,
	path::{Path, PathBuf},
	process::{Child, Command, ExitStatus, Stdio},
	sync::atomic::{AtomicBool, Ordering},
	thread,
	time::{Duration, Instant},
};

/// Why a command of this crate ended early.
#[derive(Debug)]
pub enum Error {
	/// SIGINT, SIGTERM or SIGHUP arrived.
	Interrupted,
	/// Anything else, in words for the user.
	Failed(String),
}

impl From<String> for Error {
	fn from(message: String) -> Self {
		Self::Failed(message)
	}
}

impl From<&str> for Error {
	fn from(message: &str) -> Self {
		Self::Failed(message.into())
	}
}

/// What the functions of this crate return.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// Says what could not be done to which file.
pub fn io_error<'a>(action: &'a str, path: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
	move |error| Error::Failed(format!("cannot {action} {}: {error}", path.display()))
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on a signal to end is only noted; [`check`] then reports it.
pub fn handle_signals() -> Result {
	ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))
		.map_err(|error| Error::Failed(format!("cannot handle signals: {error}")))
}

/// An error once a signal to end has arrived.
pub fn check() -> Result {
	if INTERRUPTED.load(Ordering::SeqCst) {
		Err(Error::Interrupted)
	} else {
		Ok(())
	}
}

/// Sleeps, but not past a signal to end.
pub fn pause(duration: Duration) -> Result {
	let until = Instant::now() + duration;
	loop {
		check()?;
		let left = until.saturating_duration_since(Instant::now());
		if left.is_zero() {
			return Ok(());
		}
		thread::sleep(left.min(Duration::from_millis(50)));
	}
}

/// The command line, as a user would type it.
pub fn shown(command: &Command) -> String {
	let quote = |part: &OsStr| {
		let part = part.to_string_lossy();
		if part.is_empty() || part.contains(|c: char| c.is_whitespace() || "'\"$*;&|<>()".contains(c)) {
			format!("'{}'", part.replace('\'', r"'\''"))
		} else {
			part.into_owned()
		}
	};
	std::iter::once(command.get_program()).chain(command.get_args()).map(quote).collect::<Vec<_>>().join(" ")
}

/// Waits for a foreground child and ends it when a signal arrives.
pub fn wait(child: &mut Child) -> Result<ExitStatus> {
	loop {
		match child.try_wait() {
			Ok(Some(status)) => return check().map(|()| status),
			Ok(None) => {}
			Err(error) => return Err(Error::Failed(format!("cannot wait for a child: {error}"))),
		}
		if check().is_err() {
			os::signal(child.id() as i32, libc::SIGTERM);
			let _ = child.wait();
			return Err(Error::Interrupted);
		}
		thread::sleep(Duration::from_millis(30));
	}
}

/// Runs `command` in the foreground; its output goes where ours goes.
pub fn run(command: &mut Command) -> Result {
	let status = wait(&mut spawn(command)?)?;
	if status.success() {
		Ok(())
	} else {
		Err(Error::Failed(format!("`{}` failed ({status})", shown(command))))
	}
}

/// Starts `command` in the foreground.
pub fn spawn(command: &mut Command) -> Result<Child> {
	command.spawn().map_err(|error| Error::Failed(format!("cannot start `{}`: {error}", shown(command))))
}

/// What `command` prints; an error with its own words when it fails.
pub fn output(command: &mut Command) -> Result<String> {
	let output = command
		.stdin(Stdio::null())
		.output()
		.map_err(|error| Error::Failed(format!("cannot start `{}`: {error}", shown(command))))?;
	check()?;
	if output.status.success() {
		Ok(String::from_utf8_lossy(&output.stdout).into_owned())
	} else {
		let words = String::from_utf8_lossy(&output.stderr);
		Err(Error::Failed(format!("`{}` failed ({}): {}", shown(command), output.status, words.trim())))
	}
}

/// Whether `command` runs and succeeds, without a word.
pub fn succeeds(command: &mut Command) -> bool {
	command
		.stdin(Stdio::null())
		.stdout(Stdio::null())
		.stderr(Stdio::null())
		.status()
		.is_ok_and(|status| status.success())
}

/// Whether `program` is on the path.
pub fn has(program: &str) -> bool {
	std::env::var_os("PATH")
		.is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// A program in the background, in a process group of its own, with its output in a log file.
/// It is stopped when this value is dropped, and by the kernel when this process dies.
pub struct Service {
	/// What the user calls it.
	pub name: String,
	/// Its output.
	pub log: PathBuf,
	child: Child,
	status: Option<ExitStatus>,
}

impl Service {
	/// Starts `command`. Call this from the main thread: the kernel ends the service with the thread that made it.
	pub fn start(name: impl Into<String>, command: &mut Command, log: PathBuf) -> Result<Self> {
		let file = File::create(&log).map_err(io_error("create", &log))?;
		let copy = file.try_clone().map_err(io_error("open", &log))?;
		command.stdin(Stdio::null()).stdout(file).stderr(copy).process_group(0);
		os::die_with_parent(command);
		Ok(Self { name: name.into(), log, child: spawn(command)?, status: None })
	}

	/// Its process id.
	pub fn id(&self) -> u32 {
		self.child.id()
	}

	/// An error with the end of its log if it has ended.
	pub fn check_alive(&mut self) -> Result {
		match self.ended() {
			None => Ok(()),
			Some(status) => Err(Error::Failed(format!("{} ended ({status}). {}", self.name, self.log_end()))),
		}
	}

	/// The last lines of its log.
	pub fn log_end(&self) -> String {
		let text =
			std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
		let lines: Vec<_> = text.lines().collect();
		let end = lines[lines.len().saturating_sub(15)..].join("\n  ");
		format!("Its log, {}, ends with:\n  {end}", self.log.display())
	}

	/// How it ended, once it has.
	pub fn ended(&mut self) -> Option<ExitStatus> {
		if self.status.is_none() {
			self.status = self.child.try_wait().ok().flatten();
		}
		self.status
	}

	fn signal(&mut self, signal: i32) {
		// The group's number stays ours until its leader has been waited for.
		if self.ended().is_none() {
			os::signal(-(self.child.id() as i32), signal);
		}
	}
}

impl Drop for Service {
	fn drop(&mut self) {
		stop(std::slice::from_mut(self), Duration::from_secs(5));
	}
}

/// Asks all of `services` to end, waits up to `grace` and kills what is left. Returns the names of those killed.
pub fn stop(services: &mut [Service], grace: Duration) -> Vec<String> {
	let until = Instant::now() + grace;
	services.iter_mut().for_each(|service| service.signal(libc::SIGTERM));
	while Instant::now() < until && services.iter_mut().any(|service| service.ended().is_none()) {
		thread::sleep(Duration::from_millis(30));
	}
	let mut killed = Vec::new();
	for service in services {
		if service.ended().is_none() {
			service.signal(libc::SIGKILL);
			service.status = service.child.wait().ok();
			killed.push(service.name.clone());
		}
	}
	killed
}

/// Calls of the operating system that the standard library does not wrap: the only unsafe code of this crate.
#[allow(unsafe_code)]
mod os {
	use super::*;

	/// Sends `signal` to a process, or to a group when `id` is negative.
	pub fn signal(id: i32, signal: i32) {
		// SAFETY: `kill` takes two numbers and touches no memory of ours.
		unsafe {
			libc::kill(id, signal);
		}
	}

	/// Makes the kernel end `command`'s process when the calling thread ends, however it ends.
	pub fn die_with_parent(command: &mut Command) {
		#[cfg(target_os = "linux")]
		// SAFETY: between fork and exec only `prctl` is called, which is async-signal-safe.
		unsafe {
			command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) {
				0 => Ok(()),
				_ => Err(io::Error::last_os_error()),
			});
		}
		#[cfg(not(target_os = "linux"))]
		let _ = command;
	}

	/// Whether we run as root.
	pub fn is_root() -> bool {
		// SAFETY: `geteuid` has no preconditions and cannot fail.
		unsafe { libc::geteuid() == 0 }
	}
}

pub use os::is_root;
