//! The seller's side: share a model for free, offer it for money, deliver its key.

use super::{
	check,
	fetch::{of_record, LARGEST_MODEL},
	list, secrets,
	secrets::Purpose,
	Folders,
};
use crate::{
	chain::{
		calls::models,
		market,
		records::{self, Model as Record, SaleOf},
		ChainError,
	},
	cipher,
	commands::{
		client::{address, parse_hash, Chain, Signing, SigningArgs},
		Failure, Outcome,
	},
	store::{car, model::Model, Cid, Profile, Store, LARGEST_FILE},
};
use praxis_primitives_market::{sealed, OfferId, PolicyHash, SaleId, SaleState};
use rand::rngs::OsRng;
use serde_json::json;
use sp_core::crypto::AccountId32;
use sp_crypto_hashing::blake2_256;
use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

const SHARE_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob//operator praxis-worker model share 0x5f…
  praxis-worker model share 0x5f… --price 2.5 --places 4 --key-file operator.key
  praxis-worker model share 0x5f… --model runs/cart-pole --key-file bob.key --dry-run

Without --price the model is free: it is served from the store (`praxis-worker store serve`), and the chain has its CID.

With --price it is encrypted with a new key. The ciphertext goes into the store, and the chain has its CID, its hash and the
key's. A bond for every place goes on hold of the owner. The plaintext is taken out of the store and kept in the sales folder;
whoever fetched it before has it. Then run `praxis-worker model deliver --follow`: who does not deliver within an hour loses
the offer.

The model must quantise to the policy that was judged; otherwise nothing is offered.";

/// The options of `model share`.
#[derive(Debug, clap::Args)]
#[command(after_help = SHARE_EXAMPLES)]
pub struct ShareArgs {
	/// Hash of the judged policy.
	#[arg(value_name = "POLICY", value_parser = parse_hash)]
	policy: PolicyHash,
	/// The full model's folder; otherwise it is in the store, under the CID that the chain has.
	#[arg(long, value_name = "FOLDER")]
	model: Option<PathBuf>,
	/// What it costs, in tokens; free, if not given.
	#[arg(long, value_name = "AMOUNT")]
	price: Option<String>,
	/// Most sales at a time.
	#[arg(long, default_value_t = 4, requires = "price", value_parser = clap::value_parser!(u32).range(1..=16))]
	places: u32,
	/// Leave the plaintext in the store, where others can fetch it for nothing.
	#[arg(long, requires = "price")]
	keep_served: bool,
	#[command(flatten)]
	signing: SigningArgs,
}

/// Copies all below a root from one store to another.
fn copy(from: &Store, to: &Store, root: &Cid, name: &str) -> Result<(), Failure> {
	let mut bytes = Vec::new();
	car::export(from, root, LARGEST_MODEL, &mut bytes)?;
	car::import(to, &bytes[..], Some(&[*root]), name, LARGEST_MODEL)?;
	Ok(())
}

/// The plaintext, which is put into `target`; its CID.
fn plaintext(folders: &Folders, record: &Record, args: &ShareArgs, target: &Store) -> Result<(Model, Cid), Failure> {
	if let Some(folder) = &args.model {
		let model = check::read(folder)?;
		let cid = model.write(target)?;
		return Ok((model, cid));
	}
	let cid = of_record(&record.cid)?;
	for store in [&folders.store, &folders.private()?] {
		if store.has(&cid)? {
			copy(store, target, &cid, &format!("{:?}", record.policy))?;
			return Ok((Model::read(target, &cid)?, cid));
		}
	}
	Err(Failure::input("not-found", format!("the full model {cid} is not in the store"))
		.remedy("name its folder with --model, or the store with --store"))
}

/// Shares a model.
pub async fn share(chain: &Chain, folders: &Folders, args: &ShareArgs) -> Outcome {
	let record = list::of(chain, &args.policy).await?;
	let signing = Signing::new(chain, &args.signing).await?;
	let target = if args.price.is_some() { folders.private()? } else { folders.store.clone() };
	let (model, cid) = plaintext(folders, &record, args, &target)?;
	let finding = check::examine(&model, record.environment, record.policy);
	if !finding.is_same() {
		return Err(Failure::input("policy-differs", finding.text()).remedy("share the model that was judged"));
	}
	if let Some(price) = &args.price {
		return offer(chain, folders, args, &signing, (&target, &cid), chain.amount(price)?).await;
	}
	let sent = signing.send(models::share(&args.policy, &cid.to_bytes()), "sharing").await?;
	let text = sent.told(&format!("{cid} is shared; serve it with `praxis-worker store serve`"));
	chain.print(&sent.with(json!({ "policy": args.policy, "cid": cid.to_string() })), text);
	Ok(ExitCode::SUCCESS)
}

