//! Packages of the polkadot.js tests.

use super::Context;
use crate::{
	process::{self, Result},
	workspace,
};
use std::{fs, path::Path};

/// Installs what `tests/polkadot-js/package-lock.json` names.
pub fn ensure(context: &Context) -> Result {
	let folder = workspace::root().join("tests/polkadot-js");
	let lock = folder.join("package-lock.json");
	if !lock.is_file() {
		return Ok(());
	}
	// npm writes this file at the end of an installation.
	if newer(&folder.join("node_modules/.package-lock.json"), &lock) {
		context.found("npm packages", "tests/polkadot-js");
		return Ok(());
	}
	if !context.act("npm packages", "npm ci in tests/polkadot-js") {
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
