//! The target `wasm32v1-none`, for which the runtime is built.
//!
//! rustup has it. Where rustup's server cannot be reached, Debian's own compiler, which comes with the
//! sources of its library, builds `core`, `alloc` and `compiler_builtins` for it; a private toolchain of
//! symbolic links puts these beside Debian's compiler, and `WASM_BUILD_TOOLCHAIN` names it.

use super::{system, Context};
use crate::{
	process::{self, io_error, Error, Result},
	workspace,
};
use std::{
	fs,
	os::unix::fs::{symlink, PermissionsExt},
	path::{Path, PathBuf},
	process::Command,
};

const TARGET: &str = "wasm32v1-none";

/// Name of the toolchain that the fallback links.
pub const TOOLCHAIN: &str = "praxis-wasm";

/// A compiler for Debian's current browsers, newer than the release's own, and its library's sources.
const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

const LIBRARIES: [&str; 3] = ["core", "alloc", "compiler_builtins"];

/// The name of the toolchain that builds the runtime, where it is not the usual one.
pub fn ensure(context: &Context) -> Result<Option<String>> {
	let toolchain = context.options.wasm_toolchain.as_str();
	let linked = || rustup_run(toolchain, "rustc");
	if !context.options.force_wasm_fallback {
		if works(workspace::command("rustc")) {
			context.found(TARGET, "in the usual toolchain");
			return Ok(None);
		}
		if works(linked()) {
			context.found(TARGET, &format!("in the toolchain {toolchain}"));
			return Ok(Some(toolchain.into()));
		}
		if !context.act(TARGET, &format!("rustup target add {TARGET}, else from Debian's {}", PACKAGES.join(", "))) {
			return Ok(None);
		}
		match process::run(workspace::command("rustup").args(["target", "add", TARGET])) {
			Ok(()) if works(workspace::command("rustc")) => return Ok(None),
			Err(Error::Interrupted) => return Err(Error::Interrupted),
			_ => println!("           rustup could not: building it from Debian's sources instead"),
		}
	} else if !context.act(TARGET, &format!("fallback toolchain {toolchain}")) {
		return Ok(Some(toolchain.into()));
	}

	from_debian(context, toolchain).map_err(|error| match error {
		Error::Failed(reason) => Error::Failed(format!(
			"the Wasm target {TARGET} could not be installed ({reason}). `rustup target add {TARGET}` is the normal way."
		)),
		interrupted => interrupted,
	})?;
	if works(linked()) {
		Ok(Some(toolchain.into()))
	} else {
		Err(Error::Failed(format!("the toolchain {toolchain} was made, but does not build for {TARGET}")))
	}
}

fn rustup_run(toolchain: &str, program: &str) -> Command {
	let mut command = workspace::command("rustup");
	command.args(["run", toolchain, program]);
	command
}

/// Whether `rustc` compiles and links a library for the target that uses `alloc`.
fn works(mut rustc: Command) -> bool {
	let source = std::env::temp_dir().join(format!("praxis-wasm-{}.rs", std::process::id()));
	let module = source.with_extension("wasm");
	let works = fs::write(&source, PROBE).is_ok()
		&& process::succeeds(
			rustc
				.args(["--target", TARGET, "--crate-type", "cdylib", "--edition", "2021", "-Cpanic=abort", "-o"])
				.arg(&module)
				.arg(&source),
		);
	let _ = fs::remove_file(&source);
	let _ = fs::remove_file(&module);
	works
}

const PROBE: &str = r#"#![no_std]
extern crate alloc;
struct Never;
unsafe impl core::alloc::GlobalAlloc for Never {
	unsafe fn alloc(&self, _: core::alloc::Layout) -> *mut u8 { core::ptr::null_mut() }
	unsafe fn dealloc(&self, _: *mut u8, _: core::alloc::Layout) {}
}
#[global_allocator]
static ALLOCATOR: Never = Never;
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
#[no_mangle]
pub extern "C" fn run(n: usize) -> usize { alloc::vec![1u8; n].len() }
"#;

