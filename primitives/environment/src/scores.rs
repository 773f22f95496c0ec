//! What random agents and simple rules reach in the environments that tasks have, as `examples/scores.rs` prints it: the
//! means over 1,000 episodes. `tests/teams.rs` measures again.

use crate::{Real, TaskEnvironment};

/// Hundredths: of random agents, and of the heuristic.
type Pair = (i32, i32);

/// TargetLocalization: a row for each number of agents, a column for each of walls.
const LOCALIZATION: [[Pair; 4]; 4] = [
	[(-8504, 2915), (-8535, 273), (-8529, -1084), (-8512, -2148)],
	[(-16460, 1564), (-16511, -1013), (-16704, -2328), (-16632, -3933)],
	[(-23981, 344), (-24603, -2129), (-24475, -3582), (-24719, -5643)],
	[(-31338, -857), (-32141, -3315), (-31859, -4578), (-32459, -6650)],
];

/// The same with the shaped reward.
const LOCALIZATION_SHAPED: [[Pair; 4]; 4] = [
	[(-9707, -642), (-11930, -3424), (-11955, -4604), (-11925, -5425)],
	[(-17901, -2234), (-20144, -5220), (-20263, -6439), (-20261, -7894)],
	[(-25627, -3560), (-28329, -6447), (-28235, -7828), (-28390, -9818)],
	[(-33121, -4817), (-36025, -7684), (-35726, -8929), (-36287, -10951)],
];

/// Cells of the mazes in [`MAZE`].
const MAZE_CELLS: [u32; 8] = [9, 16, 25, 36, 64, 100, 144, 256];

/// MazeCleaning on squares: a row for each number of agents.
const MAZE: [[Pair; 8]; 4] = [
	[
		(-11, 1019),
		(-369, 1449),
		(-708, 1995),
		(-1176, 2663),
		(-2295, 4341),
		(-3973, 6501),
		(-5981, 9119),
		(-11598, 15803),
	],
	[(427, 1034), (332, 1555), (382, 2227), (464, 3026), (495, 5107), (375, 7741), (208, 10932), (-693, 19149)],
	[(590, 993), (602, 1555), (771, 2283), (1034, 3134), (1583, 5366), (2140, 8253), (2606, 11778), (3525, 20755)],
	[(677, 922), (757, 1514), (991, 2274), (1373, 3178), (2204, 5518), (3136, 8553), (4090, 12217), (5927, 21573)],
];

/// Cells of the grids in [`FLEET`].
const FLEET_CELLS: [u32; 6] = [25, 36, 64, 100, 144, 256];

/// FleetCoordination on squares: a row for each number of vehicles.
const FLEET: [[Pair; 6]; 4] = [
	[(163, 587), (87, 584), (-50, 577), (-168, 570), (-311, 562), (-487, 549)],
	[(-468, 531), (-551, 524), (-700, 516), (-854, 525), (-1001, 517), (-1322, 500)],
	[(-1003, 354), (-1062, 347), (-1202, 382), (-1402, 406), (-1612, 384), (-2055, 394)],
	[(-1650, 142), (-1656, 133), (-1789, 202), (-2017, 217), (-2273, 198), (-2837, 202)],
];

/// Mean returns of random agents and of the heuristic. Between the sizes that were measured they are interpolated by the
/// number of cells; for long rectangles they are an estimate.
pub fn scores(task: &TaskEnvironment) -> (Real, Real) {
	let row = |agents: u8| usize::from(agents.clamp(1, 4) - 1);
	let (random, heuristic) = match *task {
		TaskEnvironment::CartPole => (2_207, 50_000),
		TaskEnvironment::MountainCar => (-20_000, -11_959),
		TaskEnvironment::Acrobot => (-49_913, -8_836),
		TaskEnvironment::Pendulum => (-122_321, -15_088),
		TaskEnvironment::TargetLocalization { agents, walls, shaped } => {
			let table = if shaped { &LOCALIZATION_SHAPED } else { &LOCALIZATION };
			table[row(agents)][usize::from(walls.min(3))]
		}
		TaskEnvironment::MazeCleaning { width, height, agents } => {
			between(&MAZE_CELLS, &MAZE[row(agents)], u32::from(width) * u32::from(height))
		}
		TaskEnvironment::FleetCoordination { width, height, agents } => {
			between(&FLEET_CELLS, &FLEET[row(agents)], u32::from(width) * u32::from(height))
		}
	};
	(Real::from_ratio(random.into(), 100), Real::from_ratio(heuristic.into(), 100))
}

/// The values at `at`, linear between those of the neighbours and constant beyond the ends.
fn between(places: &[u32], values: &[Pair], at: u32) -> Pair {
	let points = || places.iter().copied().zip(values.iter().copied());
	let below = points().take_while(|(place, _)| *place <= at).last();
	let above = points().find(|(place, _)| *place >= at);
	match (below, above) {
		(Some((low, a)), Some((high, b))) if low < high => {
			let part = |a: i32, b: i32| {
				let (width, along) = (i64::from(high - low), i64::from(at - low));
				(i64::from(a) + (i64::from(b) - i64::from(a)) * along / width) as i32
			};
			(part(a.0, b.0), part(a.1, b.1))
		}
		(Some((_, value)), _) | (None, Some((_, value))) => value,
		(None, None) => (0, 0),
	}
}
