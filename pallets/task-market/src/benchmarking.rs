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
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::{Limits, Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_consensus::Beacon;
use praxis_primitives_market::{
	task::commitment, Cid, Judgement, OnEvaluated, PolicyHash, Resources, TaskId, TaskState, Terms, WorkerRegistry,
};
use sp_runtime::{
	traits::{One, SaturatedConversion, Saturating},
	Perbill,
};

const SALT: [u8; 32] = [7; 32];

/// An account with enough money for everything here.
fn rich<T: Config<Currency: Mutate<T::AccountId>>>(name: &'static str, index: u32) -> T::AccountId {
	let who: T::AccountId = account(name, index, 0);
	// A fraction of what there can be, so that the sum of many does not overflow.
	let amount: BalanceOf<T> = (u64::MAX >> 8).saturated_into();
	T::Currency::set_balance(&who, amount.saturating_add(T::Currency::minimum_balance()));
	who
}

/// A worker's owner and operator.
fn worker<T: Config<Currency: Mutate<T::AccountId>>>(index: u32) -> (T::AccountId, T::AccountId) {
	let owner = rich::<T>("owner", index);
	let operator: T::AccountId = account("operator", index, 0);
	T::Workers::set_worker(&owner, &operator, Resources::default());
	(owner, operator)
}

fn price<T: Config>() -> BalanceOf<T> {
	1_000_000u32.into()
}

fn spec<T: Config>(workers: u32) -> SpecOf<T> {
	SpecOf::<T> {
		environment: TaskEnvironment::CartPole,
		target: Real::from_int(500),
		episodes: 1,
		price: price::<T>(),
		budget: price::<T>().saturating_mul(workers.into()),
		workers,
		apply_blocks: One::one(),
		train_blocks: One::one(),
		reveal_blocks: T::MinRevealBlocks::get(),
		minimum_reputation: Perbill::zero(),
		terms: Terms {
			reputation: Perbill::from_percent(50),
			expertise: Perbill::from_percent(30),
			compute: Perbill::from_percent(20),
		},
		resources: Resources::default(),
		limits: Limits::default(),
	}
}

/// A policy for CartPole, another one for each number.
fn policy(number: u32) -> Vec<u8> {
	let number = i32::from_ne_bytes(number.to_ne_bytes());
	let layer = UncheckedLayer { inputs: 4, outputs: 2, shift: 0, biases: vec![number, 0], weights: vec![1; 8] };
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers: vec![layer] };
	Policy::try_from(unchecked).map(|policy| policy.encode()).unwrap_or_default()
}

fn cid() -> Cid {
	Cid::truncate_from(vec![1; praxis_primitives_market::task::MAX_CID as usize])
}

/// A task with so many applicants, who can still apply.
fn open<T: Config<Currency: Mutate<T::AccountId>>>(applicants: u32) -> Result<(T::AccountId, TaskId), BenchmarkError> {
	frame_system::Pallet::<T>::set_block_number(One::one());
	let requester = rich::<T>("requester", 0);
	let id = NextTask::<T>::get();
	// The list of what is due is as long as it can be.
	let late: BlockNumberFor<T> = 1_000_000u32.into();
	for other in 1..T::MaxOpenTasks::get() {
		Queue::<T>::set_due(TaskId::MAX.saturating_sub(other), late);
	}
	Pallet::<T>::do_post(requester.clone(), spec::<T>(T::MaxWorkers::get()))?;
	for index in 0..applicants {
		let (_, operator) = worker::<T>(index);
		Pallet::<T>::do_apply(operator, id, price::<T>())?;
	}
	Ok((requester, id))
}

fn task<T: Config>(id: TaskId) -> Result<TaskOf<T>, BenchmarkError> {
	Tasks::<T>::get(id).ok_or(BenchmarkError::Stop("the task exists"))
}

fn now<T: Config>() -> BlockNumberFor<T> {
	frame_system::Pallet::<T>::block_number()
}

