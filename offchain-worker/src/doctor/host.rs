//! What can be checked without a node: libtorch and the device, the key, the folders.

use super::{Check, Subject};
use crate::{
	chain::keys::{AuthorKey, KeyError, KEY_VARIABLE},
	device,
};
use std::{
	fs::{self, File},
	path::{Path, PathBuf},
};

/// The libtorch that this worker is written for.
const LIBTORCH: &str = "2.11.0";

/// Free bytes below which the disk is said to be nearly full, and full.
const LITTLE_SPACE: u64 = 1 << 30;
const NO_SPACE: u64 = 64 << 20;

/// The library that is loaded, as the system tells.
fn loaded_libtorch() -> Option<PathBuf> {
	let maps = fs::read_to_string("/proc/self/maps").ok()?;
	let line = maps.lines().find(|line| line.ends_with("/libtorch_cpu.so"))?;
	line.find('/').map(|start| PathBuf::from(&line[start..]))
}

/// Its version, as the files beside it tell: a wheel has version.py, a plain libtorch build-version.
fn version(library: &Path) -> Option<String> {
	let root = library.parent()?.parent()?;
	if let Ok(text) = fs::read_to_string(root.join("build-version")) {
		return Some(text.trim().to_string());
	}
	let text = fs::read_to_string(root.join("version.py")).ok()?;
	let line = text.lines().find(|line| line.trim_start().starts_with("__version__"))?;
	Some(line.split('=').nth(1)?.trim().trim_matches(['\'', '"']).to_string())
}

/// libtorch and a real computation on the device.
pub fn libtorch(name: &str) -> Vec<Check> {
	let picked = device::pick(name);
	let library = loaded_libtorch();
	let found = library.as_deref().map(|path| (path, version(path)));
	let remedy = format!("give the worker libtorch {LIBTORCH}: LD_LIBRARY_PATH names the folder of its libraries");
	let torch = match found {
		Some((path, Some(version))) if version.starts_with(LIBTORCH) => {
			Check::ok("libtorch", format!("{version} from {}", path.display()))
		}
		Some((path, Some(version))) => Check::warning(
			"libtorch",
			format!("{version} from {}, and the worker is written for {LIBTORCH}", path.display()),
			remedy,
		),
		Some((path, None)) => Check::ok("libtorch", format!("{} (its version is unknown)", path.display())),
		None => Check::ok("libtorch", "it computes; where it was loaded from is unknown"),
	};
	let device = match picked {
		Ok(device) => {
			Check::ok("device", format!("{}: it multiplied two matrices (asked for: {name})", device::describe(device)))
		}
		Err(error) => Check::failure("device", error.to_string(), "run on the CPU (--device cpu), or mend the driver"),
	};
	vec![torch, device]
}

/// The key.
pub fn key(file: Option<&Path>) -> (Option<AuthorKey>, Check) {
	match AuthorKey::load(file) {
		Ok(key) => {
			let from = file.map_or(KEY_VARIABLE.to_string(), |path| path.display().to_string());
			let public = if key.is_development() { "; a development key that everybody knows" } else { "" };
			let message = format!("{} from {from}{public}", key.address());
			(Some(key), Check::ok("key", message))
		}
		Err(error) => {
			let remedy = match &error {
				KeyError::Permissions { path, .. } => format!("chmod 600 {}", path.display()),
				KeyError::Missing => "name the key's file with --key-file".into(),
				_ => "make a key with `praxis-node key generate` and put its phrase into a file of mode 0600".into(),
			};
			(None, Check::failure("key", error.to_string(), remedy))
		}
	}
}

/// The folders that the worker writes into.
pub fn folders(subject: &Subject) -> Vec<Check> {
	[("checkpoint", &subject.checkpoint), ("metrics", &subject.metrics), ("log", &subject.log_file)]
		.into_iter()
		.filter_map(|(check, file)| file.as_ref().map(|file| folder(check, file)))
		.collect()
}

/// A file that the worker writes, and its folder.
pub fn folder(check: &'static str, file: &Path) -> Check {
	let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
	// Folders that are missing are made where the file is written; so the nearest that is there counts.
	let Some(present) = folder
		.ancestors()
		.map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path })
		.find(|path| path.exists())
	else {
		return Check::failure(check, format!("{} does not exist", folder.display()), "name another file");
	};
	let probe = present.join(format!(".praxis-doctor-{}", std::process::id()));
	let written = File::create_new(&probe).and_then(|_| fs::remove_file(&probe));
	if let Err(error) = written {
		let remedy = format!("let this user write into {}, or name another file", present.display());
		return Check::failure(check, format!("{}: {error}", present.display()), remedy);
	}
	if file.is_dir() {
		return Check::failure(check, format!("{} is a folder", file.display()), "name a file");
	}
	let Some(free) = free_space(present) else {
		return Check::ok(check, format!("{} can be written; the free space is unknown", file.display()));
	};
	let message = format!("{} can be written, {} MiB are free", file.display(), free >> 20);
	let remedy = format!("make room in {}", present.display());
	match free {
		free if free < NO_SPACE => Check::failure(check, message, remedy),
		free if free < LITTLE_SPACE => Check::warning(check, message, remedy),
		_ => Check::ok(check, message),
	}
}

/// Bytes that this user may still write to the file system of a path.
#[cfg(unix)]
#[allow(unsafe_code)]
fn free_space(path: &Path) -> Option<u64> {
	use std::os::unix::ffi::OsStrExt;
	let path = std::ffi::CString::new(path.as_os_str().as_bytes()).ok()?;
	let mut found = std::mem::MaybeUninit::<libc::statvfs>::uninit();
	// SAFETY: the path is a terminated string, and the structure is written where the call gives 0.
	let found = unsafe {
		if libc::statvfs(path.as_ptr(), found.as_mut_ptr()) != 0 {
			return None;
		}
		found.assume_init()
	};
	Some(found.f_bavail as u64 * found.f_frsize as u64)
}

#[cfg(not(unix))]
fn free_space(_: &Path) -> Option<u64> {
	None
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::doctor::Verdict;

	#[test]
	fn a_folder_should_be_writable_and_the_nearest_that_exists_counts() {
		let folder = tempfile::tempdir().expect("a folder");
		let fine = super::folder("log", &folder.path().join("deep/deeper/worker.log"));
		assert!(fine.result != Verdict::Failure && fine.message.contains("can be written"), "{fine:?}");
		assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing stays");
		assert_eq!(super::folder("log", folder.path()).result, Verdict::Failure);
		let proc = super::folder("log", Path::new("/proc/worker.log"));
		assert_eq!(proc.result, Verdict::Failure);
		assert!(proc.remedy.is_some());
	}

	#[test]
	fn the_version_should_be_read_from_beside_the_library() {
		let folder = tempfile::tempdir().expect("a folder");
		let library = folder.path().join("lib/libtorch_cpu.so");
		assert_eq!(version(&library), None);
		fs::write(folder.path().join("version.py"), "x = 1\n__version__ = '2.11.0+cu130'\n").expect("a file");
		assert_eq!(version(&library).as_deref(), Some("2.11.0+cu130"));
	}

	#[test]
	fn a_key_that_others_can_read_should_fail_with_the_remedy() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("key");
		fs::write(&path, "//Alice").expect("a file");
		fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
		let (key, check) = key(Some(&path));
		assert!(key.is_none() && check.remedy.is_some_and(|remedy| remedy.starts_with("chmod 600 ")));
		fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
		let (key, check) = super::key(Some(&path));
		assert!(key.is_some() && check.message.contains("everybody knows"), "{check:?}");
	}
}
