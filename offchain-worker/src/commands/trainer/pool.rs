//! `trainer enlist`, `trainer add-keys`, `trainer retire`: the bond and the one-time keys in the pool.

use super::super::{
	client::block_on,
	student::{persist, AccountArgs},
	teach::tell::Voice,
	Failure, Outcome,
};
use crate::{
	chain::teaching::{self, Call, Trainer},
	teaching::{
		home::{trainer::Keyring, Home},
		link::{End, Link, Sent, Turn},
	},
};
use praxis_primitives_teaching::trainers::{Prekeys, MAX_PREKEYS};
use serde_json::json;
use std::process::ExitCode;

/// With so few keys or fewer more are named: a round of a session uses up eight at most.
const FEW: u32 = 8;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Dave praxis-worker trainer enlist
  praxis-worker trainer retire --key-file trainer.key

`trainer run` enlists by itself. Whoever is enlisted can be drawn: enlist only if `trainer run` runs with the same state folder,
where the secrets of the keys are.";

const KEYS_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Dave praxis-worker trainer add-keys
  praxis-worker trainer add-keys --count 4 --key-file trainer.key

Each lesson uses up a key; without one a trainer is not drawn. `trainer run` adds keys by itself when few are left.";

/// The options of `trainer enlist` and `trainer retire`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct PoolArgs {
	#[command(flatten)]
	account: AccountArgs,
}

/// The options of `trainer add-keys`.
#[derive(Debug, clap::Args)]
#[command(after_help = KEYS_EXAMPLES)]
pub struct AddKeysArgs {
	#[command(flatten)]
	account: AccountArgs,
	/// How many; by default as many as there is room for.
	#[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PREKEYS)))]
	count: Option<u32>,
}

/// What becomes of a trainer in the pool, as `trainer run` sees it.
#[derive(Debug)]
pub enum Standing {
	/// It is on its way into the pool.
	Enlisting,
	/// It is in the pool, or has lessons left to do.
	Enlisted(Trainer),
}

/// Puts a trainer into the pool where it is not, and keys where few are left. What was sent is sent again with the next block if
/// it got lost. Nothing depends on what is remembered but not on the disk.
pub async fn keep(
	home: &Home,
	keyring: &mut Keyring,
	standing: Option<Trainer>,
	turn: &mut Turn<'_>,
) -> Result<Standing, End> {
	let Some(trainer) = standing else {
		let keys = pending(home, keyring, MAX_PREKEYS)?;
		let call = Call::EnlistTrainer(keys);
		return match turn.send(&call).await? {
			Sent::Pooled => Ok(Standing::Enlisting),
			Sent::Refused(reason) if is_used(&reason) => {
				// Of a former time in the pool.
				name(home, keyring)?;
				Ok(Standing::Enlisting)
			}
			Sent::Refused(reason) => Err(crate::teaching::link::refused(&call, &reason).into()),
		};
	};
	if !trainer.retired {
		if trainer.keys > FEW {
			if !keyring.pending().is_empty() {
				name(home, keyring)?;
			}
		} else {
			let keys = pending(home, keyring, MAX_PREKEYS.saturating_sub(trainer.keys))?;
			match turn.send(&Call::AddKeys(keys)).await? {
				Sent::Refused(reason) if is_used(&reason) => name(home, keyring)?,
				// Too many, or it has just left: the next block tells.
				_ => {}
			}
		}
	}
	Ok(Standing::Enlisted(trainer))
}

fn is_used(reason: &str) -> bool {
	reason.starts_with("Teaching.KeyUsed")
}

/// The keys that the chain may not have heard of: new ones, on the disk, where there are none.
fn pending(home: &Home, keyring: &mut Keyring, count: u32) -> Result<Prekeys, Failure> {
	if keyring.pending().is_empty() {
		keyring.make(count as usize);
		home.save_keyring(keyring)?;
	}
	let mut keys = keyring.pending();
	keys.truncate(MAX_PREKEYS as usize);
	keys.try_into().map_err(|_| Failure::running("state", "there are too many keys"))
}

fn name(home: &Home, keyring: &mut Keyring) -> Result<(), Failure> {
	keyring.name();
	home.save_keyring(keyring)
}

/// Runs `trainer enlist`.
pub fn enlist(args: &PoolArgs) -> Outcome {
	let voice = Voice { json: args.account.json };
	block_on(async {
		let trainer = persist(&args.account, |link| enlisted(args, link)).await?;
		let fields = json!({ "bond": trainer.bond.to_string(), "keys": trainer.keys });
		let text = format!("it is in the pool with {} keys; let `trainer run` run", trainer.keys);
		voice.tell("enlisted", fields, text);
		Ok(ExitCode::SUCCESS)
	})
}

