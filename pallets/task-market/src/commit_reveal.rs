//! What chosen workers do: commit, then reveal.

use crate::*;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_market::{
	task::commitment, Cid, Commit, Evaluation, EvaluationError, Expiry, ModelRegistry, PolicyHash, Reveal, TaskId,
	TaskState, WorkerRegistry,
};
use sp_core::H256;
use sp_runtime::{traits::Saturating, DispatchError, Perbill};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::commit`].
	pub(crate) fn do_commit(
		operator: T::AccountId,
		id: TaskId,
		hash: H256,
		cid: Cid,
		parent: Option<PolicyHash>,
	) -> DispatchResult {
		let owner = T::Workers::owner_of(&operator).ok_or(Error::<T>::NotRegistered)?;
		let task = Tasks::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let at = frame_system::Pallet::<T>::block_number();
		match task.state {
			TaskState::Open { .. } | TaskState::Drawing { .. } => return Err(Error::<T>::TooEarly.into()),
			TaskState::Assigned { until } if at <= until => {}
			_ => return Err(Error::<T>::TooLate.into()),
		}
		ensure!(!cid.is_empty(), Error::<T>::EmptyCid);

		let mut assignments = Assignments::<T>::get(id);
		let workers = assignments.len() as u32;
		let order = assignments.iter().filter(|assignment| assignment.commit.is_some()).count() as u32;
		let assignment = Self::assignment_of(&mut assignments, &owner)?;
		ensure!(assignment.commit.is_none(), Error::<T>::AlreadyCommitted);
		let floor = Self::floor(&task.spec.environment);
		assignment.commit = Some(Commit { hash, cid, parent, at, order, floor });
		Assignments::<T>::insert(id, assignments);
		if order.saturating_add(1) == workers {
			// Nobody is waited for: the phase ends with this block.
			Queue::<T>::set_due(id, at);
		}
		Self::deposit_event(Event::Committed { task: id, owner, hash, floor });
		Ok(())
	}

	/// See [`Pallet::reveal`].
	pub(crate) fn do_reveal(operator: T::AccountId, id: TaskId, policy: &[u8], salt: [u8; 32]) -> DispatchResult {
		let owner = T::Workers::owner_of(&operator).ok_or(Error::<T>::NotRegistered)?;
		let task = Tasks::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let at = frame_system::Pallet::<T>::block_number();
		match task.state {
			TaskState::Open { .. } | TaskState::Drawing { .. } | TaskState::Assigned { .. } => {
				return Err(Error::<T>::TooEarly.into())
			}
			TaskState::Committed { until } if at <= until => {}
			_ => return Err(Error::<T>::TooLate.into()),
		}
		let mut assignments = Assignments::<T>::get(id);
		let revealed = assignments.iter().filter(|assignment| assignment.reveal.is_some()).count() as u32;
		let assignment = Self::assignment_of(&mut assignments, &owner)?;
		let commit = assignment.commit.as_ref().ok_or(Error::<T>::NotCommitted)?;
		ensure!(assignment.reveal.is_none(), Error::<T>::AlreadyRevealed);
		let order = commit.order;
		let hash = PolicyHash::from(sp_io::hashing::blake2_256(policy));
		ensure!(commit.hash == commitment(&owner, &hash, &salt), Error::<T>::WrongReveal);

		let place = match T::Evaluation::add(task.job, policy) {
			Ok(added) => {
				// A policy has one encoding, so its hash is that of the bytes.
				ensure!(added == hash, Error::<T>::BadPolicy);
				revealed
			}
			Err(EvaluationError::Duplicate) => Self::displace(id, &mut assignments, &owner, hash, order)?,
			Err(error) => return Err(Error::<T>::from(error).into()),
		};
		let known = T::Models::contains(&hash);
		let assignment = Self::assignment_of(&mut assignments, &owner)?;
		assignment.reveal = Some(Reveal { policy: hash, place, size: policy.len() as u32, known, at });
		if assignments.iter().all(|assignment| assignment.commit.is_none() || assignment.reveal.is_some()) {
			Queue::<T>::set_due(id, at);
		}
		Assignments::<T>::insert(id, assignments);
		Self::deposit_event(Event::Revealed { task: id, owner, policy: hash });
		Ok(())
	}

	/// Gives the place of a policy that another revealed already to `owner`, if it had committed before the other.
	fn displace(
		id: TaskId,
		assignments: &mut AssignmentsOf<T>,
		owner: &T::AccountId,
		policy: PolicyHash,
		order: u32,
	) -> Result<u32, DispatchError> {
		let other = assignments
			.iter_mut()
			.find(|other| other.reveal.as_ref().is_some_and(|reveal| reveal.policy == policy))
			.filter(|other| other.commit.as_ref().is_some_and(|commit| commit.order > order))
			.ok_or(Error::<T>::Duplicate)?;
		let reveal = other.reveal.take().ok_or(Error::<T>::Duplicate)?;
		Self::deposit_event(Event::RevealDisplaced { task: id, owner: other.owner.clone(), by: owner.clone() });
		Ok(reveal.place)
	}

	fn assignment_of<'a>(
		assignments: &'a mut AssignmentsOf<T>,
		owner: &T::AccountId,
	) -> Result<&'a mut AssignmentOf<T>, Error<T>> {
		assignments.iter_mut().find(|assignment| assignment.owner == *owner).ok_or(Error::<T>::NotAssigned)
	}

	/// Takes no more commits.
	pub(crate) fn close_commits(id: TaskId, mut task: TaskOf<T>, now: BlockNumberFor<T>) {
		let mut assignments = Assignments::<T>::get(id);
		let mut commits = 0u32;
		for assignment in assignments.iter_mut() {
			if assignment.commit.is_some() {
				commits = commits.saturating_add(1);
			} else {
				Self::fault(id, &mut task, assignment, T::NoCommitSlash::get(), now);
			}
		}
		Assignments::<T>::insert(id, assignments);
		if commits == 0 {
			Self::cancel_job(&task);
			Self::expire(id, task, now, Expiry::NoCommit);
			return;
		}
		// From now on, not from the deadline on: the window is whole, however late this comes.
		let until = now.saturating_add(task.spec.reveal_blocks);
		task.state = TaskState::Committed { until };
		Tasks::<T>::insert(id, task);
		Queue::<T>::set_due(id, until);
		Self::deposit_event(Event::CommitsClosed { task: id, commits, until });
	}

	/// Takes no more reveals, and has what was revealed judged.
	///
	/// Errors: [`Error::NoBeacon`]. Then it is to be tried again; nothing can be revealed meanwhile, as either all have
	/// revealed or their time is over.
	pub(crate) fn close_reveals(id: TaskId, mut task: TaskOf<T>, now: BlockNumberFor<T>) -> DispatchResult {
		let mut assignments = Assignments::<T>::get(id);
		let policies = assignments.iter().filter(|assignment| assignment.reveal.is_some()).count() as u32;
		let sealed = if policies == 0 { Err(EvaluationError::NoPolicies) } else { T::Evaluation::seal(task.job) };
		if sealed == Err(EvaluationError::NoBeacon) {
			return Err(Error::<T>::NoBeacon.into());
		}
		for assignment in assignments.iter_mut() {
			if assignment.settlement.is_none() && assignment.reveal.is_none() {
				Self::fault(id, &mut task, assignment, Perbill::one(), now);
			}
		}
		match sealed {
			Ok(()) => {
				task.state = TaskState::Evaluating { since: now };
				Queue::<T>::clear_due(id);
				Self::deposit_event(Event::EvaluationStarted { task: id, job: task.job, policies });
				Tasks::<T>::insert(id, task);
			}
			Err(_) if policies == 0 => {
				Self::cancel_job(&task);
				Self::expire(id, task, now, Expiry::NoReveal);
			}
			Err(error) => {
				log::error!(target: LOG_TARGET, "task {id} cannot be judged: {error:?}");
				for assignment in assignments.iter_mut() {
					Self::excuse(id, &mut task, assignment);
				}
				Self::cancel_job(&task);
				Self::expire(id, task, now, Expiry::NoJudgement);
			}
		}
		Assignments::<T>::insert(id, assignments);
		Ok(())
	}
}
