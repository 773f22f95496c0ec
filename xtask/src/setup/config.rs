//! `.cargo/setup.toml`: what set-up found, for plain cargo.

use super::{system, wasm, Context, Tools};
use crate::{
	process::{io_error, Result},
	workspace,
};
use std::fs;

/// Writes the file if its content changes: a new linker flag rebuilds everything.
pub fn write(context: &Context, tools: &Tools) -> Result {
	let path = workspace::root().join(".cargo/setup.toml");
	let text = content(tools, &wasm::host()?, system::mold_works());
	if fs::read_to_string(&path).is_ok_and(|present| present == text) {
		context.found("settings", ".cargo/setup.toml");
		return Ok(());
	}
	if context.act("settings", ".cargo/setup.toml") {
		fs::write(&path, text).map_err(io_error("write", &path))?;
	}
	Ok(())
}

fn content(tools: &Tools, host: &str, mold: bool) -> String {
	let quoted = |text: &str| format!("{text:?}");
	let mut text = format!("[env]\nLIBTORCH = {}\n", quoted(&tools.libtorch.to_string_lossy()));
	if let Some(toolchain) = &tools.wasm_toolchain {
		text += &format!("WASM_BUILD_TOOLCHAIN = {}\n", quoted(toolchain));
	}
	if mold {
		text += &format!("\n[target.{host}]\nrustflags = [\"-Clink-arg=-fuse-ld=mold\"]\n");
	}
	text
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn settings_should_name_only_what_was_found() {
		let mut tools = Tools { libtorch: "/cache/torch".into(), wasm_toolchain: Some("praxis-wasm".into()) };
		assert_eq!(
			content(&tools, "x86_64-unknown-linux-gnu", true),
			"[env]\nLIBTORCH = \"/cache/torch\"\nWASM_BUILD_TOOLCHAIN = \"praxis-wasm\"\n\n\
			 [target.x86_64-unknown-linux-gnu]\nrustflags = [\"-Clink-arg=-fuse-ld=mold\"]\n"
		);
		tools.wasm_toolchain = None;
		assert_eq!(content(&tools, "x86_64-unknown-linux-gnu", false), "[env]\nLIBTORCH = \"/cache/torch\"\n");
	}
}