async fn enlisted(args: &PoolArgs, link: Link) -> Result<Trainer, End> {
	let home = args.account.home(&link)?;
	let _lock = home.lock_trainer()?;
	let mut keyring = home.keyring()?;
	let account = link.key.account();
	let found = |at| {
		let (node, account) = (&link.node, &account);
		async move { Ok(teaching::trainer(node, account, at).await?.filter(|trainer| !trainer.retired)) }
	};
	if let Some(trainer) = found(link.node.best_header().await?.hash()).await? {
		return Ok(trainer);
	}
	let keys = pending(&home, &mut keyring, MAX_PREKEYS)?;
	let trainer = match link.settle(&Call::EnlistTrainer(keys), found).await {
		Err(End::Failure(failure)) if failure.message.contains("Teaching.KeyUsed") => {
			name(&home, &mut keyring)?;
			let keys = pending(&home, &mut keyring, MAX_PREKEYS)?;
			link.settle(&Call::EnlistTrainer(keys), found).await?
		}
		outcome => outcome?,
	};
	name(&home, &mut keyring)?;
	Ok(trainer)
}

/// Runs `trainer add-keys`.
pub fn add_keys(args: &AddKeysArgs) -> Outcome {
	let voice = Voice { json: args.account.json };
	block_on(async {
		let keys = persist(&args.account, |link| added(args, link)).await?;
		voice.tell("keys-added", json!({ "keys": keys }), format!("it has {keys} keys in the pool"));
		Ok(ExitCode::SUCCESS)
	})
}

async fn added(args: &AddKeysArgs, link: Link) -> Result<u32, End> {
	let home = args.account.home(&link)?;
	let _lock = home.lock_trainer()?;
	let mut keyring = home.keyring()?;
	let account = link.key.account();
	let at = link.node.best_header().await?.hash();
	let none = || Failure::input("trainer", "the account is no trainer").remedy("`praxis-worker trainer enlist` first");
	let trainer = teaching::trainer(&link.node, &account, at).await?.ok_or_else(none)?;
	let room = MAX_PREKEYS.saturating_sub(trainer.keys);
	let count = args.count.unwrap_or(room);
	if count == 0 {
		return Ok(trainer.keys);
	}
	// Those that were made before this may be in the pool or not; new ones surely are not.
	name(&home, &mut keyring)?;
	let keys = pending(&home, &mut keyring, count)?;
	let now = link
		.settle(&Call::AddKeys(keys), |at| {
			let (node, account) = (&link.node, &account);
			async move {
				let now = teaching::trainer(node, account, at).await?;
				// A lesson may have used some up in the meantime.
				Ok(now.map(|trainer| trainer.keys).filter(|keys| *keys > trainer.keys))
			}
		})
		.await?;
	name(&home, &mut keyring)?;
	Ok(now)
}

/// Runs `trainer retire`.
pub fn retire(args: &PoolArgs) -> Outcome {
	let voice = Voice { json: args.account.json };
	block_on(async {
		let left = persist(&args.account, |link| async move {
			let (node, account) = (&link.node, link.key.account());
			link.settle(&Call::RetireTrainer, |at| {
				let account = account.clone();
				async move {
					Ok(match teaching::trainer(node, &account, at).await? {
						None => Some(0),
						Some(trainer) if trainer.retired => Some(trainer.engaged),
						Some(_) => None,
					})
				}
			})
			.await
		})
		.await?;
		let text = match left {
			0 => "it has left the pool, and its bond is free".to_string(),
			left => {
				format!("it has left the pool; its bond returns with the end of {left} lessons: let `trainer run` run")
			}
		};
		voice.tell("retired", json!({ "engaged": left }), text);
		Ok(ExitCode::SUCCESS)
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{crypto::AccountId32, H256};

	#[test]
	fn keys_should_be_on_the_disk_and_the_same_until_the_chain_has_them() {
		let folder = tempfile::tempdir().expect("a folder");
		let home = Home::open(folder.path(), H256::zero(), &AccountId32::new([1; 32])).expect("a home");
		let mut keyring = home.keyring().expect("none at first");
		let keys = pending(&home, &mut keyring, 5).expect("keys");
		assert_eq!(home.keyring().expect("a keyring").pending(), keys.to_vec());
		// Started again before they were named, it names the same ones.
		let mut again = home.keyring().expect("a keyring");
		assert_eq!(pending(&home, &mut again, 9).expect("keys"), keys);
		name(&home, &mut again).expect("a file");
		let others = pending(&home, &mut again, 9).expect("keys");
		assert!(others.len() == 9 && others.iter().all(|key| !keys.contains(key)));
		assert!(keys.iter().all(|key| home.keyring().expect("a keyring").secret(key).is_some()));
	}
}
