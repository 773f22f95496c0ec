//! The buyer's side: pay, receive the key, decrypt, check, accept or dispute.

use super::{
	check,
	fetch::{of_record, LARGEST_MODEL},
	peers, secrets,
	secrets::Purpose,
	Folders,
};
use crate::{
	chain::{
		calls::models,
		records::{self, Offer, SaleOf},
		ChainError,
	},
	cipher,
	commands::{
		client::{address, parse_hash, Chain, Sent, Signing, SigningArgs},
		Failure, Outcome,
	},
	store::{car, client::Peer, model::Model, Cid, Store},
};
use praxis_primitives_market::{
	sealed::{self, KEY, SEALED},
	OfferId, PolicyHash, SaleId, SaleState,
};
use serde_json::{json, Value};
use sp_core::crypto::AccountId32;
use sp_crypto_hashing::blake2_256;
use std::{path::PathBuf, process::ExitCode};

/// Blocks for which a purchase may be missing from the best chain before it is given up: forks are shorter.
const FORK: u32 = 64;

const BUY_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Charlie praxis-worker model buy 0x5f… --output cart-pole
  praxis-worker model buy 0x5f… --output cart-pole --max-price 3 --key-file charlie.key
  praxis-worker model buy --offer 2 --output cart-pole --no-accept --key-file charlie.key --json

The ciphertext is fetched and its hash compared before anything is paid. Price and stake then go on hold, and it waits for the
key. A key that is not the offered one is disputed: all money returns, and the seller loses its bond. With the right key the
model is decrypted and quantised again; if it is the policy that was judged, the seller is paid, otherwise not yet: the key is
right, so a dispute would cost the stake, and the seller is paid when the time for disputes is over.

It may be ended at any time: `praxis-worker model receive SALE` goes on.

Exit codes:
  0  the model is here and is the one that was judged
  1  it is not, or the key was wrong or did not come, or something failed on the way; the output says which
  2  wrong input";

/// How a bought model is received.
#[derive(Clone, Debug, clap::Args)]
struct HandoverArgs {
	/// A folder for the model; there must be nothing yet.
	#[arg(long, short, value_name = "FOLDER")]
	output: PathBuf,
	/// A gateway to ask first, http://HOST:PORT.
	#[arg(long, value_name = "URL")]
	peer: Vec<Peer>,
	/// Fetch at most so many bytes.
	#[arg(long, value_name = "BYTES", default_value_t = LARGEST_MODEL)]
	max_bytes: u64,
	/// Neither accept nor dispute: leave that to `model accept` and `model dispute`.
	#[arg(long)]
	no_accept: bool,
	#[command(flatten)]
	signing: SigningArgs,
}

/// The options of `model buy`.
#[derive(Debug, clap::Args)]
#[command(after_help = BUY_EXAMPLES)]
pub struct BuyArgs {
	/// Hash of the judged policy.
	#[arg(value_name = "POLICY", value_parser = parse_hash, required_unless_present = "offer", conflicts_with = "offer")]
	policy: Option<PolicyHash>,
	/// The offer's number instead.
	#[arg(long, value_name = "OFFER")]
	offer: Option<OfferId>,
	/// Pay no more than this, in tokens.
	#[arg(long, value_name = "AMOUNT")]
	max_price: Option<String>,
	/// End when it is bought, without waiting for the key.
	#[arg(long)]
	no_wait: bool,
	#[command(flatten)]
	handover: HandoverArgs,
}

const RECEIVE_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Charlie praxis-worker model receive 0 --output cart-pole
  praxis-worker model receive 0 --output cart-pole --no-accept --key-file charlie.key

It does what `model buy` does after the purchase: waits for the key, decrypts, checks, accepts or disputes.";

/// The options of `model receive`.
#[derive(Debug, clap::Args)]
#[command(after_help = RECEIVE_EXAMPLES)]
pub struct ReceiveArgs {
	/// The sale's number.
	sale: SaleId,
	#[command(flatten)]
	handover: HandoverArgs,
}

