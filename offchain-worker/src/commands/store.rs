//! `store`: models and other files by CID.

use super::{Failure, Outcome};
use crate::{
	signals,
	store::{
		car, cids,
		client::{Patience, Peer},
		fetch, gateway,
		model::{check_weights, ModelCard, CARD, LARGEST_CARD, LARGEST_WEIGHTS, WEIGHTS},
		Cid, Kind, Profile, Store, StoreError, LARGEST_DAG, LARGEST_FILE,
	},
};
use clap::Parser;
use jsonrpsee::server::ServerHandle;
use serde_json::{json, Value};
use std::{
	fs::{self, File},
	io::{self, Read, Write},
	net::SocketAddr,
	path::{Path, PathBuf},
	process::ExitCode,
};

const EXAMPLES: &str = "\
Examples:
  praxis-worker store add --model models/cart-pole
  praxis-worker store ls
  praxis-worker store cat CID/card.json
  praxis-worker store serve
  praxis-worker store get CID --output model --peer http://192.0.2.7:9965
  praxis-worker store export CID --output model.car
  praxis-worker store import model.car
  praxis-worker store remove CID

A model is a directory with `model.safetensors` and `card.json`. Equal files have equal CIDs; --profile kubo gives those
that `ipfs add` of Kubo gives. docs/models.md tells more.

Exit codes:
  0  done
  1  failed while running: files, corrupt blocks, no peer gives it
  2  wrong input: no CID, not here, too large, malformed";

/// The options of `store`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct StoreArgs {
	#[command(subcommand)]
	command: StoreCommand,
	/// The store's folder; otherwise `praxis/store` where this user's data is kept.
	#[arg(long, global = true, env = "PRAXIS_STORE", value_name = "FOLDER")]
	store: Option<PathBuf>,
	/// Print JSON.
	#[arg(long, global = true)]
	json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum StoreCommand {
	/// Store a file, or a directory of files, and print its CID.
	Add(AddArgs),
	/// Write what a CID names to a file or a directory; fetch it first where it is not here.
	Get(GetArgs),
	/// Print a file.
	Cat(TargetArgs),
	/// List what is kept, or the entries of a directory.
	Ls(LsArgs),
	/// Write what a CID names to a CAR.
	Export(ExportArgs),
	/// Take in what a CAR holds.
	Import(ImportArgs),
	/// Forget what a CID names and free its space.
	Remove(TargetArgs),
	/// Serve the store to others: GET /ipfs/CID.
	Serve(ServeArgs),
}

#[derive(Debug, Parser)]
struct AddArgs {
	/// A file, or a directory that holds files only; `-` for the standard input.
	path: PathBuf,
	/// Refuse a directory that is no model.
	#[arg(long)]
	model: bool,
	/// How to cut files: `praxis` (1 MiB chunks, 1024 links, CIDv1) or `kubo` (what `ipfs add` does: 256 KiB, 174, CIDv0).
	#[arg(long, default_value_t = Profile::PRAXIS)]
	profile: Profile,
	/// The name to list it under; otherwise the file's.
	#[arg(long)]
	name: Option<String>,
}

#[derive(Debug, Parser)]
struct TargetArgs {
	/// A CID, and perhaps a path behind it: CID/card.json.
	#[arg(value_name = "CID")]
	target: String,
}

#[derive(Debug, Parser)]
struct LsArgs {
	/// A directory's CID; otherwise all that is kept is listed.
	#[arg(value_name = "CID")]
	target: Option<String>,
}

#[derive(Debug, Parser)]
struct GetArgs {
	/// A CID, and perhaps a path behind it.
	#[arg(value_name = "CID")]
	target: String,
	/// Where to write it. There must be nothing yet.
	#[arg(long, short, value_name = "PATH")]
	output: PathBuf,
	/// A gateway to fetch from, http://HOST:PORT; several are tried in their order.
	#[arg(long, value_name = "URL")]
	peer: Vec<Peer>,
	/// Fetch at most so many bytes.
	#[arg(long, value_name = "BYTES", default_value_t = LARGEST_DAG)]
	max_bytes: u64,
}

