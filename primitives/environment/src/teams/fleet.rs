//! FleetCoordination-v0: vehicles drive to distinct goals without collisions.
//!
//! A grid with obstacles on 15 in 100 cells, drawn from the seed so that the free cells stay connected. Every vehicle has
//! a start and a goal; all starts differ, and so do all goals, and no vehicle starts at its own. Actions 0 to 3 move north,
//! east, south, west, 4 waits; obstacles and the border are masked, other vehicles are not. All vehicles move at once. A
//! move fails, and its vehicle stays, where another one goes to the same cell, stays there, or comes the other way.
//!
//! The reward of a step: -0.05 for each vehicle that is not at its goal after it, -0.5 for each whose move failed, 1 for
//! each that came to its goal and -1 for each that left it, and 5 when all are at their goals, which ends the episode.
//!
//! # Observation
//!
//! 84 entries. The 24 cells around (5 by 5 without the middle, row by row): 1 obstacle or outside, else 0; the same cells:
//! 1 a vehicle. The goal's relative x and y in units of 16 cells; 1/distance to it, walked around obstacles; whether the
//! vehicle is there. For each of the four moves whether it shortens that distance (1), lengthens it (-1) or is masked (-1).
//! Then for each of three other vehicles, in the order of their numbers after the own one, nine: whether there is one;
//! relative x and y in units of 16 cells; whether it is at its goal; for each of its four moves whether it shortens its
//! way; whether its number is lower. Last, whether the own last move failed.

use super::{
	cells::{all, beside, contains, count, insert, nth_of, remove, within, Cell, Cells, Flood, MOVES, ROWS},
	Entries, Team, ROOM,
};
use crate::{seed::Draws, Error, Real, Seed};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Obstacles, in percent of the cells.
const OBSTACLES: u32 = 15;
/// What a step costs for each vehicle that is not at its goal, in 1/20.
const WAITING: i64 = 1;
/// What a failed move costs, in 1/20.
const COLLISION: i64 = 10;
/// What coming to the goal earns and leaving it costs, in 1/20.
const ARRIVAL: i64 = 20;
/// What all at their goals earn, in 1/20.
const BONUS: i64 = 100;
/// Action that waits.
pub const WAIT: u8 = MOVES.len() as u8;

/// A running episode.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct FleetCoordination {
	/// Cells from west to east, and from north to south.
	size: (u8, u8),
	/// Vehicles.
	agents: u8,
	/// Where they are; entries of vehicles that do not exist are zero.
	places: [Cell; ROOM],
	/// Where they go.
	goals: [Cell; ROOM],
	/// Whose last move failed, bit by bit.
	failed: u8,
	/// Cells without an obstacle.
	free: Cells,
	/// Steps taken.
	steps: u32,
}

/// Steps after which an episode is truncated: about thrice what the longest way takes.
pub fn max_steps((width, height): (u8, u8)) -> u32 {
	4 * (u32::from(width) + u32::from(height))
}

/// Least and greatest return.
pub fn returns(size: (u8, u8), agents: u8) -> (Real, Real) {
	let agents = i64::from(agents);
	// All come to their goals in the first step. Leaving a goal was earned before by coming to it; the least reward of a
	// step is rounded down, and so is this.
	let most = twentieths(agents * ARRIVAL + BONUS);
	let least = twentieths(-agents * (WAITING + COLLISION)).to_bits().saturating_mul(max_steps(size).into());
	(Real::from_bits(least), most)
}

/// So many twentieths, rounded down.
fn twentieths(count: i64) -> Real {
	Real::from_ratio(count, 20)
}

