//! Benchmarks of the calls and of what hooks do.

mod setup;
mod trained;

use crate::*;
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, Get},
	BoundedVec,
};
use frame_system::RawOrigin;
use praxis_policy::{Limits, Policy, Scratch};
use praxis_primitives_market::PolicyHash;
use praxis_primitives_teaching::{
	draw, lesson,
	session::{MAX_LESSONS, MAX_ROUNDS, MAX_TEACHERS},
	trainers::MAX_PREKEYS,
	Item, SessionState,
};
use setup::*;
use sp_core::H256;
use sp_runtime::traits::{One, Saturating};
use trained::*;

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
		let decoded;

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
		// Every lesson raises the score; its teacher and both of its trainers are paid.
		Scorings::<T>::mutate(id, |scoring| {
			for (number, candidate) in (0u32..).zip(scoring.candidates.iter_mut()) {
				candidate.correct = number.div_ceil(2).saturating_mul(5);
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
			Queue::<T>::work(One::one(), frame_support::weights::Weight::MAX);
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
		let drawn;

		#[block]
		{
			drawn = draw::audit(&[0; 32], session.spec.items, session.spec.audited());
			session.state = SessionState::Auditing { until: now::<T>(), shown: 0 };
			Queue::<T>::set_due(id, now::<T>());
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
			Queue::<T>::set_due(id, now::<T>());
		}

		assert!(matches!(session::<T>(id)?.state, SessionState::Training { .. }));
		Ok(())
	}

	/// Of as many lessons as a round has, from so many trainers.
	#[benchmark]
	fn draw_trainers(t: Linear<1, { T::MaxTrainers::get() }>) -> Result<(), BenchmarkError> {
		pool::<T>(t)?;
		let id = ordered::<T>()?;

		#[block]
		{
			draw_all::<T>(id)?;
		}

		assert!(!trainers_of_first::<T>(id)?.is_empty());
		Ok(())
	}

	/// Nobody handed a key: every lesson of the round is void, and the session is settled.
	#[benchmark]
	fn close_handing() -> Result<(), BenchmarkError> {
		let id = handing::<T>()?;
		let session = session::<T>(id)?;

		#[block]
		{
			Pallet::<T>::close_handing(id, session, ROUND, now::<T>());
		}

		assert!(self::session::<T>(id)?.state.finished().is_some());
		Ok(())
	}

	/// Two trainers that retired committed to nothing and have no other lesson: both are slashed, and their bonds return.
	#[benchmark]
	fn close_training() -> Result<(), BenchmarkError> {
		let id = handed::<T>(MAX_TEACHERS)?;
		let trainers = trainers_of_first::<T>(id)?;
		for trainer in &trainers {
			Trainers::<T>::mutate(trainer, |trainer| trainer.as_mut().map(|trainer| trainer.engaged = 1));
		}
		let session = session::<T>(id)?;

		#[block]
		{
			Pallet::<T>::close_commitments(id, session, (ROUND, FIRST), now::<T>());
		}

		assert!(trainers.iter().all(|trainer| !Trainers::<T>::contains_key(trainer)));
		Ok(())
	}

	/// So many keys; the last one that has a place.
	#[benchmark]
	fn enlist_trainer(k: Linear<1, MAX_PREKEYS>) -> Result<(), BenchmarkError> {
		pool::<T>(T::MaxTrainers::get().saturating_sub(1))?;
		let who = rich::<T>("newcomer", 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()), prekeys(0..k));

		assert!(Trainers::<T>::contains_key(who));
		Ok(())
	}

	/// So many keys of one that has none.
	#[benchmark]
	fn add_keys(k: Linear<1, MAX_PREKEYS>) -> Result<(), BenchmarkError> {
		pool::<T>(T::MaxTrainers::get())?;
		let who = trainer::<T>(0);
		Trainers::<T>::mutate(&who, |trainer| trainer.as_mut().map(|trainer| trainer.keys.clear()));
		Ready::<T>::mutate(|ready| ready.retain(|(other, _)| *other != who));

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()), prekeys(0..k));

		assert!(Ready::<T>::get().iter().any(|(other, _)| *other == who));
		Ok(())
	}

	/// Without a lesson: the bond returns.
	#[benchmark]
	fn retire_trainer() -> Result<(), BenchmarkError> {
		pool::<T>(T::MaxTrainers::get())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(trainer::<T>(0)));

		assert!(!Trainers::<T>::contains_key(trainer::<T>(0)));
		Ok(())
	}

	/// The last key, after which the first turn begins.
	#[benchmark]
	fn hand_lesson() -> Result<(), BenchmarkError> {
		let id = handed::<T>(MAX_TEACHERS.saturating_sub(1))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(teacher::<T>(0)), id, FIRST, keys());

		assert!(matches!(session::<T>(id)?.state, SessionState::TrainingCommit { .. }));
		Ok(())
	}

	/// The last of the lesson's trainers.
	#[benchmark]
	fn commit_training() -> Result<(), BenchmarkError> {
		let id = handed::<T>(MAX_TEACHERS)?;
		let mut trainers = trainers_of_first::<T>(id)?;
		let last = trainers.pop().ok_or(BenchmarkError::Stop("there are trainers"))?;
		for trainer in trainers {
			Pallet::<T>::do_commit_training(trainer, id, FIRST, H256::zero())?;
		}

		#[extrinsic_call]
		_(RawOrigin::Signed(last), id, FIRST, H256::zero());

		assert!(matches!(session::<T>(id)?.state, SessionState::TrainingReveal { .. }));
		Ok(())
	}

	/// A classifier of about so many bytes, by the last of the lesson's trainers that are waited for.
	#[benchmark]
	fn reveal_training(b: Linear<2_000, 128_000>) -> Result<(), BenchmarkError> {
		let policy = wide(b.saturating_div(1_000));
		let id = handed::<T>(MAX_TEACHERS)?;
		let mut session = session::<T>(id)?;
		session.spec.features = 500;
		session.spec.classes = policy.outputs() as u8;
		session.spec.limits = Limits::FORMAT;
		Sessions::<T>::insert(id, session);
		let who = trainers_of_first::<T>(id)?.pop().ok_or(BenchmarkError::Stop("there are trainers"))?;
		let commitment = commitment_to::<T>(&who, policy.hash().into());
		Pallet::<T>::do_commit_training(who.clone(), id, FIRST, commitment)?;
		Pallet::<T>::close_commitments(id, self::session::<T>(id)?, (ROUND, FIRST), now::<T>());
		let bytes = BoundedVec::truncate_from(policy.encode());

		#[extrinsic_call]
		_(RawOrigin::Signed(who), id, FIRST, bytes, [0; 32]);

		assert_eq!(Scorings::<T>::get(id).candidates.len(), 2);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
