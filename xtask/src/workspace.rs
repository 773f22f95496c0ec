//! Where things are, and how cargo is called on them.

use crate::{
	process::{self, Error, Result},
	setup::Tools,
};
use std::{
	env,
	path::{Path, PathBuf},
	process::Command,
};

/// Root of the repository.
pub fn root() -> &'static Path {
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Folder for what can be fetched or made again.
pub fn cache() -> Result<PathBuf> {
	let base = match env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
		Some(path) => PathBuf::from(path),
		None => PathBuf::from(env::var_os("HOME").ok_or("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache"),
	};
	Ok(base.join("praxis"))
}

/// A program as the user's shell would start it: without what `cargo run` put into our environment. Build
/// scripts that watch such variables would otherwise run again at every change between this and plain cargo.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
	let mut command = Command::new(program);
	command.current_dir(root());
	for (name, _) in env::vars_os() {
		let text = name.to_string_lossy();
		let from_cargo = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
		if from_cargo.iter().any(|prefix| text.starts_with(prefix))
			|| text == "CARGO_PRIMARY_PACKAGE"
			|| text == "OUT_DIR"
		{
			command.env_remove(&name);
		}
	}
	if let Some(path) = env::var_os("LD_LIBRARY_PATH") {
		let ours = |folder: &PathBuf| {
			let built =
				env::current_exe().is_ok_and(|exe| exe.parent().is_some_and(|target| folder.starts_with(target)));
			built || folder.components().any(|part| part.as_os_str() == "toolchains" || part.as_os_str() == "rustlib")
		};
		let kept: Vec<_> =
			env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty() && !ours(folder)).collect();
		match env::join_paths(kept) {
			Ok(kept) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", kept),
			_ => command.env_remove("LD_LIBRARY_PATH"),
		};
	}
	command
}

/// Cargo with the tools that set-up found.
pub fn cargo(tools: &Tools) -> Command {
	let mut cargo = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
	cargo.env("LIBTORCH", &tools.libtorch);
	match &tools.wasm_toolchain {
		Some(name) => cargo.env("WASM_BUILD_TOOLCHAIN", name),
		None => cargo.env_remove("WASM_BUILD_TOOLCHAIN"),
	};
	cargo
}

/// Cargo's target folder.
pub fn target() -> Result<PathBuf> {
	let mut cargo = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
	let metadata = process::output(cargo.args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
	serde_json::from_str::<serde_json::Value>(&metadata)
		.ok()
		.and_then(|metadata| metadata["target_directory"].as_str().map(PathBuf::from))
		.ok_or_else(|| Error::Failed("`cargo metadata` names no target directory".into()))
}

/// Builds everything once: programs and tests share one profile and one set of features, so what the
/// demo builds the tests need not build again, nor the other way round.
pub fn build(tools: &Tools) -> Result {
	println!("\nBuilding. The first time takes tens of minutes on a small machine.");
	process::run(cargo(tools).args(["build", "--workspace", "--all-targets"]))
}
