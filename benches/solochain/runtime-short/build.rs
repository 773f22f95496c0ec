//! Builds the runtime as Wasm.

#[cfg(feature = "std")]
fn main() {
	// As in the main runtime: the builder is to take this workspace's Cargo.lock, wherever the target folder lies.
	const HINT: &str = "WASM_BUILD_WORKSPACE_HINT";
	if std::env::var_os(HINT).is_none() {
		std::env::set_var(HINT, concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
	}
	// The builder watches this package alone, and its source is the other's.
	println!("cargo:rerun-if-changed=../runtime/src");
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

#[cfg(not(feature = "std"))]
fn main() {}
