//! Who gets a task: applications, and the choice among them.

use crate::*;
use alloc::vec::Vec;
use frame_support::{defensive, dispatch::DispatchResult, ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::{vrf::Randomness, Beacon, BEACON_BLOCKS};
use praxis_primitives_market::{
	selection::{choose, lot, needs_lot, Lot},
	Assignment, Candidate, Expiry, Quality, Standing, TaskId, TaskState, WorkerRegistry,
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
		Holds::<T>::hold(&mut task.ledger, HoldReason::WorkerBond, &owner, bond)?;
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
		Holds::<T>::give_back(&mut task.ledger, HoldReason::WorkerBond, &owner, application.bond);
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

	/// Takes no more applications: chooses the workers, or has lots drawn first where these decide. Qualities are those of
	/// this moment, so that nothing that happens while lots are drawn changes them.
	///
	/// Errors: [`Error::NoBeacon`]. Then it is to be tried again.
	pub(crate) fn close_applications(id: TaskId, mut task: TaskOf<T>, now: BlockNumberFor<T>) -> DispatchResult {
		let mut applications = Applications::<T>::get(id);
		for application in applications.iter_mut() {
			application.quality = Self::quality(&application.owner, &task);
		}
		let candidates = Self::candidates(&applications, id, &task, None);
		if !Self::needs_lot(&candidates, &task) {
			Self::select(id, task, applications, None, now);
			return Ok(());
		}
		T::Beacon::request(now).map_err(|_| Error::<T>::NoBeacon)?;
		let unknown = candidates.iter().filter(|candidate| candidate.total.is_zero()).count() as u32;
		Applications::<T>::insert(id, applications);
		task.state = TaskState::Drawing { after: now };
		Tasks::<T>::insert(id, task);
		Queue::<T>::set_due(id, now.saturating_add(BEACON_BLOCKS.into()));
		Self::deposit_event(Event::ApplicationsClosed { task: id, unknown, after: now });
		Ok(())
	}

	/// Chooses the workers, once there is the beacon. Errors: [`Error::NoBeacon`]; then it is to be tried again.
	pub(crate) fn draw_lots(
		id: TaskId,
		task: TaskOf<T>,
		after: BlockNumberFor<T>,
		now: BlockNumberFor<T>,
	) -> DispatchResult {
		let beacon = T::Beacon::get(after).map_err(|_| Error::<T>::NoBeacon)?;
		T::Beacon::release(after).map_err(|_| Error::<T>::NoBeacon)?;
		let applications = Applications::<T>::get(id);
		Self::select(id, task, applications, Some(&beacon), now);
		Ok(())
	}

	/// Chooses the workers of a task, and keeps the applications in the order in which they were considered.
	pub(crate) fn select(
		id: TaskId,
		mut task: TaskOf<T>,
		applications: ApplicationsOf<T>,
		beacon: Option<&Randomness>,
		now: BlockNumberFor<T>,
	) {
		let (eligible, others): (Vec<_>, Vec<_>) =
			applications.into_iter().partition(|one| Self::is_eligible(&one.owner, &one.quality, &task));
		let candidates = Self::candidates(&eligible, id, &task, beacon);
		let budget = task.spec.budget.saturated_into();
		let engage = |owner: &T::AccountId| T::Workers::engage(owner).is_ok();
		let mut considered = Vec::new();
		let mut assignments = AssignmentsOf::<T>::new();
		for (index, standing) in choose(&candidates, task.spec.workers, budget, engage) {
			let Some(application) = eligible.get(index) else {
				defensive!("a candidate is an applicant");
				continue;
			};
			considered.push(Application { standing, ..application.clone() });
			if standing == Standing::Chosen {
				let Application { owner, price, bond, .. } = application.clone();
				Self::deposit_event(Event::WorkerAssigned { task: id, owner: owner.clone(), price });
				let assignment = Assignment { owner, price, bond, commit: None, reveal: None, settlement: None };
				if assignments.try_push(assignment).is_err() {
					defensive!("no more are chosen than may be wanted");
				}
			}
		}
		considered.extend(others.into_iter().map(|one| Application { standing: Standing::Ineligible, ..one }));
		for Application { owner, bond, standing, .. } in &considered {
			if *standing != Standing::Chosen {
				Holds::<T>::give_back(&mut task.ledger, HoldReason::WorkerBond, owner, *bond);
				Self::deposit_event(Event::WorkerPassedOver { task: id, owner: owner.clone(), standing: *standing });
			}
		}
		Applications::<T>::insert(id, ApplicationsOf::<T>::truncate_from(considered));

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
		Queue::<T>::set_due(id, until);
	}

	/// Whether lots decide who of these gets the task.
	pub(crate) fn needs_lot(candidates: &[Candidate<T::AccountId>], task: &TaskOf<T>) -> bool {
		let budget = task.spec.budget.saturated_into();
		needs_lot(candidates, task.spec.workers, budget, T::Workers::is_available)
	}

	/// Those of the applicants who are eligible, as the ranking sees them.
	pub(crate) fn candidates(
		applications: &[ApplicationOf<T>],
		id: TaskId,
		task: &TaskOf<T>,
		beacon: Option<&Randomness>,
	) -> Vec<Candidate<T::AccountId>> {
		applications
			.iter()
			.filter(|one| Self::is_eligible(&one.owner, &one.quality, task))
			.map(|one| Candidate {
				owner: one.owner.clone(),
				price: one.price.saturated_into(),
				total: one.quality.total(&task.spec.terms),
				lot: beacon.map_or_else(Lot::default, |beacon| lot(beacon, id, &one.owner)),
			})
			.collect()
	}
}
