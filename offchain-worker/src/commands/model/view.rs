//! A model, an offer and a sale as people and programs see them.

use crate::{
	chain::records::{Model, Offer, SaleOf},
	commands::{
		client::{address, Chain},
		task::cid,
	},
};
use praxis_primitives_market::{SaleId, SaleState};
use serde_json::{json, Value};
use std::fmt::Write;

/// An offer for programs.
pub fn offer(offer: &Offer) -> Value {
	json!({
		"offer": offer.id,
		"policy": offer.policy,
		"seller": address(&offer.seller),
		"cid": cid(&offer.cid),
		"ciphertext": offer.ciphertext,
		"key_hash": offer.key_hash,
		"price": offer.price.to_string(),
		"bond": offer.bond.to_string(),
		"places": offer.places,
		"open": offer.open,
		"closed": offer.closed,
		"sold": offer.sold,
		"missed": offer.missed,
	})
}

/// A model for programs.
pub fn model(model: &Model) -> Value {
	json!({
		"policy": model.policy,
		"environment": model.environment,
		"score": model.score.to_f64(),
		"owner": address(&model.owner),
		"task": model.task,
		"bytes": model.size,
		"cid": cid(&model.cid),
		"parent": model.parent,
		"at": model.at,
		"offer": model.offer.as_ref().map(offer),
	})
}

/// A line about a model, for a list.
pub fn line(chain: &Chain, model: &Model) -> String {
	let offer = match &model.offer {
		Some(offer) if offer.closed => "offer closed".into(),
		Some(offer) => format!("for {}", chain.show(offer.price)),
		None => String::new(),
	};
	format!("{:?}  {:>10.2}  {:<28}  {offer}", model.policy, model.score.to_f64(), model.environment.to_string())
}

/// A model for people.
pub fn text(chain: &Chain, model: &Model) -> String {
	let mut out = String::new();
	let score = model.score.to_f64();
	let _ = writeln!(out, "model        {:?}", model.policy);
	let _ = writeln!(out, "  judged     {score:.2} in {}, task {}, block {}", model.environment, model.task, model.at);
	let _ = writeln!(out, "  owner      {}", address(&model.owner));
	let _ = writeln!(out, "  full model {}", cid(&model.cid));
	if let Some(parent) = &model.parent {
		let _ = writeln!(out, "  parent     {parent:?}, as its owner says");
	}
	match &model.offer {
		Some(offer) => {
			let state = match (offer.closed, offer.places.saturating_sub(offer.open)) {
				(true, _) => "closed".into(),
				(false, 0) => "no place free now".into(),
				(false, free) => format!("{free} of {} places free", offer.places),
			};
			let (sold, missed) = (offer.sold, offer.missed);
			let price = chain.show(offer.price);
			let _ = writeln!(out, "  offer {:<4} {price}, {state}; {sold} sold, {missed} not delivered", offer.id);
		}
		None => {
			let _ = writeln!(out, "  offer      none; try `praxis-worker model fetch {:?}`", model.policy);
		}
	}
	out
}
/// A sale for programs.
pub fn sale(chain: &Chain, id: SaleId, sale: &SaleOf, height: u32) -> Value {
	let (state, until) = state(sale);
	json!({
		"sale": id,
		"offer": sale.offer,
		"buyer": address(&sale.buyer),
		"one_time_key": format!("0x{}", hex::encode(sale.one_time_key)),
		"price": sale.price.to_string(),
		"stake": sale.stake.to_string(),
		"state": state,
		"until": until,
		"seconds_left": chain.seconds(until, height),
	})
}

/// A sale's word and its deadline.
fn state(sale: &SaleOf) -> (&'static str, u32) {
	match sale.state {
		SaleState::Bought { until } => ("bought", until),
		SaleState::Delivered { until, .. } => ("delivered", until),
	}
}

/// A line about a sale.
pub fn sale_line(chain: &Chain, id: SaleId, sale: &SaleOf, height: u32) -> String {
	let (word, until) = state(sale);
	let waits = match word {
		"bought" => "the seller delivers until",
		_ => "the buyer may dispute until",
	};
	let (price, until) = (chain.show(sale.price), chain.until(until, height));
	format!("sale {id} of offer {}: {price}, {word}; {waits} {until}; buyer {}", sale.offer, address(&sale.buyer))
}