#[derive(Debug, Parser)]
struct ExportArgs {
	/// A CID.
	#[arg(value_name = "CID")]
	target: String,
	/// Where to write the CAR; `-` for the standard output.
	#[arg(long, short, value_name = "FILE")]
	output: PathBuf,
}

#[derive(Debug, Parser)]
struct ImportArgs {
	/// The CAR; `-` for the standard input.
	path: PathBuf,
	/// Take at most so many bytes.
	#[arg(long, value_name = "BYTES", default_value_t = LARGEST_DAG)]
	max_bytes: u64,
}

#[derive(Debug, Parser)]
struct ServeArgs {
	/// Where to listen; port 0 for any free one.
	#[arg(long, value_name = "ADDRESS", default_value = gateway::DEFAULT_ADDRESS)]
	listen: SocketAddr,
	/// Let other machines reach it, if --listen is not an address of loopback.
	#[arg(long)]
	remote: bool,
}

impl From<StoreError> for Failure {
	fn from(error: StoreError) -> Self {
		match error {
			StoreError::Io { .. } | StoreError::Input(_) | StoreError::Corrupt(_) | StoreError::Fetch { .. } => {
				Self::running(error.kind(), error)
			}
			_ => Self::input(error.kind(), error),
		}
	}
}

/// Where this user's data is kept.
pub(super) fn usual_folder() -> Result<PathBuf, Failure> {
	let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
	let data = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")));
	let data = data.ok_or_else(|| Failure::input("store", "neither HOME nor XDG_DATA_HOME is set: give --store"))?;
	Ok(data.join("praxis/store"))
}

/// Serves a store beside other work, until the handle is told to stop. To be called within a Tokio runtime.
pub(super) fn serve_beside(
	address: SocketAddr,
	remote: bool,
	store: Store,
) -> Result<(SocketAddr, ServerHandle), Failure> {
	let refused = |error: String| Failure::input("gateway", format!("--gateway {error}"));
	let listener =
		gateway::bind(address, remote).map_err(|error| refused(error.replace("--remote", "--gateway-remote")))?;
	let address = listener.local_addr().map_err(|error| refused(error.to_string()))?;
	let server = gateway::serve(listener, store, LARGEST_DAG).map_err(|error| Failure::running("gateway", error))?;
	Ok((address, server))
}

fn file_error(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
	move |error| match error.kind() {
		io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists => {
			Failure::input("file", format!("{}: {error}", path.display()))
		}
		_ => Failure::running("file", format!("{}: {error}", path.display())),
	}
}

/// Reads `CID[/path]` and follows the path.
fn resolve(store: &Store, target: &str) -> Result<Cid, Failure> {
	let (root, path) = split(target)?;
	Ok(store.resolve(&root, &path)?.0)
}

fn split(target: &str) -> Result<(Cid, Vec<String>), Failure> {
	let target = target.strip_prefix("/ipfs/").unwrap_or(target);
	let (root, path) = target.split_once('/').unwrap_or((target, ""));
	Ok((cids::parse(root)?, path.split('/').filter(|name| !name.is_empty()).map(String::from).collect()))
}

/// What a root is, for people and programs.
fn describe(store: &Store, cid: &Cid, name: &str) -> Result<Value, StoreError> {
	let (kind, size) = store.size(cid)?;
	Ok(json!({ "cid": cid.to_string(), "kind": kind, "bytes": size, "name": name }))
}

fn say(value: &Value, json: bool, text: impl FnOnce() -> String) {
	if json {
		println!("{value}");
	} else {
		println!("{}", text());
	}
}

/// Runs the command.
pub fn run(args: StoreArgs) -> Outcome {
	let folder = args.store.map_or_else(usual_folder, Ok)?;
	let store = Store::open(&folder)?;
	let json = args.json;
	match args.command {
		StoreCommand::Add(args) => add(&store, &args, json),
		StoreCommand::Get(args) => get(&store, &args, json),
		StoreCommand::Cat(args) => cat(&store, &args.target),
		StoreCommand::Ls(args) => ls(&store, args.target.as_deref(), json),
		StoreCommand::Export(args) => export(&store, &args, json),
		StoreCommand::Import(args) => import(&store, &args, json),
		StoreCommand::Remove(args) => remove(&store, &args.target, json),
		StoreCommand::Serve(args) => serve(store, &args, json),
	}
}

