//! libtorch, in the version that the crate `tch` is made for.

use super::Context;
use crate::{
	process::{self, io_error, Error, Result},
	workspace,
};
use std::{
	fs,
	path::{Path, PathBuf},
};

/// What `tch` 0.24 expects; its build refuses others.
const VERSION: &str = "2.11.0";

/// PyPI's wheel for Linux is the CUDA build. Its CPU part runs alone, but has two of CUDA's small libraries
/// as needed ones and finds them beside it by its RPATH.
const WHEELS: [(&str, &str, &str); 3] = [
	("torch", VERSION, "7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a"),
	("nvidia-cuda-runtime", "13.0.96", "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548"),
	("nvidia-cuda-cupti", "13.0.85", "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"),
];

/// Names the wheels for Linux on x86-64, whatever Python runs here: only their libraries are used.
fn platform() -> Vec<String> {
	let fixed = [
		"--only-binary=:all:",
		"--implementation=cp",
		"--python-version=3.11",
		"--abi=cp311",
		"--abi=abi3",
		"--abi=none",
	];
	// Given one platform, pip does not try the older ones that it includes.
	let platforms = (17..=28).map(|minor| format!("--platform=manylinux_2_{minor}_x86_64"));
	let older = ["--platform=manylinux2014_x86_64", "--platform=any", "--no-cache-dir"];
	fixed.into_iter().map(String::from).chain(platforms).chain(older.map(String::from)).collect()
}

const UNPACK: &str = include_str!("unpack.py");

/// The folder with libtorch's `lib` and `include`.
pub fn ensure(context: &Context) -> Result<PathBuf> {
	let cuda = context.options.cuda;
	if let Some(path) = std::env::var_os("LIBTORCH").filter(|path| !path.is_empty()).map(PathBuf::from) {
		match check(&path, cuda) {
			Ok(version) => {
				context.found("libtorch", &format!("{version} in {}", path.display()));
				return Ok(path);
			}
			// What an earlier set-up wrote is ours to replace; the user's own choice is not.
			Err(reason) if !path.starts_with(&context.cache) => {
				return Err(Error::Failed(format!(
					"LIBTORCH is {}, which {reason}: unset it or correct it",
					path.display()
				)))
			}
			Err(_) => {}
		}
	}
	let name = format!("libtorch-{VERSION}-{}", if cuda { "cuda" } else { "cpu" });
	let folder = context.cache.join(&name);
	let path = folder.join("torch");
	if let Ok(version) = check(&path, cuda) {
		context.found("libtorch", &format!("{version} in {}", path.display()));
		return Ok(path);
	}
	if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
		return Err(Error::Failed(format!(
			"on this system please install libtorch {VERSION} yourself (`pip install torch=={VERSION}`) and set LIBTORCH to its folder"
		)));
	}
	let size = if cuda { "the full CUDA wheels, about 3 GB" } else { "the CPU part of the wheel, 540 MB to fetch" };
	if !context.act("libtorch", &format!("{VERSION} from PyPI ({size}) into {}", folder.display())) {
		return Ok(path);
	}
	ensure_pip(context)?;
	// Made beside its place and then renamed: an interrupted set-up leaves nothing that looks complete.
	let partial = context.cache.join(format!("{name}.partial"));
	let _ = fs::remove_dir_all(&partial);
	fs::create_dir_all(&partial).map_err(io_error("create", &partial))?;
	if cuda { install_cuda(&partial) } else { install_cpu(&partial) }?;
	let _ = fs::remove_dir_all(&folder);
	fs::rename(&partial, &folder).map_err(io_error("rename", &partial))?;
	match check(&path, cuda) {
		Ok(_) => Ok(path),
		Err(reason) => Err(Error::Failed(format!("what was fetched into {} {reason}", path.display()))),
	}
}

/// The version of the libtorch in `path`, or what is wrong with it.
fn check(path: &Path, cuda: bool) -> std::result::Result<String, String> {
	for file in ["lib/libtorch_cpu.so", "lib/libc10.so", "include/torch/csrc/api/include/torch/torch.h"] {
		if !path.join(file).exists() {
			return Err(format!("has no {file}"));
		}
	}
	if cuda && !path.join("lib/libtorch_cuda.so").exists() {
		return Err("is without CUDA".into());
	}
	let version = match (fs::read_to_string(path.join("build-version")), fs::read_to_string(path.join("version.py"))) {
		(Ok(version), _) => version.trim().to_owned(),
		(_, Ok(python)) => python
			.lines()
			.find_map(|line| line.strip_prefix("__version__ = "))
			.map(|version| version.trim_matches(['\'', '"']).to_owned())
			.unwrap_or_default(),
		_ => return Err("does not say its version".into()),
	};
	if version.split('+').next() == Some(VERSION) {
		Ok(version)
	} else {
		Err(format!("is {version}, not {VERSION}"))
	}
}

fn ensure_pip(context: &Context) -> Result {
	if process::succeeds(workspace::command("python3").args(["-m", "pip", "--version"])) {
		return Ok(());
	}
	super::system::install(context, &["python3-pip", "ca-certificates"])
}

fn install_cpu(folder: &Path) -> Result {
	let wheels = folder.join("wheels");
	fs::create_dir_all(&wheels).map_err(io_error("create", &wheels))?;
	let requirements = wheels.join("requirements.txt");
	// With a hash in every line pip takes nothing else.
	let lines = WHEELS.map(|(name, version, hash)| format!("{name}=={version} --hash=sha256:{hash}\n"));
	fs::write(&requirements, lines.concat()).map_err(io_error("write", &requirements))?;
	process::run(
		workspace::command("python3")
			.args(["-m", "pip", "download", "--no-deps", "--require-hashes", "--progress-bar=off", "--dest"])
			.arg(&wheels)
			.args(platform())
			.arg("-r")
			.arg(&requirements),
	)?;
	process::run(workspace::command("python3").args(["-c", UNPACK]).arg(&wheels).arg(folder))?;
	fs::remove_dir_all(&wheels).map_err(io_error("remove", &wheels))
}

fn install_cuda(folder: &Path) -> Result {
	process::run(
		workspace::command("python3")
			.args(["-m", "pip", "install", "--no-compile", "--progress-bar=off", "--target"])
			.arg(folder)
			.args(platform())
			.arg(format!("torch=={VERSION}")),
	)
}