const SALE_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Charlie praxis-worker model accept 0
  praxis-worker model dispute 0 --key-file charlie.key
  praxis-worker model finish 0 --key-file charlie.key --dry-run

To dispute a right key costs the stake. A dispute publishes the one-time secret, and with it the delivered key.";

/// The options of calls about a sale.
#[derive(Debug, clap::Args)]
#[command(after_help = SALE_EXAMPLES)]
pub struct SaleArgs {
	/// The sale's number.
	sale: SaleId,
	#[command(flatten)]
	signing: SigningArgs,
}

/// The offer that is meant.
async fn offer_of(chain: &Chain, args: &BuyArgs) -> Result<Offer, Failure> {
	let at = chain.best().await?.hash();
	let missing = |message: String| {
		Failure::input("not-found", message).remedy("`praxis-worker model list` tells which models are for sale")
	};
	match (&args.policy, args.offer) {
		(Some(policy), _) => {
			super::list::of(chain, policy).await?.offer.ok_or_else(|| missing(format!("{policy:?} is not for sale")))
		}
		(None, Some(id)) => {
			records::offer(&chain.node, id, at).await?.ok_or_else(|| missing(format!("there is no offer {id}")))
		}
		(None, None) => Err(Failure::input("usage", "name a policy or an offer")),
	}
}

/// Fetches an offer's ciphertext and compares its hash.
async fn ciphertext(chain: &Chain, folders: &Folders, offer: &Offer, args: &HandoverArgs) -> Result<Vec<u8>, Failure> {
	let cid = of_record(&offer.cid)?;
	let gateways = peers::gateways(chain, &args.peer, Some(&offer.seller)).await?;
	let limit = args.max_bytes.saturating_add(cipher::OVERHEAD);
	peers::fetch(&folders.store, &cid, &gateways, &format!("{:?}, encrypted", offer.policy), limit)?;
	let bytes = folders.store.get(&cid, limit)?;
	if blake2_256(&bytes) != offer.ciphertext.0 {
		let message = format!("{cid} is not the ciphertext that was offered: its hash is another");
		return Err(Failure::running("ciphertext", message).remedy("do not buy this: what is offered is not there"));
	}
	Ok(bytes)
}

/// Buys a model, and receives it unless told otherwise.
pub async fn run(chain: &Chain, folders: &Folders, args: &BuyArgs) -> Outcome {
	check::vacant(&args.handover.output)?;
	let offer = offer_of(chain, args).await?;
	let most = args.max_price.as_deref().map(|text| chain.amount(text)).transpose()?;
	if most.is_some_and(|most| offer.price > most) {
		let message = format!("offer {} costs {}, more than --max-price", offer.id, chain.show(offer.price));
		return Err(Failure::input("too-dear", message));
	}
	let signing = Signing::new(chain, &args.handover.signing).await?;
	let encrypted = ciphertext(chain, folders, &offer, &args.handover).await?;
	let secret = cipher::new_key();
	let one_time_key = sealed::one_time_key(&secret);
	if !args.handover.signing.dry_run {
		let note = json!({ "offer": offer.id, "policy": offer.policy, "seller": address(&offer.seller) });
		secrets::keep(&folders.sales, Purpose::Purchase, &secret, note)?;
	}
	let sent = match signing.send(models::buy(offer.id, &one_time_key), "buying").await {
		Err(failure) if failure.kind == "refused" => {
			secrets::forget(&folders.sales, Purpose::Purchase, &one_time_key)?;
			return Err(failure);
		}
		sent => sent?,
	};
	let number = |field| sent.receipt().and_then(|receipt| receipt.number("Models", "Bought", field));
	let sale = number("sale").and_then(|id| SaleId::try_from(id).ok());
	let until = number("until").and_then(|until| u32::try_from(until).ok());
	let told = json!({ "offer": offer.id, "policy": offer.policy, "price": offer.price.to_string(), "sale": sale, "until": until });
	if args.no_wait || matches!(sent, Sent::Tried { .. }) {
		let done = format!("sale {}: {} on hold", sale.unwrap_or_default(), chain.show(offer.price));
		let mut text = sent.told(&done);
		if let Some(sale) = sale {
			text += &format!("\ngo on: praxis-worker model receive {sale} --output FOLDER");
		}
		chain.print(&sent.with(told), text);
		return Ok(ExitCode::SUCCESS);
	}
	if let (Some(sale), Some(receipt)) = (sale, sent.receipt()) {
		let until = chain.until(until.unwrap_or_default(), receipt.height);
		eprintln!("sale {sale}: {} on hold; the seller delivers until {until}", chain.show(offer.price));
	}
	let handover = Handover { chain, folders, signing, args: &args.handover, offer };
	handover.receive(&secret, Some(encrypted), told).await
}

