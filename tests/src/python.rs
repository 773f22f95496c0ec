//! Python environments for peers that are Python packages.

use std::{
	env, fs,
	path::{Path, PathBuf},
	process::Command,
};

/// The folder of the user's cache where such a peer's things are kept.
pub fn cache(peer: &str) -> PathBuf {
	let folder = env::var_os("XDG_CACHE_HOME")
		.filter(|folder| !folder.is_empty())
		.map(PathBuf::from)
		.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
		.unwrap_or_else(env::temp_dir);
	folder.join("praxis").join(peer)
}

/// Runs a program to its end; gives what it printed, or what went wrong.
pub fn run(command: &mut Command) -> Result<String, String> {
	let shown = format!("{command:?}");
	let output = command.output().map_err(|error| format!("{shown}: {error}"))?;
	let text = String::from_utf8_lossy(&output.stdout);
	match output.status.success() {
		true => Ok(text.into_owned()),
		false => Err(format!("{shown}: {}\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr))),
	}
}

/// Makes the Python environment `python` in `folder` where it is missing or of other versions, and gives its
/// interpreter. `options` go to `pip install`.
pub fn interpreter(folder: &Path, requirements: &Path, options: &[&str]) -> Result<PathBuf, String> {
	let folder = folder.join("python");
	let python = folder.join("bin").join("python3");
	let installed = folder.join("requirements.txt");
	let wanted = fs::read_to_string(requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
	if python.exists() && fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
		return Ok(python);
	}
	run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
	run(Command::new(&python)
		.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
		.args(options)
		.arg("--requirement")
		.arg(requirements))?;
	// Last, so that an interrupted installation does not count.
	fs::write(&installed, wanted).map_err(|error| error.to_string())?;
	Ok(python)
}
