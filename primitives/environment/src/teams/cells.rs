//! Cells of a grid of at most 16 by 16, and sets of them as bits.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A cell.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Cell {
	/// From the west.
	pub x: u8,
	/// From the north.
	pub y: u8,
}

/// Rows that a set of cells has.
pub const ROWS: usize = 16;

/// A set of cells: bit x of number y.
pub type Cells = [u16; ROWS];

/// North, east, south, west: what actions 0 to 3 move by.
pub const MOVES: [(i8, i8); 4] = [(0, -1), (1, 0), (0, 1), (-1, 0)];

impl Cell {
	/// The cell that lies there, if it is one of a grid of this size.
	pub fn offset(self, (dx, dy): (i8, i8), (width, height): (u8, u8)) -> Option<Self> {
		let cell = Self { x: self.x.checked_add_signed(dx)?, y: self.y.checked_add_signed(dy)? };
		(cell.x < width && cell.y < height).then_some(cell)
	}

	/// The set of this cell alone.
	pub fn alone(self) -> Cells {
		let mut cells = [0; ROWS];
		insert(&mut cells, self);
		cells
	}
}

/// Whether the cell is in the set.
pub fn contains(cells: &Cells, cell: Cell) -> bool {
	cells.get(usize::from(cell.y)).is_some_and(|row| row.checked_shr(cell.x.into()).unwrap_or(0) & 1 == 1)
}

/// Puts the cell into the set.
pub fn insert(cells: &mut Cells, cell: Cell) {
	if let Some(row) = cells.get_mut(usize::from(cell.y)) {
		*row |= 1_u16.checked_shl(cell.x.into()).unwrap_or(0);
	}
}

/// Takes the cell out of the set; whether it was in.
pub fn remove(cells: &mut Cells, cell: Cell) -> bool {
	let was = contains(cells, cell);
	if let Some(row) = cells.get_mut(usize::from(cell.y)) {
		*row &= !1_u16.checked_shl(cell.x.into()).unwrap_or(0);
	}
	was
}

/// How many cells are in the set.
pub fn count(cells: &Cells) -> u32 {
	cells.iter().map(|row| row.count_ones()).sum()
}

/// The cell with this number among those of a set, row by row; the north-west one if there are fewer.
pub fn nth_of(cells: &Cells, nth: u32) -> Cell {
	let mut left = nth;
	for (y, row) in (0..).zip(cells) {
		for x in (0..16).filter(|x| row >> x & 1 == 1) {
			if left == 0 {
				return Cell { x, y };
			}
			left -= 1;
		}
	}
	Cell::default()
}

/// All cells of a grid of this size.
pub fn all((width, height): (u8, u8)) -> Cells {
	let row = ((1_u32 << width.min(16)) - 1) as u16;
	core::array::from_fn(|y| if y < usize::from(height) { row } else { 0 })
}

/// Whether every cell of the first set is in the second.
pub fn within(part: &Cells, whole: &Cells) -> bool {
	part.iter().zip(whole).all(|(part, whole)| part & !whole == 0)
}

/// A flood: cells in the order of their distance from where it began.
pub struct Flood {
	/// All cells that were reached.
	pub reached: Cells,
	/// Those of the greatest distance.
	pub front: Cells,
	/// That distance.
	pub distance: u32,
}

impl Flood {
	/// It begins in these cells.
	pub fn new(start: Cells) -> Self {
		Self { reached: start, front: start, distance: 0 }
	}

	/// Goes on by one step, where `neighbours` gives all cells that can be entered from a set; false at the end.
	pub fn next(&mut self, neighbours: impl Fn(&Cells) -> Cells) -> bool {
		let entered = neighbours(&self.front);
		let mut any = 0;
		for ((front, entered), reached) in self.front.iter_mut().zip(entered).zip(&mut self.reached) {
			*front = entered & !*reached;
			*reached |= *front;
			any |= *front;
		}
		self.distance += 1;
		any != 0
	}
}

/// The cells of `free` beside these.
pub fn beside(cells: &Cells, free: &Cells) -> Cells {
	core::array::from_fn(|y| {
		let above = if y > 0 { cells[y - 1] } else { 0 };
		let below = if y + 1 < ROWS { cells[y + 1] } else { 0 };
		(cells[y] << 1 | cells[y] >> 1 | above | below) & free[y]
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn sets_should_hold_what_was_put_in() {
		let mut cells = [0; ROWS];
		for (x, y) in [(0, 0), (15, 15), (3, 9)] {
			let cell = Cell { x, y };
			assert!(!contains(&cells, cell));
			insert(&mut cells, cell);
			assert!(contains(&cells, cell));
		}
		assert_eq!(count(&cells), 3);
		assert!(within(&cells, &all((16, 16))) && !within(&cells, &all((15, 16))));
		assert!(remove(&mut cells, Cell { x: 3, y: 9 }) && !remove(&mut cells, Cell { x: 3, y: 9 }));
		for outside in [Cell { x: 16, y: 0 }, Cell { x: 0, y: 16 }, Cell { x: 255, y: 255 }] {
			insert(&mut cells, outside);
			assert!(!contains(&cells, outside));
		}
		assert_eq!(count(&cells), 2);
	}

	#[test]
	fn flood_should_give_distances_around_obstacles() {
		// A wall with a hole at its south end.
		let mut free = all((5, 5));
		for y in 0..4 {
			remove(&mut free, Cell { x: 2, y });
		}
		let mut flood = Flood::new(Cell { x: 0, y: 0 }.alone());
		while !contains(&flood.front, Cell { x: 4, y: 0 }) {
			assert!(flood.next(|front| beside(front, &free)));
		}
		assert_eq!(flood.distance, 12);
	}
}
