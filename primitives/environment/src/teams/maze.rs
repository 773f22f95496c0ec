//! MazeCleaning-v0: a team cleans all cells of a maze.
//!
//! The maze is drawn from the seed: a spanning tree of all cells by a random depth-first walk, then one in eight of the
//! remaining inner walls is taken away. So it is connected by construction. Agents start in distinct cells, which are
//! clean; all others are dirty. Actions 0 to 3 move north, east, south, west; walls are masked; agents may share a cell.
//! The reward of a step is the number of cells that it cleaned, less 0.25, plus 5 when the last one is clean.
//!
//! # Observation
//!
//! 72 entries. For each of the four moves twelve, all of what is reached by it without coming back through the own cell:
//! - whether it leads to the nearest dirty cell; 1/distance to the nearest dirty cell; the dirty cells, as a share of all cells;
//! - 1/distance to the nearest other agent;
//! - whether the dirty cells that hang together with the nearest ones are the fewest among the moves that lead to the nearest;
//!   1/their number;
//! - of the own territory, which is the cells that the agent comes to before any other: whether the move leads to the nearest
//!   dirty cell in it; 1/distance to that; the dirty cells in it, as a share of all cells; the cells of shortest ways to all
//!   of them, as a share of half of all cells; whether the farthest of them lies there, and its distance / (width + height).
//!
//! Then 20 cells around (5 by 5 without its corners and its middle, row by row): 1 dirty, 0 clean, -1 outside. Then the last
//! move's x and y, the share of cells that are dirty, and the agent's number / 4.

use super::{
	cells::{all, contains, count, insert, nth_of, remove, within, Cell, Cells, Flood, MOVES, ROWS},
	Entries, Team, ROOM,
};
use crate::{seed::Draws, Error, Real, Seed};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// One in so many inner walls that the tree left is taken away.
const HOLES: u32 = 8;
/// What a step costs the team.
pub const STEP_COST: Real = Real::from_ratio(1, 4);
/// Reward when the last cell is clean.
pub const BONUS: i32 = 5;
/// The last move of an agent that has not moved yet.
const NONE: u8 = MOVES.len() as u8;

/// A running episode.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct MazeCleaning {
	/// Cells from west to east, and from north to south.
	size: (u8, u8),
	/// Agents.
	agents: u8,
	/// Where they are; entries of agents that do not exist are zero.
	places: [Cell; ROOM],
	/// Their last moves.
	moved: [u8; ROOM],
	/// Cells that are open to their east.
	east: Cells,
	/// Cells that are open to their south.
	south: Cells,
	/// Cells that are dirty.
	dirty: Cells,
	/// Steps taken.
	steps: u32,
}

/// Steps after which an episode is truncated: thrice what one agent needs for all cells, shared by the team.
pub fn max_steps((width, height): (u8, u8), agents: u8) -> u32 {
	let cells = u32::from(width) * u32::from(height);
	(3 * cells).div_ceil(u32::from(agents).max(1)) + u32::from(width) + u32::from(height)
}

/// Least and greatest return.
pub fn returns((width, height): (u8, u8), agents: u8) -> (Real, Real) {
	let cost = |steps: u32| Real::from_bits(STEP_COST.to_bits().saturating_mul(steps.into()));
	let dirty = (u32::from(width) * u32::from(height)).saturating_sub(agents.into());
	let most = Real::from_int(dirty as i32 + BONUS) - cost(dirty.div_ceil(u32::from(agents).max(1)));
	(-cost(max_steps((width, height), agents)), most)
}

impl MazeCleaning {
	/// The episode of this seed. The parameters must be valid.
	pub(crate) fn start(size: (u8, u8), agents: u8, seed: &Seed) -> Self {
		let mut draws = Draws::new(seed);
		let (east, south) = dig(size, &mut draws);
		let mut dirty = all(size);
		let mut places = [Cell::default(); ROOM];
		for place in places.iter_mut().take(agents.into()) {
			// The n-th dirty cell, so that places differ.
			let nth = draws.below(count(&dirty));
			*place = nth_of(&dirty, nth);
			remove(&mut dirty, *place);
		}
		Self { size, agents, places, moved: [NONE; ROOM], east, south, dirty, steps: 0 }
	}

	/// Cells from west to east, and from north to south.
	pub fn size(&self) -> (u8, u8) {
		self.size
	}

	/// Where the agents are.
	pub fn places(&self) -> &[Cell] {
		&self.places[..self.agents()]
	}

	/// The dirty cells.
	pub fn dirty(&self) -> &Cells {
		&self.dirty
	}