/// Encrypts a model and offers it.
async fn offer(
	chain: &Chain,
	folders: &Folders,
	args: &ShareArgs,
	signing: &Signing<'_>,
	(private, root): (&Store, &Cid),
	price: u128,
) -> Outcome {
	let policy = args.policy;
	let mut plain = Vec::new();
	car::export(private, root, LARGEST_MODEL, &mut plain)?;
	let key = cipher::new_key();
	let ciphertext =
		cipher::encrypt(&key, &plain).ok_or_else(|| Failure::running("cipher", "the model could not be encrypted"))?;
	let name = format!("{policy:?} for sale");
	let cid = if args.signing.dry_run {
		Profile::PRAXIS.file(&ciphertext[..], LARGEST_FILE, |_, _| Ok(()))?.0
	} else {
		folders.store.put_file(&ciphertext[..], &name, &Profile::PRAXIS)?
	};
	let offer = models::Offer {
		policy,
		cid: cid.to_bytes(),
		ciphertext: blake2_256(&ciphertext).into(),
		key_hash: sealed::key_hash(&key),
		price,
		places: args.places,
	};
	if !args.signing.dry_run {
		let note = json!({ "policy": policy, "ciphertext": cid.to_string(), "model": root.to_string() });
		secrets::keep(&folders.sales, Purpose::Offer, &key, note)?;
	}
	let sent = match signing.send(models::offer(&offer), "offering").await {
		Ok(sent) => sent,
		Err(failure) => {
			// What was refused needs neither ciphertext nor key; of anything else it is not known.
			if failure.kind == "refused" {
				secrets::forget(&folders.sales, Purpose::Offer, &offer.key_hash.0)?;
				folders.store.remove(&cid)?;
			}
			return Err(failure);
		}
	};
	let number = |field| sent.receipt().and_then(|receipt| receipt.number("Models", "Offered", field));
	let (id, bond) = (number("offer").and_then(|id| OfferId::try_from(id).ok()), number("bond"));
	let mut text = sent.told(&format!("offer {}: for {}", id.unwrap_or_default(), chain.show(price)));
	let mut retired = false;
	if let (Some(_), Some(bond)) = (id, bond) {
		text += &format!(", {} on hold as bonds of {} places\n", chain.show(bond), args.places);
		text += &format!("serve the ciphertext {cid}: praxis-worker store serve\n");
		text += "deliver keys: praxis-worker model deliver --follow\n";
		if !args.keep_served && folders.store.pins()?.iter().any(|pin| pin.cid == *root) {
			folders.store.remove(root)?;
			retired = true;
			text += &format!("the plaintext {root} is served no more; it is kept in {}", folders.sales.display());
		}
	}
	let more = json!({
		"policy": policy,
		"offer": id,
		"price": price.to_string(),
		"bond": bond.map(|bond| bond.to_string()),
		"places": args.places,
		"cid": cid.to_string(),
		"ciphertext": offer.ciphertext,
		"key_hash": offer.key_hash,
		"plaintext_retired": retired,
	});
	chain.print(&sent.with(more), text);
	Ok(ExitCode::SUCCESS)
}

const WITHDRAW_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob//operator praxis-worker model withdraw 0
  praxis-worker model withdraw 0 --key-file operator.key --dry-run";

/// The options of `model withdraw`.
#[derive(Debug, clap::Args)]
#[command(after_help = WITHDRAW_EXAMPLES)]
pub struct WithdrawArgs {
	/// The offer's number.
	offer: OfferId,
	#[command(flatten)]
	signing: SigningArgs,
}

/// Takes an offer back.
pub async fn withdraw(chain: &Chain, args: &WithdrawArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let sent = signing.send(models::withdraw_offer(args.offer), "withdrawing").await?;
	let text = sent.told(&format!("offer {} is withdrawn; the bonds of free places are returned", args.offer));
	chain.print(&sent.with(json!({ "offer": args.offer })), text);
	Ok(ExitCode::SUCCESS)
}

const DELIVER_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob//operator praxis-worker model deliver
  praxis-worker model deliver 3 --key-file operator.key
  praxis-worker model deliver --follow --key-file operator.key --json

A key is delivered when the purchase is final: a fork could take the payment back, and not the key. With --follow it delivers
until it is ended by Ctrl-C; otherwise it ends when all sales that wait have their keys.";

