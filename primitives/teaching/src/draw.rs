//! What beacons decide.

use alloc::{collections::BTreeMap, vec::Vec};
use sp_crypto_hashing::blake2_256;

/// `count` numbers below `items` for the audit, all different, ascending; all of them where `count` is not less.
pub fn audit(beacon: &[u8; 32], items: u32, count: u32) -> Vec<u32> {
	let mut drawn = shuffled(beacon, b"audit", items, count);
	drawn.sort_unstable();
	drawn
}

/// A round's lessons in the order in which the student takes them.
pub fn order(beacon: &[u8; 32], lessons: &[u8]) -> Vec<u8> {
	let count = lessons.len() as u32;
	shuffled(beacon, b"order", count, count)
		.into_iter()
		.filter_map(|place| lessons.get(place as usize).copied())
		.collect()
}

/// The first `count` of the numbers below `of`, shuffled (Fisher and Yates; only what was moved is kept). A number's chance differs
/// from another's by less than 2^−32 of itself.
fn shuffled(beacon: &[u8; 32], what: &[u8; 5], of: u32, count: u32) -> Vec<u32> {
	let mut moved = BTreeMap::new();
	(0..count.min(of))
		.map(|place| {
			let from = place + (random(beacon, what, place) % u64::from(of - place)) as u32;
			let drawn = moved.get(&from).copied().unwrap_or(from);
			let here = moved.get(&place).copied().unwrap_or(place);
			moved.insert(from, here);
			drawn
		})
		.collect()
}

fn random(beacon: &[u8; 32], what: &[u8; 5], place: u32) -> u64 {
	let mut bytes = [0; 41];
	bytes[..32].copy_from_slice(beacon);
	bytes[32..37].copy_from_slice(what);
	bytes[37..].copy_from_slice(&place.to_le_bytes());
	let hash = blake2_256(&bytes);
	let mut first = [0; 8];
	first.copy_from_slice(&hash[..8]);
	u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn audit_should_be_distinct_items_and_depend_on_the_beacon() {
		let drawn = audit(&[7; 32], 10_000, 300);
		assert_eq!(drawn.len(), 300);
		assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]) && drawn[299] < 10_000);
		assert_ne!(drawn, audit(&[8; 32], 10_000, 300));
		assert_eq!(audit(&[7; 32], 5, 9), [0, 1, 2, 3, 4]);
		assert!(audit(&[7; 32], 0, 9).is_empty());
	}

	#[test]
	fn audit_should_draw_every_item_alike() {
		let mut hits = [0u32; 20];
		for round in 0..4_000u32 {
			let mut beacon = [0; 32];
			beacon[..4].copy_from_slice(&round.to_le_bytes());
			for item in audit(&beacon, 20, 5) {
				hits[item as usize] += 1;
			}
		}
		// A thousand expected; the deviation's standard error is 27.
		assert!(hits.iter().all(|hits| (860..=1_140).contains(hits)), "{hits:?}");
	}

	#[test]
	fn order_should_be_a_permutation() {
		let lessons = [3, 4, 5, 9];
		let mut seen = alloc::collections::BTreeSet::new();
		for byte in 0..=255 {
			let order = order(&[byte; 32], &lessons);
			let mut sorted = order.clone();
			sorted.sort_unstable();
			assert_eq!(sorted, lessons);
			seen.insert(order);
		}
		assert_eq!(seen.len(), 24);
	}
}