impl FleetCoordination {
	/// The episode of this seed. The parameters must be valid.
	pub(crate) fn start(size: (u8, u8), agents: u8, seed: &Seed) -> Self {
		let mut draws = Draws::new(seed);
		let mut free = all(size);
		let cells = u32::from(size.0) * u32::from(size.1);
		for _ in 0..cells * OBSTACLES / 100 {
			// One that would cut the free cells in two is left out.
			let cell = Cell { x: draws.below(size.0.into()) as u8, y: draws.below(size.1.into()) as u8 };
			if remove(&mut free, cell) && !connected(&free) {
				insert(&mut free, cell);
			}
		}
		let (mut starts, mut ends) = (free, free);
		let (mut places, mut goals) = ([Cell::default(); ROOM], [Cell::default(); ROOM]);
		for (place, goal) in places.iter_mut().zip(&mut goals).take(agents.into()) {
			*place = draw_from(&starts, &mut draws);
			remove(&mut starts, *place);
			let mut others = ends;
			remove(&mut others, *place);
			*goal = draw_from(&others, &mut draws);
			remove(&mut ends, *goal);
		}
		Self { size, agents, places, goals, failed: 0, free, steps: 0 }
	}

	/// Cells from west to east, and from north to south.
	pub fn size(&self) -> (u8, u8) {
		self.size
	}

	/// Where the vehicles are.
	pub fn places(&self) -> &[Cell] {
		&self.places[..self.agents()]
	}

	/// Where they go.
	pub fn goals(&self) -> &[Cell] {
		&self.goals[..self.agents()]
	}

	/// The cells without an obstacle.
	pub fn free(&self) -> &Cells {
		&self.free
	}

	/// Whether an action leads to a free cell, or waits.
	pub fn target(&self, agent: usize, action: usize) -> Option<Cell> {
		let place = *self.places().get(agent)?;
		if action == usize::from(WAIT) {
			return Some(place);
		}
		place.offset(*MOVES.get(action)?, self.size).filter(|cell| contains(&self.free, *cell))
	}

	/// Distance of a vehicle to its goal around obstacles, and by how much each of the four moves changes it: -1, 0, 1, and
	/// nothing where the move is masked. Neighbours of a cell on a grid are never at its own distance.
	pub fn ways(&self, agent: usize) -> (u32, [Option<i8>; 4]) {
		let (Some(place), Some(goal)) = (self.places().get(agent), self.goals().get(agent)) else {
			return (0, [None; 4]);
		};
		let mut flood = Flood::new(goal.alone());
		let mut nearer = [0; ROWS];
		while !contains(&flood.front, *place) {
			nearer = flood.front;
			if !flood.next(|front| beside(front, &self.free)) {
				break;
			}
		}
		let change = |action: usize| {
			let cell = self.target(agent, action)?;
			Some(if contains(&nearer, cell) { -1 } else { 1 })
		};
		(flood.distance, core::array::from_fn(change))
	}

	fn at_goal(&self, agent: usize) -> bool {
		self.places().get(agent) == self.goals().get(agent)
	}

	/// Where all vehicles are after these actions, and whose move failed, bit by bit.
	fn drive(&self, actions: &[u8]) -> ([Cell; ROOM], u8) {
		let agents = self.agents();
		let mut next = self.places;
		for (agent, (next, action)) in next.iter_mut().zip(actions).enumerate().take(agents) {
			*next = self.target(agent, usize::from(*action)).unwrap_or(*next);
		}
		let mut failed = 0_u8;
		// Every round stops at least one vehicle, so there are at most as many rounds as vehicles.
		for _ in 0..agents {
			let blocked = |agent: usize| {
				let moves = next[agent] != self.places[agent];
				moves
					&& (0..agents).filter(|other| *other != agent).any(|other| {
						let swap = next[other] == self.places[agent] && next[agent] == self.places[other];
						next[other] == next[agent] || swap
					})
			};
			let stopped: u8 = (0..agents).filter(|agent| blocked(*agent)).map(|agent| 1 << agent).sum();
			if stopped == 0 {
				break;
			}
			failed |= stopped;
			for agent in (0..agents).filter(|agent| stopped >> agent & 1 == 1) {
				next[agent] = self.places[agent];
			}
		}
		(next, failed)
	}
}

impl Team for FleetCoordination {
	const ACTIONS: u32 = 5;
	const OBSERVATION: usize = 84;

	fn agents(&self) -> usize {
		usize::from(self.agents).clamp(1, ROOM)
	}

	fn steps(&self) -> u32 {
		self.steps
	}

