//! Builds the runtime as Wasm.

#[cfg(feature = "std")]
fn main() {
	// The builder searches the workspace's Cargo.lock upwards from the target folder, and would take other versions
	// of the dependencies where that folder lies elsewhere (CARGO_TARGET_DIR).
	const HINT: &str = "WASM_BUILD_WORKSPACE_HINT";
	if std::env::var_os(HINT).is_none() {
		std::env::set_var(HINT, concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
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
