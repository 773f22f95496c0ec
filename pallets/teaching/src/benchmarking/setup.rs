//! States from which the benchmarks begin.

use crate::*;
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{
		fungible::{Inspect, Mutate},
		Get,
	},
	BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_policy::{work_of, Limits, Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_market::{
	sealed::{key_hash, one_time_key, SAMPLE},
	Cid,
};
use praxis_primitives_teaching::{
	draw,
	holdout::leaf,
	lesson,
	session::{MAX_ROUNDS, MAX_TEACHERS},
	Item, LessonOffer, Scale, SessionId, SessionState,
};
use sp_core::H256;
use sp_runtime::{
	traits::{One, SaturatedConversion, Saturating},
	Perbill,
};

/// Items of the holdout here, a chunk of the greatest size.
pub(super) const ITEMS: u32 = 256;

/// Features of the items.
pub(super) const FEATURES: u16 = 4;

/// Secret of the sample's one-time key; those of the other seats and rounds follow it.
pub(super) const SECRET: [u8; 32] = [5; 32];

/// An account with enough money for everything here.
pub(super) fn rich<T: Config<Currency: Mutate<T::AccountId>>>(name: &'static str, index: u32) -> T::AccountId {
	let who: T::AccountId = account(name, index, 0);
	// A fraction of what there can be, so that the sum of many does not overflow.
	let amount: BalanceOf<T> = (u64::MAX >> 8).saturated_into();
	T::Currency::set_balance(&who, amount.saturating_add(T::Currency::minimum_balance()));
	who
}

pub(super) fn student<T: Config>() -> T::AccountId {
	account("student", 0, 0)
}

pub(super) fn teacher<T: Config>(seat: u32) -> T::AccountId {
	account("teacher", seat, 0)
}

/// A classifier of four features and two classes, another one for each number.
pub(super) fn classifier(number: u32) -> Policy {
	let bias = i32::from_ne_bytes(number.to_ne_bytes());
	let layer = UncheckedLayer {
		inputs: FEATURES,
		outputs: 2,
		shift: 0,
		biases: vec![bias, 0],
		weights: vec![1; usize::from(FEATURES) * 2],
	};
	checked(vec![layer])
}

pub(super) fn checked(layers: Vec<UncheckedLayer>) -> Policy {
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers };
	match Policy::try_from(unchecked) {
		Ok(policy) => policy,
		Err(error) => panic!("the policy is valid: {error:?}"),
	}
}

/// A policy of about so many thousand multiply-adds.
pub(super) fn wide(thousands: u32) -> Policy {
	let outputs = thousands.clamp(1, 127).saturating_mul(2) as u16;
	let layer = UncheckedLayer {
		inputs: 500,
		outputs,
		shift: 0,
		biases: vec![0; outputs.into()],
		weights: vec![1; usize::from(outputs) * 500],
	};
	checked(vec![layer])
}

pub(super) fn items(count: u32, features: u16) -> Vec<Item> {
	let item =
		|index: u32| Item { label: (index % 2) as u8, salt: [1; 16], features: vec![index as u8; features.into()] };
	(0..count).map(item).collect()
}

pub(super) fn leaves(items: &[Item]) -> Vec<H256> {
	(0..).zip(items).map(|(index, item)| leaf(index, item)).collect()
}

pub(super) fn key(place: u32) -> [u8; 32] {
	let mut secret = SECRET;
	secret[1] = secret[1].wrapping_add(place as u8);
	one_time_key(&secret)
}

/// The largest session: as many seats and rounds as there may be.
pub(super) fn spec<T: Config>(rounds: u32) -> SpecOf<T> {
	let phase = T::MinPhaseBlocks::get();
	let stake = T::MinStake::get();
	SpecOf::<T> {
		features: FEATURES,
		classes: 2,
		limits: Limits { max_parameters: 100, max_work: work_of(&[FEATURES, 2]) },
		root: H256::zero(),
		items: ITEMS,
		chunk_log2: 8,
		scale: Scale { min: Perbill::zero(), mid: Perbill::from_percent(99), max: Perbill::one() },
		reward: T::MinReward::get(),
		fee: stake,
		stake,
		lesson_bytes: u32::MAX,
		rounds: rounds as u8,
		teachers: MAX_TEACHERS as u8,
		audit_blocks: phase,
		offer_blocks: phase,
		train_blocks: phase,
		reveal_blocks: phase,
		base: classifier(0).hash().into(),
		keys: BoundedVec::truncate_from((0..MAX_TEACHERS.saturating_mul(rounds)).map(key).collect()),
		trainers: None,
	}
}

pub(super) fn now<T: Config>() -> BlockNumberFor<T> {
	frame_system::Pallet::<T>::block_number()
}

pub(super) fn session<T: Config>(id: SessionId) -> Result<SessionOf<T>, BenchmarkError> {
	Sessions::<T>::get(id).ok_or(BenchmarkError::Stop("the session exists"))
}

