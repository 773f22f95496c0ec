//! Links the worker so that it finds libtorch where it was built against it, else where `deploy/package.sh` puts it.

fn main() {
	println!("cargo:rerun-if-env-changed=LIBTORCH");
	println!("cargo:rerun-if-env-changed=LIBTORCH_LIB");
	let root = std::env::var("LIBTORCH_LIB").or_else(|_| std::env::var("LIBTORCH"));
	if let Ok(root) = root {
		// RUNPATH (the "new" tag) is searched after `LD_LIBRARY_PATH`, so a CUDA machine can put its own libtorch first.
		println!("cargo:rustc-link-arg=-Wl,--enable-new-dtags,-rpath,{root}/lib");
		println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/praxis/torch/lib");
	}
}
