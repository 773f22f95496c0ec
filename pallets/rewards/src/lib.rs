//! R_max: the award of a block's author.
//!
//! The author of every block is minted
//!
//! ```text
//! award(n, r) = ⌊ (base_award >> ⌊n / halving_interval⌋) · r ⌋     r = score of block n, in [0, 1]
//! ```
//!
//! in the token's smallest part, cut where the total issuance would pass the supply cap. `r` is the
//! floored score of the block's digest, not the exact mean reward: what decides between forks is what
//! is paid. A block without transitions has score 0 and is awarded nothing.
//!
//! Base award, halving interval and supply cap are set at genesis. The cap is on the total issuance
//! of the token, so what fees or slashes burn can be mined again.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::rewards";

/// Amount of the token that awards are made of.
pub type BalanceOf<T> = <<T as Config>::Currency as frame_support::traits::fungible::Inspect<
	<T as frame_system::Config>::AccountId,
>>::Balance;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		pallet_prelude::*,
		traits::fungible::{Inspect, Mutate},
	};
	use frame_system::pallet_prelude::*;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The token that awards are made of.
		type Currency: Mutate<Self::AccountId>;

		/// Weight of an award.
		type WeightInfo: WeightInfo;
	}

	/// Award for a score of 1 before the first halving, in the token's smallest part.
	#[pallet::storage]
	pub type BaseAward<T: Config> = StorageValue<_, BalanceOf<T>, ValueQuery>;

	/// Blocks between two halvings of the award; 0: it never halves.
	#[pallet::storage]
	pub type HalvingInterval<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

	/// Nothing is minted beyond this total issuance.
	#[pallet::storage]
	pub type SupplyCap<T: Config> = StorageValue<_, BalanceOf<T>, ValueQuery>;

	/// Sum of all awards that were minted.
	#[pallet::storage]
	pub type Minted<T: Config> = StorageValue<_, BalanceOf<T>, ValueQuery>;

	/// Awards and cap.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Award for a score of 1 before the first halving, in the token's smallest part.
		pub base_award: BalanceOf<T>,
		/// Blocks between two halvings of the award; 0: it never halves.
		pub halving_interval: BlockNumberFor<T>,
		/// Nothing is minted beyond this total issuance. At least the issuance of the genesis.
		pub supply_cap: BalanceOf<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			assert!(T::Currency::total_issuance() <= self.supply_cap, "genesis issues more than the supply cap",);
			BaseAward::<T>::put(self.base_award);
			HalvingInterval::<T>::put(self.halving_interval);
			SupplyCap::<T>::put(self.supply_cap);
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The author of this block was minted its award.
		Awarded {
			/// Account of the author.
			author: T::AccountId,
			/// Minted, in the token's smallest part: the award, cut at the supply cap.
			amount: BalanceOf<T>,
		},
		/// The author's account could not take the award, so it was not minted.
		AwardFailed {
			/// Account of the author.
			author: T::AccountId,
			/// Not minted.
			amount: BalanceOf<T>,
			/// Why, for instance because the account would stay below the existential deposit.
			error: DispatchError,
		},
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			// The award is minted when the block is finalised; its weight is kept free here.
			T::WeightInfo::on_score()
		}

		fn integrity_test() {
			assert!(
				core::mem::size_of::<BalanceOf<T>>() <= core::mem::size_of::<u128>(),
				"awards are computed in 128 bits",
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