/// Goes on with a sale after its purchase.
pub async fn receive(chain: &Chain, folders: &Folders, args: &ReceiveArgs) -> Outcome {
	check::vacant(&args.handover.output)?;
	let signing = Signing::new(chain, &args.handover.signing).await?;
	let (sale, offer) = find(chain, args.sale).await?;
	let secret = secrets::find(&folders.sales, Purpose::Purchase, &sale.one_time_key)?;
	let told = json!({ "offer": offer.id, "policy": offer.policy, "price": sale.price.to_string(), "sale": args.sale });
	let handover = Handover { chain, folders, signing, args: &args.handover, offer };
	handover.receive(&secret, None, told).await
}

/// A sale and its offer.
async fn find(chain: &Chain, id: SaleId) -> Result<(SaleOf, Offer), Failure> {
	let at = chain.best().await?.hash();
	let missing = |what: String| {
		Failure::input("not-found", what).remedy("`praxis-worker model sales` shows those that are not over")
	};
	let sale = records::sale(&chain.node, id, at).await?;
	let sale = sale.ok_or_else(|| missing(format!("there is no sale {id}, or it is over")))?;
	let offer = records::offer(&chain.node, sale.offer, at).await?;
	let offer = offer.ok_or_else(|| missing(format!("offer {} is gone", sale.offer)))?;
	Ok((sale, offer))
}

/// What a sale comes to.
enum Delivery {
	/// The key, sealed.
	Sealed(SaleId, [u8; SEALED]),
	/// Nothing until the deadline.
	Missed(SaleId),
}

/// Receives what was bought.
struct Handover<'a> {
	chain: &'a Chain,
	folders: &'a Folders,
	signing: Signing<'a>,
	args: &'a HandoverArgs,
	offer: Offer,
}