/// The files of a directory, by name.
fn files_of(folder: &Path) -> Result<Vec<(String, File)>, Failure> {
	let io = file_error(folder);
	let mut files = Vec::new();
	for entry in fs::read_dir(folder).map_err(&io)? {
		let path = entry.map_err(&io)?.path();
		let name = path.file_name().and_then(|name| name.to_str());
		let name = name.ok_or_else(|| Failure::input("path", format!("{}: no UTF-8", path.display())))?;
		if !path.is_file() {
			return Err(Failure::input("path", format!("{}: only files can be stored", path.display())));
		}
		files.push((name.to_string(), File::open(&path).map_err(file_error(&path))?));
	}
	files.sort_by(|(one, _), (other, _)| one.cmp(other));
	Ok(files)
}

fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
	let mut bytes = Vec::new();
	let file = File::open(path).map_err(file_error(path))?;
	// One byte more than allowed, which the check of the content then refuses.
	file.take(limit + 1).read_to_end(&mut bytes).map_err(file_error(path))?;
	Ok(bytes)
}

fn add(store: &Store, args: &AddArgs, json: bool) -> Outcome {
	let path = &args.path;
	let own = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
	let name = args.name.clone().unwrap_or(own);
	if args.model {
		ModelCard::parse(&read_file(&path.join(CARD), LARGEST_CARD)?)?;
		check_weights(&read_file(&path.join(WEIGHTS), LARGEST_WEIGHTS)?)?;
	}
	let cid = if path == Path::new("-") {
		store.put_file(io::stdin().lock(), &name, &args.profile)?
	} else if path.is_dir() {
		store.put_directory(files_of(path)?, &name, &args.profile)?
	} else {
		store.put_file(File::open(path).map_err(file_error(path))?, &name, &args.profile)?
	};
	say(&describe(store, &cid, &name)?, json, || cid.to_string());
	Ok(ExitCode::SUCCESS)
}

fn get(store: &Store, args: &GetArgs, json: bool) -> Outcome {
	let (root, path) = split(&args.target)?;
	let mut from = None;
	if !args.peer.is_empty() {
		let fetched = fetch::fetch(store, &root, &args.peer, &args.target, args.max_bytes, &Patience::default())?;
		from = fetched.peer;
	}
	let (cid, _) = store.resolve(&root, &path)?;
	let (kind, bytes) = store.size(&cid)?;
	match kind {
		Kind::File => write_file(store, &cid, &args.output)?,
		Kind::Directory => {
			fs::create_dir(&args.output).map_err(file_error(&args.output))?;
			let mut entries = store.entries(&cid)?.into_iter();
			let written = entries.try_for_each(|entry| write_file(store, &entry.cid, &args.output.join(&entry.name)));
			if written.is_err() {
				// It was made just now, so nothing else is in it.
				let _ = fs::remove_dir_all(&args.output);
			}
			written?;
		}
	}
	let value = json!({ "cid": cid.to_string(), "kind": kind, "bytes": bytes, "output": args.output, "peer": from });
	say(&value, json, || {
		let from = from.as_ref().map(|peer| format!(" from {peer}")).unwrap_or_default();
		format!("{bytes} bytes{from} to {}", args.output.display())
	});
	Ok(ExitCode::SUCCESS)
}

/// Writes a file that is not there yet. What is incomplete is removed again.
fn write_file(store: &Store, cid: &Cid, path: &Path) -> Result<(), Failure> {
	let leaves = store.leaves(cid, LARGEST_FILE)?;
	let mut file = File::create_new(path).map_err(file_error(path))?;
	let written = leaves.into_iter().try_for_each(|leaf| file.write_all(&leaf?).map_err(file_error(path)));
	if written.is_err() {
		let _ = fs::remove_file(path);
	}
	written
}

fn cat(store: &Store, target: &str) -> Outcome {
	let cid = resolve(store, target)?;
	let mut out = io::stdout().lock();
	for leaf in store.leaves(&cid, LARGEST_FILE)? {
		if out.write_all(&leaf?).is_err() {
			// Nobody reads any more.
			return Ok(ExitCode::SUCCESS);
		}
	}
	let _ = out.flush();
	Ok(ExitCode::SUCCESS)
}

