//! What judging weighs.

use crate::*;
use frame_support::{traits::Get, weights::Weight};
use praxis_environment::TaskEnvironment;
use praxis_policy::{Policy, MAX_ENCODED, MAX_WORK};
use praxis_primitives_market::{EvaluationError, OnEvaluated, Request};

/// Work of one unit of its benchmark.
pub(crate) const WORK: u64 = 1_000;

/// What one more costs: the constant part of a measurement is that of its set-up.
fn slope(weight: impl Fn(u32) -> Weight) -> Weight {
	weight(SLOPE).saturating_sub(weight(0)).saturating_div(SLOPE.into())
}

/// Where the slope is taken.
const SLOPE: u32 = 1_000;

impl<T: Config> Pallet<T> {
	/// Weight of one step, or of the start of an episode, with a policy whose inference takes so much work.
	pub(crate) fn unit(environment: &TaskEnvironment, work: u64) -> Weight {
		let steps = match environment {
			TaskEnvironment::CartPole => T::WeightInfo::steps_cart_pole,
			TaskEnvironment::MountainCar => T::WeightInfo::steps_mountain_car,
			TaskEnvironment::Acrobot => T::WeightInfo::steps_acrobot,
			TaskEnvironment::Pendulum => T::WeightInfo::steps_pendulum,
			TaskEnvironment::TargetLocalization { .. } => T::WeightInfo::steps_target_localization,
			TaskEnvironment::MazeCleaning { .. } => T::WeightInfo::steps_maze_cleaning,
			TaskEnvironment::FleetCoordination { .. } => T::WeightInfo::steps_fleet_coordination,
		};
		// Every agent of a team asks the policy once. Multiplied before it is divided: one unit weighs less than its benchmark shows.
		let inferences = slope(T::WeightInfo::inference)
			.saturating_mul(work.saturating_mul(environment.agents().into()))
			.saturating_div(WORK);
		slope(steps).saturating_add(inferences)
	}

	/// Most weight that evaluations may take of a block.
	pub(crate) fn most_of_a_block() -> Weight {
		T::Share::get() * T::BlockWeights::get().max_block
	}

	/// Room that the largest policy needs before a block works on it.
	pub(crate) fn least_useful() -> Weight {
		T::WeightInfo::load(MAX_ENCODED)
			.saturating_mul(LOADS)
			.saturating_add(T::WeightInfo::begin())
			.saturating_add(Self::finish_weight(T::MaxPolicies::get()))
	}

	/// Weight of handing the results of so many policies over.
	pub(crate) fn finish_weight(policies: u32) -> Weight {
		T::WeightInfo::finish(policies).saturating_add(T::OnEvaluated::weight(policies))
	}

	/// Most weight that judging one policy of the request may take.
	pub(crate) fn weight_of_request(request: &Request) -> Result<Weight, EvaluationError> {
		Self::check(request)?;
		let units =
			u64::from(request.episodes).saturating_mul(u64::from(request.environment.max_steps()).saturating_add(1));
		let work = Self::unit(&request.environment, request.limits.max_work.min(MAX_WORK)).saturating_mul(units);
		// Blocks that work on a policy spend at most one part in LOADS on reading it, and all but the last are used up.
		let loads = work
			.saturating_div(LOADS.saturating_sub(1))
			.saturating_add(T::WeightInfo::load(MAX_ENCODED).saturating_mul(2));
		let fixed = T::WeightInfo::begin().saturating_add(Self::finish_weight(1));
		let weight = work.saturating_add(loads).saturating_add(fixed);
		if weight.any_gt(T::MaxPolicyWeight::get()) {
			return Err(EvaluationError::TooExpensive);
		}
		Ok(weight)
	}

	/// Whether the request is within all bounds but that of its weight.
	fn check(request: &Request) -> Result<(), EvaluationError> {
		if !(1..=T::MaxEpisodes::get()).contains(&request.episodes)
			|| !(1..=T::MaxPolicies::get()).contains(&request.policies)
		{
			return Err(EvaluationError::BadRequest);
		}
		request.environment.validate().map_err(|_| EvaluationError::BadEnvironment)
	}

	/// Weight of a unit of this policy.
	pub(crate) fn unit_of(environment: &TaskEnvironment, policy: &Policy) -> Weight {
		Self::unit(environment, policy.work())
	}
}
