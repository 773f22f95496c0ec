//! VRF outputs of the authors: checked, accumulated, and mixed into beacons.
//!
//! ## Terms
//!
//! - **Claim**: the [`PreDigest`](praxis_primitives_consensus::PreDigest) with which a block opens:
//!   author, slot, and the VRF of the author over (slot, randomness of the block).
//! - **Accumulated randomness** of block n: `blake2_256("praxis/accumulate" ‖ accumulated(n - 1) ‖ output(n))`,
//!   where `output` is drawn from the VRF of the block. That of the genesis is in its configuration.
//! - **Randomness of block n**, which its VRF is over: `accumulated(n - RANDOMNESS_DELAY)`, or that of
//!   the genesis for the first blocks. It is the same on every fork that is shorter than the delay, so
//!   neither the parent nor the body of a block moves its author's output.
//! - **Draws**: three independent values of one VRF output: a share of the accumulated randomness, the
//!   seed of the noise of the block's transitions, and the ticket of the sortition.
//! - **Beacon** of height h: `blake2_256("praxis/beacon" ‖ h ‖ accumulated(h + BEACON_BLOCKS))`, a mix of the
//!   outputs of the `BEACON_BLOCKS` blocks after h, none of which is known at h. It is enough that
//!   one of their authors is honest and that the last one does not withhold its block; withholding
//!   costs it the award.
//!
//! ## What a block must satisfy
//!
//! Checked in `on_initialize`, before anything else of the block happens. A block that fails cannot be
//! imported: as everywhere in FRAME, the only way to refuse a block is to panic, and this pallet
//! panics nowhere else but where the timestamp does not fit the slot.
//!
//! 1. There is exactly one pre-digest.
//! 2. Its slot is higher than that of the parent.
//! 3. Its author is active in the registry of authors.
//! 4. Its VRF verifies.
//! 5. The ticket drawn from it wins the sortition among the active authors.
//! 6. The timestamp lies in the slot.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

mod beacons;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod claims;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
#[cfg(any(feature = "runtime-benchmarks", test))]
mod vector;
pub mod weights;

pub use claims::MinimumPeriod;
pub use pallet::*;
pub use types::{BeaconState, ClaimError, CurrentBlock};
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::randomness";

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use praxis_primitives_consensus::{vrf::Randomness, AuthorSet, BEACON_BLOCKS, RANDOMNESS_DELAY};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who may author which block.
		type Authors: AuthorSet<AccountId = Self::AccountId, BlockNumber = BlockNumberFor<Self>>;

		/// Most beacons that are kept at a time.
		#[pallet::constant]
		type MaxBeacons: Get<u32>;

		/// Weight of the hook.
		type WeightInfo: WeightInfo;
	}

	/// Length of a slot in milliseconds. Fixed at genesis.
	#[pallet::storage]
	pub type SlotDuration<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// Accumulated randomness of the last [`RANDOMNESS_DELAY`] blocks: that of block n under
	/// n modulo the delay.
	#[pallet::storage]
	pub type Accumulated<T: Config> = StorageMap<_, Identity, u32, Randomness, ValueQuery>;

	/// The claim of the present block; in a state between blocks, that of the block just made. None
	/// before block 1.
	#[pallet::storage]
	pub type Current<T: Config> = StorageValue<_, CurrentBlock<T::AccountId, BlockNumberFor<T>>, OptionQuery>;

	/// Beacons that somebody requested and has not released yet, by the height that they follow.
	#[pallet::storage]
	pub type Beacons<T: Config> = CountedStorageMap<_, Twox64Concat, BlockNumberFor<T>, BeaconState, OptionQuery>;

	/// Slots and randomness at genesis.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Length of a slot in milliseconds; even and not 0.
		pub slot_duration: u64,
		/// Randomness of the first [`RANDOMNESS_DELAY`] blocks. Should be drawn after the keys of the
		/// first authors are known.
		pub randomness: Randomness,
		#[serde(skip)]
		/// Of no meaning.
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			if self.slot_duration == 0 {
				log::warn!(target: LOG_TARGET, "genesis without a slot duration: nobody can make a block");
			}
			assert!(self.slot_duration.is_multiple_of(2), "half a slot must be a whole number of milliseconds");
			SlotDuration::<T>::put(self.slot_duration);
			for index in 0..RANDOMNESS_DELAY {
				Accumulated::<T>::insert(index, self.randomness);
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A requested beacon is there.
		BeaconReady {
			/// The height that it follows.
			after: BlockNumberFor<T>,
			/// The beacon.
			randomness: Randomness,
		},
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(number: BlockNumberFor<T>) -> Weight {
			let digest = frame_system::Pallet::<T>::digest();
			match Self::enter(number, digest.logs()) {
				Ok(beacon) if beacon => T::WeightInfo::on_initialize_with_beacon(),
				Ok(_) => T::WeightInfo::on_initialize(),
				// The only way to refuse a block.
				Err(error) => panic!("block refused: {error}"),
			}
		}

		fn integrity_test() {
			assert!(T::MaxBeacons::get() > 0, "MaxBeacons must not be 0");
			const { assert!(BEACON_BLOCKS > 0 && RANDOMNESS_DELAY > 0, "delays must not be 0") };
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
