//! The migration of the upgrade test, with the checks that `try-runtime` makes around it.

use super::chain::*;
use crate::{
	invariants,
	upgrade_test::{migrated, HashPolicies, Migration},
	*,
};
use frame_support::{
	traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion},
	weights::Weight,
};
use sp_keyring::Sr25519Keyring::{Alice, Bob};

/// Blocks with records before the upgrade.
const BLOCKS: BlockNumber = 6;

fn grow() -> Hash {
	let mut parent = genesis_hash();
	for author in [Alice, Bob].into_iter().cycle().take(BLOCKS as usize) {
		parent = honest_block(parent, author).header.hash();
	}
	parent
}

#[test]
fn migration_should_change_every_record_once() {
	local(|| {
		let parent = grow();
		let before = HashPolicies::before();
		let encoded = HashPolicies::encoded();
		assert_eq!(before.len() as u32, BLOCKS);
		assert!(HashPolicies::check(before.clone()).is_err(), "the check must fail where nothing was migrated");

		let weight = Migration::on_runtime_upgrade();
		HashPolicies::check_encoded(&encoded).unwrap();
		assert_eq!(Oracle::on_chain_storage_version(), StorageVersion::new(2));
		invariants::try_state(BLOCKS).unwrap();
		// An upgrade's block takes what it needs, but this one stays within the bounds of any.
		assert!(weight.all_lte(configs::RuntimeBlockWeights::get().max_block), "{weight:?}");
		assert!(weight.ref_time() > 0);

		// The next upgrade that still lists it does nothing.
		let once = HashPolicies::before();
		assert!(Migration::on_runtime_upgrade().all_lte(Weight::from_parts(100_000_000, 0)));
		assert_eq!(HashPolicies::before(), once);
		assert!(HashPolicies::check(once.clone()).is_err(), "the check must fail where it ran twice");

		// Blocks go on, and their records are as they were made.
		honest_block(parent, Alice);
		let record = Oracle::record(BLOCKS + 1).unwrap();
		assert_eq!(record.policy_hash, Hash::zero());
		assert_eq!(Oracle::record(1).unwrap().policy_hash, migrated(before[&1].policy_hash));
		invariants::try_state(BLOCKS + 1).unwrap();
	});
}