pub(super) fn open<T: Config<Currency: Mutate<T::AccountId>>>(
	mut spec: SpecOf<T>,
) -> Result<SessionId, BenchmarkError> {
	frame_system::Pallet::<T>::set_block_number(One::one());
	let student = rich::<T>("student", 0);
	let items = items(spec.items, spec.features);
	spec.root = spec.shape().root(&leaves(&items));
	// The list of what is due is as long as it can be.
	let late: BlockNumberFor<T> = 1_000_000u32.into();
	for other in 1..T::MaxOpenSessions::get() {
		Queue::<T>::set_due(SessionId::MAX.saturating_sub(other), late);
	}
	let id = NextSession::<T>::get();
	Pallet::<T>::do_open(student, spec)?;
	Ok(id)
}

/// Draws the audit from zeros: the beacon has a benchmark of its own.
pub(super) fn drawn<T: Config<Currency: Mutate<T::AccountId>>>(spec: SpecOf<T>) -> Result<SessionId, BenchmarkError> {
	let id = open::<T>(spec)?;
	let mut session = session::<T>(id)?;
	AuditItems::<T>::insert(
		id,
		BoundedVec::truncate_from(draw::audit(&[0; 32], session.spec.items, session.spec.audited())),
	);
	session.state = SessionState::Auditing { until: now::<T>().saturating_add(One::one()), shown: 0 };
	Sessions::<T>::insert(id, session);
	Ok(id)
}

/// A session in which lessons are offered.
pub(super) fn offering<T: Config<Currency: Mutate<T::AccountId>>>(rounds: u32) -> Result<SessionId, BenchmarkError> {
	let id = drawn::<T>(spec::<T>(rounds))?;
	let mut session = session::<T>(id)?;
	Pallet::<T>::begin_round(id, &mut session, 0, now::<T>());
	Sessions::<T>::insert(id, session);
	Ok(id)
}

/// Lesson files have one chunk of so many bytes, and a key that is what it says.
pub(super) fn offer(number: u32, bytes: u32) -> (LessonOffer, Vec<u8>) {
	let sealed = vec![number as u8; bytes as usize];
	let key: [u8; 32] = core::array::from_fn(|byte| byte as u8);
	let offer = LessonOffer {
		cid: Cid::truncate_from(vec![1; praxis_primitives_market::task::MAX_CID as usize]),
		ciphertext: lesson::root(&sealed),
		bytes,
		samples: 1,
		key_hash: key_hash(&key),
		sealed_key: Some(SAMPLE),
	};
	(offer, sealed)
}

pub(super) fn join_all<T: Config<Currency: Mutate<T::AccountId>>>(id: SessionId) -> Result<(), BenchmarkError> {
	for seat in 0..MAX_TEACHERS {
		Pallet::<T>::do_join(rich::<T>("teacher", seat), id)?;
	}
	Ok(())
}

/// A session all of whose seats have committed lessons in all rounds but the last; of the last so many.
pub(super) fn offered<T: Config<Currency: Mutate<T::AccountId>>>(last: u32) -> Result<SessionId, BenchmarkError> {
	let id = offering::<T>(MAX_ROUNDS)?;
	join_all::<T>(id)?;
	for round in 0..MAX_ROUNDS {
		let final_round = round.saturating_add(1) == MAX_ROUNDS;
		let count = if final_round { last } else { MAX_TEACHERS };
		for seat in 0..count {
			let number = round.saturating_mul(MAX_TEACHERS).saturating_add(seat);
			Pallet::<T>::do_commit_lesson(teacher::<T>(seat), id, offer(number, 100).0)?;
		}
		if final_round {
			break;
		}
		train_round::<T>(id, round, MAX_TEACHERS)?;
	}
	Ok(id)
}

/// Orders the lessons of a round by their indices.
pub(super) fn order_round<T: Config>(id: SessionId, round: u32) -> Result<(), BenchmarkError> {
	Lessons::<T>::mutate(id, |lessons| {
		for (place, lesson) in (0u8..).zip(lessons.iter_mut()) {
			lesson.place = Some(place);
		}
	});
	let mut session = session::<T>(id)?;
	let until = now::<T>().saturating_add(100u32.into());
	session.state = SessionState::Training { round: round as u8, until };
	Sessions::<T>::insert(id, session);
	Ok(())
}

/// Commits so many classifiers, each another one.
pub(super) fn train_round<T: Config>(id: SessionId, round: u32, count: u32) -> Result<(), BenchmarkError> {
	order_round::<T>(id, round)?;
	for number in 0..count {
		let hash = classifier(round.saturating_mul(MAX_TEACHERS).saturating_add(number).saturating_add(1)).hash();
		Pallet::<T>::do_commit_classifier(student::<T>(), id, hash.into(), None)?;
	}
	Ok(())
}
