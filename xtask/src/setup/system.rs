//! Programs that come with the operating system.

use super::Context;
use crate::{
	process::{self, Error, Result},
	workspace,
};
use std::process::Command;

/// Oldest major version of Node.js that the polkadot.js packages run on.
const NODE_MAJOR: u32 = 18;

/// A program, how to see that it works, and Debian's package for it.
struct Program {
	name: &'static str,
	probe: &'static [&'static str],
	packages: &'static [&'static str],
	node_js: bool,
	optional: bool,
}

const fn needed(name: &'static str, probe: &'static [&'static str], packages: &'static [&'static str]) -> Program {
	Program { name, probe, packages, node_js: false, optional: false }
}

const PROGRAMS: &[Program] = &[
	needed("C compiler", &["cc", "--version"], &["build-essential"]),
	needed("C++ compiler", &["c++", "--version"], &["build-essential"]),
	needed("make", &["make", "--version"], &["build-essential"]),
	// OpenSSL, which the network stack builds from its source, configures itself with these modules.
	needed("perl", &["perl", "-MIPC::Cmd", "-MFindBin", "-MFile::Compare", "-e", "print $^V"], &["perl"]),
	needed("pkg-config", &["pkg-config", "--version"], &["pkg-config"]),
	needed("protoc", &["protoc", "--version"], &["protobuf-compiler", "libprotobuf-dev"]),
	Program { optional: true, ..needed("mold", &["mold", "--version"], &["mold"]) },
	needed("python", &["python3", "-c", "import zipfile, sys; print(sys.version.split()[0])"], &["python3"]),
	Program { node_js: true, ..needed("npm", &["npm", "--version"], &["npm"]) },
];

/// Installs the programs that are missing.
pub fn ensure(context: &Context) -> Result {
	let mut missing = Vec::new();
	let mut missing_optional = Vec::new();
	for program in PROGRAMS.iter().filter(|program| !program.node_js || context.options.node_js()) {
		match probe(program.probe) {
			Some(version) => context.found(program.name, &version),
			None if program.optional => missing_optional.extend(program.packages.iter().copied()),
			None => missing.extend(program.packages.iter().copied()),
		}
	}
	if context.options.node_js() {
		match node_version() {
			Some((major, version)) if major >= NODE_MAJOR => context.found("Node.js", &version),
			_ => missing.push("nodejs"),
		}
	}
	if !missing.is_empty() {
		install(context, &missing)?;
		if !context.options.dry_run {
			verify(context)?;
		}
	}
	// The build only takes longer without these.
	if !missing_optional.is_empty() {
		if let Err(Error::Failed(reason)) = install(context, &missing_optional) {
			context.note("mold", &format!("is not there, so the usual linker is used ({reason})"));
		}
	}
	process::check()
}

/// Whether links with mold work.
pub fn mold_works() -> bool {
	let source = std::env::temp_dir().join(format!("praxis-mold-{}.c", std::process::id()));
	let program = source.with_extension("out");
	let works = probe(&["mold", "--version"]).is_some()
		&& std::fs::write(&source, "int main(void) { return 0; }\n").is_ok()
		&& process::succeeds(workspace::command("cc").arg("-fuse-ld=mold").arg(&source).arg("-o").arg(&program));
	let _ = std::fs::remove_file(&source);
	let _ = std::fs::remove_file(&program);
	works
}

fn verify(context: &Context) -> Result {
	for program in
		PROGRAMS.iter().filter(|program| !(program.optional || program.node_js && !context.options.node_js()))
	{
		if probe(program.probe).is_none() {
			return Err(Error::Failed(format!(
				"{} is still missing: `{}` fails",
				program.name,
				program.probe.join(" ")
			)));
		}
	}
	match node_version() {
		_ if !context.options.node_js() => Ok(()),
		Some((major, _)) if major >= NODE_MAJOR => Ok(()),
		Some((_, version)) => {
			Err(Error::Failed(format!("Node.js {version} is too old: install {NODE_MAJOR} or newer")))
		}
		None => Err(Error::Failed(format!("Node.js is still missing: install {NODE_MAJOR} or newer"))),
	}
}

/// First line that a working program prints.
pub fn probe(command: &[&str]) -> Option<String> {
	let (program, arguments) = command.split_first()?;
	let output = workspace::command(program).args(arguments).output().ok().filter(|output| output.status.success())?;
	Some(
		String::from_utf8_lossy(&output.stdout).lines().find(|line| !line.trim().is_empty()).unwrap_or_default().into(),
	)
}

fn node_version() -> Option<(u32, String)> {
	let version = probe(&["node", "--version"])?;
	let major = version.trim_start_matches('v').split('.').next()?.parse().ok()?;
	Some((major, version))
}

/// Installs packages by apt-get, as root or through a sudo that asks no questions.
pub fn install(context: &Context, packages: &[&str]) -> Result {
	let mut packages = packages.to_vec();
	packages.sort_unstable();
	packages.dedup();
	let list = packages.join(" ");
	let by_hand =
		|| Error::Failed(format!("please install {list} with your system's package manager, then run this again"));
	if !process::has("apt-get") {
		if !context.options.dry_run {
			return Err(by_hand());
		}
		context.note("packages", &format!("missing: {list}"));
		return Ok(());
	}
	if !context.act("packages", &format!("apt-get install {list}")) {
		return Ok(());
	}
	let sudo = !process::is_root();
	if sudo && !process::succeeds(Command::new("sudo").args(["-n", "true"])) {
		return Err(Error::Failed(format!("root is needed: run `sudo apt-get install {list}`, then this again")));
	}
	let apt = |arguments: &[&str]| {
		let mut command = workspace::command(if sudo { "sudo" } else { "env" });
		if sudo {
			command.args(["-n", "env"]);
		}
		command
			.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"])
			.args(arguments);
		process::run(&mut command)
	};
	// A list that cannot be refreshed may still do.
	if let Err(Error::Failed(reason)) = apt(&["update"]) {
		context.note("packages", &reason);
	}
	process::check()?;
	let install: Vec<_> = ["install", "-y", "--no-install-recommends"].into_iter().chain(packages).collect();
	apt(&install)
}