fn from_debian(context: &Context, toolchain: &str) -> Result {
	let debian = Path::new("/usr/bin/rustc");
	let has_sources = || fs::read_dir("/usr/lib/rustlib/src").is_ok_and(|mut folder| folder.next().is_some());
	if !(debian.is_file() && Path::new("/usr/bin/cargo").is_file() && has_sources()) {
		system::install(context, &PACKAGES)?;
	}
	let sysroot = PathBuf::from(process::output(workspace::command("rustc").args(["--print", "sysroot"]))?.trim());
	let host = host()?;
	let linker = sysroot.join("lib/rustlib").join(&host).join("bin/rust-lld");
	if !linker.is_file() {
		return Err(Error::Failed(format!("{} is missing", linker.display())));
	}

	// A crate whose only purpose is that cargo builds the libraries below it.
	let build = context.cache.join("wasm-std");
	write(
		&build.join("Cargo.toml"),
		"[package]\nname = \"wasm-std\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\n\n[workspace]\n",
	)?;
	write(&build.join("src/lib.rs"), "#![no_std]\nextern crate alloc;\n")?;
	let output = build.join("target").join(TARGET).join("release/deps");
	// What an earlier compiler left would be copied along.
	let _ = fs::remove_dir_all(&output);
	process::run(
		workspace::command("/usr/bin/cargo")
			.args(["build", "--release", "--target", TARGET, "-Zbuild-std=core,alloc"])
			.current_dir(&build)
			.env("RUSTC", debian)
			.env("RUSTC_BOOTSTRAP", "1")
			// Without bitcode in the libraries the runtime's link-time optimisation fails.
			.env("RUSTFLAGS", "-Cembed-bitcode=yes")
			.env("CARGO_TARGET_DIR", build.join("target"))
			.env_remove("CARGO_ENCODED_RUSTFLAGS")
			.env_remove("RUSTUP_TOOLCHAIN"),
	)?;

	let home = context.cache.join(format!("toolchain-{toolchain}"));
	let libraries = home.join("lib/rustlib").join(TARGET).join("lib");
	let _ = fs::remove_dir_all(&home);
	fs::create_dir_all(&libraries).map_err(io_error("create", &libraries))?;
	for library in LIBRARIES {
		let prefix = format!("lib{library}-");
		let built = fs::read_dir(&output)
			.map_err(io_error("read", &output))?
			.filter_map(|entry| entry.ok().map(|entry| entry.path()))
			.find(|path| {
				let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
				name.starts_with(&prefix) && name.ends_with(".rlib")
			})
			.ok_or_else(|| Error::Failed(format!("{library} was not built")))?;
		let copy = libraries.join(built.file_name().unwrap_or_default());
		fs::copy(&built, &copy).map_err(io_error("write", &copy))?;
	}
	// The host's libraries, for build scripts and macros; the linker is that of rustup's toolchain.
	let host_folder = home.join("lib/rustlib").join(&host);
	link(Path::new("/usr/lib/rustlib").join(&host).join("lib"), host_folder.join("lib"))?;
	link(linker, host_folder.join("bin/rust-lld"))?;
	link("/usr/bin/cargo".into(), home.join("bin/cargo"))?;
	let rustc = home.join("bin/rustc");
	write(&rustc, &format!("#!/bin/sh\nexec /usr/bin/rustc --sysroot '{}' \"$@\"\n", home.display()))?;
	fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).map_err(io_error("make executable", &rustc))?;
	process::run(workspace::command("rustup").args(["toolchain", "link", toolchain]).arg(&home))
}

/// The triple of this machine.
pub fn host() -> Result<String> {
	let version = process::output(workspace::command("rustc").arg("-vV"))?;
	let host = version.lines().find_map(|line| line.strip_prefix("host: "));
	host.map(Into::into).ok_or_else(|| "`rustc -vV` names no host".into())
}

fn write(path: &Path, text: &str) -> Result {
	if let Some(folder) = path.parent() {
		fs::create_dir_all(folder).map_err(io_error("create", folder))?;
	}
	fs::write(path, text).map_err(io_error("write", path))
}

fn link(to: PathBuf, at: PathBuf) -> Result {
	if let Some(folder) = at.parent() {
		fs::create_dir_all(folder).map_err(io_error("create", folder))?;
	}
	symlink(&to, &at).map_err(io_error("link", &at))
}
