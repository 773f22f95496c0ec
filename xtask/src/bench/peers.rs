//! The peers that are measured beside our own: Python packages in an environment of their own, outside the checkout.

use crate::{
	process::{self, io_error, Result},
	workspace,
};
use std::{
	fs,
	path::{Path, PathBuf},
	process::Command,
};

/// Everything at the versions that the kept results were measured with. PyPI's torch for Linux is the CUDA build:
/// some 3 GB to fetch. It is the version of libtorch that the worker uses.
const REQUIREMENTS: &str = include_str!("peers/requirements.txt");

/// Makes the Python environment where it is missing or of other versions; its interpreter.
pub fn python() -> Result<PathBuf> {
	let folder = workspace::cache()?.join("bench-venv");
	let python = folder.join("bin/python3");
	let stamp = folder.join("requirements.txt");
	if python.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == REQUIREMENTS) {
		return Ok(python);
	}
	println!("\nInstalling the peers for Python (once; some 3 GB) into {}", folder.display());
	fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
	process::run(workspace::command("python3").args(["-m", "venv"]).arg(&folder))?;
	let wanted = folder.join("wanted.txt");
	fs::write(&wanted, REQUIREMENTS).map_err(io_error("write", &wanted))?;
	let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--progress-bar=off", "-r"];
	process::run(workspace::command(&python).args(install).arg(&wanted))?;
	// Last, so that an interrupted installation does not count.
	fs::rename(&wanted, &stamp).map_err(io_error("rename", &wanted))?;
	Ok(python)
}

/// A peer's script, to be run on one thread.
pub fn script(python: &Path, name: &str) -> Command {
	let mut command = workspace::command(python);
	command.arg(workspace::root().join("xtask/src/bench/peers").join(name));
	for variable in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"] {
		command.env(variable, "1");
	}
	command.env("CUDA_VISIBLE_DEVICES", "");
	command
}

/// `command`, bound to one processor where the system has `taskset`.
pub fn pinned(command: &Command, processor: usize) -> Command {
	if !process::has("taskset") {
		return copy(command, Command::new(command.get_program()));
	}
	let mut bound = Command::new("taskset");
	bound.args(["--cpu-list", &processor.to_string()]).arg(command.get_program());
	copy(command, bound)
}

/// Gives `target` the arguments, environment and folder of `command`.
fn copy(command: &Command, mut target: Command) -> Command {
	target.args(command.get_args());
	for (name, value) in command.get_envs() {
		match value {
			Some(value) => target.env(name, value),
			None => target.env_remove(name),
		};
	}
	if let Some(folder) = command.get_current_dir() {
		target.current_dir(folder);
	}
	target
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_pinned_command_should_be_the_same_command() {
		let mut command = Command::new("printenv");
		command.arg("WORD").env("WORD", "seven");
		assert_eq!(process::output(&mut pinned(&command, 0)).expect("it runs").trim(), "seven");
	}
}
