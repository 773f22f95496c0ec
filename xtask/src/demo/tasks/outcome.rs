//! What became of the tasks, by what the chain says at the end.

use super::{wanted::TASKS, ROLES};
use crate::demo::report::{amount, tokens};
use serde_json::{json, Map, Value};
use std::collections::BTreeMap;

/// A cheater that gets more than one of so many parts of what the honest worker gets has earned something.
const NEXT_TO_NOTHING: u128 = 20;

/// Figures of the tasks.
pub struct Outcome {
	tasks: Vec<Value>,
	paid: [u128; 2],
	lost: [u128; 2],
	escrow_left: u128,
	deposits: u128,
	cids: Vec<Value>,
	/// Whether each was fetched and loaded.
	fetched: bool,
	/// What is not as it must be.
	faults: Vec<String>,
}

/// An amount that a script gives as text.
fn money(value: &Value) -> i128 {
	value.as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn positive(value: &Value) -> u128 {
	money(value).unsigned_abs()
}

/// A number of the chain, without the digits that its fixed point adds to a decimal.
fn rounded(value: &Value) -> Value {
	value.as_f64().map_or(Value::Null, |value| json!((value * 1e6).round() / 1e6))
}

impl Outcome {
	/// From what the requester told of its tasks and of the accounts in them. `owners` are the workers' owners by role,
	/// `faults` what was wrong with the models that were fetched.
	pub fn new(
		owners: &BTreeMap<&'static str, String>,
		results: &[Value],
		accounts: &[Value],
		cids: Vec<Value>,
		faults: Vec<String>,
	) -> Self {
		let mut outcome = Self {
			tasks: Vec::new(),
			paid: [0; 2],
			lost: [0; 2],
			escrow_left: 0,
			deposits: 0,
			fetched: !cids.is_empty() && faults.is_empty(),
			cids,
			faults,
		};
		let role = |owner: &Value| ROLES.iter().position(|role| owners.get(role).is_some_and(|known| owner == known));
		if results.len() != TASKS.len() {
			outcome.faults.push(format!("{} of {} tasks were finished", results.len(), TASKS.len()));
		}
		for (result, wanted) in results.iter().zip(TASKS) {
			let mut workers = Vec::new();
			for chosen in result["assignments"].as_array().into_iter().flatten() {
				let Some(role) = role(&chosen["owner"]) else { continue };
				if !chosen["model"].is_object() {
					outcome.faults.push(format!("the chain has no record of the {} worker's model", ROLES[role]));
				}
				outcome.paid[role] += positive(&chosen["paid"]);
				outcome.lost[role] += positive(&chosen["slashed"]);
				workers.push(json!({
					"worker": ROLES[role],
					"owner": chosen["owner"],
					"price": amount(positive(&chosen["price"])),
					"score": rounded(&chosen["score"]),
					"share": chosen["share"],
					"paid": amount(positive(&chosen["paid"])),
					"slashed": amount(positive(&chosen["slashed"])),
					"cid": chosen["model"]["cid"],
				}));
			}
			let name = wanted.environment;
			if workers.len() != ROLES.len() {
				outcome.faults.push(format!("{name}: {} of {} workers were chosen", workers.len(), ROLES.len()));
			}
			let score = |worker: &Value| worker["score"].as_f64().unwrap_or(f64::NEG_INFINITY);
			let winner = workers.iter().max_by(|one, other| score(one).total_cmp(&score(other)));
			let winner = winner.cloned().unwrap_or_default();
			if result["state"] != "Settled" {
				outcome.faults.push(format!("{name}: the task is {}, not settled", result["state"]));
			} else if winner["worker"] != ROLES[0] || winner["paid"] == 0 {
				outcome.faults.push(format!("{name}: the honest worker did not win: {winner}"));
			}
			let since = |event: &str| Some(result["at"].as_u64()?.saturating_sub(result[event].as_u64()?));
			outcome.tasks.push(json!({
				"id": result["task"],
				"environment": name,
				"target": rounded(&result["target"]),
				"random": wanted.random,
				"heuristic": wanted.heuristic,
				"score": rounded(&winner["score"]),
				"winner": winner["worker"],
				"paid": winner["paid"],
				"blocks": since("posted"),
				"blocks_to_settle": since("committed"),
				"seconds": result["seconds"],
				"state": result["state"],
				"workers": workers,
			}));
		}
		outcome.check_money(owners, accounts);
		outcome
	}

	/// What is on hold of everybody, and whether balances moved as the settlements say.
	fn check_money(&mut self, owners: &BTreeMap<&'static str, String>, accounts: &[Value]) {
		for account in accounts {
			self.escrow_left += positive(&account["escrow"]);
			self.deposits += positive(&account["deposit"]);
		}
		if self.escrow_left != 0 {
			self.faults.push(format!("{} PRX are left in escrow", tokens(&amount(self.escrow_left))));
		}
		for (at, role) in ROLES.iter().enumerate() {
			let account =
				accounts.iter().find(|account| owners.get(role).is_some_and(|owner| account["address"] == *owner));
			let gained = account.map(|account| money(&account["gained"]));
			let expected = self.paid[at] as i128 - self.lost[at] as i128;
			if gained != Some(expected) {
				self.faults.push(format!("the {role} worker's account gained {gained:?}, but was paid {expected}"));
			}
		}
		let [honest, cheater] = self.paid;
		if cheater * NEXT_TO_NOTHING > honest {
			self.faults.push(format!("the cheater was paid {} PRX", tokens(&amount(cheater))));
		}
	}

	/// What the JSON file has of them.
	pub fn json(&self) -> Map<String, Value> {
		let fields = json!({
			"tasks": self.tasks,
			"escrow_left": amount(self.escrow_left),
			"honest_paid": amount(self.paid[0]),
			"cheater_paid": amount(self.paid[1]),
			"cheater_lost": amount(self.lost[1]),
			"task_deposits": amount(self.deposits),
			"model_cids": self.cids,
			"cid_fetch_ok": self.fetched,
			"task_faults": self.faults,
		});
		fields.as_object().cloned().unwrap_or_default()
	}

	/// Prints the table.
	pub fn print(&self) {
		let real = |value: &Value| value.as_f64().map_or("–".into(), |value| format!("{value:.2}"));
		println!("\n  task                     target    score  winner    PRX paid  blocks  from commit  seconds");
		for task in &self.tasks {
			println!(
				"  {:<22} {:>8} {:>8}  {:<8} {:>9} {:>7} {:>12} {:>8}",
				task["environment"].as_str().unwrap_or_default(),
				real(&task["target"]),
				real(&task["score"]),
				task["winner"].as_str().unwrap_or("nobody"),
				tokens(&task["paid"]),
				task["blocks"].to_string(),
				task["blocks_to_settle"].to_string(),
				task["seconds"].as_f64().map_or("–".into(), |seconds| format!("{seconds:.0}")),
			);
		}
		let [honest, cheater] = self.paid;
		println!(
			"  the cheater          was paid {} PRX and lost {}; the honest worker was paid {}",
			tokens(&amount(cheater)),
			tokens(&amount(self.lost[1])),
			tokens(&amount(honest))
		);
		println!("  left in escrow       {} PRX", tokens(&amount(self.escrow_left)));
		println!(
			"  models               {} on the chain; fetched by CID and loaded: {}",
			self.cids.len(),
			if self.fetched { "yes" } else { "NO" }
		);
		for fault in &self.faults {
			println!("  NOT AS IT MUST BE    {fault}");
		}
	}

	/// What is wrong, if anything is.
	pub fn broken(&self) -> Option<String> {
		(!self.faults.is_empty()).then(|| format!("the tasks: {}", self.faults.join("; ")))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Every task was won by the honest worker, who got 7 of it; the cheater lost 2.
	fn played() -> (Vec<Value>, Vec<Value>) {
		let worker = |owner: &str, score: f64, paid: &str, slashed: &str| {
			json!({
				"owner": owner, "price": "8", "score": score, "share": 1.0, "paid": paid, "slashed": slashed,
				"model": { "cid": "b" },
			})
		};
		let result = json!({
			"task": 0, "target": 1.0, "state": "Settled", "posted": 5, "committed": 12, "at": 25, "seconds": 60.0,
			"assignments": [worker("C", 9.0, "0", "2"), worker("H", 500.0, "7", "0")],
		});
		let tasks = TASKS.len() as i64;
		let account = |address: &str, gained: i64| json!({ "address": address, "escrow": "0", "deposit": "1", "gained": gained.to_string() });
		(vec![result; TASKS.len()], vec![account("R", -9), account("H", 7 * tasks), account("C", -2 * tasks)])
	}

	fn judged(results: &[Value], accounts: &[Value], faults: &[&str]) -> Outcome {
		let owners = BTreeMap::from([(ROLES[0], "H".into()), (ROLES[1], "C".into())]);
		let faults = faults.iter().map(|fault| (*fault).into()).collect();
		Outcome::new(&owners, results, accounts, vec![json!("b")], faults)
	}

	#[test]
	fn outcome_should_tell_who_won_and_was_paid_when_all_is_well() {
		let (results, accounts) = played();
		let outcome = judged(&results, &accounts, &[]);
		assert_eq!(outcome.broken(), None);
		let json = outcome.json();
		assert_eq!((&json["escrow_left"], &json["cheater_paid"]), (&json!(0), &json!(0)));
		assert_eq!(json["honest_paid"], json!(7 * TASKS.len()));
		assert_eq!(json["cid_fetch_ok"], json!(true));
		let task = &json["tasks"][0];
		assert_eq!((&task["winner"], &task["blocks"], &task["paid"]), (&json!("honest"), &json!(20), &json!(7)));
		assert_eq!(task["blocks_to_settle"], 13, "from the first commit");
	}

	#[test]
	fn outcome_should_be_broken_when_anything_is_not_as_it_must_be() {
		let (results, accounts) = played();
		let broken = |results: &[Value], accounts: &[Value], faults: &[&str], says: &str| {
			let told = judged(results, accounts, faults).broken().unwrap_or_default();
			assert!(told.contains(says), "{told}");
		};
		broken(&[], &accounts, &[], "tasks were finished");
		broken(&results, &accounts, &["no peer"], "no peer");
		let change = |path: &str, value: Value| {
			let (mut results, mut accounts) = (json!(results), json!(accounts));
			let part = results.pointer_mut(path).or_else(|| accounts.pointer_mut(path.trim_start_matches("/accounts")));
			*part.expect("there is such a part") = value;
			(results.as_array().cloned().unwrap_or_default(), accounts.as_array().cloned().unwrap_or_default())
		};
		for (path, value, says) in [
			("/0/state", json!("Expired"), "not settled"),
			("/0/assignments/1/score", json!(1.0), "did not win"),
			("/0/assignments/1/model", Value::Null, "no record"),
			("/0/assignments/0/owner", json!("X"), "were chosen"),
			("/0/assignments/0/paid", json!("9"), "the cheater was paid"),
			("/accounts/0/escrow", json!("3"), "left in escrow"),
			("/accounts/1/gained", json!("3"), "account gained"),
		] {
			let (results, accounts) = change(path, value);
			broken(&results, &accounts, &[], says);
		}
	}
}
