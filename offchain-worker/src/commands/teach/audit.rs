//! `teach audit`: what the student showed before anybody stakes.

use super::{
	super::{
		client::{block_on, Chain, NodeArgs},
		Failure, Outcome,
	},
	view,
};
use crate::{
	chain::teaching::{self, Session},
	teaching::{audit, png, score},
};
use praxis_policy::Policy;
use praxis_primitives_teaching::Item;
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	process::ExitCode,
};

const EXAMPLES: &str = "\
Examples:
  praxis-worker teach audit 0 --images look
  praxis-worker teach audit 0 --json

The items stand in the blocks, each is checked against the root of the session's holdout. The pictures lie in folders that are
named by label, as --data takes them. What the base classifier makes of the items is told where the student has shown it.";

/// The options of `teach audit`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct AuditArgs {
	#[command(flatten)]
	node: NodeArgs,
	/// The session.
	session: u32,
	/// Write the items as PNG into this folder. They must be square.
	#[arg(long, value_name = "FOLDER")]
	images: Option<PathBuf>,
	/// How many blocks to look back at most.
	#[arg(long, value_name = "BLOCKS", default_value_t = audit::BLOCKS)]
	blocks: u32,
}

/// Runs the command.
pub fn run(args: &AuditArgs) -> Outcome {
	block_on(async {
		let chain = Chain::connect(&args.node).await?;
		let best = chain.best().await?;
		let (id, at) = (args.session, best.hash());
		let session = teaching::session(&chain.node, id, at).await?;
		let session = session.ok_or_else(|| Failure::input("session", format!("there is no session {id}")))?;
		let drawn = teaching::audit(&chain.node, id, at).await?;
		if drawn.is_empty() {
			let state = view::state(&session);
			return Err(Failure::running("session", format!("session {id} is {state}: no items are drawn yet")));
		}
		let range = (best.number(), args.blocks);
		let items = audit::look(&chain.node, &chain.encoder, &session, drawn.clone(), range).await?;
		let base = teaching::classifier(&chain.node, id, 0, at).await?;
		let read = base.map(|policy| answers(&policy, &items)).transpose()?;
		if let Some(folder) = &args.images {
			write(folder, &items)?;
		}
		chain
			.print(&report(&session, &drawn, &items, read.as_deref()), text(&session, &drawn, &items, read.as_deref()));
		Ok(ExitCode::SUCCESS)
	})
}

/// What a classifier makes of the items.
fn answers(policy: &Policy, items: &BTreeMap<u32, Item>) -> Result<Vec<u32>, Failure> {
	let mut scratch = policy.scratch();
	let act = |item: &Item| policy.act(&score::observe(&item.features), &mut scratch);
	items.values().map(act).collect::<Result<_, _>>().map_err(|error| Failure::running("policy", error))
}

/// Writes the items as pictures, each in the folder of its label.
fn write(folder: &Path, items: &BTreeMap<u32, Item>) -> Result<(), Failure> {
	for (number, item) in items {
		let path = folder.join(item.label.to_string()).join(format!("{number:05}.png"));
		png::write(&path, &item.features)?;
	}
	Ok(())
}

fn right(items: &BTreeMap<u32, Item>, read: &[u32]) -> usize {
	items.values().zip(read).filter(|(item, read)| u32::from(item.label) == **read).count()
}

fn counts(items: &BTreeMap<u32, Item>) -> BTreeMap<u8, u32> {
	items.values().fold(BTreeMap::new(), |mut counts, item| {
		*counts.entry(item.label).or_default() += 1;
		counts
	})
}

fn report(session: &Session, drawn: &[u32], items: &BTreeMap<u32, Item>, read: Option<&[u32]>) -> Value {
	let list: Vec<Value> = items
		.iter()
		.enumerate()
		.map(|(at, (number, item))| {
			let base = read.and_then(|read| read.get(at));
			json!({ "item": number, "label": item.label, "bytes": hex::encode(&item.features), "base": base })
		})
		.collect();
	json!({
		"session": session.session,
		"state": view::state(session),
		"drawn": drawn.len(),
		"shown": items.len(),
		"labels": counts(items),
		"items": list,
		"base": session.spec.base,
		"base_correct": read.map(|read| right(items, read)),
	})
}

fn text(session: &Session, drawn: &[u32], items: &BTreeMap<u32, Item>, read: Option<&[u32]>) -> String {
	let mut lines = vec![format!(
		"session {}: {}; {} of {} drawn items are shown",
		session.session,
		view::state(session),
		items.len(),
		drawn.len()
	)];
	for (at, (number, item)) in items.iter().enumerate() {
		let base = read.and_then(|read| read.get(at)).map(|class| format!("  base {class:>2}")).unwrap_or_default();
		lines.push(format!("{number:>6}  label {:>2}{base}  {}", item.label, hex::encode(&item.features)));
	}
	let counts: Vec<String> = counts(items).iter().map(|(label, count)| format!("{label}: {count}")).collect();
	lines.push(format!("labels: {}", counts.join(", ")));
	lines.push(match read {
		Some(read) => format!("the base classifier has {} of {} right", right(items, read), items.len()),
		None => "the student has not shown its base classifier".into(),
	});
	lines.join("\n")
}
