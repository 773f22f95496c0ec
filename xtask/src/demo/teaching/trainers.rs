//! The neutral trainers of the demo.

use super::{
	cheat::{self, Cheat},
	stage::{height, Stage},
	LOOK,
};
use crate::{
	demo::{
		network::{address, Network, Programs},
		rpc::Rpc,
	},
	process::{self, Error, Result, Service},
};
use serde_json::{json, Value};

/// Accounts of honest trainers. None of them teaches, and with few nodes none of them authors.
const HONEST: [&str; 3] = ["//Eve", "//Ferdie", "//Dave"];

/// Most nodes: with more, the trainers' accounts would sign their authors' calls too.
pub fn most_nodes(cheat: Option<Cheat>) -> u8 {
	if cheat == Some(Cheat::Trainer) {
		2
	} else {
		3
	}
}

/// Accounts of those who train, honestly or not.
pub fn accounts(cheat: Option<Cheat>) -> Vec<&'static str> {
	let bad = if cheat == Some(Cheat::Trainer) { &cheat::TRAINERS[..] } else { &[] };
	let honest = HONEST.into_iter().filter(|account| !bad.iter().any(|(other, _)| other == account));
	honest.chain(bad.iter().map(|(account, _)| *account)).collect()
}

/// The trainers at work.
pub struct Trainers {
	/// Their programs.
	pub services: Vec<Service>,
	parties: Vec<(&'static str, String)>,
}

impl Trainers {
	/// Starts all, and waits until they are in the pool. Lessons are fetched from the gateways at `ports`.
	pub fn start(
		programs: &Programs,
		network: &mut Network,
		stage: &Stage,
		(seconds, ports, cheat): (u32, &[u16], Option<Cheat>),
	) -> Result<Self> {
		let all = accounts(cheat);
		let mut services = cheat::trainers(cheat, stage)?;
		let seconds = seconds.to_string();
		for account in &all[..all.len() - services.len()] {
			let mut run = stage.command(account, &["trainer", "run", "--seconds", &seconds]);
			for port in ports {
				run.args(["--peer", &format!("http://127.0.0.1:{port}")]);
			}
			services.push(stage.service(account, run.env("OMP_NUM_THREADS", "1"))?);
		}
		let parties =
			all.iter().map(|account| Ok((*account, address(programs, account)?))).collect::<Result<Vec<_>>>()?;
		println!("Waiting until {} trainers are in the pool", all.len());
		loop {
			let pool = stage.ask(&["trainer", "status"])?;
			let has = |(_, address): &(&str, String)| {
				pool.as_array().into_iter().flatten().any(|one| one["account"] == **address)
			};
			if parties.iter().all(has) {
				return Ok(Self { services, parties });
			}
			network.check_alive()?;
			services.iter_mut().try_for_each(Service::check_alive)?;
			stage.check_time("the trainers do not come into the pool")?;
			process::pause(LOOK)?;
		}
	}

	/// What became of each in a session: how often it was drawn, what it showed, was paid and lost.
	pub fn report(&self, session: &Value) -> Value {
		let slash = amount(&session["trainer_slash"]);
		let lessons = || session["lessons"].as_array().into_iter().flatten();
		let of = |address: &str| {
			let all = lessons().flat_map(|one| one["trainers"].as_array().into_iter().flatten());
			all.filter(|one| one["account"] == *address).cloned().collect::<Vec<Value>>()
		};
		let one = |(account, address): &(&str, String)| {
			let drawn = of(address);
			let missed = drawn.iter().filter(|one| one["missed"] == true).count();
			json!({
				"account": account,
				"address": address,
				"drawn": drawn.len(),
				"shown": drawn.iter().filter(|one| !one["classifier"].is_null()).count(),
				"paid": drawn.iter().fold(0.0, |sum, one| sum + amount(&one["paid"])),
				"slashed": (missed as f64 * slash).min(amount(&session["trainer_bond"])),
			})
		};
		self.parties.iter().map(one).collect()
	}
}

fn amount(value: &Value) -> f64 {
	value.as_str().and_then(|amount| amount.parse::<f64>().ok()).unwrap_or_default() / 1e12
}

/// Waits until a final block is as high as the best one is now.
pub fn wait_for_finality(network: &mut Network, stage: &Stage) -> Result {
	let until = height(network)?;
	loop {
		if finalised(&network.nodes[0].rpc)? >= until {
			return Ok(());
		}
		network.check_alive()?;
		stage.check_time("the chain does not become final")?;
		process::pause(LOOK)?;
	}
}

fn finalised(rpc: &Rpc) -> Result<u64> {
	let hash = rpc.call("chain_getFinalizedHead", json!([]))?;
	let header = rpc.call("chain_getHeader", json!([hash]))?;
	let number = header["number"].as_str().and_then(|text| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok());
	number.ok_or_else(|| Error::Failed(format!("{header} is no header")))
}
