//! `--cheat`: who cheats, how, and what the honest ones may lose by it at most.

use super::{
	mnist,
	stage::{read, Stage},
	STAKE, STUDENT, TEACHERS,
};
use crate::{
	demo::network::{address, Programs},
	process::{self, io_error, Error, Result, Service},
};
use clap::ValueEnum;
use serde_json::{json, Value};
use std::{collections::BTreeMap, fs, path::Path};

/// The token's smallest parts in one.
const UNIT: i128 = 1_000_000_000_000;

/// What an account pays for its transactions at most, in tokens: no part of what is lost by cheating, and not told apart from it.
const TRANSACTIONS: f64 = 1.0;

/// Who cheats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cheat {
	/// The student never shows its holdout.
	Student,
	/// One teacher sells mislabelled images, one a lesson that cannot be opened.
	Teacher,
	/// One trainer shows the classifier that was there before, one is drawn and does nothing.
	Trainer,
}

/// The teacher whose labels are all wrong, and the one whose lesson cannot be opened.
pub const MISLABELLED: &str = "//Ferdie//stash";
const SEALED_TO_NOBODY: &str = "//Eve//stash";

/// The trainers that cheat, and how.
pub const TRAINERS: [(&str, &str); 2] = [("//Dave", "suppress"), ("//Charlie", "vanish")];

impl Cheat {
	/// Whether an account's lesson is offered by a script.
	pub fn offers_by_script(self, account: &str) -> bool {
		self == Self::Teacher && account == SEALED_TO_NOBODY
	}

	/// Blocks for the student's reveal, and for training a lesson: who cheats lets them pass.
	pub fn phases(self) -> [&'static str; 4] {
		["--train-blocks", "20", "--reveal-blocks", "40"]
	}

	/// What an account does that it must not, if anything.
	fn deed(self, account: &str) -> Option<&'static str> {
		match (self, account) {
			(Self::Student, STUDENT) => Some("never shows its holdout"),
			(Self::Teacher, MISLABELLED) => Some("teaches wrong labels"),
			(Self::Teacher, SEALED_TO_NOBODY) => Some("sells a lesson that cannot be opened"),
			(Self::Trainer, "//Dave") => Some("shows what was there before"),
			(Self::Trainer, "//Charlie") => Some("is drawn and does nothing"),
			_ => None,
		}
	}
}

/// Starts the trainers that cheat.
pub fn trainers(cheat: Option<Cheat>, stage: &Stage) -> Result<Vec<Service>> {
	if cheat != Some(Cheat::Trainer) {
		return Ok(Vec::new());
	}
	let start =
		|(account, how): (&str, &str)| stage.service(account, &mut stage.script(account, "bad-trainer.js", &[how]));
	TRAINERS.into_iter().map(start).collect()
}

/// Starts the teacher whose lesson cannot be opened.
pub fn offer(stage: &Stage, account: &str, number: u64) -> Result<Service> {
	stage.service(account, &mut stage.script(account, "bad-teacher.js", &[&number.to_string()]))
}

/// The labels of the training images, each one too high: a file in the demo's folder.
pub fn wrong_labels(data: &Path, folder: &Path) -> Result<String> {
	/// Bytes before the first label, and classes.
	const HEAD: usize = 8;
	const CLASSES: u8 = 10;
	let (from, to) = (data.join(mnist::TRAIN_LABELS), folder.join("wrong-labels"));
	let mut bytes = fs::read(&from).map_err(io_error("read", &from))?;
	bytes.iter_mut().skip(HEAD).for_each(|label| *label = (*label + 1) % CLASSES);
	fs::write(&to, bytes).map_err(io_error("write", &to))?;
	Ok(to.to_string_lossy().into_owned())
}

/// Everybody who takes part, with what they had before.
pub struct Purse {
	/// Key and address, in the order of student, teachers, trainers.
	parties: Vec<(String, String)>,
	before: BTreeMap<String, i128>,
}

