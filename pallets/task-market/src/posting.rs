//! What a requester does: posts a task, or takes it back.

use crate::*;
use codec::MaxEncodedLen;
use frame_support::{
	defensive,
	dispatch::DispatchResult,
	ensure,
	traits::{fungible::MutateHold, Get},
	weights::WeightToFee,
};
use praxis_primitives_market::{Evaluation, EvaluationError, Ledger, Request, TaskId, TaskState};
use sp_runtime::{
	traits::{CheckedAdd, CheckedMul, One, SaturatedConversion, Saturating, Zero},
	ArithmeticError, DispatchError,
};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::post_task`].
	pub(crate) fn do_post(requester: T::AccountId, spec: SpecOf<T>) -> DispatchResult {
		Self::check(&spec)?;
		let request = spec.request();
		let evaluation = Self::evaluation_cost(&request)?;
		ensure!(spec.target <= spec.environment.max_return(), Error::<T>::TargetOutOfReach);
		ensure!(spec.target > Self::floor(&spec.environment), Error::<T>::AlreadyAchieved);
		Queue::<T>::begin(&requester, Error::<T>::TooManyTasks, Error::<T>::TooManyTasksOfAccount)?;

		let held = evaluation
			.checked_mul(&spec.workers.into())
			.and_then(|cost| cost.checked_add(&spec.budget))
			.ok_or(ArithmeticError::Overflow)?;
		let deposit = Self::deposit();
		let mut ledger = Ledger::default();
		Holds::<T>::hold(&mut ledger, HoldReason::TaskBudget, &requester, held)?;
		T::Currency::hold(&HoldReason::TaskDeposit.into(), &requester, deposit)?;
		let job = T::Evaluation::open(&requester, request).map_err(Error::<T>::from)?;

		let id = NextTask::<T>::get();
		NextTask::<T>::put(id.checked_add(1).ok_or(ArithmeticError::Overflow)?);
		TaskOfJob::<T>::insert(job, id);
		let posted = frame_system::Pallet::<T>::block_number();
		let until = posted.saturating_add(spec.apply_blocks);
		Queue::<T>::set_due(id, until);
		Self::deposit_event(Event::TaskPosted {
			task: id,
			requester: requester.clone(),
			environment: spec.environment,
			target: spec.target,
			escrowed: held,
			deposit,
			until,
		});
		let state = TaskState::Open { until };
		let task = Task {
			requester,
			spec,
			state,
			posted,
			assigned: None,
			job,
			evaluation,
			held,
			deposit,
			ledger,
			place: None,
		};
		Tasks::<T>::insert(id, task);
		Ok(())
	}

	/// See [`Pallet::cancel`].
	pub(crate) fn do_cancel(who: T::AccountId, id: TaskId) -> DispatchResult {
		let mut task = Tasks::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(task.requester == who, Error::<T>::NotRequester);
		ensure!(matches!(task.state, TaskState::Open { .. }), Error::<T>::NotOpen);
		for application in Applications::<T>::take(id) {
			Holds::<T>::give_back(&mut task.ledger, HoldReason::WorkerBond, &application.owner, application.bond);
		}
		Self::cancel_job(&task);
		let at = frame_system::Pallet::<T>::block_number();
		Self::finish(id, task, TaskState::Cancelled { at });
		Self::deposit_event(Event::TaskCancelled { task: id });
		Ok(())
	}

	/// Whether what is asked for is within all bounds but those of the evaluation.
	fn check(spec: &SpecOf<T>) -> DispatchResult {
		ensure!(!spec.price.is_zero() && !spec.budget.is_zero(), Error::<T>::BadBudget);
		ensure!((1..=T::MaxWorkers::get()).contains(&spec.workers), Error::<T>::BadWorkers);
		let most = T::MaxPhaseBlocks::get();
		let phases = [
			(spec.apply_blocks, One::one()),
			(spec.train_blocks, One::one()),
			(spec.reveal_blocks, T::MinRevealBlocks::get()),
		];
		ensure!(phases.iter().all(|(blocks, least)| blocks >= least && *blocks <= most), Error::<T>::BadDeadlines);
		ensure!(spec.terms.is_valid(), Error::<T>::BadTerms);
		Ok(())
	}

	/// Cost of judging one policy of the request, the largest that it allows.
	pub(crate) fn evaluation_cost(request: &Request) -> Result<BalanceOf<T>, DispatchError> {
		let weight = T::Evaluation::weight_of(request).map_err(Error::<T>::from)?;
		Ok(T::WeightToFee::weight_to_fee(&weight))
	}

	/// Deposit of a task: what its storage takes at most.
	pub fn deposit() -> BalanceOf<T> {
		let bytes = TaskOf::<T>::max_encoded_len()
			.saturating_add(ApplicationsOf::<T>::max_encoded_len())
			.saturating_add(AssignmentsOf::<T>::max_encoded_len());
		let bytes: BalanceOf<T> = (bytes as u64).saturated_into();
		T::DepositBase::get().saturating_add(T::DepositPerByte::get().saturating_mul(bytes))
	}

	/// Forgets the evaluation's job of a task that has nothing to judge.
	pub(crate) fn cancel_job(task: &TaskOf<T>) {
		if let Err(error) = T::Evaluation::cancel(task.job) {
			log::error!(target: LOG_TARGET, "job {} cannot be cancelled: {error:?}", task.job);
			defensive!("the job of an unsealed task can be cancelled");
		}
	}
}

impl<T> From<EvaluationError> for Error<T> {
	fn from(error: EvaluationError) -> Self {
		match error {
			EvaluationError::NotFound => Self::NoJob,
			EvaluationError::QueueFull => Self::QueueFull,
			EvaluationError::BadRequest => Self::BadRequest,
			EvaluationError::BadEnvironment => Self::BadEnvironment,
			EvaluationError::TooExpensive => Self::TooExpensive,
			EvaluationError::Sealed => Self::Sealed,
			EvaluationError::TooManyPolicies => Self::TooManyPolicies,
			EvaluationError::Duplicate => Self::Duplicate,
			EvaluationError::BadPolicy => Self::BadPolicy,
			EvaluationError::WrongShape => Self::WrongShape,
			EvaluationError::TooLarge => Self::TooLarge,
			EvaluationError::NoPolicies => Self::NoPolicies,
			EvaluationError::NoBeacon => Self::NoBeacon,
		}
	}
}
