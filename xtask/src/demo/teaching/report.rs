//! What became of the session, for people and as JSON.

use serde_json::{json, Value};

/// The chain's token has so many decimals.
const UNIT: f64 = 1e12;

/// What DOPA published of its run: score after each lesson, whole tokens paid for it.
const PUBLISHED: [(f64, u32); 5] = [(0.9572, 48), (0.9792, 185), (0.9836, 85), (0.9842, 13), (0.9842, 0)];

fn tokens(amount: &Value) -> f64 {
	amount.as_str().and_then(|amount| amount.parse::<f64>().ok()).unwrap_or_default() / UNIT
}

fn score(value: &Value) -> String {
	value.as_f64().map_or_else(|| "-".into(), |score| format!("{score:.4}"))
}

/// A session in a line.
pub fn line(session: &Value) -> String {
	let lessons = session["lessons"].as_array().map(Vec::as_slice).unwrap_or_default();
	let claims: Vec<String> =
		lessons.iter().filter(|one| !one["claim"].is_null()).map(|one| score(&one["claim"])).collect();
	let mut line = format!("{}, {} lessons", session["state"].as_str().unwrap_or_default(), lessons.len());
	if !claims.is_empty() {
		line += &format!(", claims {}", claims.join(" "));
	}
	if session["state"] == "revealing" || session["state"] == "settled" {
		line += &format!(", {} of {} items counted", session["counted"], session["items"]);
	}
	line
}

/// A trainer of a lesson.
fn of_trainer(trainer: &Value) -> Value {
	json!({ "account": trainer["account"], "score": trainer["score"], "paid": tokens(&trainer["paid"]) })
}

/// The figures: scores as the chain counted, amounts in tokens.
pub fn json(session: &Value, settled: &Value, teachers: &[(&str, &str)], blocks: u64, seconds: u64) -> Value {
	let lessons = session["lessons"].as_array().cloned().unwrap_or_default();
	let notes = settled["lessons"].as_array().cloned().unwrap_or_default();
	let paid: Vec<Value> = lessons
		.iter()
		.map(|one| {
			let note = notes.iter().find(|note| note["lesson"] == one["lesson"]).map(|note| note["note"].clone());
			json!({
				"teacher": one["teacher"],
				"lesson": one["lesson"],
				"score": one["score"],
				"claim": one["claim"],
				"paid": tokens(&one["paid"]),
				"void": one["void"],
				"cause": one["cause"],
				"trainers": one["trainers"].as_array().into_iter().flatten().map(of_trainer).collect::<Vec<_>>(),
				"note": note,
			})
		})
		.collect();
	let slices: Vec<&str> = teachers.iter().map(|(_, slice)| *slice).collect();
	json!({
		"state": session["state"],
		"initial_score": session["initial_score"],
		"final_score": session["final_score"],
		"float_score": settled["float_score"],
		"items": session["items"],
		"slices": slices,
		"paid": paid,
		"paid_total": tokens(&session["paid_total"]),
		"paid_trainers": tokens(&session["paid_trainers"]),
		"budget": tokens(&session["budget"]),
		"refunded": tokens(&session["refunded"]),
		"burnt": tokens(&session["burnt"]),
		"fees": tokens(&session["fees"]),
		"first": settled["first"],
		"blocks": blocks,
		"seconds": seconds,
	})
}

/// Prints them beside DOPA's.
pub fn print(json: &Value) {
	println!("\nThe session is {}", json["state"].as_str().unwrap_or_default());
	println!("  before               {}", score(&json["initial_score"]));
	let paid = json["paid"].as_array().map(Vec::as_slice).unwrap_or_default();
	for (at, one) in paid.iter().enumerate() {
		let published = PUBLISHED.get(at).map(|(score, paid)| format!("DOPA's lesson {}: {score:.4}, {paid}", at + 1));
		println!(
			"  {:<20} {}  paid {:>9.4}   {}; {}",
			one["teacher"].as_str().unwrap_or_default().chars().take(12).collect::<String>(),
			score(&one["score"]),
			one["paid"].as_f64().unwrap_or_default(),
			one["note"].as_str().or_else(|| one["cause"].as_str()).unwrap_or_default(),
			published.unwrap_or_default(),
		);
		for trainer in one["trainers"].as_array().into_iter().flatten() {
			println!(
				"    trainer {:<10} {}  paid {:>9.4}",
				trainer["account"].as_str().unwrap_or_default().chars().take(10).collect::<String>(),
				score(&trainer["score"]),
				trainer["paid"].as_f64().unwrap_or_default(),
			);
		}
	}
	println!(
		"  final score          {} on the chain, {} in floats",
		score(&json["final_score"]),
		score(&json["float_score"])
	);
	println!(
		"  paid                 {} of {}; refunded {}, burnt {}",
		json["paid_total"], json["budget"], json["refunded"], json["burnt"]
	);
	println!("  fees to the student  {}", json["fees"]);
	for one in json["trainers"].as_array().into_iter().flatten() {
		let account = one["account"].as_str().unwrap_or_default();
		println!(
			"  trainer {account:<12} drawn {}, shown {}, paid {:.4}, slashed {}",
			one["drawn"],
			one["shown"],
			one["paid"].as_f64().unwrap_or_default(),
			one["slashed"]
		);
	}
	if let Some(labels) = json["first"]["labels"].as_array() {
		let digits = |name: &str| {
			let digits = json["first"][name].as_array().map(Vec::as_slice).unwrap_or_default();
			digits.iter().map(Value::to_string).collect::<Vec<_>>().join(" ")
		};
		println!("  the first {:>2} digits  {}", labels.len(), digits("labels"));
		println!("  recognised before    {}", digits("before"));
		println!("  recognised after     {}", digits("after"));
	}
	println!("  blocks               {} in {} s", json["blocks"], json["seconds"]);
}