impl Purse {
	/// Looks what everybody has.
	pub fn open(programs: &Programs, stage: &Stage, trainers: &[&str]) -> Result<Self> {
		let accounts = [STUDENT].into_iter().chain(TEACHERS.iter().map(|(account, _)| *account));
		let accounts = accounts.chain(trainers.iter().copied());
		let parties = accounts
			.map(|account| Ok((account.to_string(), address(programs, account)?)))
			.collect::<Result<Vec<_>>>()?;
		let before = money(stage, "best", &parties)?;
		Ok(Self { parties, before })
	}

	/// What became of everybody's money: a list for programs, and what is not as it must be, in words.
	pub fn close(&self, stage: &Stage, cheat: Cheat, session: &Value) -> Result<(Value, Vec<String>)> {
		let after = money(stage, "final", &self.parties)?;
		let (mut list, mut faults) = (Vec::new(), Vec::new());
		for (account, address) in &self.parties {
			let had = |at: &BTreeMap<String, i128>| at.get(address).copied();
			let (Some(before), Some(after)) = (had(&self.before), had(&after)) else {
				return Err(Error::Failed(format!("nobody tells what {account} has")));
			};
			let lost = (before - after) as f64 / UNIT as f64;
			let deed = cheat.deed(account);
			let bounds = bounds(cheat, account, address, session);
			if lost > bounds.most + TRANSACTIONS {
				faults.push(format!("{account} lost {lost:.4}, at most {:.4} was to be", bounds.most));
			}
			if deed.is_some() && lost < bounds.least {
				faults.push(format!("{account} cheated and lost {lost:.4}, at least {:.4} was to be", bounds.least));
			}
			list.push(json!({
				"account": account,
				"address": address,
				"role": bounds.role,
				"honest": deed.is_none(),
				"cheat": deed,
				"lost": lost,
				"bound": bounds.most + TRANSACTIONS,
				"least": deed.map(|_| bounds.least),
				"because": bounds.because,
			}));
		}
		Ok((list.into(), faults))
	}
}

/// What somebody may lose, transactions apart, and what a cheater must lose.
#[derive(Debug, PartialEq)]
struct Bounds {
	role: &'static str,
	least: f64,
	most: f64,
	because: String,
}

fn tokens(amount: &Value) -> f64 {
	amount.as_str().and_then(|amount| amount.parse::<f64>().ok()).unwrap_or_default() / UNIT as f64
}

/// The bounds of `docs/teaching.md`, for one account in this session.
fn bounds(cheat: Cheat, account: &str, address: &str, session: &Value) -> Bounds {
	let lessons = || session["lessons"].as_array().into_iter().flatten();
	if account == STUDENT {
		if cheat == Cheat::Student {
			let reward = tokens(&session["budget"]);
			return Bounds { role: "student", least: reward, most: reward, because: "its reward is burnt".into() };
		}
		let paid = tokens(&session["paid_total"]);
		let because = "it pays for the score that the chain counted; fees come to it".into();
		return Bounds { role: "student", least: 0.0, most: paid, because };
	}
	if TEACHERS.iter().any(|(teacher, _)| *teacher == account) {
		let own = lessons().find(|one| one["teacher"] == *address);
		let void = own.is_some_and(|one| one["void"] == true);
		if void
			&& matches!(own.and_then(|one| one["cause"].as_str()), Some("cannot be opened" | "its key was not handed"))
		{
			let because = "its lesson is void and its stake burnt".into();
			return Bounds { role: "teacher", least: STAKE, most: STAKE, because };
		}
		let settled = session["state"] == "settled";
		let most = if settled && !void { tokens(&session["fee"]) } else { 0.0 };
		let because = if most > 0.0 { "the fee of its lesson" } else { "fee and stake return" };
		// Wrong labels earn nothing.
		let least = if account == MISLABELLED && cheat == Cheat::Teacher { most } else { 0.0 };
		return Bounds { role: "teacher", least, most, because: because.into() };
	}
	let mut missed = 0u32;
	for trainer in lessons().flat_map(|one| one["trainers"].as_array().into_iter().flatten()) {
		missed += u32::from(trainer["account"] == *address && trainer["missed"] == true);
	}
	let slash = tokens(&session["trainer_slash"]);
	if cheat.deed(account).is_some() {
		let lost = (f64::from(missed) * slash).min(tokens(&session["trainer_bond"]));
		let because = format!("slashed for {missed} lessons; without a gain a trainer is paid nothing");
		return Bounds { role: "trainer", least: lost, most: lost, because };
	}
	// An honest one that was slashed has passed its bound: it is to lose nothing.
	Bounds { role: "trainer", least: 0.0, most: 0.0, because: "its bond stays".into() }
}

