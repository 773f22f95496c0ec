//! Peers that are npm packages.

use std::{
	path::{Path, PathBuf},
	process::Command,
};

/// A folder of this package, with its npm dependencies installed as its lock file says.
///
/// # Panics
///
/// If they cannot be installed.
pub fn installed(name: &str) -> PathBuf {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
	let stamp = folder.join("node_modules/.package-lock.json");
	let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
	if modified(&stamp).is_none() || modified(&stamp) < modified(&folder.join("package-lock.json")) {
		let status = Command::new("npm").arg("ci").current_dir(&folder).status();
		let status = status.unwrap_or_else(|e| panic!("npm does not start ({e}): `cargo xtask setup` installs it"));
		assert!(status.success(), "`npm ci` in {} failed: {status}", folder.display());
	}
	folder
}
