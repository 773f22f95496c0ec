//! Episodes as characters.

use praxis_environment::{
	teams::{
		cells::{contains, Cell},
		fleet::FleetCoordination,
		localization::TargetLocalization,
		maze::MazeCleaning,
	},
	Episode,
};

/// A frame: agents are digits from 1; dirty cells, obstacles, goals and the target have signs of their own.
pub fn frame(episode: &Episode) -> String {
	match episode {
		Episode::Classic(state) => format!("{:?}\n", state.values()),
		Episode::MazeCleaning(maze) => self::maze(maze),
		Episode::FleetCoordination(fleet) => self::fleet(fleet),
		Episode::TargetLocalization(area) => self::area(area),
	}
}

/// The number of the first agent in a cell.
fn agent_at(places: &[Cell], cell: Cell) -> Option<char> {
	places.iter().position(|place| *place == cell).and_then(|agent| char::from_digit(agent as u32 + 1, 10))
}

/// Walls are lines, `.` is dirty.
fn maze(maze: &MazeCleaning) -> String {
	let (width, height) = maze.size();
	let mut out = String::new();
	for y in 0..height {
		for x in 0..width {
			out += if maze.open(Cell { x, y }, 0) { "+   " } else { "+---" };
		}
		out += "+\n";
		for x in 0..width {
			let cell = Cell { x, y };
			let dirt = if contains(maze.dirty(), cell) { '.' } else { ' ' };
			out.push(if maze.open(cell, 3) { ' ' } else { '|' });
			out += &format!(" {} ", agent_at(maze.places(), cell).unwrap_or(dirt));
		}
		out += "|\n";
	}
	out + &"+---".repeat(width.into()) + "+\n"
}

/// `#` is an obstacle, a letter the goal of the vehicle with its number: `a` of 1.
fn fleet(fleet: &FleetCoordination) -> String {
	let (width, height) = fleet.size();
	let mut out = String::new();
	for y in 0..height {
		for x in 0..width {
			let cell = Cell { x, y };
			let goal = fleet.goals().iter().position(|goal| *goal == cell).map(|agent| char::from(b'a' + agent as u8));
			let ground = if contains(fleet.free(), cell) { '.' } else { '#' };
			out.push(agent_at(fleet.places(), cell).or(goal).unwrap_or(ground));
			out.push(' ');
		}
		out.push('\n');
	}
	out
}

/// `#` is a wall, `T` the target.
fn area(area: &TargetLocalization) -> String {
	let places: Vec<Cell> = area.places().iter().map(|place| place.cell()).collect();
	let mut out = String::new();
	for y in 0..30 {
		for x in 0..30 {
			let cell = Cell { x, y };
			let target = (area.target().cell() == cell).then_some('T');
			let ground = if area.walls().any(|wall| wall.contains(cell)) { '#' } else { '.' };
			out.push(agent_at(&places, cell).or(target).unwrap_or(ground));
			out.push(' ');
		}
		out.push('\n');
	}
	out
}

#[cfg(test)]
mod tests {
	use super::*;
	use praxis_environment::{Seed, TaskEnvironment};

	#[test]
	fn frames_should_show_everything_there_is() {
		let seed = Seed::from_number(1);
		let maze = frame(&Episode::start(&TaskEnvironment::MazeCleaning { width: 4, height: 3, agents: 2 }, &seed));
		assert_eq!(maze.lines().count(), 7);
		assert_eq!(maze.matches('.').count(), 10, "{maze}");
		assert!(maze.contains('1') && maze.contains('2'));
		assert!(maze.lines().all(|line| line.len() == 17), "{maze}");
		let fleet =
			frame(&Episode::start(&TaskEnvironment::FleetCoordination { width: 7, height: 5, agents: 3 }, &seed));
		assert_eq!(fleet.lines().count(), 5);
		assert!("123".chars().all(|agent| fleet.contains(agent)), "{fleet}");
		let task = TaskEnvironment::TargetLocalization { agents: 1, walls: 2, shaped: false };
		let area = frame(&Episode::start(&task, &seed));
		assert!(area.matches('T').count() == 1 && area.matches('1').count() == 1);
		assert!((30..=54).contains(&area.matches('#').count()), "{area}");
	}
}
