//! Packages of the tests and of the demo that run on Node.js.

use super::Context;
use crate::{
	process::{self, Result},
	workspace,
};
use std::{fs, path::Path};

/// Folder of `tests/` with a lock file of npm that the demo needs, too.
const POLKADOT_JS: &str = "polkadot-js";
/// The one that only tests need.
const HELIA: &str = "helia";

/// Installs what the lock files name.
pub fn ensure(context: &Context) -> Result {
	if context.options.node_js() {
		ensure_in(context, POLKADOT_JS)?;
	}
	if !context.options.no_tests {
		ensure_in(context, HELIA)?;
	}
	Ok(())
}

fn ensure_in(context: &Context, name: &str) -> Result {
	let folder = workspace::root().join("tests").join(name);
	let lock = folder.join("package-lock.json");
	if !lock.is_file() {
		return Ok(());
	}
	// npm writes this file at the end of an installation.
	if newer(&folder.join("node_modules/.package-lock.json"), &lock) {
		context.found("npm packages", &format!("tests/{name}"));
		return Ok(());
	}
	if !context.act("npm packages", &format!("npm ci in tests/{name}")) {
		return Ok(());
	}
	process::run(
		workspace::command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder),
	)
}

fn newer(path: &Path, than: &Path) -> bool {
	let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
	matches!((time(path), time(than)), (Ok(path), Ok(than)) if path >= than)
}
