//! `cargo xtask setup`: finds what a build needs and installs what is missing, the normal way first.
//!
//! Running it again changes nothing. What it found goes into `.cargo/setup.toml`, which
//! `.cargo/config.toml` includes, so that plain `cargo build` works from then on.

mod config;
mod libtorch;
mod node_packages;
mod system;
mod wasm;

use crate::{process::Result, workspace};
use clap::Args;
use std::path::PathBuf;

/// Options of `cargo xtask setup`.
#[derive(Args, Default)]
pub struct Options {
	/// Say what would be done and do nothing.
	#[arg(long)]
	pub dry_run: bool,
	/// Install the full libtorch with CUDA (several gigabytes) instead of the CPU part.
	#[arg(long)]
	pub cuda: bool,
	/// Name of the rustup toolchain that the fallback for the Wasm target links.
	#[arg(long, value_name = "NAME", default_value = wasm::TOOLCHAIN, hide = true)]
	pub wasm_toolchain: String,
	/// Make the fallback for the Wasm target even where the target is installed.
	#[arg(long, hide = true)]
	pub force_wasm_fallback: bool,
	/// Leave out what only the tests need.
	#[arg(long)]
	pub no_tests: bool,
	/// Nevertheless Node.js with polkadot.js, which posts the demo's tasks.
	#[arg(skip)]
	pub polkadot_js: bool,
}

impl Options {
	/// What a build needs.
	pub fn for_building() -> Self {
		Self { no_tests: true, ..Self::for_tests() }
	}

	/// What the demo needs, with tasks of the market or without.
	pub fn for_demo(tasks: bool) -> Self {
		Self { polkadot_js: tasks, ..Self::for_building() }
	}

	/// What the tests need.
	pub fn for_tests() -> Self {
		Self { wasm_toolchain: wasm::TOOLCHAIN.into(), ..Self::default() }
	}
}

impl Options {
	/// Whether Node.js is needed.
	fn node_js(&self) -> bool {
		!self.no_tests || self.polkadot_js
	}
}

/// What set-up found, as builds use it.
pub struct Tools {
	/// Folder with libtorch's `lib` and `include`.
	pub libtorch: PathBuf,
	/// rustup toolchain that builds the runtime, where it is not the usual one.
	pub wasm_toolchain: Option<String>,
}

/// Says what is done.
struct Context<'a> {
	options: &'a Options,
	cache: PathBuf,
}

impl Context<'_> {
	/// Something needed is there.
	fn found(&self, what: &str, detail: &str) {
		println!("  found    {what:<12} {}", detail.trim());
	}

	/// Announces an action; `true` if it is to be done now.
	fn act(&self, what: &str, action: &str) -> bool {
		println!("  {} {what:<12} {action}", if self.options.dry_run { "would   " } else { "install " });
		!self.options.dry_run
	}

	/// Something optional is not there.
	fn note(&self, what: &str, detail: &str) {
		println!("  note     {what:<12} {detail}");
	}
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Tools> {
	println!("Setting up{}", if options.dry_run { " (dry run: nothing is changed)" } else { "" });
	let context = Context { options, cache: workspace::cache()? };
	system::ensure(&context)?;
	let wasm_toolchain = wasm::ensure(&context)?;
	let libtorch = libtorch::ensure(&context)?;
	node_packages::ensure(&context)?;
	let tools = Tools { libtorch, wasm_toolchain };
	config::write(&context, &tools)?;
	Ok(tools)
}
