//! Benchmarks of the calls.

use crate::*;
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{
		fungible::{Inspect, Mutate},
		Get,
	},
	weights::Weight,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::{
	sealed::{key_hash, one_time_key, SAMPLE},
	task::MAX_CID,
	Cid, ModelRegistry, NewModel, OfferId, PolicyHash, SaleId,
};
use sp_core::H256;
use sp_runtime::traits::{Bounded, One, Saturating};

/// The secret to whose key the sample is sealed.
const SECRET: [u8; 32] = [5; 32];

fn cid() -> Cid {
	Cid::truncate_from(alloc::vec![1; MAX_CID as usize])
}

fn policy() -> PolicyHash {
	PolicyHash::repeat_byte(255)
}

/// A hash of its own for each index.
fn distinct(index: u32) -> PolicyHash {
	let mut bytes = [0; 32];
	bytes[..4].copy_from_slice(&index.to_be_bytes());
	bytes.into()
}

/// Fills an environment's list.
pub(crate) fn crowd<T: Config>(environment: &TaskEnvironment) {
	for index in 0..T::MaxModels::get() {
		Pallet::<T>::publish(NewModel {
			owner: account("owner", index, 0),
			task: index,
			policy: distinct(index),
			size: 1,
			cid: cid().into_inner(),
			environment: *environment,
			score: Real::MIN.saturating_add(Real::from_bits(index.into())),
			parent: Some(policy()),
		});
	}
}

/// An account that can pay everything.
fn rich<T: Config<Currency: Mutate<T::AccountId>>>(name: &'static str) -> T::AccountId {
	let who: T::AccountId = account(name, 0, 0);
	let price = price::<T>();
	let enough = Pallet::<T>::bond_of(price)
		.saturating_mul(T::MaxPlaces::get().into())
		.saturating_add(price)
		.saturating_add(T::DisputeStake::get())
		.saturating_add(price);
	T::Currency::set_balance(&who, enough);
	who
}

fn price<T: Config>() -> BalanceOf<T> {
	T::Currency::minimum_balance().saturating_mul(10u32.into()).min(BalanceOf::<T>::max_value()).max(One::one())
}

/// A model and its owner.
fn published<T: Config<Currency: Mutate<T::AccountId>>>() -> T::AccountId {
	let owner = rich::<T>("seller");
	let environment = TaskEnvironment::CartPole;
	crowd::<T>(&environment);
	Pallet::<T>::publish(NewModel {
		owner: owner.clone(),
		task: 0,
		policy: policy(),
		size: 1,
		cid: cid().into_inner(),
		environment,
		score: Real::ONE,
		parent: None,
	});
	owner
}

/// A seller with an offer. Its key is not that of the sample, so that a dispute does all there is to do.
fn offered<T: Config<Currency: Mutate<T::AccountId>>>() -> Result<(T::AccountId, OfferId), BenchmarkError> {
	let seller = published::<T>();
	let offer = NextOffer::<T>::get();
	let terms = offers::Terms {
		cid: cid(),
		ciphertext: H256::zero(),
		key_hash: key_hash(&[1; 32]),
		price: price::<T>(),
		places: T::MaxPlaces::get(),
	};
	Pallet::<T>::do_offer(seller.clone(), policy(), terms)?;
	Ok((seller, offer))
}

/// A sale, its seller and its buyer.
fn sold<T: Config<Currency: Mutate<T::AccountId>>>() -> Result<(T::AccountId, T::AccountId, SaleId), BenchmarkError> {
	let (seller, offer) = offered::<T>()?;
	let (buyer, sale) = (rich::<T>("buyer"), NextSale::<T>::get());
	Pallet::<T>::do_buy(buyer.clone(), offer, one_time_key(&SECRET))?;
	Ok((seller, buyer, sale))
}

/// A sale whose key was delivered.
fn delivered<T: Config<Currency: Mutate<T::AccountId>>>() -> Result<(T::AccountId, SaleId), BenchmarkError> {
	let (seller, buyer, sale) = sold::<T>()?;
	Pallet::<T>::do_deliver(seller, sale, SAMPLE)?;
	Ok((buyer, sale))
}

#[benchmarks(where T: Config<Currency: Mutate<T::AccountId>>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn share() {
		let owner = published::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), policy(), cid());
	}

	#[benchmark]
	fn offer() {
		let seller = published::<T>();
		let (price, places) = (price::<T>(), T::MaxPlaces::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(seller), policy(), cid(), H256::zero(), H256::zero(), price, places);

		assert!(OfferOf::<T>::contains_key(policy()));
	}

	#[benchmark]
	fn withdraw_offer() -> Result<(), BenchmarkError> {
		let (seller, id) = offered::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(seller), id);

		assert!(!Offers::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn buy() -> Result<(), BenchmarkError> {
		let (_, id) = offered::<T>()?;
		let (buyer, sale) = (rich::<T>("buyer"), NextSale::<T>::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(buyer), id, one_time_key(&SECRET));

		assert!(Sales::<T>::contains_key(sale));
		Ok(())
	}

	#[benchmark]
	fn deliver() -> Result<(), BenchmarkError> {
		let (seller, _, sale) = sold::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(seller), sale, SAMPLE);

		Ok(())
	}

	#[benchmark]
	fn accept() -> Result<(), BenchmarkError> {
		let (buyer, sale) = delivered::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(buyer), sale);

		assert!(!Sales::<T>::contains_key(sale));
		Ok(())
	}

	#[benchmark]
	fn dispute() -> Result<(), BenchmarkError> {
		let (buyer, sale) = delivered::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(buyer), sale, SECRET);

		// The seller was wrong, and no other sale was open.
		assert!(!OfferOf::<T>::contains_key(policy()));
		Ok(())
	}

	#[benchmark]
	fn finish_sale() -> Result<(), BenchmarkError> {
		let (_, sale) = delivered::<T>()?;
		let due: BlockNumberFor<T> = frame_system::Pallet::<T>::block_number()
			.saturating_add(T::DisputeBlocks::get())
			.saturating_add(One::one());
		frame_system::Pallet::<T>::set_block_number(due);

		#[extrinsic_call]
		_(RawOrigin::Signed(account("anybody", 0, 0)), sale);

		assert!(!Sales::<T>::contains_key(sale));
		Ok(())
	}

	#[benchmark]
	fn on_idle() -> Result<(), BenchmarkError> {
		let (_, sale) = delivered::<T>()?;
		// Nothing is due before this height.
		NextDeadline::<T>::put(frame_system::Pallet::<T>::block_number().saturating_add(One::one()));

		#[block]
		{
			Pallet::<T>::finish_due(frame_system::Pallet::<T>::block_number(), Weight::MAX);
		}

		assert!(Sales::<T>::contains_key(sale));
		Ok(())
	}

	#[benchmark]
	fn look() -> Result<(), BenchmarkError> {
		let (_, sale) = delivered::<T>()?;
		let at = frame_system::Pallet::<T>::block_number().saturating_add(T::DisputeBlocks::get());
		let found;

		#[block]
		{
			found = Deadlines::<T>::iter_key_prefix(at).next();
		}

		assert_eq!(found, Some(sale));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::build(), crate::mock::Test);
}
