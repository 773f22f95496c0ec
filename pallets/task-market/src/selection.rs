//! Who gets a task: applications, and the choice among them.

use crate::*;
use alloc::vec::Vec;
use frame_support::{defensive, dispatch::DispatchResult, ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_market::{
	selection::choose, Assignment, Candidate, Expiry, Quality, Standing, TaskId, TaskState, WorkerRegistry,
};
use sp_runtime::{
	traits::{CheckedAdd, SaturatedConversion, Saturating, Zero},
	ArithmeticError, DispatchError,
};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::apply`].
	pub(crate) fn do_apply(operator: T::AccountId, id: TaskId, price: BalanceOf<T>) -> DispatchResult {
		let mut task = Self::open_task(id)?;
		let owner = T::Workers::owner_of(&operator).ok_or(Error::<T>::NotRegistered)?;
		ensure!(task.requester != owner && task.requester != operator, Error::<T>::OwnTask);
		ensure!(!price.is_zero() && price <= task.spec.price, Error::<T>::BadPrice);
		let mut applications = Applications::<T>::get(id);
		ensure!(applications.iter().all(|application| application.owner != owner), Error::<T>::AlreadyApplied);
		ensure!(T::Workers::resources(&owner).is_some(), Error::<T>::NotRegistered);
		ensure!(Self::is_eligible(&owner, &Self::quality(&owner, &task), &task), Error::<T>::NotEligible);

		let bond = Self::bond(&task, price)?;
		let application =
			Application { owner: owner.clone(), price, bond, quality: Quality::default(), standing: Standing::Waiting };
		applications.try_push(application).map_err(|_| Error::<T>::TooManyApplicants)?;
		Self::hold(&mut task.ledger, HoldReason::WorkerBond, &owner, bond)?;
		Applications::<T>::insert(id, applications);
		Tasks::<T>::insert(id, task);
		Self::deposit_event(Event::Applied { task: id, owner, price, bond });
		Ok(())
	}

	/// See [`Pallet::withdraw_application`].
	pub(crate) fn do_withdraw_application(operator: T::AccountId, id: TaskId) -> DispatchResult {
		let mut task = Self::open_task(id)?;
		let owner = T::Workers::owner_of(&operator).ok_or(Error::<T>::NotRegistered)?;
		let mut applications = Applications::<T>::get(id);
		let index =
			applications.iter().position(|application| application.owner == owner).ok_or(Error::<T>::NotApplied)?;
		let application = applications.remove(index);
		Self::give_back(&mut task.ledger, HoldReason::WorkerBond, &owner, application.bond);
		Applications::<T>::insert(id, applications);
		Tasks::<T>::insert(id, task);
		Self::deposit_event(Event::ApplicationWithdrawn { task: id, owner });
		Ok(())
	}

	/// The task, if workers may still apply for it.
	fn open_task(id: TaskId) -> Result<TaskOf<T>, DispatchError> {
		let task = Tasks::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let TaskState::Open { until } = task.state else { return Err(Error::<T>::NotOpen.into()) };
		ensure!(frame_system::Pallet::<T>::block_number() <= until, Error::<T>::TooLate);
		Ok(task)
	}

	/// Bond of a worker who asks this price. More than judging its policy costs.
	pub(crate) fn bond(task: &TaskOf<T>, price: BalanceOf<T>) -> Result<BalanceOf<T>, DispatchError> {
		let bond = T::BondShare::get()
			.mul_ceil(price)
			.checked_add(&task.evaluation)
			.and_then(|bond| bond.checked_add(&T::MinimumBond::get()))
			.ok_or(ArithmeticError::Overflow)?;
		Ok(bond)
	}

	pub(crate) fn quality(owner: &T::AccountId, task: &TaskOf<T>) -> Quality {
		T::Workers::quality(owner, &task.spec.environment)
	}

	/// Whether a worker of this quality is still registered and has what the task wants.
	pub(crate) fn is_eligible(owner: &T::AccountId, quality: &Quality, task: &TaskOf<T>) -> bool {
		quality.reputation >= task.spec.minimum_reputation
			&& T::Workers::resources(owner).is_some_and(|resources| resources.suffice(&task.spec.resources))
	}

	/// Chooses the workers of a task for which nobody may apply any more.
	pub(crate) fn select(id: TaskId, mut task: TaskOf<T>, now: BlockNumberFor<T>) {
		let mut applications = Applications::<T>::get(id);
		let mut candidates = Vec::new();
		let mut places = Vec::new();
		for (place, application) in applications.iter_mut().enumerate() {
			application.quality = Self::quality(&application.owner, &task);
			application.standing = Standing::Ineligible;
			if Self::is_eligible(&application.owner, &application.quality, &task) {
				candidates.push(Self::candidate(application, &task));
				places.push(place);
			}
		}
		let budget = task.spec.budget.saturated_into();
		let engage = |owner: &T::AccountId| T::Workers::engage(owner).is_ok();
		let mut assignments = AssignmentsOf::<T>::new();
		for (index, standing) in choose(&candidates, task.spec.workers, budget, engage) {
			let Some(application) = places.get(index).and_then(|place| applications.get_mut(*place)) else {
				defensive!("a candidate is an applicant");
				continue;
			};
			application.standing = standing;
			if standing == Standing::Chosen {
				let Application { owner, price, bond, .. } = application.clone();
				Self::deposit_event(Event::WorkerAssigned { task: id, owner: owner.clone(), price });
				let assignment = Assignment { owner, price, bond, commit: None, reveal: None, settlement: None };
				if assignments.try_push(assignment).is_err() {
					defensive!("no more are chosen than may be wanted");
				}
			}
		}
		for Application { owner, bond, standing, .. } in applications.iter() {
			if *standing != Standing::Chosen {
				Self::give_back(&mut task.ledger, HoldReason::WorkerBond, owner, *bond);
				Self::deposit_event(Event::WorkerPassedOver { task: id, owner: owner.clone(), standing: *standing });
			}
		}
		Applications::<T>::insert(id, applications);

		if assignments.is_empty() {
			Self::cancel_job(&task);
			Self::expire(id, task, now, Expiry::NoWorker);
			return;
		}
		let until = now.saturating_add(task.spec.train_blocks);
		Self::deposit_event(Event::TaskAssigned { task: id, workers: assignments.len() as u32, until });
		Assignments::<T>::insert(id, assignments);
		task.assigned = Some(now);
		task.state = TaskState::Assigned { until };
		Tasks::<T>::insert(id, task);
		Self::set_due(id, until);
	}

	/// An application, as the ranking sees it.
	pub(crate) fn candidate(application: &ApplicationOf<T>, task: &TaskOf<T>) -> Candidate<T::AccountId> {
		Candidate {
			owner: application.owner.clone(),
			price: application.price.saturated_into(),
			total: application.quality.total(&task.spec.terms),
		}
	}
}
