//! [`AnyState`]: a state of any environment.

use crate::{
	acrobot::AcrobotState,
	cart_pole::CartPoleState,
	kernel::{self, Kernel},
	mountain_car::MountainCarState,
	pendulum::{NoisyPendulumState, PendulumState},
	Environment, EnvironmentId, Error, Outcome, Real, Seed,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A state of any of the environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum AnyState {
	/// Of CartPole-v1.
	#[codec(index = 0)]
	CartPole(CartPoleState),
	/// Of MountainCar-v0.
	#[codec(index = 1)]
	MountainCar(MountainCarState),
	/// Of Acrobot-v1.
	#[codec(index = 2)]
	Acrobot(AcrobotState),
	/// Of Pendulum-v1.
	#[codec(index = 3)]
	Pendulum(PendulumState),
	/// Of NoisyPendulum-v0.
	#[codec(index = 4)]
	NoisyPendulum(NoisyPendulumState),
}

/// Runs an expression with `$e` as the environment of an id.
macro_rules! with_environment {
	($id:expr, $e:ident => $body:expr) => {
		with_environment!(@ $id, $e, $body, CartPole, MountainCar, Acrobot, Pendulum, NoisyPendulum)
	};
	(@ $id:expr, $e:ident, $body:expr, $($environment:ident),*) => {
		match $id {
			$($crate::EnvironmentId::$environment => {
				type $e = $crate::$environment;
				$body
			})*
		}
	};
}
pub(crate) use with_environment;

/// Runs an expression with `$e` as the environment of a state and `$s` as that environment's state.
macro_rules! with_state {
	($state:expr, $e:ident, $s:ident => $body:expr) => {
		with_state!(@ $state, $e, $s, $body, CartPole, MountainCar, Acrobot, Pendulum, NoisyPendulum)
	};
	(@ $state:expr, $e:ident, $s:ident, $body:expr, $($environment:ident),*) => {
		match $state {
			$($crate::AnyState::$environment($s) => {
				#[allow(dead_code)]
				type $e = $crate::$environment;
				$body
			})*
		}
	};
}

macro_rules! from_state {
	($($environment:ident: $state:ident),*) => {
		$(impl From<$state> for AnyState {
			fn from(state: $state) -> Self {
				Self::$environment(state)
			}
		})*
	};
}
from_state!(
	CartPole: CartPoleState,
	MountainCar: MountainCarState,
	Acrobot: AcrobotState,
	Pendulum: PendulumState,
	NoisyPendulum: NoisyPendulumState
);

impl AnyState {
	/// The state in which the episode of this seed starts.
	pub fn reset(id: EnvironmentId, seed: &Seed) -> Self {
		with_environment!(id, E => E::reset(seed).into())
	}

	/// Of which environment it is.
	pub const fn id(&self) -> EnvironmentId {
		match self {
			Self::CartPole(_) => EnvironmentId::CartPole,
			Self::MountainCar(_) => EnvironmentId::MountainCar,
			Self::Acrobot(_) => EnvironmentId::Acrobot,
			Self::Pendulum(_) => EnvironmentId::Pendulum,
			Self::NoisyPendulum(_) => EnvironmentId::NoisyPendulum,
		}
	}

	/// Whether the state can occur. Every state that `reset` and `step` make can.
	pub fn validate(&self) -> Result<(), Error> {
		with_state!(self, E, state => E::validate(state))
	}

	/// Whether the episode is over in this state.
	pub fn is_over(&self) -> bool {
		with_state!(self, E, state => E::is_over(state))
	}

	/// Steps taken in this episode.
	pub fn steps(&self) -> u32 {
		with_state!(self, E, state => E::load(state).1)
	}

	/// Writes the observation, scaled to 16 bits as [`crate::Spec::scales`] says; `out` must have its length.
	pub fn observe(&self, out: &mut [i16]) -> Result<(), Error> {
		if out.len() != self.id().spec().observation {
			return Err(Error::BadLength);
		}
		with_state!(self, E, state => E::observe(state, out));
		Ok(())
	}

	/// The observation, scaled to 16 bits as [`crate::Spec::scales`] says.
	pub fn observation(&self) -> Vec<i16> {
		with_state!(self, E, state => {
			let mut out = vec![0; E::OBSERVATION];
			E::observe(state, &mut out);
			out
		})
	}

	/// The observation in Gymnasium's order and units, with the full resolution.
	pub fn full_observation(&self) -> Vec<Real> {
		with_state!(self, E, state => {
			E::look(&E::load(state).0).into_iter().take(E::OBSERVATION).map(Real::from_bits).collect()
		})
	}

	/// Takes an action. On an error the state is as before.
	pub fn step(&mut self, action: u32) -> Result<Outcome, Error> {
		with_state!(self, E, state => E::step(state, action))
	}

	/// Takes the noise of further steps from this seed, where there is any.
	pub fn reseed(&mut self, seed: &Seed) {
		with_state!(self, E, state => <E as Environment>::reseed(state, seed))
	}

	/// The state in Gymnasium's order and units: `[x, x_dot, theta, theta_dot]` of CartPole,
	/// `[position, velocity]` of MountainCar, `[theta1, theta2, theta1_dot, theta2_dot]` of Acrobot and
	/// `[theta, theta_dot]` of both pendulums.
	pub fn values(&self) -> Vec<Real> {
		with_state!(self, E, state => {
			E::load(state).0.into_iter().take(E::VISIBLE).map(Real::from_bits).collect()
		})
	}

	/// The state at the start of an episode with these values, in the order and units of [`AnyState::values`]. Values
	/// outside their range by no more than 2^-19 (the error of a 32-bit float) are moved to its border.
	pub fn from_values(id: EnvironmentId, values: &[Real]) -> Result<Self, Error> {
		Self::from_values_at(id, values, 0)
	}

	/// The same, after so many steps of an episode.
	pub fn from_values_at(id: EnvironmentId, values: &[Real], steps: u32) -> Result<Self, Error> {
		with_environment!(id, E => {
			let state = E::store(kernel::from_values::<E>(values, steps)?, steps);
			E::validate(&state)?;
			Ok(state.into())
		})
	}
}
