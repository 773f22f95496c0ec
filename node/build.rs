//! Puts the version and the commit into the binary.

fn main() {
	substrate_build_script_utils::generate_cargo_keys();
	if std::env::var("PROFILE").as_deref() == Ok("debug") {
		// A development build would otherwise compile the node again after every commit.
		println!("cargo:rerun-if-changed=build.rs");
	} else {
		substrate_build_script_utils::rerun_if_git_head_changed();
	}
}