impl Handover<'_> {
	async fn receive(&self, secret: &[u8; 32], encrypted: Option<Vec<u8>>, mut told: Value) -> Outcome {
		let (sale, sealed) = match self.delivery(&self.signing.key.account(), &sealed::one_time_key(secret)).await? {
			Delivery::Sealed(sale, sealed) => (sale, sealed),
			Delivery::Missed(sale) => return self.refund(sale).await,
		};
		told["sale"] = sale.into();
		let key = sealed::open(&sealed, secret).filter(|key| sealed::key_hash(key) == self.offer.key_hash);
		let Some(key) = key else { return self.complain(sale, secret).await };
		let encrypted = match encrypted {
			Some(encrypted) => encrypted,
			None => ciphertext(self.chain, self.folders, &self.offer, self.args).await?,
		};
		let model = match self.open(&key, &encrypted) {
			Ok(model) => model,
			Err(failure) => return Err(wrong_model(sale, &failure.message)),
		};
		let record = records::model(&self.chain.node, &self.offer.policy, self.chain.best().await?.hash()).await?;
		let environment = match record {
			Some(record) => record.environment,
			// The model had to make room meanwhile; its card says where it was judged, and the hash whether that is so.
			None => crate::commands::evaluate::parse_task(&model.card.environment)
				.map_err(|error| wrong_model(sale, &error))?,
		};
		let finding = check::examine(&model, environment, self.offer.policy);
		check::write(&self.args.output, &model, &finding)?;
		let mut text = format!("the model is in {}\n{}", self.args.output.display(), finding.text());
		if let (Value::Object(told), Value::Object(found)) = (&mut told, finding.json()) {
			told.extend(found);
		}
		told["output"] = json!(self.args.output);
		told["accepted"] = false.into();
		if finding.is_same() && !self.args.no_accept {
			let sent = self.signing.send(models::accept(sale), "accepting").await?;
			told["accepted"] = true.into();
			told["accept"] = sent.json();
			text += &sent.told(&format!("sale {sale} is accepted: {} paid", self.chain.show(self.offer.price)));
		} else if !finding.is_same() {
			text += &format!("sale {sale} is not accepted; the key is right, so a dispute would cost the stake\n");
		}
		self.chain.print(&told, text);
		Ok(if finding.is_same() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
	}

	/// Waits for the key. The sale is known by its one-time key: a fork may give it another number.
	async fn delivery(&self, buyer: &AccountId32, one_time_key: &[u8; 32]) -> Result<Delivery, Failure> {
		let Chain { node, .. } = self.chain;
		let mut heads = node.subscribe_best().await?;
		let mut missing = 0;
		// The sale as it was seen last: its number and its deadline.
		let mut seen: Option<(SaleId, u32)> = None;
		loop {
			let best = self.chain.best().await?;
			let sales = records::sales_of(node, buyer, best.hash()).await?;
			match sales.into_iter().find(|(_, sale)| sale.one_time_key == *one_time_key) {
				Some((id, SaleOf { state: SaleState::Delivered { sealed, .. }, .. })) => {
					return Ok(Delivery::Sealed(id, sealed))
				}
				Some((id, SaleOf { state: SaleState::Bought { until }, .. })) => {
					missing = 0;
					if best.number() > until {
						return Ok(Delivery::Missed(id));
					}
					if seen.is_none() {
						eprintln!("sale {id}: waiting for the key until {}", self.chain.until(until, best.number()));
					}
					seen = Some((id, until));
				}
				// The chain itself ends sales whose deadline has passed.
				None if seen.is_some_and(|(_, until)| best.number() > until) => {
					return Ok(Delivery::Missed(seen.map_or(0, |(id, _)| id)));
				}
				None if missing >= FORK => {
					return Err(Failure::running("not-found", "the purchase is in no block any more")
						.remedy("`praxis-worker model sales` shows the sales that are not over"));
				}
				None => missing += 1,
			}
			match heads.next().await {
				Some(Ok(_)) => {}
				Some(Err(error)) => return Err(ChainError::decode("a header", error).into()),
				None => return Err(node.cause(ChainError::decode("headers", "the subscription has ended")).into()),
			}
		}
	}

	/// Tells of a sale whose key did not come, and ends it, should the chain not have done so.
	async fn refund(&self, sale: SaleId) -> Outcome {
		let at = self.chain.best().await?.hash();
		if records::sale(&self.chain.node, sale, at).await?.is_some() {
			match self.signing.send(models::finish_sale(sale), "ending the sale").await {
				// The chain was faster.
				Err(failure) if failure.message.contains("Models.NoSale") => {}
				sent => drop(sent?),
			}
		}
		let message = format!("sale {sale}: the key did not come in time; price and stake are returned");
		Err(Failure::running("not-delivered", message))
	}

	/// Disputes a key that is not the offered one.
	async fn complain(&self, sale: SaleId, secret: &[u8; 32]) -> Outcome {
		let message = format!("sale {sale}: what was delivered is not the offered key");
		if self.args.no_accept {
			return Err(Failure::running("wrong-key", message).remedy(format!("`praxis-worker model dispute {sale}`")));
		}
		let sent = self.signing.send(models::dispute(sale, secret), "disputing").await?;
		let amount = sent.receipt().and_then(|receipt| receipt.number("Models", "Refunded", "amount"));
		let returned = self.chain.show(amount.unwrap_or_default());
		Err(Failure::running("wrong-key", format!("{message}; it was disputed, and {returned} are returned")))
	}

	/// Decrypts a model into the store of what is not served, and reads it.
	fn open(&self, key: &[u8; KEY], encrypted: &[u8]) -> Result<Model, Failure> {
		let plain = cipher::decrypt(key, encrypted)
			.ok_or_else(|| Failure::running("ciphertext", "the key does not open the ciphertext"))?;
		let private: Store = self.folders.private()?;
		let name = format!("{:?}", self.offer.policy);
		let imported = car::import(&private, &plain[..], None, &name, self.args.max_bytes)?;
		let root: &Cid = imported.roots.first().ok_or_else(|| Failure::running("car", "the CAR names no root"))?;
		Ok(Model::read(&private, root)?)
	}
}