/// A task with so many workers, none of whom has committed.
fn assigned<T: Config<Currency: Mutate<T::AccountId>>>(workers: u32) -> Result<TaskId, BenchmarkError> {
	let (_, id) = open::<T>(workers)?;
	// No more than are wanted: lots decide nothing.
	Pallet::<T>::close_applications(id, task::<T>(id)?, now::<T>())?;
	Ok(id)
}

fn hash_of<T: Config>(index: u32) -> sp_core::H256 {
	let policy = PolicyHash::from(sp_io::hashing::blake2_256(&policy(index)));
	commitment(&account::<T::AccountId>("owner", index, 0), &policy, &SALT)
}

/// A task with so many workers, all of whom have committed and may reveal.
fn committed<T: Config<Currency: Mutate<T::AccountId>>>(workers: u32) -> Result<TaskId, BenchmarkError> {
	let id = assigned::<T>(workers)?;
	for index in 0..workers {
		Pallet::<T>::do_commit(account("operator", index, 0), id, hash_of::<T>(index), cid(), None)?;
	}
	Pallet::<T>::close_commits(id, task::<T>(id)?, now::<T>());
	Ok(id)
}

fn reveal_one<T: Config>(id: TaskId, index: u32) -> Result<(), BenchmarkError> {
	Ok(Pallet::<T>::do_reveal(account("operator", index, 0), id, &policy(index), SALT)?)
}

