//! Benchmarks of the calls.

use crate::*;
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	Get,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use praxis_primitives_consensus::{AuthorId, AuthorSet, OwnershipProof};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::traits::{One, Saturating};

/// An account that can pay a bond, with a key of the keystore and its proof.
fn candidate<T>(index: u32) -> Result<(T::AccountId, AuthorId, OwnershipProof), BenchmarkError>
where
	T: Config<Currency: Mutate<T::AccountId>>,
{
	let who: T::AccountId = account("author", index, 0);
	let bond = MinimumBond::<T>::get().max(T::Currency::minimum_balance());
	MinimumBond::<T>::put(bond);
	let enough = bond.saturating_add(bond).saturating_add(T::Currency::minimum_balance());
	T::Currency::set_balance(&who, enough);
	let mut key = AuthorId::generate_pair(None);
	let proof = key.generate_proof_of_possession(&who.encode()).ok_or("keystore has the key")?;
	Ok((who, key, proof))
}

/// A registered author who is not the last one.
fn registered<T>() -> Result<T::AccountId, BenchmarkError>
where
	T: Config<Currency: Mutate<T::AccountId>>,
{
	// Somebody must be left when this one leaves.
	Pallet::<T>::set_author(&account("companion", 0, 0), &AuthorId::generate_pair(None));
	let (who, key, proof) = candidate::<T>(0)?;
	Pallet::<T>::do_register(who.clone(), key, proof)?;
	Ok(who)
}

/// Fills the list of activations up to one place.
fn fill_activations<T: Config>() {
	let now = frame_system::Pallet::<T>::block_number();
	for delay in 1..T::ActivationDelay::get() {
		Activations::<T>::mutate(|activations| {
			let _ = activations.try_push((now.saturating_add(delay.into()), 1));
		});
	}
}

#[benchmarks(where T: Config<Currency: Mutate<T::AccountId>>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_author() -> Result<(), BenchmarkError> {
		let (who, key, proof) = candidate::<T>(0)?;
		fill_activations::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()), key.clone(), proof);

		assert_eq!(Keys::<T>::get(&key), Some(who));
		Ok(())
	}

	#[benchmark]
	fn deregister() -> Result<(), BenchmarkError> {
		fill_activations::<T>();
		let who = registered::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()));

		assert!(Authors::<T>::get(&who).is_some_and(|info| info.is_leaving()));
		Ok(())
	}

	#[benchmark]
	fn withdraw_bond() -> Result<(), BenchmarkError> {
		let who = registered::<T>()?;
		Pallet::<T>::do_deregister(who.clone())?;
		let after: BlockNumberFor<T> = frame_system::Pallet::<T>::block_number()
			.saturating_add(T::UnbondingBlocks::get())
			.saturating_add(One::one());
		frame_system::Pallet::<T>::set_block_number(after);

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()));

		assert!(!Authors::<T>::contains_key(&who));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