/// What to say where the right key opens something else than the model.
fn wrong_model(sale: SaleId, reason: &str) -> Failure {
	let message = format!("sale {sale}: the key is right, and what it opens is not the model: {reason}");
	Failure::running("wrong-model", message).remedy(
		"it is not accepted; a dispute would cost the stake, as the key is right: the seller is paid when the time is over",
	)
}

/// Pays the seller at once.
pub async fn accept(chain: &Chain, args: &SaleArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let sent = signing.send(models::accept(args.sale), "accepting").await?;
	let text = sent.told(&format!("sale {} is accepted; the seller is paid", args.sale));
	chain.print(&sent.with(json!({ "sale": args.sale })), text);
	Ok(ExitCode::SUCCESS)
}

/// Has the chain open the delivered key.
pub async fn dispute(chain: &Chain, folders: &Folders, args: &SaleArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let (sale, offer) = find(chain, args.sale).await?;
	let secret = secrets::find(&folders.sales, Purpose::Purchase, &sale.one_time_key)?;
	if let SaleState::Delivered { sealed, .. } = &sale.state {
		let key = sealed::open(sealed, &secret);
		if key.is_some_and(|key| sealed::key_hash(&key) == offer.key_hash) {
			let stake = chain.show(sale.stake);
			return Err(Failure::input(
				"right-key",
				format!("the delivered key is the offered one: a dispute would cost {stake}"),
			)
			.remedy("the chain proves the key, not what it opens: docs/model-sharing.md"));
		}
	}
	let sent = signing.send(models::dispute(args.sale, &secret), "disputing").await?;
	end(chain, args.sale, &sent)
}

/// Ends a sale whose deadline has passed.
pub async fn finish(chain: &Chain, args: &SaleArgs) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let sent = signing.send(models::finish_sale(args.sale), "ending the sale").await?;
	end(chain, args.sale, &sent)
}

/// Tells how a sale ended.
fn end(chain: &Chain, sale: SaleId, sent: &Sent) -> Outcome {
	let number = |event, field| sent.receipt().and_then(|receipt| receipt.number("Models", event, field));
	let (refunded, paid) = (number("Refunded", "amount"), number("Paid", "price"));
	let burnt = number("SellerSlashed", "amount").or(number("StakeBurnt", "amount"));
	let mut done = format!("sale {sale} is over");
	for (amount, what) in [(refunded, "returned to the buyer"), (paid, "paid to the seller"), (burnt, "burnt")] {
		if let Some(amount) = amount {
			done += &format!("; {} {what}", chain.show(amount));
		}
	}
	let text = |amount: Option<u128>| amount.map(|amount| amount.to_string());
	let more = json!({ "sale": sale, "refunded": text(refunded), "paid": text(paid), "burnt": text(burnt) });
	chain.print(&sent.with(more), sent.told(&done));
	Ok(ExitCode::SUCCESS)
}
