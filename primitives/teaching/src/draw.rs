//! What beacons decide.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
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

/// Trainers of a lesson: places in `eligible`, at most `count`, all different. Each account has a ticket of its own, and the lowest
/// tickets win: nobody is preferred, and whoever leaves the pool or comes to it changes nothing but its own place.
pub fn trainers<AccountId: Encode>(
	beacon: &[u8; 32],
	session: u32,
	lesson: u8,
	eligible: &[AccountId],
	count: u32,
) -> Vec<usize> {
	let ticket = |account: &AccountId| blake2_256(&(beacon, b"train", session, lesson, account).encode());
	let mut tickets: Vec<_> = eligible.iter().map(ticket).enumerate().map(|(place, ticket)| (ticket, place)).collect();
	tickets.sort_unstable();
	tickets.into_iter().take(count as usize).map(|(_, place)| place).collect()
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
	fn trainers_should_be_drawn_alike_and_be_different() {
		let mut hits = [0u32; 5];
		let mut pairs = alloc::collections::BTreeSet::new();
		for round in 0..5_000u32 {
			let mut beacon = [0; 32];
			beacon[..4].copy_from_slice(&round.to_le_bytes());
			let drawn = trainers(&beacon, 3, 1, &[10u64, 20, 30, 40, 50], 2);
			assert!(drawn.len() == 2 && drawn[0] != drawn[1]);
			drawn.iter().for_each(|place| hits[*place] += 1);
			pairs.insert(drawn);
		}
		// Two thousand expected; the standard error is 35.
		assert!(hits.iter().all(|hits| (1_850..=2_150).contains(hits)), "{hits:?}");
		assert_eq!(pairs.len(), 20);
		let others = (trainers(&[7; 32], 3, 2, &[1u64], 2), trainers(&[7; 32], 3, 2, &[0u64; 0], 2));
		assert_eq!(others, (alloc::vec![0], alloc::vec![]));
	}

	#[test]
	fn trainers_should_stay_the_same_when_others_come_or_go() {
		let all = [10u64, 20, 30, 40, 50];
		for byte in 0..=255 {
			let drawn: Vec<u64> = trainers(&[byte; 32], 0, 0, &all, 2).into_iter().map(|place| all[place]).collect();
			let third: Vec<u64> = all.into_iter().filter(|account| *account != drawn[1]).collect();
			let without = trainers(&[byte; 32], 0, 0, &third, 2);
			assert_eq!(third[without[0]], drawn[0], "who leaves makes room for one other, and for no more");
			let few: Vec<u64> = drawn.iter().rev().copied().collect();
			let places = trainers(&[byte; 32], 0, 0, &few, 2);
			assert_eq!(places, [1, 0]);
		}
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