	/// Whether one can go from this cell by a move.
	pub fn open(&self, cell: Cell, action: usize) -> bool {
		let beyond = || cell.offset(*MOVES.get(action)?, self.size);
		match action {
			0 => beyond().is_some_and(|north| contains(&self.south, north)),
			1 => beyond().is_some() && contains(&self.east, cell),
			2 => beyond().is_some() && contains(&self.south, cell),
			3 => beyond().is_some_and(|west| contains(&self.east, west)),
			_ => false,
		}
	}

	/// The cells that can be entered from these.
	pub(crate) fn neighbours(&self, cells: &Cells) -> Cells {
		core::array::from_fn(|y| {
			let sideways = (cells[y] & self.east[y]) << 1 | cells[y] >> 1 & self.east[y];
			let above = if y > 0 { cells[y - 1] & self.south[y - 1] } else { 0 };
			let below = if y + 1 < ROWS { cells[y + 1] & self.south[y] } else { 0 };
			sideways | above | below
		})
	}

	fn place(&self, agent: usize) -> Cell {
		self.places.get(agent).copied().unwrap_or_default()
	}

	/// The cells that an agent comes to before any other one; of several as near as each other, the one with the lowest
	/// number.
	fn territory(&self, agent: usize) -> Cells {
		let mut fronts: [Cells; ROOM] = core::array::from_fn(|number| self.place(number).alone());
		let (mut own, mut taken) = (self.place(agent).alone(), [0; ROWS]);
		self.places().iter().for_each(|place| insert(&mut taken, *place));
		let mut any = true;
		while any {
			any = false;
			for (number, front) in fronts.iter_mut().enumerate().take(self.agents()) {
				let entered = self.neighbours(front);
				*front = core::array::from_fn(|y| entered[y] & !taken[y]);
				for y in 0..ROWS {
					taken[y] |= front[y];
					own[y] |= if number == agent { front[y] } else { 0 };
					any |= front[y] != 0;
				}
			}
		}
		own
	}

	/// What lies behind a move that is open, all without coming back through `from`.
	fn behind(&self, from: Cell, to: Cell, others: &Cells, own: &Cells) -> Way {
		let around = |cells: &Cells| {
			let mut next = self.neighbours(cells);
			remove(&mut next, from);
			next
		};
		let both = |a: &Cells, b: &Cells| -> Cells { core::array::from_fn(|y| a[y] & b[y]) };
		let mut flood = Flood::new(to.alone());
		let (mut way, mut fronts) = (Way::default(), Vec::with_capacity(64));
		loop {
			let distance = |cells: &Cells| (*cells != [0; ROWS]).then_some(flood.distance + 1);
			let dirty = both(&flood.front, &self.dirty);
			let mine = both(&dirty, own);
			if way.dirty.is_none() && dirty != [0; ROWS] {
				let mut patch = Flood::new(dirty);
				while patch.next(|front| both(&around(front), &self.dirty)) {}
				(way.dirty, way.patch) = (distance(&dirty), count(&patch.reached));
			}
			way.other = way.other.or(distance(&both(&flood.front, others)));
			way.nearest = way.nearest.or(distance(&mine));
			way.farthest = distance(&mine).unwrap_or(way.farthest);
			way.found += count(&dirty);
			way.own += count(&mine);
			fronts.push((flood.front, mine));
			if !flood.next(around) {
				break;
			}
		}
		way.walk = self.walk(&fronts);
		way
	}

	/// The cells of shortest ways to those that are wanted, of the fronts of a flood with what is wanted in each.
	fn walk(&self, fronts: &[(Cells, Cells)]) -> u32 {
		let mut walk = 0;
		let mut led = [0; ROWS];
		// From the farthest back: to each one cell of the front before it leads, by the first of north, east, south, west.
		for (front, wanted) in fronts.iter().rev() {
			let mut left = core::mem::replace(&mut led, *wanted);
			for y in 0..ROWS - 1 {
				let north = front[y + 1] & self.south[y] & left[y];
				left[y] &= !north;
				led[y + 1] |= north;
			}
			for y in 0..ROWS {
				let east = (front[y] & self.east[y]) << 1 & left[y];
				left[y] &= !east;
				led[y] |= east >> 1;
			}
			for y in 1..ROWS {
				let south = front[y - 1] & self.south[y - 1] & left[y];
				left[y] &= !south;
				led[y - 1] |= south;
			}
			for y in 0..ROWS {
				let west = front[y] >> 1 & self.east[y] & left[y];
				led[y] |= west << 1;
			}
			walk += count(&led);
		}
		walk
	}
}