	fn max_steps(&self) -> u32 {
		max_steps(self.size)
	}

	fn is_done(&self) -> bool {
		self.places() == self.goals()
	}

	fn allowed(&self, agent: usize) -> u32 {
		(0..=MOVES.len()).filter(|action| self.target(agent, *action).is_some()).map(|action| 1 << action).sum()
	}

	fn look(&self, agent: usize, entries: &mut Entries) {
		let (Some(place), Some(goal)) = (self.places().get(agent), self.goals().get(agent)) else { return };
		let mut vehicles = [0; ROWS];
		self.places().iter().for_each(|place| insert(&mut vehicles, *place));
		let around = || {
			let all = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dx, dy)));
			all.filter(|offset| *offset != (0, 0)).map(|offset| place.offset(offset, self.size))
		};
		around().for_each(|cell| entries.flag(!cell.is_some_and(|cell| contains(&self.free, cell))));
		around().for_each(|cell| entries.flag(cell.is_some_and(|cell| contains(&vehicles, cell))));
		let relative = |entries: &mut Entries, cell: &Cell| {
			entries.share(i64::from(cell.x) - i64::from(place.x), ROWS as i64);
			entries.share(i64::from(cell.y) - i64::from(place.y), ROWS as i64);
		};
		let (distance, changes) = self.ways(agent);
		relative(entries, goal);
		entries.closeness(Some(distance));
		entries.flag(self.at_goal(agent));
		changes.into_iter().for_each(|change| entries.share((-change.unwrap_or(1)).into(), 1));
		for turn in 1..ROOM {
			let other = (agent + turn) % self.agents();
			match self.places().get(other).filter(|_| turn < self.agents()) {
				None => (0..9).for_each(|_| entries.flag(false)),
				Some(cell) => {
					entries.flag(true);
					relative(entries, cell);
					entries.flag(self.at_goal(other));
					self.ways(other).1.into_iter().for_each(|change| entries.flag(change == Some(-1)));
					entries.flag(other < agent);
				}
			}
		}
		entries.flag(self.failed >> agent & 1 == 1);
	}

	fn advance(&mut self, actions: &[u8]) -> Real {
		let there = |fleet: &Self| (0..fleet.agents()).filter(|agent| fleet.at_goal(*agent)).count() as i64;
		let before = there(self);
		(self.places, self.failed) = self.drive(actions);
		self.steps = self.steps.saturating_add(1);
		let after = there(self);
		let away = self.agents() as i64 - after;
		let bonus = if self.is_done() { BONUS } else { 0 };
		let collisions = i64::from(self.failed.count_ones());
		twentieths((after - before) * ARRIVAL - away * WAITING - collisions * COLLISION + bonus)
	}

	fn validate(&self) -> Result<(), Error> {
		let (width, height) = self.size;
		crate::TaskEnvironment::FleetCoordination { width, height, agents: self.agents }
			.validate()
			.map_err(|_| Error::InvalidState)?;
		let distinct = |cells: &[Cell]| {
			let mut set = [0; ROWS];
			cells.iter().for_each(|cell| insert(&mut set, *cell));
			within(&set, &self.free) && count(&set) as usize == self.agents()
		};
		let empty = |cells: &[Cell]| cells.iter().skip(self.agents()).all(|cell| *cell == Cell::default());
		let valid = within(&self.free, &all(self.size))
			&& connected(&self.free)
			&& distinct(self.places())
			&& distinct(self.goals())
			&& empty(&self.places)
			&& empty(&self.goals)
			&& u32::from(self.failed) < 1 << self.agents()
			&& self.steps <= self.max_steps();
		valid.then_some(()).ok_or(Error::InvalidState)
	}
}

/// Whether one can go from every cell of the set to every other.
fn connected(free: &Cells) -> bool {
	let mut flood = Flood::new(nth_of(free, 0).alone());
	while flood.next(|front| beside(front, free)) {}
	within(free, &flood.reached)
}

/// A random cell of the set, which is not empty.
fn draw_from(cells: &Cells, draws: &mut Draws) -> Cell {
	nth_of(cells, draws.below(count(cells)))
}
