//! What a header tells: read by hand, so that this crate needs none of the SDK.

use super::rpc::bytes;
use crate::process::{Error, Result};
use serde_json::Value;

const ENGINE: &[u8; 4] = b"PoLe";

/// Variants of the SDK's `DigestItem`.
const CONSENSUS: u8 = 4;
const PRE_RUNTIME: u8 = 6;

/// Variant of the engine's `ConsensusLog`.
const SCORE: u8 = 1;

/// One as the chain's fixed-point number, which has 32 fraction bits.
pub const ONE: i64 = 1 << 32;

/// A header, as far as the demo shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
	/// Height.
	pub number: u32,
	/// Hash of the parent, as the node prints it.
	pub parent: String,
	/// The author's key.
	pub author: [u8; 32],
	/// Slot.
	pub slot: u64,
	/// Reward of the block: bits of the fixed-point number.
	pub reward: i64,
	/// Sum of the rewards up to and with this block: bits of the fixed-point number.
	pub cumulative: i64,
	/// Tells apart two blocks of equal height.
	identity: String,
}

impl Header {
	/// Reads what `chain_getHeader` or a subscription to heads gives. The genesis block has no author.
	pub fn read(json: &Value) -> Result<Self> {
		Self::parse(json)
			.ok_or_else(|| Error::Failed(format!("this header has no author, slot and score of the engine: {json}")))
	}

	fn parse(json: &Value) -> Option<Self> {
		let number = u32::from_str_radix(json["number"].as_str()?.strip_prefix("0x")?, 16).ok()?;
		let parent = json["parentHash"].as_str()?.to_owned();
		let (mut claim, mut score) = (None, None);
		for log in json["digest"]["logs"].as_array()? {
			let log = bytes(log)?;
			let (kind, rest) = log.split_first()?;
			let Some(item) = rest.strip_prefix(ENGINE).and_then(vector) else { continue };
			match *kind {
				PRE_RUNTIME => {
					claim =
						Some((item.get(..32)?.try_into().ok()?, u64::from_le_bytes(item.get(32..40)?.try_into().ok()?)))
				}
				CONSENSUS if *item.first()? == SCORE => score = Some((real(item.get(1..9)?)?, real(item.get(9..17)?)?)),
				_ => {}
			}
		}
		let ((author, slot), (reward, cumulative)) = (claim?, score?);
		// Roots and digest, the seal included, differ between any two blocks.
		let identity = format!("{}{}{}", json["stateRoot"], json["extrinsicsRoot"], json["digest"]);
		Some(Self { number, parent, author, slot, reward, cumulative, identity })
	}

	/// Whether both are the same block.
	pub fn is(&self, other: &Self) -> bool {
		self.number == other.number && self.parent == other.parent && self.identity == other.identity
	}
}

/// For people: the number that the bits stand for.
pub fn to_f64(bits: i64) -> f64 {
	bits as f64 / ONE as f64
}

fn real(bytes: &[u8]) -> Option<i64> {
	Some(i64::from_le_bytes(bytes.try_into().ok()?))
}

/// The bytes of a SCALE vector that fills `input`.
fn vector(input: &[u8]) -> Option<&[u8]> {
	let (length, rest) = compact(input)?;
	(rest.len() == length).then_some(rest)
}

/// A SCALE compact number below 2^30 and what follows it.
fn compact(input: &[u8]) -> Option<(usize, &[u8])> {
	let width = match input.first()? & 3 {
		0 => 1,
		1 => 2,
		2 => 4,
		_ => return None,
	};
	let (number, rest) = (input.get(..width)?, &input[width..]);
	let mut bytes = [0; 4];
	bytes[..width].copy_from_slice(number);
	Some((u32::from_le_bytes(bytes) as usize >> 2, rest))
}

/// Whether an extrinsic of a block's body, SCALE in hexadecimal, is signed; inherents are not.
pub fn is_signed(extrinsic: &Value) -> bool {
	const VERSION_BITS: u8 = 0b0011_1111;
	let signed = || {
		let extrinsic = bytes(extrinsic)?;
		let (_, body) = compact(&extrinsic)?;
		let version = *body.first()?;
		// The two highest bits tell: 10 is signed; 00 bare; 01 general, which carries its signature in an extension.
		Some(version & !VERSION_BITS != 0)
	};
	signed().unwrap_or(false)
}

/// Whether an extrinsic contains a key: that of its signer stands in it.
pub fn names(extrinsic: &Value, key: &[u8; 32]) -> bool {
	bytes(extrinsic).is_some_and(|extrinsic| extrinsic.windows(key.len()).any(|window| window == key))
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	fn log(kind: u8, engine: &[u8; 4], item: &[u8]) -> String {
		let mut bytes = vec![kind];
		bytes.extend(engine);
		match item.len() {
			length @ 0..=63 => bytes.push((length as u8) << 2),
			length => bytes.extend(((length as u16) << 2 | 1).to_le_bytes()),
		}
		bytes.extend(item);
		format!("0x{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
	}

	fn header(logs: &[String]) -> Value {
		json!({ "number": "0x1f", "parentHash": "0xaa", "stateRoot": "0x1", "extrinsicsRoot": "0x2", "digest": { "logs": logs } })
	}

	fn logs() -> Vec<String> {
		let mut claim = vec![7; 32];
		claim.extend(1234u64.to_le_bytes());
		claim.extend([0; 96]);
		let mut score = vec![SCORE];
		score.extend((ONE / 2).to_le_bytes());
		score.extend((3 * ONE).to_le_bytes());
		vec![
			log(PRE_RUNTIME, ENGINE, &claim),
			log(CONSENSUS, b"FRNK", &[1, 2]),
			log(CONSENSUS, ENGINE, &score),
			log(5, ENGINE, &[0; 64]),
		]
	}

	#[test]
	fn header_should_tell_author_slot_and_score() {
		let header = Header::read(&header(&logs())).expect("the header is complete");
		assert_eq!((header.number, header.author, header.slot), (31, [7; 32], 1234));
		assert_eq!((to_f64(header.reward), to_f64(header.cumulative)), (0.5, 3.0));
	}

	#[test]
	fn header_should_be_refused_when_a_digest_is_missing_or_cut() {
		for absent in [0, 2] {
			let mut logs = logs();
			logs.remove(absent);
			assert!(Header::read(&header(&logs)).is_err());
		}
		let mut logs = logs();
		let cut = logs[2].len() - 2;
		logs[2].truncate(cut);
		assert!(Header::read(&header(&logs)).is_err());
	}

	#[test]
	fn extrinsic_should_count_as_signed_when_its_version_byte_says_so() {
		assert!(is_signed(&json!("0x0c840000")));
		assert!(!is_signed(&json!("0x0c050000")));
		assert!(!is_signed(&json!("0x0c040000")));
		assert!(!is_signed(&json!("")));
	}

	#[test]
	fn extrinsic_should_name_a_key_when_it_contains_its_bytes() {
		let extrinsic = json!(format!("0x8400{}00", "07".repeat(32)));
		assert!(names(&extrinsic, &[7; 32]));
		assert!(!names(&extrinsic, &[8; 32]));
	}
}