#[benchmarks(where T: Config<Currency: Mutate<T::AccountId>>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn post_task() -> Result<(), BenchmarkError> {
		let requester = rich::<T>("requester", 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(requester), spec::<T>(T::MaxWorkers::get()));

		assert_eq!(OpenTasks::<T>::get(), 1);
		Ok(())
	}

	#[benchmark]
	fn apply(a: Linear<1, { T::MaxApplicants::get() }>) -> Result<(), BenchmarkError> {
		let (_, id) = open::<T>(a.saturating_sub(1))?;
		let (_, operator) = worker::<T>(a);

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, price::<T>());

		assert_eq!(Applications::<T>::get(id).len() as u32, a);
		Ok(())
	}

	#[benchmark]
	fn withdraw_application(a: Linear<1, { T::MaxApplicants::get() }>) -> Result<(), BenchmarkError> {
		let (_, id) = open::<T>(a)?;
		let operator: T::AccountId = account("operator", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id);

		assert_eq!(Applications::<T>::get(id).len() as u32, a.saturating_sub(1));
		Ok(())
	}

	#[benchmark]
	fn commit() -> Result<(), BenchmarkError> {
		let workers = T::MaxWorkers::get();
		let id = assigned::<T>(workers)?;
		// The last one, after whom the task is due.
		let last = workers.saturating_sub(1);
		for index in 0..last {
			Pallet::<T>::do_commit(account("operator", index, 0), id, hash_of::<T>(index), cid(), None)?;
		}
		let operator: T::AccountId = account("operator", last, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, hash_of::<T>(last), cid(), Some(PolicyHash::zero()));

		assert!(Due::<T>::get().contains(&(now::<T>(), id)));
		Ok(())
	}

	/// Without the evaluation's part, which has a weight of its own.
	#[benchmark]
	fn reveal() -> Result<(), BenchmarkError> {
		let workers = T::MaxWorkers::get();
		let id = committed::<T>(workers)?;
		let last = workers.saturating_sub(1);
		for index in 0..last {
			reveal_one::<T>(id, index)?;
		}
		let operator: T::AccountId = account("operator", last, 0);
		let policy = BoundedVec::truncate_from(policy(last));

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, policy, SALT);

		assert!(Due::<T>::get().contains(&(now::<T>(), id)));
		Ok(())
	}

	#[benchmark]
	fn cancel(a: Linear<0, { T::MaxApplicants::get() }>) -> Result<(), BenchmarkError> {
		let (requester, id) = open::<T>(a)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(requester), id);

		assert!(task::<T>(id)?.state.finished().is_some());
		Ok(())
	}

	#[benchmark]
	fn prune() -> Result<(), BenchmarkError> {
		let id = assigned::<T>(T::MaxWorkers::get())?;
		Pallet::<T>::close_commits(id, task::<T>(id)?, now::<T>());
		frame_system::Pallet::<T>::set_block_number(now::<T>().saturating_add(T::RetentionBlocks::get()));

		#[extrinsic_call]
		_(RawOrigin::Signed(account("anybody", 0, 0)), id);

		assert!(!Tasks::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn on_idle() -> Result<(), BenchmarkError> {
		open::<T>(0)?;

		#[block]
		{
			Queue::<T>::work(One::one(), frame_support::weights::Weight::MAX);
		}

		assert_eq!(OpenTasks::<T>::get(), 1);
		Ok(())
	}

	/// Of a task that wants one worker, for whom lots are to be drawn.
	#[benchmark]
	fn close_applications(a: Linear<2, { T::MaxApplicants::get() }>) -> Result<(), BenchmarkError> {
		let (_, id) = open::<T>(a)?;
		let mut task = task::<T>(id)?;
		task.spec.workers = 1;
		// Nobody here has a measured speed, so that only lots tell them apart.
		task.spec.terms = Terms { reputation: Perbill::zero(), expertise: Perbill::zero(), compute: Perbill::one() };

		#[block]
		{
			Pallet::<T>::close_applications(id, task, now::<T>())?;
		}

		assert!(matches!(self::task::<T>(id)?.state, TaskState::Drawing { .. }));
		Ok(())
	}

	/// With lots, and with what reading and giving back their beacon costs.
	#[benchmark]
	fn select(a: Linear<0, { T::MaxApplicants::get() }>) -> Result<(), BenchmarkError> {
		let (_, id) = open::<T>(a)?;
		let task = task::<T>(id)?;
		T::Beacon::request(now::<T>()).map_err(|_| BenchmarkError::Stop("there is room for a beacon"))?;

		#[block]
		{
			let beacon = T::Beacon::get(now::<T>()).unwrap_or_default();
			let released = T::Beacon::release(now::<T>());
			assert!(released.is_ok());
			Pallet::<T>::select(id, task, Applications::<T>::get(id), Some(&beacon), now::<T>());
		}

		assert_eq!(Assignments::<T>::get(id).len() as u32, a.min(T::MaxWorkers::get()));
		Ok(())
	}

	/// Nobody has committed.
	#[benchmark]
	fn close_commits(w: Linear<1, { T::MaxWorkers::get() }>) -> Result<(), BenchmarkError> {
		let id = assigned::<T>(w)?;
		let task = task::<T>(id)?;

		#[block]
		{
			Pallet::<T>::close_commits(id, task, now::<T>());
		}

		assert!(matches!(self::task::<T>(id)?.state, TaskState::Expired { .. }));
		Ok(())
	}

	/// One has revealed, so that the job is sealed, and the others have not.
	#[benchmark]
	fn close_reveals(w: Linear<1, { T::MaxWorkers::get() }>) -> Result<(), BenchmarkError> {
		let id = committed::<T>(w)?;
		reveal_one::<T>(id, 0)?;
		let task = task::<T>(id)?;

		#[block]
		{
			Pallet::<T>::close_reveals(id, task, now::<T>())?;
		}

		assert!(matches!(self::task::<T>(id)?.state, TaskState::Evaluating { .. }));
		Ok(())
	}

	/// Of a task all of whose policies are paid in part.
	#[benchmark]
	fn settle(w: Linear<1, { T::MaxWorkers::get() }>) -> Result<(), BenchmarkError> {
		let id = committed::<T>(w)?;
		for index in 0..w {
			reveal_one::<T>(id, index)?;
		}
		Pallet::<T>::close_reveals(id, task::<T>(id)?, now::<T>())?;
		let job = task::<T>(id)?.job;
		let mean = Real::from_int(250);
		let results = vec![Judgement { mean, minimum: mean, episodes: 1, steps: 1 }; w as usize];

		#[block]
		{
			Pallet::<T>::on_evaluated(job, &results);
		}

		assert!(matches!(task::<T>(id)?.state, TaskState::Settled { .. }));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
