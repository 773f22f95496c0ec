//! The runtime of the upgrade test: what this one would be a version on.
//!
//! `praxis-tests` builds it with the feature `upgrade-test` and upgrades a running network to it. No release has it.
//! Its storage differs in one thing: each record that the oracle keeps names the hash of its former policy hash, so what
//! was migrated can be told from what came later, and once from twice.

use crate::{BlockNumber, Hash, Oracle, Runtime};
use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use frame_support::{ensure, migrations::VersionedMigration, traits::UncheckedOnRuntimeUpgrade, weights::Weight};
use pallet_oracle::{RecordOf, Records, KEPT_BLOCKS};
use sp_core::H256;
use sp_runtime::DispatchError;

/// Version of the runtime.
#[cfg(feature = "upgrade-test")]
#[sp_version::runtime_version]
pub const VERSION: sp_version::RuntimeVersion = sp_version::RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("praxis"),
	impl_name: alloc::borrow::Cow::Borrowed("praxis"),
	authoring_version: 1,
	spec_version: 1_000_000,
	impl_version: 1,
	apis: crate::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// From version 1 of the oracle's storage to 2. At any other version it does nothing.
pub type Migration = VersionedMigration<1, 2, HashPolicies, Oracle, <Runtime as frame_system::Config>::DbWeight>;

/// What the migration makes of a policy hash.
pub fn migrated(policy_hash: Hash) -> Hash {
	H256(sp_io::hashing::blake2_256(policy_hash.as_bytes()))
}

/// The records, by height.
pub type Snapshot = BTreeMap<BlockNumber, RecordOf<Runtime>>;

/// Hashes the policy hash of every record that is kept.
pub struct HashPolicies;

impl HashPolicies {
	/// What is there before.
	pub fn before() -> Snapshot {
		Records::<Runtime>::iter().collect()
	}

	/// What must hold afterwards, and nothing else may have changed.
	pub fn check(before: Snapshot) -> Result<(), DispatchError> {
		let expected: Snapshot = before
			.into_iter()
			.map(|(number, record)| {
				let policy_hash = migrated(record.policy_hash);
				(number, RecordOf::<Runtime> { policy_hash, ..record })
			})
			.collect();
		ensure!(Self::before() == expected, "the records are not those from before with their policy hashes hashed");
		Ok(())
	}
}

impl UncheckedOnRuntimeUpgrade for HashPolicies {
	fn on_runtime_upgrade() -> Weight {
		// At most the records of the kept blocks and of the one that is being made.
		let mut count = 0u64;
		Records::<Runtime>::translate_values::<RecordOf<Runtime>, _>(|record| {
			count += 1;
			let policy_hash = migrated(record.policy_hash);
			Some(RecordOf::<Runtime> { policy_hash, ..record })
		});
		debug_assert!(count <= u64::from(KEPT_BLOCKS) + 1);
		<Runtime as frame_system::Config>::DbWeight::get().reads_writes(count + 1, count)
	}

	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<Vec<u8>, sp_runtime::TryRuntimeError> {
		Ok(Self::encoded())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(before: Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
		Self::check_encoded(&before)
	}
}

impl HashPolicies {
	/// [`Self::before`], as `try-runtime` carries it through the upgrade.
	pub fn encoded() -> Vec<u8> {
		Self::before().encode()
	}

	/// [`Self::check`] of [`Self::encoded`].
	pub fn check_encoded(before: &[u8]) -> Result<(), DispatchError> {
		Self::check(Snapshot::decode(&mut &before[..]).map_err(|_| "the snapshot does not decode")?)
	}
}
