//! Benchmarks.

use super::*;
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	dispatch::{DispatchInfo, GetDispatchInfo, PostDispatchInfo},
	traits::{Get, IsSubType},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use praxis_environment::{rollout, AnyState, EnvironmentId, Seed};
use praxis_primitives_consensus::{AuthorId, AuthorSet, CurrentAuthor};
use sp_runtime::traits::{AsSystemOriginSigner, AsTransactionAuthorizedOrigin, DispatchTransaction, Dispatchable, One};

const NOISE: [u8; 32] = [7; 32];
const SLOT: u64 = 42;

/// The dearest environment: two trigonometric functions in each of four stages of a step.
const DEAREST: EnvironmentId = EnvironmentId::Acrobot;

/// A block of `author` that may record `steps` steps of `environment`.
fn begin<T: Config>(environment: EnvironmentId, steps: u32) -> T::AccountId {
	let author: T::AccountId = whitelisted_caller();
	let key: AuthorId = sp_core::sr25519::Public::from_raw([1; 32]).into();
	frame_system::Pallet::<T>::set_block_number(One::one());
	T::AuthorSet::set_author(&author, &key);
	T::CurrentAuthor::set_current(&author, &key, SLOT.into(), NOISE);
	Environment::<T>::put(environment);
	StepsPerBlock::<T>::put(steps);
	EpisodeBlocks::<T>::put(1);
	State::<T>::put(AnyState::reset(environment, &Seed(NOISE)));
	author
}

/// The honest submission of that block.
fn honest<T: Config>(steps: u32) -> Call<T> {
	let state = State::<T>::get().unwrap_or_else(|| AnyState::reset(DEAREST, &Seed(NOISE)));
	let actions: Vec<u8> = vec![2; steps as usize];
	let reward = rollout(&state, &Seed(NOISE), &actions).map(|played| played.reward).unwrap_or_default();
	Call::submit_transitions {
		parent: frame_system::Pallet::<T>::parent_hash(),
		slot: SLOT.into(),
		attempt: 0,
		step: NextStep::<T>::get(),
		actions: BoundedVec::truncate_from(actions),
		reward,
		policy_hash: Default::default(),
	}
}

#[benchmarks(where
	T: Send + Sync,
	T::RuntimeCall: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo>
		+ GetDispatchInfo
		+ IsSubType<Call<T>>
		+ From<Call<T>>,
	<T::RuntimeCall as Dispatchable>::RuntimeOrigin:
		AsSystemOriginSigner<T::AccountId> + AsTransactionAuthorizedOrigin + Clone,
)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn submit_transitions(s: Linear<1, { T::MaxSteps::get() }>) -> Result<(), BenchmarkError> {
		let author = begin::<T>(DEAREST, s);
		let Call::submit_transitions { parent, slot, attempt, step, actions, reward, policy_hash } = honest::<T>(s);

		#[extrinsic_call]
		_(RawOrigin::Signed(author), parent, slot, attempt, step, actions, reward, policy_hash);

		assert!(Records::<T>::contains_key(BlockNumberFor::<T>::one()));
		Ok(())
	}

	#[benchmark]
	fn check_submission() -> Result<(), BenchmarkError> {
		let steps = T::MaxSteps::get();
		let author = begin::<T>(DEAREST, steps);
		let call: T::RuntimeCall = honest::<T>(steps).into();
		let info = call.get_dispatch_info();

		#[block]
		{
			CheckSubmission::<T>::new()
				.test_run(RawOrigin::Signed(author).into(), &call, &info, 0, 0, |_| Ok(().into()))
				.map_err(|_| BenchmarkError::Stop("the submission is refused"))?
				.map_err(|_| BenchmarkError::Stop("nothing is dispatched here"))?;
		}

		assert!(Submitted::<T>::get());
		Ok(())
	}

	#[benchmark]
	fn on_finalize() -> Result<(), BenchmarkError> {
		let steps = T::MaxSteps::get();
		let author = begin::<T>(DEAREST, steps);
		let Call::submit_transitions { parent, slot, attempt, step, actions, reward, policy_hash } = honest::<T>(steps);
		Pallet::<T>::do_submit(
			author,
			SubmissionOf::<T> { parent, slot, attempt, step, actions, reward, policy_hash },
		)?;

		#[block]
		{
			Pallet::<T>::finish_block(One::one());
		}

		assert!(LastScore::<T>::exists());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