/// The options of `model deliver`.
#[derive(Debug, clap::Args)]
#[command(after_help = DELIVER_EXAMPLES)]
pub struct DeliverArgs {
	/// The sale's number; otherwise all of this seller that wait.
	sale: Option<SaleId>,
	/// Go on with sales to come.
	#[arg(long)]
	follow: bool,
	#[command(flatten)]
	signing: SigningArgs,
}

/// Those of an owner's sales that wait for a key, in a block.
async fn waiting(
	chain: &Chain,
	owner: &AccountId32,
	args: &DeliverArgs,
	at: sp_core::H256,
) -> Result<Vec<(SaleId, SaleOf)>, Failure> {
	let mut found = records::sales_of(&chain.node, owner, at).await?;
	found.retain(|(id, sale)| {
		let waits = matches!(sale.state, SaleState::Bought { .. }) && sale.buyer != *owner;
		waits && args.sale.is_none_or(|wanted| wanted == *id)
	});
	Ok(found)
}

/// Delivers keys.
pub async fn deliver(chain: &Chain, folders: &Folders, args: &DeliverArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let account = signing.key.account();
	let owner = market::owner_of(&chain.node, &account).await?.unwrap_or(account);
	let mut heads = chain.node.subscribe_best().await?;
	// Each is tried once: what cannot be delivered now will not be with the next block.
	let mut done: BTreeSet<(SaleId, [u8; 32])> = BTreeSet::new();
	let mut delivered = 0u32;
	let mut failed = None;
	loop {
		let best = chain.best().await?;
		let now = waiting(chain, &owner, args, best.hash()).await?;
		let last = waiting(chain, &owner, args, chain.node.finalised_hash().await?).await?;
		let mut pending = 0;
		for (id, sale) in now {
			let known = (id, sale.one_time_key);
			if done.contains(&known) {
				continue;
			}
			if !last.iter().any(|(other, same)| *other == id && same.one_time_key == sale.one_time_key) {
				pending += 1;
				continue;
			}
			done.insert(known);
			match hand_over(chain, folders, &signing, id, &sale).await {
				Ok(()) => delivered += 1,
				Err(failure) if args.follow => eprintln!("sale {id}: {failure}"),
				Err(failure) => failed = Some(failure),
			}
		}
		if !args.follow && pending == 0 {
			break;
		}
		match heads.next().await {
			Some(Ok(_)) => {}
			Some(Err(error)) => return Err(ChainError::decode("a header", error).into()),
			None => return Err(chain.node.cause(ChainError::decode("headers", "the subscription has ended")).into()),
		}
	}
	match (failed, delivered, args.sale) {
		(Some(failure), ..) => Err(failure),
		(None, 0, Some(sale)) => {
			Err(Failure::input("not-found", format!("no sale {sale} of {} waits", address(&owner)))
				.remedy("`praxis-worker model sales` shows those that are not over"))
		}
		(None, 0, None) => {
			chain.print(&json!({ "delivered": 0 }), format!("no sale of {} waits for a key", address(&owner)));
			Ok(ExitCode::SUCCESS)
		}
		_ => Ok(ExitCode::SUCCESS),
	}
}

/// Seals the key of a sale to the buyer's one-time key and sends it.
async fn hand_over(
	chain: &Chain,
	folders: &Folders,
	signing: &Signing<'_>,
	id: SaleId,
	sale: &SaleOf,
) -> Result<(), Failure> {
	let at = chain.best().await?.hash();
	let offer = records::offer(&chain.node, sale.offer, at)
		.await?
		.ok_or_else(|| Failure::running("not-found", format!("offer {} is gone", sale.offer)))?;
	let key = secrets::find(&folders.sales, Purpose::Offer, &offer.key_hash.0)?;
	let sealed = sealed::seal(&key, &sale.one_time_key, &mut OsRng)
		.ok_or_else(|| Failure::running("cipher", "the key could not be sealed"))?;
	let sent = signing.send(models::deliver(id, &sealed), &format!("delivering the key of sale {id}")).await?;
	let until = sent.receipt().and_then(|receipt| receipt.number("Models", "Delivered", "until"));
	let text =
		sent.told(&format!("sale {id}: the key is delivered; {} come when the buyer accepts", chain.show(sale.price)));
	chain.print(&sent.with(json!({ "sale": id, "offer": sale.offer, "price": sale.price.to_string(), "until": until.map(|until| until as u64) })), text);
	Ok(())
}
