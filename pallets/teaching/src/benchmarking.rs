//! Benchmarks of the calls and of what hooks do.

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
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use praxis_policy::{work_of, Limits, Policy, Scratch, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_market::{
	sealed::{key_hash, one_time_key, SAMPLE},
	Cid, PolicyHash,
};
use praxis_primitives_teaching::{
	draw,
	holdout::leaf,
	lesson,
	session::{MAX_LESSONS, MAX_ROUNDS, MAX_TEACHERS},
	Item, LessonOffer, Scale, SessionId, SessionState,
};
use sp_core::H256;
use sp_runtime::{
	traits::{One, SaturatedConversion, Saturating},
	Perbill,
};

/// Items of the holdout here, a chunk of the greatest size.
const ITEMS: u32 = 256;

/// Features of the items.
const FEATURES: u16 = 4;

/// Secret of the sample's one-time key; those of the other seats and rounds follow it.
const SECRET: [u8; 32] = [5; 32];

/// An account with enough money for everything here.
fn rich<T: Config<Currency: Mutate<T::AccountId>>>(name: &'static str, index: u32) -> T::AccountId {
	let who: T::AccountId = account(name, index, 0);
	// A fraction of what there can be, so that the sum of many does not overflow.
	let amount: BalanceOf<T> = (u64::MAX >> 8).saturated_into();
	T::Currency::set_balance(&who, amount.saturating_add(T::Currency::minimum_balance()));
	who
}

fn student<T: Config>() -> T::AccountId {
	account("student", 0, 0)
}

fn teacher<T: Config>(seat: u32) -> T::AccountId {
	account("teacher", seat, 0)
}

/// A classifier of four features and two classes, another one for each number.
fn classifier(number: u32) -> Policy {
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

fn checked(layers: Vec<UncheckedLayer>) -> Policy {
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers };
	match Policy::try_from(unchecked) {
		Ok(policy) => policy,
		Err(error) => panic!("the policy is valid: {error:?}"),
	}
}

/// A policy of about so many thousand multiply-adds.
fn wide(thousands: u32) -> Policy {
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

fn items(count: u32, features: u16) -> Vec<Item> {
	let item =
		|index: u32| Item { label: (index % 2) as u8, salt: [1; 16], features: vec![index as u8; features.into()] };
	(0..count).map(item).collect()
}

fn leaves(items: &[Item]) -> Vec<H256> {
	(0..).zip(items).map(|(index, item)| leaf(index, item)).collect()
}

fn key(place: u32) -> [u8; 32] {
	let mut secret = SECRET;
	secret[1] = secret[1].wrapping_add(place as u8);
	one_time_key(&secret)
}

/// The largest session: as many seats and rounds as there may be.
fn spec<T: Config>(rounds: u32) -> SpecOf<T> {
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
		reward: 1_000_000_000u32.into(),
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
	}
}

fn now<T: Config>() -> BlockNumberFor<T> {
	frame_system::Pallet::<T>::block_number()
}

fn session<T: Config>(id: SessionId) -> Result<SessionOf<T>, BenchmarkError> {
	Sessions::<T>::get(id).ok_or(BenchmarkError::Stop("the session exists"))
}

fn open<T: Config<Currency: Mutate<T::AccountId>>>(mut spec: SpecOf<T>) -> Result<SessionId, BenchmarkError> {
	frame_system::Pallet::<T>::set_block_number(One::one());
	let student = rich::<T>("student", 0);
	let items = items(spec.items, spec.features);
	spec.root = spec.shape().root(&leaves(&items));
	// The list of what is due is as long as it can be.
	let late: BlockNumberFor<T> = 1_000_000u32.into();
	for other in 1..T::MaxOpenSessions::get() {
		Pallet::<T>::set_due(SessionId::MAX.saturating_sub(other), late);
	}
	let id = NextSession::<T>::get();
	Pallet::<T>::do_open(student, spec)?;
	Ok(id)
}

/// Draws the audit from zeros: the beacon has a benchmark of its own.
fn drawn<T: Config<Currency: Mutate<T::AccountId>>>(spec: SpecOf<T>) -> Result<SessionId, BenchmarkError> {
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
fn offering<T: Config<Currency: Mutate<T::AccountId>>>(rounds: u32) -> Result<SessionId, BenchmarkError> {
	let id = drawn::<T>(spec::<T>(rounds))?;
	let mut session = session::<T>(id)?;
	Pallet::<T>::begin_round(id, &mut session, 0, now::<T>());
	Sessions::<T>::insert(id, session);
	Ok(id)
}

/// Lesson files have one chunk of so many bytes, and a key that is what it says.
fn offer(number: u32, bytes: u32) -> (LessonOffer, Vec<u8>) {
	let sealed = vec![number as u8; bytes as usize];
	let key: [u8; 32] = core::array::from_fn(|byte| byte as u8);
	let offer = LessonOffer {
		cid: Cid::truncate_from(vec![1; praxis_primitives_market::task::MAX_CID as usize]),
		ciphertext: lesson::root(&sealed),
		bytes,
		samples: 1,
		key_hash: key_hash(&key),
		sealed_key: SAMPLE,
	};
	(offer, sealed)
}

fn join_all<T: Config<Currency: Mutate<T::AccountId>>>(id: SessionId) -> Result<(), BenchmarkError> {
	for seat in 0..MAX_TEACHERS {
		Pallet::<T>::do_join(rich::<T>("teacher", seat), id)?;
	}
	Ok(())
}

/// A session all of whose seats have committed lessons in all rounds but the last; of the last so many.
fn offered<T: Config<Currency: Mutate<T::AccountId>>>(last: u32) -> Result<SessionId, BenchmarkError> {
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
fn order_round<T: Config>(id: SessionId, round: u32) -> Result<(), BenchmarkError> {
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
fn train_round<T: Config>(id: SessionId, round: u32, count: u32) -> Result<(), BenchmarkError> {
	order_round::<T>(id, round)?;
	for number in 0..count {
		let hash = classifier(round.saturating_mul(MAX_TEACHERS).saturating_add(number).saturating_add(1)).hash();
		Pallet::<T>::do_commit_classifier(student::<T>(), id, hash.into(), None)?;
	}
	Ok(())
}

/// A session of so many lessons, all of whose classifiers are revealed.
fn revealed<T: Config<Currency: Mutate<T::AccountId>>>() -> Result<SessionId, BenchmarkError> {
	let id = offered::<T>(MAX_TEACHERS)?;
	train_round::<T>(id, MAX_ROUNDS.saturating_sub(1), MAX_TEACHERS)?;
	for number in 0..MAX_CANDIDATES {
		let bytes = BoundedVec::truncate_from(classifier(number).encode());
		Pallet::<T>::do_reveal_classifier(student::<T>(), id, number as u8, bytes)?;
	}
	Ok(id)
}

#[benchmarks(where T: Config<Currency: Mutate<T::AccountId>>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn open_session() -> Result<(), BenchmarkError> {
		let student = rich::<T>("student", 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(student), spec::<T>(MAX_ROUNDS));

		assert_eq!(OpenSessions::<T>::get(), 1);
		Ok(())
	}

	/// So many items; `b` bytes of features and proofs in all.
	#[benchmark]
	fn reveal_audit(
		n: Linear<1, { AUDIT_ITEMS_A_CALL }>,
		b: Linear<0, { 64 * (1_024 + 32 * 16) }>,
	) -> Result<(), BenchmarkError> {
		let mut spec = spec::<T>(1);
		spec.features = (b.saturating_div(n)).clamp(1, 1_024) as u16;
		spec.items = 1_024;
		spec.limits.max_work = 100;
		let id = drawn::<T>(spec)?;
		let spec = session::<T>(id)?.spec;
		let all = items(spec.items, spec.features);
		let leaves = leaves(&all);
		let shown: Vec<(Item, Vec<H256>)> = AuditItems::<T>::get(id)
			.iter()
			.take(n as usize)
			.map(|index| (all[*index as usize].clone(), spec.shape().prove_item(&leaves, *index)))
			.collect();

		#[extrinsic_call]
		_(RawOrigin::Signed(student::<T>()), id, shown);

		Ok(())
	}

	#[benchmark]
	fn join() -> Result<(), BenchmarkError> {
		let id = offering::<T>(MAX_ROUNDS)?;
		let teacher = rich::<T>("teacher", 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(teacher), id);

		assert!(session::<T>(id)?.seats[0].is_some());
		Ok(())
	}

	/// With as many lessons of others as there can be.
	#[benchmark]
	fn leave() -> Result<(), BenchmarkError> {
		let id = offered::<T>(0)?;
		let last = MAX_TEACHERS.saturating_sub(1);
		Lessons::<T>::mutate(id, |lessons| lessons.retain(|lesson| u32::from(lesson.seat) != last));

		#[extrinsic_call]
		_(RawOrigin::Signed(teacher::<T>(last)), id);

		assert!(session::<T>(id)?.seats[last as usize].is_none());
		Ok(())
	}

	/// The last lesson that there can be, after which the offers are closed.
	#[benchmark]
	fn commit_lesson() -> Result<(), BenchmarkError> {
		let last = MAX_TEACHERS.saturating_sub(1);
		let id = offered::<T>(last)?;
		let (offer, _) = offer(MAX_LESSONS, 100);

		#[extrinsic_call]
		_(RawOrigin::Signed(teacher::<T>(last)), id, offer);

		assert!(Due::<T>::get().contains(&(now::<T>(), id)));
		Ok(())
	}

	/// A chunk of so many bytes, which does not open; it is of the last lesson, so that the session is settled.
	#[benchmark]
	fn dispute_lesson(b: Linear<16, { lesson::SEALED_CHUNK as u32 }>) -> Result<(), BenchmarkError> {
		let id = offering::<T>(1)?;
		join_all::<T>(id)?;
		let (offer, sealed) = offer(0, b);
		Pallet::<T>::do_commit_lesson(teacher::<T>(0), id, offer)?;
		order_round::<T>(id, 0)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(student::<T>()), id, 0, SECRET, Some((0, sealed, Vec::new())));

		assert!(session::<T>(id)?.state.finished().is_some());
		Ok(())
	}

	/// After the last lesson that there can be.
	#[benchmark]
	fn commit_classifier() -> Result<(), BenchmarkError> {
		let id = offered::<T>(MAX_TEACHERS)?;
		let round = MAX_ROUNDS.saturating_sub(1);
		train_round::<T>(id, round, MAX_TEACHERS.saturating_sub(1))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(student::<T>()), id, PolicyHash::repeat_byte(1), None);

		assert!(matches!(session::<T>(id)?.state, SessionState::Revealing { .. }));
		Ok(())
	}

	/// A classifier of about so many bytes.
	#[benchmark]
	fn reveal_classifier(b: Linear<2_000, 128_000>) -> Result<(), BenchmarkError> {
		let policy = wide(b.saturating_div(1_000));
		let mut spec = spec::<T>(1);
		spec.features = 500;
		spec.classes = 2;
		spec.base = policy.hash().into();
		let id = drawn::<T>(SpecOf::<T> { features: FEATURES, ..spec.clone() })?;
		let mut session = session::<T>(id)?;
		session.spec.features = 500;
		session.spec.classes = policy.outputs() as u8;
		session.spec.limits = Limits::FORMAT;
		session.state = SessionState::Revealing { until: now::<T>() };
		Sessions::<T>::insert(id, session);
		let bytes = BoundedVec::truncate_from(policy.encode());

		#[extrinsic_call]
		_(RawOrigin::Signed(student::<T>()), id, 0, bytes);

		assert!(Classifiers::<T>::contains_key(id, 0));
		Ok(())
	}

	/// A chunk of so many items with `b` bytes of features in all; without the classifiers, which have weights of their
	/// own.
	#[benchmark]
	fn reveal_holdout(n: Linear<16, 256>, b: Linear<16, { 256 * 1_024 }>) -> Result<(), BenchmarkError> {
		let mut spec = spec::<T>(1);
		spec.items = n.max(64);
		spec.features = (b.saturating_div(n)).clamp(1, 1_024) as u16;
		let id = drawn::<T>(spec)?;
		let mut session = session::<T>(id)?;
		session.state = SessionState::Revealing { until: now::<T>() };
		let spec = session.spec.clone();
		Sessions::<T>::insert(id, session);
		// No classifier is to be asked: that it is one of work 0 has no influence on the rest.
		Scorings::<T>::mutate(id, |scoring| scoring.candidates.clear());
		let items = items(spec.items, spec.features);
		let proof = spec.shape().prove_chunk(&leaves(&items), 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(student::<T>()), id, 0, items, proof, 0);

		assert_eq!(Scorings::<T>::get(id).left, 0);
		Ok(())
	}

	/// Reading so many small classifiers.
	#[benchmark]
	fn load(c: Linear<1, { MAX_CANDIDATES }>) -> Result<(), BenchmarkError> {
		let id = revealed::<T>()?;
		let mut read = 0;

		#[block]
		{
			for place in 0..c {
				let bytes = Classifiers::<T>::get(id, place as u8).unwrap_or_default();
				read += u32::from(Policy::decode(&bytes).is_ok());
			}
		}

		assert_eq!(read, c);
		Ok(())
	}

	/// Decoding a classifier of so many thousand units of work.
	#[benchmark]
	fn decode(k: Linear<1, 127>) -> Result<(), BenchmarkError> {
		let bytes = wide(k).encode();
		let mut decoded = None;

		#[block]
		{
			decoded = Policy::decode(&bytes).ok();
		}

		assert!(decoded.is_some());
		Ok(())
	}

	/// So many thousand units of work.
	#[benchmark]
	fn inference(k: Linear<10, 10_000>) -> Result<(), BenchmarkError> {
		let policy = wide(10);
		let runs = u64::from(k).saturating_mul(1_000).div_ceil(policy.work());
		let (observation, mut scratch) = (vec![100i16; policy.inputs()], Scratch::new());
		let mut right = 0u64;

		#[block]
		{
			for _ in 0..runs {
				right += u64::from(policy.act(&observation, &mut scratch) == Ok(0));
			}
		}

		assert_eq!(right, runs);
		Ok(())
	}

	#[benchmark]
	fn settle(l: Linear<1, { MAX_LESSONS }>) -> Result<(), BenchmarkError> {
		let id = revealed::<T>()?;
		Lessons::<T>::mutate(id, |lessons| lessons.truncate(l as usize));
		// Every lesson raises the score, and is paid.
		Scorings::<T>::mutate(id, |scoring| {
			for (number, candidate) in (0u32..).zip(scoring.candidates.iter_mut()) {
				candidate.correct = number.saturating_mul(5);
			}
			scoring.left = 0;
		});

		#[extrinsic_call]
		_(RawOrigin::Signed(account("anybody", 0, 0)), id);

		assert!(matches!(session::<T>(id)?.state, SessionState::Settled { .. }));
		Ok(())
	}

	#[benchmark]
	fn prune() -> Result<(), BenchmarkError> {
		let id = revealed::<T>()?;
		Pallet::<T>::forfeit(id, session::<T>(id)?, now::<T>(), Forfeit::NotRevealed);
		frame_system::Pallet::<T>::set_block_number(now::<T>().saturating_add(T::RetentionBlocks::get()));

		#[extrinsic_call]
		_(RawOrigin::Signed(account("anybody", 0, 0)), id);

		assert!(!Sessions::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn on_idle() -> Result<(), BenchmarkError> {
		open::<T>(spec::<T>(1))?;

		#[block]
		{
			Pallet::<T>::work(One::one(), frame_support::weights::Weight::MAX);
		}

		assert_eq!(OpenSessions::<T>::get(), 1);
		Ok(())
	}

	/// Drawing as many items as are ever drawn. That of the beacon is a read and a write more, which the weight of
	/// `settle` covers: it is the greatest of those that a session's advance may have.
	#[benchmark]
	fn draw_audit() -> Result<(), BenchmarkError> {
		let mut spec = spec::<T>(1);
		spec.items = 4_096;
		let id = open::<T>(spec)?;
		let mut session = session::<T>(id)?;
		let mut drawn = Vec::new();

		#[block]
		{
			drawn = draw::audit(&[0; 32], session.spec.items, session.spec.audited());
			session.state = SessionState::Auditing { until: now::<T>(), shown: 0 };
			Pallet::<T>::set_due(id, now::<T>());
			AuditItems::<T>::insert(id, BoundedVec::truncate_from(drawn.clone()));
			Sessions::<T>::insert(id, session);
		}

		assert_eq!(drawn.len(), 300);
		Ok(())
	}

	#[benchmark]
	fn close_offers() -> Result<(), BenchmarkError> {
		let id = offered::<T>(MAX_TEACHERS)?;
		let session = session::<T>(id)?;
		let round = MAX_ROUNDS.saturating_sub(1) as u8;

		#[block]
		{
			Pallet::<T>::close_offers(id, session, round, now::<T>())?;
		}

		assert!(matches!(self::session::<T>(id)?.state, SessionState::Ordering { .. }));
		Ok(())
	}

	/// Of as many lessons as a round has, from zeros.
	#[benchmark]
	fn draw_order() -> Result<(), BenchmarkError> {
		let id = offered::<T>(MAX_TEACHERS)?;
		let round = MAX_ROUNDS.saturating_sub(1);
		let first = round.saturating_mul(MAX_TEACHERS) as u8;
		let offered: Vec<u8> = (first..MAX_LESSONS as u8).collect();

		#[block]
		{
			let order = draw::order(&[0; 32], &offered);
			assert_eq!(order.len(), offered.len());
			order_round::<T>(id, round)?;
			Pallet::<T>::set_due(id, now::<T>());
		}

		assert!(matches!(session::<T>(id)?.state, SessionState::Training { .. }));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
