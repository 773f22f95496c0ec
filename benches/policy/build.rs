//! Builds the library as Wasm, with the target, the imports and the optimisation of a runtime.

#[cfg(feature = "std")]
fn main() {
	use std::{
		env, fs,
		path::PathBuf,
		process::{exit, Command},
	};
	let variable = |name: &str| env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
	let manifest = variable("CARGO_MANIFEST_DIR");
	for path in ["src/lib.rs", "src/job.rs", "src/wasm.rs", "../../primitives/policy"] {
		println!("cargo:rerun-if-changed={path}");
	}
	println!("cargo:rerun-if-env-changed=WASM_BUILD_TOOLCHAIN");
	let out = PathBuf::from(variable("OUT_DIR"));
	let target = out.join("wasm");
	let mut cargo = match env::var("WASM_BUILD_TOOLCHAIN") {
		Ok(toolchain) => {
			let mut cargo = Command::new("rustup");
			cargo.args(["run", &toolchain, "cargo"]);
			cargo
		}
		Err(_) => Command::new(variable("CARGO")),
	};
	cargo
		.args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "--no-default-features"])
		.args(["--target", "wasm32v1-none", "--manifest-path", &format!("{manifest}/Cargo.toml"), "--target-dir"])
		.arg(&target)
		// What the SDK's builder passes, but for its stack of 1 MiB that is the linker's default.
		.args(["--config", "profile.release.lto=\"thin\"", "--config", "profile.release.panic=\"abort\""])
		.args(["--", "-Clink-arg=--export=__heap_base", "-Clink-arg=--import-memory"])
		.env_remove("CARGO_ENCODED_RUSTFLAGS")
		.env_remove("RUSTFLAGS")
		.env_remove("RUSTC")
		.env_remove("RUSTC_WORKSPACE_WRAPPER");
	if !cargo.status().is_ok_and(|status| status.success()) {
		println!("cargo:warning=the Wasm of the policy bench could not be built");
		exit(1);
	}
	let made = target.join("wasm32v1-none/release/bench_policy.wasm");
	if let Err(error) = fs::copy(&made, out.join("bench_policy.wasm")) {
		println!("cargo:warning={}: {error}", made.display());
		exit(1);
	}
}

#[cfg(not(feature = "std"))]
fn main() {}
