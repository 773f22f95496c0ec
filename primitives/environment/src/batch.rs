//! Batch stepping for training: structure of arrays, equal to stepping each environment singly.

use crate::{
	kernel::{self, Kernel},
	seed::Draws,
	state::with_environment,
	AnyState, Environment, EnvironmentId, Error, Real, Seed,
};
use alloc::{vec, vec::Vec};
use core::array;

/// Environments of one kind that step together.
#[derive(Clone, Debug)]
pub struct Batch {
	id: EnvironmentId,
	/// One column a variable; columns that the environment does not use stay empty.
	columns: [Vec<i64>; 4],
	steps: Vec<u32>,
	over: Vec<bool>,
	seeds: Vec<Seed>,
	/// Episodes that have ended, of each environment.
	episodes: Vec<u64>,
	auto_reset: bool,
}

impl Batch {
	/// One environment for each seed, in the state that `AnyState::reset` gives for the seed.
	pub fn new(id: EnvironmentId, seeds: &[Seed]) -> Self {
		let mut batch = Self {
			id,
			columns: array::from_fn(|_| Vec::new()),
			steps: vec![0; seeds.len()],
			over: vec![false; seeds.len()],
			seeds: seeds.to_vec(),
			episodes: vec![0; seeds.len()],
			auto_reset: false,
		};
		with_environment!(id, E => {
			for column in &mut batch.columns[..E::VARIABLES] {
				column.resize(seeds.len(), 0);
			}
			for (i, seed) in seeds.iter().enumerate() {
				batch.put::<E>(i, E::draw(&mut Draws::new(seed)));
			}
		});
		batch
	}

	/// Whether `step` restarts the environments whose episode ended in it, after it has written what it returns:
	/// observations are then those of the new episode's start.
	#[must_use]
	pub fn with_auto_reset(mut self, auto_reset: bool) -> Self {
		self.auto_reset = auto_reset;
		self
	}

	/// Which environment it holds.
	pub fn id(&self) -> EnvironmentId {
		self.id
	}

	/// How many it holds.
	pub fn len(&self) -> usize {
		self.steps.len()
	}

	/// Whether it holds none.
	pub fn is_empty(&self) -> bool {
		self.steps.is_empty()
	}

	/// The state of one environment, if there are so many.
	pub fn state(&self, index: usize) -> Option<AnyState> {
		let steps = *self.steps.get(index)?;
		Some(with_environment!(self.id, E => E::store(self.get::<E>(index), steps).into()))
	}

	/// Puts one environment into a state.
	pub fn set_state(&mut self, index: usize, state: &AnyState) -> Result<(), Error> {
		if index >= self.len() {
			return Err(Error::BadLength);
		}
		state.validate()?;
		let over = state.is_over();
		macro_rules! put {
			($($environment:ident),*) => {
				match state {
					$(AnyState::$environment(inner) if self.id == state.id() => {
						let (variables, steps) = <crate::$environment as Kernel>::load(inner);
						self.put::<crate::$environment>(index, variables);
						self.steps[index] = steps;
					})*
					_ => return Err(Error::InvalidState),
				}
			};
		}
		put!(CartPole, MountainCar, Acrobot, Pendulum, NoisyPendulum);
		self.over[index] = over;
		Ok(())
	}

	/// Steps every environment; all slices must have its length. On an error nothing has changed.
	pub fn step(
		&mut self,
		actions: &[u8],
		rewards: &mut [Real],
		terminated: &mut [bool],
		truncated: &mut [bool],
	) -> Result<(), Error> {
		let length = self.len();
		if [actions.len(), rewards.len(), terminated.len(), truncated.len()] != [length; 4] {
			return Err(Error::BadLength);
		}
		let count = self.id.spec().actions;
		let greatest = actions.iter().copied().max().unwrap_or(0).into();
		if greatest >= count {
			return Err(Error::ActionOutOfRange { action: greatest, actions: count });
		}
		if self.over.contains(&true) {
			return Err(Error::EpisodeOver);
		}
		with_environment!(self.id, E => self.advance::<E>(actions, rewards, terminated, truncated));
		if self.auto_reset {
			self.restart();
		}
		Ok(())
	}

	/// Restarts the environments whose episode is over, the n-th time from `seed.derive(n - 1)`; how many there were.
	pub fn restart(&mut self) -> usize {
		let mut restarted = 0;
		for i in 0..self.len() {
			if self.over[i] {
				let seed = self.seeds[i].derive(self.episodes[i]);
				with_environment!(self.id, E => self.put::<E>(i, E::draw(&mut Draws::new(&seed))));
				self.episodes[i] += 1;
				self.steps[i] = 0;
				self.over[i] = false;
				restarted += 1;
			}
		}
		restarted
	}

	/// Writes all observations, one environment after the other, scaled as [`crate::Spec::scales`] says.
	pub fn observe(&self, out: &mut [i16]) -> Result<(), Error> {
		with_environment!(self.id, E => {
			if out.len() != self.len() * E::OBSERVATION {
				return Err(Error::BadLength);
			}
			for (i, out) in out.chunks_exact_mut(E::OBSERVATION).enumerate() {
				let seen = E::look(&self.get::<E>(i));
				for ((out, seen), scale) in out.iter_mut().zip(seen).zip(E::SCALES) {
					*out = kernel::scale(seen, *scale);
				}
			}
		});
		Ok(())
	}

	fn get<E: Environment>(&self, index: usize) -> [i64; 4] {
		array::from_fn(|k| if k < E::VARIABLES { self.columns[k][index] } else { 0 })
	}

	fn put<E: Environment>(&mut self, index: usize, variables: [i64; 4]) {
		for (column, variable) in self.columns.iter_mut().zip(variables).take(E::VARIABLES) {
			column[index] = variable;
		}
	}

	/// The inner loop: every slice has the batch's length.
	fn advance<E: Environment>(
		&mut self,
		actions: &[u8],
		rewards: &mut [Real],
		terminated: &mut [bool],
		truncated: &mut [bool],
	) {
		let length = actions.len();
		// The same length for all, so that no index in the loop needs a check; unused columns are empty.
		let mut columns = self.columns.each_mut().map(|column| &mut column[..]);
		for column in &mut columns[..E::VARIABLES] {
			*column = &mut core::mem::take(column)[..length];
		}
		let [a, b, c, d] = columns;
		let (steps, over) = (&mut self.steps[..length], &mut self.over[..length]);
		let (rewards, terminated, truncated) =
			(&mut rewards[..length], &mut terminated[..length], &mut truncated[..length]);
		for i in 0..length {
			let mut variables = [a[i], b[i], 0, 0];
			if E::VARIABLES > 2 {
				variables[2] = c[i];
			}
			if E::VARIABLES > 3 {
				variables[3] = d[i];
			}
			let advance = E::advance(variables, actions[i].into());
			a[i] = advance.variables[0];
			b[i] = advance.variables[1];
			if E::VARIABLES > 2 {
				c[i] = advance.variables[2];
			}
			if E::VARIABLES > 3 {
				d[i] = advance.variables[3];
			}
			let taken = steps[i].saturating_add(1);
			let late = taken >= E::MAX_STEPS;
			steps[i] = taken;
			rewards[i] = Real::from_bits(advance.reward);
			terminated[i] = advance.terminated;
			truncated[i] = late;
			over[i] = advance.terminated | late;
		}
	}
}