fn ls(store: &Store, target: Option<&str>, json: bool) -> Outcome {
	let mut rows = Vec::new();
	match target {
		Some(target) => {
			for entry in store.entries(&resolve(store, target)?)? {
				rows.push(describe(store, &entry.cid, &entry.name)?);
			}
		}
		None => {
			for pin in store.pins()? {
				// One damaged root must not hide the others.
				rows.push(describe(store, &pin.cid, &pin.name).unwrap_or_else(
					|error| json!({ "cid": pin.cid.to_string(), "name": pin.name, "error": error.to_string() }),
				));
			}
		}
	}
	if json {
		println!("{}", json!({ "entries": rows }));
		return Ok(ExitCode::SUCCESS);
	}
	for row in &rows {
		let text = |key: &str| row[key].as_str().unwrap_or_default().to_string();
		match row.get("error") {
			None => {
				println!("{:<59}  {:<9}  {:>11}  {}", text("cid"), text("kind"), row["bytes"].to_string(), text("name"))
			}
			Some(_) => println!("{:<59}  damaged: {}", text("cid"), text("error")),
		}
	}
	Ok(ExitCode::SUCCESS)
}

fn export(store: &Store, args: &ExportArgs, json: bool) -> Outcome {
	let (root, path) = split(&args.target)?;
	if !path.is_empty() {
		return Err(Failure::input("path", "a CAR is made of a CID without a path"));
	}
	if args.output == Path::new("-") {
		car::export(store, &root, LARGEST_DAG, io::stdout().lock())?;
		return Ok(ExitCode::SUCCESS);
	}
	// Looked for before the file is made.
	store.block(&root)?;
	let io = file_error(&args.output);
	let mut file = File::create_new(&args.output).map_err(&io)?;
	let (blocks, bytes) = match car::export(store, &root, LARGEST_DAG, &mut file) {
		Ok(written) => written,
		Err(error) => {
			let _ = fs::remove_file(&args.output);
			return Err(error.into());
		}
	};
	file.sync_all().map_err(&io)?;
	let value = json!({ "cid": root.to_string(), "blocks": blocks, "bytes": bytes, "output": args.output });
	say(&value, json, || format!("{blocks} blocks, {bytes} bytes to {}", args.output.display()));
	Ok(ExitCode::SUCCESS)
}

fn import(store: &Store, args: &ImportArgs, json: bool) -> Outcome {
	let name = args.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
	let imported = if args.path == Path::new("-") {
		car::import(store, io::stdin().lock(), None, "", args.max_bytes)?
	} else {
		let file = File::open(&args.path).map_err(file_error(&args.path))?;
		car::import(store, io::BufReader::new(file), None, &name, args.max_bytes)?
	};
	let roots: Vec<String> = imported.roots.iter().map(Cid::to_string).collect();
	let value = json!({ "roots": roots, "blocks": imported.blocks, "bytes": imported.bytes });
	say(&value, json, || roots.join("\n"));
	Ok(ExitCode::SUCCESS)
}

fn remove(store: &Store, target: &str, json: bool) -> Outcome {
	let freed = store.remove(&cids::parse(target)?)?;
	say(&json!(freed), json, || format!("{} blocks, {} bytes freed", freed.blocks, freed.bytes));
	Ok(ExitCode::SUCCESS)
}

fn serve(store: Store, args: &ServeArgs, json: bool) -> Outcome {
	let listener = gateway::bind(args.listen, args.remote).map_err(|error| Failure::input("listen", error))?;
	let address = listener.local_addr().map_err(|error| Failure::running("listen", error))?;
	let mut shutdown = signals::listen().map_err(|error| Failure::running("signals", error))?;
	let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::running("runtime", error))?;
	runtime.block_on(async {
		let server = gateway::serve(listener, store, LARGEST_DAG).map_err(|error| Failure::running("listen", error))?;
		// Whoever started this learns the port from it.
		let value = json!({ "event": "serving", "address": address.to_string() });
		say(&value, json, || format!("serving http://{address}/ipfs/"));
		let _ = io::stdout().flush();
		shutdown.wait().await;
		let _ = server.stop();
		server.stopped().await;
		Ok(ExitCode::SUCCESS)
	})
}