/// What lies behind a move.
#[derive(Clone, Copy, Default)]
struct Way {
	/// Distance to the nearest dirty cell.
	dirty: Option<u32>,
	/// Dirty cells.
	found: u32,
	/// Distance to the nearest other agent.
	other: Option<u32>,
	/// Dirty cells that hang together with the nearest ones.
	patch: u32,
	/// Dirty cells of the own territory.
	own: u32,
	/// Distance to the nearest of these.
	nearest: Option<u32>,
	/// Distance to the farthest of these, 0 if there is none.
	farthest: u32,
	/// Cells of shortest ways to all of these, branching as late as they can.
	walk: u32,
}

impl Team for MazeCleaning {
	const ACTIONS: u32 = 4;
	const OBSERVATION: usize = 72;

	fn agents(&self) -> usize {
		usize::from(self.agents).clamp(1, ROOM)
	}

	fn steps(&self) -> u32 {
		self.steps
	}

	fn max_steps(&self) -> u32 {
		max_steps(self.size, self.agents)
	}

	fn is_done(&self) -> bool {
		self.dirty == [0; ROWS]
	}

	fn allowed(&self, agent: usize) -> u32 {
		let place = self.place(agent);
		(0..MOVES.len()).filter(|action| self.open(place, *action)).map(|action| 1 << action).sum()
	}

	fn look(&self, agent: usize, entries: &mut Entries) {
		let place = self.place(agent);
		let cells = i64::from(self.size.0) * i64::from(self.size.1);
		let mut others = [0; ROWS];
		for (_, other) in self.places().iter().enumerate().filter(|(number, _)| *number != agent) {
			insert(&mut others, *other);
		}
		let own = self.territory(agent);
		let ways: [_; MOVES.len()] = core::array::from_fn(|action| {
			let beyond = place.offset(MOVES[action], self.size).filter(|_| self.open(place, action));
			beyond.map_or(Way::default(), |to| self.behind(place, to, &others, &own))
		});
		let nearest = ways.iter().filter_map(|way| way.dirty).min();
		let nearest_own = ways.iter().filter_map(|way| way.nearest).min();
		let smallest = ways.iter().filter(|way| way.dirty == nearest).map(|way| way.patch).min();
		let farthest = ways.iter().map(|way| way.farthest).max();
		let across = i64::from(self.size.0) + i64::from(self.size.1);
		for way in ways {
			let leads = way.dirty.is_some() && way.dirty == nearest;
			entries.flag(leads);
			entries.closeness(way.dirty);
			entries.share(way.found.into(), cells);
			entries.closeness(way.other);
			entries.flag(leads && Some(way.patch) == smallest);
			entries.share((way.patch > 0).into(), way.patch.into());
			entries.flag(way.nearest.is_some() && way.nearest == nearest_own);
			entries.closeness(way.nearest);
			entries.share(way.own.into(), cells);
			entries.share(2 * i64::from(way.walk), cells);
			entries.flag(way.own > 0 && Some(way.farthest) == farthest);
			entries.share(way.farthest.into(), across);
		}
		for (dx, dy) in window() {
			match place.offset((dx, dy), self.size) {
				None => entries.share(-1, 1),
				Some(cell) => entries.flag(contains(&self.dirty, cell)),
			}
		}
		let (dx, dy) =
			MOVES.get(usize::from(self.moved.get(agent).copied().unwrap_or(NONE))).copied().unwrap_or((0, 0));
		entries.share(dx.into(), 1);
		entries.share(dy.into(), 1);
		entries.share(count(&self.dirty).into(), cells);
		entries.share(agent as i64, ROOM as i64);
	}

	fn advance(&mut self, actions: &[u8]) -> Real {
		let mut cleaned = 0;
		for (agent, action) in actions.iter().enumerate().take(self.agents()) {
			let to = MOVES.get(usize::from(*action)).and_then(|way| self.place(agent).offset(*way, self.size));
			if let (Some(to), Some(place), Some(moved)) = (to, self.places.get_mut(agent), self.moved.get_mut(agent)) {
				(*place, *moved) = (to, *action);
				cleaned += i32::from(remove(&mut self.dirty, to));
			}
		}
		self.steps = self.steps.saturating_add(1);
		Real::from_int(cleaned + if self.is_done() { BONUS } else { 0 }) - STEP_COST
	}

