//! Benchmarks of the calls.

use crate::{
	expertise::Skill,
	reputation::{Reputation, UNIT},
	*,
};
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	Get,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use praxis_environment::TaskEnvironment;
use praxis_primitives_consensus::{AuthorId, AuthorSet, OwnershipProof};
use praxis_primitives_market::{Resources, WorkerRegistry};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::{
	traits::{One, Saturating, Zero},
	Perbill,
};

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

/// A worker without a deposit.
pub(crate) fn worker<T: Config>(operator: T::AccountId, resources: Resources) -> WorkerInfoOf<T> {
	WorkerInfo {
		operator: Some(operator),
		proposed: None,
		resources,
		endpoint: endpoint(),
		deposit: Zero::zero(),
		since: frame_system::Pallet::<T>::block_number(),
		engaged: 0,
		leaving: None,
	}
}

/// The longest endpoint.
fn endpoint() -> Endpoint {
	Endpoint::truncate_from(alloc::vec![b'x'; MAX_ENDPOINT as usize])
}

/// Gives a worker all the skills and all but one of the marks that there is room for.
pub(crate) fn fill_history<T: Config>(owner: &T::AccountId) {
	Histories::<T>::mutate(owner, |history| {
		history.reputation = Reputation { good: 5 * UNIT, all: 6 * UNIT, at: 0 };
		for width in 0..expertise::MAX_SKILLS as u8 {
			let environment = TaskEnvironment::MazeCleaning { width, height: 16, agents: 4 };
			let _ = history.skills.try_push(Skill { environment, level: Perbill::from_percent(50) });
		}
	});
	RecentMarks::<T>::mutate(owner, |recent| {
		let until = frame_system::Pallet::<T>::block_number().saturating_add(T::ReputationHalfLife::get().into());
		for index in 1..T::MaxRecent::get() {
			let requester = account("requester", index, 0);
			let _ = recent.try_push(Recent { requester, until, worst: Perbill::one() });
		}
	});
}

/// An account that can pay the deposit of a worker.
fn owner<T>() -> T::AccountId
where
	T: Config<Currency: Mutate<T::AccountId>>,
{
	let who: T::AccountId = account("owner", 0, 0);
	let deposit = T::WorkerDeposit::get();
	T::Currency::set_balance(&who, deposit.saturating_add(deposit).saturating_add(T::Currency::minimum_balance()));
	who
}

/// The owner of a worker with an operator and a history.
fn employed<T>() -> Result<(T::AccountId, T::AccountId), BenchmarkError>
where
	T: Config<Currency: Mutate<T::AccountId>>,
{
	let (owner, operator) = (owner::<T>(), account::<T::AccountId>("operator", 0, 0));
	Pallet::<T>::do_register_worker(owner.clone(), operator.clone(), Resources::default(), endpoint())?;
	Pallet::<T>::do_accept_operator(operator.clone(), owner.clone())?;
	fill_history::<T>(&owner);
	Ok((owner, operator))
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

	#[benchmark]
	fn register_worker() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), owner.clone(), Resources::default(), endpoint());

		assert_eq!(Pallet::<T>::owner_of(&owner), Some(owner));
		Ok(())
	}

	#[benchmark]
	fn update_worker() -> Result<(), BenchmarkError> {
		let (owner, operator) = employed::<T>()?;
		let resources = Resources { cores: 7, ..Default::default() };

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), resources, endpoint());

		assert_eq!(Pallet::<T>::resources(&owner), Some(resources));
		Ok(())
	}

	#[benchmark]
	fn set_operator() -> Result<(), BenchmarkError> {
		let (owner, operator) = employed::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), owner.clone());

		assert_eq!((Pallet::<T>::owner_of(&owner), Pallet::<T>::owner_of(&operator)), (Some(owner), None));
		Ok(())
	}

	#[benchmark]
	fn accept_operator() -> Result<(), BenchmarkError> {
		let (owner, operator) = employed::<T>()?;
		Pallet::<T>::do_resign_operator(operator.clone())?;
		Pallet::<T>::do_set_operator(owner.clone(), operator.clone())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator.clone()), owner.clone());

		assert_eq!(Pallet::<T>::owner_of(&operator), Some(owner));
		Ok(())
	}

	#[benchmark]
	fn resign_operator() -> Result<(), BenchmarkError> {
		let (_, operator) = employed::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator.clone()));

		assert_eq!(Pallet::<T>::owner_of(&operator), None);
		Ok(())
	}

	#[benchmark]
	fn withdraw_worker() -> Result<(), BenchmarkError> {
		let (owner, _) = employed::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()));

		assert!(Workers::<T>::get(&owner).is_some_and(|info| info.leaving.is_some()));
		Ok(())
	}

	#[benchmark]
	fn release_worker_deposit() -> Result<(), BenchmarkError> {
		let (owner, _) = employed::<T>()?;
		Pallet::<T>::do_withdraw_worker(owner.clone())?;
		let free_at = frame_system::Pallet::<T>::block_number().saturating_add(T::WithdrawDelay::get());
		frame_system::Pallet::<T>::set_block_number(free_at);

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()));

		assert!(!Workers::<T>::contains_key(&owner) && !Histories::<T>::contains_key(&owner));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
