//! Builds the runtime as Wasm.

#[cfg(feature = "std")]
fn main() {
	// The builder searches the workspace's Cargo.lock upwards from the target folder, and would take other versions
	// of the dependencies where that folder lies elsewhere (CARGO_TARGET_DIR).
	const HINT: &str = "WASM_BUILD_WORKSPACE_HINT";
	if std::env::var_os(HINT).is_none() {
		// Asked now and not when this was compiled: two checkouts may share the target folder and this program.
		let manifest = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
		std::env::set_var(HINT, format!("{manifest}/.."));
	}
	build();
}

#[cfg(all(feature = "std", not(feature = "metadata-hash")))]
fn build() {
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

/// Also computes the metadata hash that `CheckMetadataHash` compares with. It is a release's matter: it compiles the
/// runtime twice.
#[cfg(all(feature = "std", feature = "metadata-hash"))]
fn build() {
	substrate_wasm_builder::WasmBuilder::init_with_defaults().enable_metadata_hash("PRX", 12).build();
}

#[cfg(not(feature = "std"))]
fn main() {}