/// What accounts have, free and on hold, in the token's smallest part.
fn money(stage: &Stage, which: &str, parties: &[(String, String)]) -> Result<BTreeMap<String, i128>> {
	let addresses: Vec<&str> = parties.iter().map(|(_, address)| address.as_str()).collect();
	let text = process::output(&mut stage.script("", "money.js", &[&[which], &addresses[..]].concat()))?;
	let told = read(&text, "money.js")?;
	let accounts = told["accounts"].as_object().ok_or_else(|| Error::Failed(format!("money.js told {told}")))?;
	let amount = |value: &Value| value.as_str().and_then(|amount| amount.parse().ok());
	Ok(accounts.iter().filter_map(|(address, value)| Some((address.clone(), amount(value)?))).collect())
}

/// Prints who lost what.
pub fn print(list: &Value) {
	println!("\nWhat everybody lost, with the fees of transactions; less than nothing is earned");
	for one in list.as_array().into_iter().flatten() {
		let text = |name: &str| one[name].as_str().unwrap_or_default();
		let number = |name: &str| one[name].as_f64().unwrap_or_default();
		println!(
			"  {:<17} {:<8} lost {:>10.4}, at most {:>10.4}: {}{}",
			text("account"),
			text("role"),
			number("lost"),
			number("bound"),
			text("because"),
			one["cheat"].as_str().map(|deed| format!("  [cheats: {deed}]")).unwrap_or_default(),
		);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn session(state: &str, lesson: Value) -> Value {
		json!({
			"state": state,
			"budget": "1000000000000000",
			"paid_total": "500000000000000",
			"fee": "20000000000000",
			"trainer_slash": "5000000000000",
			"trainer_bond": "20000000000000",
			"lessons": [lesson],
		})
	}

	fn lesson(void: bool, cause: Value, missed: bool) -> Value {
		json!({ "teacher": "T", "void": void, "cause": cause, "trainers": [{ "account": "C", "missed": missed }] })
	}

	fn range(cheat: Cheat, account: &str, address: &str, session: &Value) -> (f64, f64) {
		let bounds = bounds(cheat, account, address, session);
		(bounds.least, bounds.most)
	}

	#[test]
	fn bounds_should_be_those_of_the_documents() {
		let settled = session("settled", lesson(false, Value::Null, true));
		let forfeited = session("forfeited", lesson(false, Value::Null, false));
		assert_eq!(range(Cheat::Student, STUDENT, "S", &forfeited), (1000.0, 1000.0));
		assert_eq!(range(Cheat::Student, "//Bob//stash", "T", &forfeited), (0.0, 0.0));
		assert_eq!(range(Cheat::Trainer, STUDENT, "S", &settled), (0.0, 500.0));
		assert_eq!(range(Cheat::Trainer, "//Bob//stash", "T", &settled), (0.0, 20.0));
		assert_eq!(range(Cheat::Trainer, "//Charlie", "C", &settled), (5.0, 5.0));
		assert_eq!(range(Cheat::Trainer, "//Eve", "E", &settled), (0.0, 0.0));
		assert_eq!(range(Cheat::Teacher, MISLABELLED, "T", &settled), (20.0, 20.0));
		let void = session("settled", lesson(true, "cannot be opened".into(), false));
		assert_eq!(range(Cheat::Teacher, SEALED_TO_NOBODY, "T", &void), (STAKE, STAKE));
		let nobody = session("settled", lesson(true, "no trainer showed a classifier".into(), true));
		assert_eq!(range(Cheat::Trainer, "//Bob//stash", "T", &nobody), (0.0, 0.0));
	}
}
