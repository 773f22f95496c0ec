//! The area of TargetLocalization: places, walls, and sets of cells on a grid of 30 by 30.

use super::cells::Cell;
use crate::seed::Draws;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Side of the area.
pub const AREA: u16 = 1000;
/// Cells along it.
pub const SIDE: u8 = 30;
/// Least distance between two walls, cells to the side plus cells up or down.
const MARGIN: u8 = 3;
/// Tries to place a wall before it is left out.
const TRIES: u32 = 100;

/// A place in the area.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Place {
	/// From the west, below [`AREA`].
	pub x: u16,
	/// From the north, below [`AREA`].
	pub y: u16,
}

impl Place {
	/// The place with these coordinates, if it is in the area.
	pub(crate) fn within_area(x: i64, y: i64) -> Option<Self> {
		let inside = 0..i64::from(AREA);
		(inside.contains(&x) && inside.contains(&y)).then_some(Self { x: x as u16, y: y as u16 })
	}

	/// Whether it is in the area.
	pub(crate) fn is_valid(&self) -> bool {
		self.x < AREA && self.y < AREA
	}

	/// The cell that it is in.
	pub fn cell(&self) -> Cell {
		let along = |at: u16| (u32::from(at.min(AREA - 1)) * u32::from(SIDE) / u32::from(AREA)) as u8;
		Cell { x: along(self.x), y: along(self.y) }
	}

	/// Square of the distance.
	pub fn squared_distance(&self, other: Self) -> u32 {
		let square = |a: u16, b: u16| u32::from(a.abs_diff(b)).pow(2);
		square(self.x, other.x).saturating_add(square(self.y, other.y))
	}
}

impl Cell {
	/// Square of the distance, in cells.
	pub(crate) fn squared_distance(self, other: Self) -> u32 {
		u32::from(self.x.abs_diff(other.x)).pow(2) + u32::from(self.y.abs_diff(other.y)).pow(2)
	}

	/// A place in it: the x and y that are the least in the cell, plus these.
	fn place(self, draws: &mut Draws) -> Place {
		let mut along = |cell: u8| {
			let edge = |cell: u32| (cell * u32::from(AREA)).div_ceil(SIDE.into());
			let (low, high) = (edge(cell.into()), edge(u32::from(cell) + 1));
			(low + draws.below(high - low)) as u16
		};
		Place { x: along(self.x), y: along(self.y) }
	}
}

/// Visits the cells of the points of a line that lie half a cell apart, without its ends.
pub(crate) fn between(from: Place, to: Place, mut visit: impl FnMut(Cell)) {
	let (dx, dy) = (i64::from(to.x) - i64::from(from.x), i64::from(to.y) - i64::from(from.y));
	let squared = u64::from(from.squared_distance(to));
	// Half a cell is 50 / 3. The length has 16 fraction bits.
	let length = (squared << 32).isqrt() as i64;
	let mut half_cells = 1_i64;
	while (50 * half_cells).pow(2) < 9 * squared as i64 {
		// A cell is 100 / 3: three times a coordinate, over 100.
		let along =
			|start: u16, d: i64| (3 * i64::from(start) + ((50 * half_cells * d) << 16).div_euclid(length)) / 100;
		visit(Cell { x: along(from.x, dx) as u8, y: along(from.y, dy) as u8 });
		half_cells += 1;
	}
}

/// A straight wall, one cell thick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Wall {
	/// Its north-west end.
	pub first: Cell,
	/// Its south-east end.
	pub last: Cell,
}

impl Wall {
	/// A wall that keeps its distance from those that are there, if one is found.
	pub(crate) fn draw(others: &[Option<Self>], draws: &mut Draws) -> Option<Self> {
		(0..TRIES).find_map(|_| {
			let upright = draws.below(2) == 1;
			let length = 15 + draws.below(13) as u8;
			let line = draws.below(SIDE.into()) as u8;
			let start = draws.below(u32::from(SIDE - length) + 1) as u8;
			let end = start + length - 1;
			let (first, last) = if upright {
				(Cell { x: line, y: start }, Cell { x: line, y: end })
			} else {
				(Cell { x: start, y: line }, Cell { x: end, y: line })
			};
			let wall = Self { first, last };
			others.iter().flatten().all(|other| wall.gap(other) >= MARGIN).then_some(wall)
		})
	}

	/// Cells to the side plus cells up or down between two walls, 0 where they touch.
	fn gap(&self, other: &Self) -> u8 {
		let apart = |a: (u8, u8), b: (u8, u8)| b.0.saturating_sub(a.1).max(a.0.saturating_sub(b.1));
		let x = apart((self.first.x, self.last.x), (other.first.x, other.last.x));
		let y = apart((self.first.y, self.last.y), (other.first.y, other.last.y));
		x.saturating_add(y)
	}

	/// Whether the cell is part of it.
	pub fn contains(&self, cell: Cell) -> bool {
		(self.first.x..=self.last.x).contains(&cell.x) && (self.first.y..=self.last.y).contains(&cell.y)
	}

