//! Builds the runtime one version on (feature `upgrade-test`), to which a test upgrades a running network.
//!
//! It shares the folder of the runtime's own Wasm build, so only the runtime itself is compiled once more. Cargo runs
//! this after the runtime's build script, because of `links` in its manifest.

fn main() {
	let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
	// Without `..`: the builder compares the path with what cargo calls it.
	let workspace = std::path::Path::new(&package).parent().expect("the package is in the workspace");
	// As in the runtime's build script: else the Cargo.lock is searched upwards from the target folder.
	const HINT: &str = "WASM_BUILD_WORKSPACE_HINT";
	if std::env::var_os(HINT).is_none() {
		std::env::set_var(HINT, workspace);
	}
	substrate_wasm_builder::WasmBuilder::new()
		.with_project(workspace.join("runtime/Cargo.toml"))
		.expect("the runtime is a package")
		.import_memory()
		.export_heap_base()
		.enable_feature("upgrade-test")
		.set_file_name("upgrade_test_runtime.rs")
		.build();
}