	fn validate(&self) -> Result<(), Error> {
		let (width, height) = self.size;
		crate::TaskEnvironment::MazeCleaning { width, height, agents: self.agents }
			.validate()
			.map_err(|_| Error::InvalidState)?;
		let inner = (all((width - 1, height)), all((width, height - 1)));
		let mut flood = Flood::new(Cell::default().alone());
		while flood.next(|front| self.neighbours(front)) {}
		let placed = |place: &Cell| place.x < width && place.y < height && !contains(&self.dirty, *place);
		let (used, unused) = self.places.split_at(self.agents());
		let valid = within(&self.east, &inner.0)
			&& within(&self.south, &inner.1)
			&& flood.reached == all(self.size)
			&& within(&self.dirty, &flood.reached)
			&& used.iter().all(placed)
			&& unused.iter().all(|place| *place == Cell::default())
			&& self
				.moved
				.iter()
				.enumerate()
				.all(|(agent, moved)| *moved == NONE || agent < used.len() && *moved < NONE)
			&& self.steps <= self.max_steps();
		valid.then_some(()).ok_or(Error::InvalidState)
	}
}

/// The 5 by 5 cells around, without the corners and the middle.
fn window() -> impl Iterator<Item = (i8, i8)> {
	let all = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dx, dy)));
	all.filter(|(dx, dy): &(i8, i8)| dx.abs() + dy.abs() < 4 && (*dx, *dy) != (0, 0))
}

/// The passages of a maze: the cells that are open to their east, and to their south.
fn dig(size: (u8, u8), draws: &mut Draws) -> (Cells, Cells) {
	let (mut east, mut south) = ([0; ROWS], [0; ROWS]);
	let first = Cell { x: draws.below(size.0.into()) as u8, y: draws.below(size.1.into()) as u8 };
	let mut seen = first.alone();
	let mut path: Vec<Cell> = vec![first];
	while let Some(cell) = path.last().copied() {
		let fresh: Vec<(i8, i8)> = MOVES
			.into_iter()
			.filter(|way| cell.offset(*way, size).is_some_and(|next| !contains(&seen, next)))
			.collect();
		let way = fresh.get(draws.below(fresh.len() as u32) as usize).copied();
		let Some((way, next)) = way.and_then(|way| Some((way, cell.offset(way, size)?))) else {
			path.pop();
			continue;
		};
		match way {
			(0, -1) => insert(&mut south, next),
			(1, 0) => insert(&mut east, cell),
			(0, 1) => insert(&mut south, cell),
			_ => insert(&mut east, next),
		}
		insert(&mut seen, next);
		path.push(next);
	}
	for y in 0..size.1 {
		for x in 0..size.0 {
			let cell = Cell { x, y };
			if x + 1 < size.0 && !contains(&east, cell) && draws.below(HOLES) == 0 {
				insert(&mut east, cell);
			}
			if y + 1 < size.1 && !contains(&south, cell) && draws.below(HOLES) == 0 {
				insert(&mut south, cell);
			}
		}
	}
	(east, south)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::teams::heuristic::nearest_dirty;

	/// Mazes of some sizes and teams, in the middle of an episode.
	fn mazes() -> impl Iterator<Item = MazeCleaning> {
		(0..60_u64).map(|number| {
			let (size, agents) = ((3 + (number % 14) as u8, 16 - (number % 9) as u8), 1 + (number % 4) as u8);
			let mut maze = MazeCleaning::start(size, agents, &Seed::from_number(number));
			for _ in 0..number {
				let actions: Vec<u8> = (0..maze.agents()).map(|agent| nearest_dirty(&maze, agent)).collect();
				if !maze.is_done() {
					maze.advance(&actions);
				}
			}
			maze
		})
	}

	#[test]
	fn territories_should_part_the_maze() {
		for maze in mazes() {
			let mut parted = [0; ROWS];
			let mut cells = 0;
			for agent in 0..maze.agents() {
				let own = maze.territory(agent);
				cells += count(&own);
				(0..ROWS).for_each(|y| parted[y] |= own[y]);
			}
			// Agents in one cell share it.
			let shared =
				(0..maze.agents()).filter(|agent| maze.places()[..*agent].contains(&maze.place(*agent))).count();
			assert_eq!(parted, all(maze.size));
			assert_eq!(cells, count(&parted) + shared as u32);
		}
	}

	#[test]
	fn the_walk_behind_a_move_should_lead_to_all_that_is_wanted() {
		let mut walks = 0;
		for maze in mazes() {
			let (place, everything) = (maze.place(0), all(maze.size));
			for action in (0..MOVES.len()).filter(|action| maze.open(place, *action)) {
				let to = place.offset(MOVES[action], maze.size).expect("it is open");
				let way = maze.behind(place, to, &[0; ROWS], &everything);
				assert_eq!((way.own, way.nearest), (way.found, way.dirty), "all is its own");
				assert!(way.walk >= way.own.max(way.farthest) && way.walk <= count(&everything));
				assert_eq!(way.walk == 0, way.own == 0);
				assert!(way.patch <= way.found && way.nearest.unwrap_or(0) <= way.farthest);
				walks += way.walk;
			}
		}
		assert!(walks > 1_000, "{walks}");
	}
}