	/// The middles of its end cells.
	pub fn ends(&self) -> [Place; 2] {
		let middle = |cell: u8| (u32::from(cell.min(SIDE)) * 100 + 50).div_euclid(3) as u16;
		[self.first, self.last].map(|cell| Place { x: middle(cell.x), y: middle(cell.y) })
	}

	/// Whether it is straight, in the area and of a length that occurs.
	pub(crate) fn is_valid(&self) -> bool {
		let (x, y) = (self.last.x.checked_sub(self.first.x), self.last.y.checked_sub(self.first.y));
		let lengths = 14..=26;
		let straight = matches!((x, y), (Some(0), Some(more)) | (Some(more), Some(0)) if lengths.contains(&more));
		straight && self.last.x < SIDE && self.last.y < SIDE
	}

	/// The cells without a wall.
	pub(crate) fn free(walls: &[Option<Self>]) -> Map {
		let mut free = Map::all();
		for y in 0..SIDE {
			for x in 0..SIDE {
				if walls.iter().flatten().any(|wall| wall.contains(Cell { x, y })) {
					free.remove(Cell { x, y });
				}
			}
		}
		free
	}
}

/// A set of cells: bit x of number y.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Map([u32; SIDE as usize]);

impl Map {
	/// All cells.
	fn all() -> Self {
		Self([(1 << SIDE) - 1; SIDE as usize])
	}

	/// Whether the cell is in the set.
	pub fn contains(&self, cell: Cell) -> bool {
		self.0.get(usize::from(cell.y)).is_some_and(|row| row.checked_shr(cell.x.into()).unwrap_or(0) & 1 == 1)
	}

	pub(crate) fn insert(&mut self, cell: Cell) {
		if let Some(row) = self.0.get_mut(usize::from(cell.y)) {
			*row |= 1_u32.checked_shl(cell.x.into()).unwrap_or(0);
		}
	}

	pub(crate) fn remove(&mut self, cell: Cell) {
		if let Some(row) = self.0.get_mut(usize::from(cell.y)) {
			*row &= !1_u32.checked_shl(cell.x.into()).unwrap_or(0);
		}
	}

	pub(crate) fn is_within(&self, other: &Self) -> bool {
		self.0.iter().zip(&other.0).all(|(part, whole)| part & !whole == 0)
	}

	/// The set and all cells of `free` around it, diagonals too.
	fn grown(&self, free: &Self) -> Self {
		let wide = self.0.map(|row| row | row << 1 | row >> 1);
		Self(core::array::from_fn(|y| {
			let above = if y > 0 { wide[y - 1] } else { 0 };
			let below = wide.get(y + 1).copied().unwrap_or(0);
			(wide[y] | above | below) & free.0[y]
		}))
	}

	/// A random place in one of its cells, of which there must be one.
	pub(crate) fn draw_place(&self, draws: &mut Draws) -> Place {
		let mut nth = draws.below(self.0.iter().map(|row| row.count_ones()).sum());
		for (y, row) in (0..).zip(&self.0) {
			for x in (0..SIDE).filter(|x| row >> x & 1 == 1) {
				if nth == 0 {
					return Cell { x, y }.place(draws);
				}
				nth -= 1;
			}
		}
		Place::default()
	}

	/// Its cells that are at least `far` from the place: by walking, or as the crow flies.
	pub(crate) fn beyond(&self, place: Place, far: u32, straight: bool) -> Self {
		let mut near = Self::default();
		near.insert(place.cell());
		for _ in 1..far {
			near = near.grown(self);
		}
		let mut rest = self.clone();
		for y in 0..SIDE {
			for x in 0..SIDE {
				let cell = Cell { x, y };
				let within = cell.squared_distance(place.cell()) < far * far;
				if if straight { within } else { near.contains(cell) } {
					rest.remove(cell);
				}
			}
		}
		rest
	}

	/// Smallest number of steps from a cell to one of the places, diagonals too, within the set; what cannot be reached
	/// counts as far as the grid has cells.
	pub(crate) fn walk(&self, from: Cell, places: &[Place]) -> u32 {
		let mut reached = Self::default();
		reached.insert(from);
		let all = u32::from(SIDE).pow(2);
		for distance in 0..all {
			if places.iter().any(|place| reached.contains(place.cell())) {
				return distance;
			}
			let next = reached.grown(self);
			if next == reached {
				break;
			}
			reached = next;
		}
		all
	}

	/// Whether one can walk from every cell to every other.
	pub(crate) fn is_connected(&self) -> bool {
		let mut reached = Self::default();
		let first = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| Cell { x, y })).find(|cell| self.contains(*cell));
		first.inspect(|cell| reached.insert(*cell));
		loop {
			let next = reached.grown(self);
			if next == reached {
				return self.is_within(&reached);
			}
			reached = next;
		}
	}
}
