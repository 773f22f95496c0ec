//! Simple rules for every team, and random agents: what a learner is measured against. Each looks at no more than an
//! observation tells, but for the maze as a whole.

use super::{
	cells::{contains, Flood, MOVES},
	fleet::{FleetCoordination, WAIT},
	localization::{TargetLocalization, IDLE},
	maze::MazeCleaning,
	Team,
};
use crate::{seed::Draws, AnyState, Episode};

/// An action drawn uniformly among those that an agent may take.
pub struct RandomAgents(Draws);

impl RandomAgents {
	/// Agents whose draws follow from this seed.
	pub fn new(seed: &crate::Seed) -> Self {
		Self(Draws::new(seed))
	}

	/// An action of this agent.
	pub fn act(&mut self, episode: &Episode, agent: u32) -> u8 {
		let mask = episode.mask(agent);
		let nth = self.0.below(mask.count_ones());
		(0..32).filter(|action| mask >> action & 1 == 1).nth(nth as usize).unwrap_or(0)
	}
}

/// The action of the heuristic for this agent.
///
/// - TargetLocalization: [`follow_the_reading`]. MazeCleaning: [`nearest_dirty`]. FleetCoordination: [`shortest_way`].
/// - Classic control: [`classic`].
pub fn act(episode: &Episode, agent: u32) -> u8 {
	match episode {
		Episode::Classic(state) => classic(state),
		Episode::TargetLocalization(state) => follow_the_reading(state, agent as usize),
		Episode::MazeCleaning(state) => nearest_dirty(state, agent as usize),
		Episode::FleetCoordination(state) => shortest_way(state, agent as usize),
	}
}

/// CartPole: push towards where the pole falls. MountainCar: push the way it moves. Acrobot: torque with the second
/// link's velocity. Pendulum: bring the energy to that of the top, and hold it there against angle and speed.
pub fn classic(state: &AnyState) -> u8 {
	let values = state.values();
	let bits = |i: usize| values.get(i).map_or(0, |value| value.to_bits() >> 8);
	match state {
		AnyState::CartPole(_) => u8::from(bits(2) * 3 + bits(3) + bits(1) / 4 + bits(0) / 8 > 0),
		AnyState::MountainCar(_) => {
			if bits(1) < 0 {
				0
			} else {
				2
			}
		}
		AnyState::Acrobot(_) => {
			if bits(3) < 0 {
				0
			} else {
				2
			}
		}
		AnyState::Pendulum(_) | AnyState::NoisyPendulum(_) => {
			let observed = state.full_observation();
			let part = |i: usize| observed.get(i).map_or(0, |value| value.to_bits() >> 8);
			let (cosine, sine, speed) = (part(0), part(1), part(2));
			// The speed squared over two and the height, of which a pendulum that just reaches the top has 15.
			let energy = ((speed * speed) >> 25) + 15 * cosine;
			let torque = if cosine > (1 << 24) * 8 / 10 {
				-(sine * 8 + speed * 2)
			} else if (speed < 0) == (energy < 15 << 24) {
				-(2 << 24)
			} else {
				2 << 24
			};
			// Actions are half units from -2.
			((torque >> 23).clamp(-4, 4) + 4) as u8
		}
	}
}

/// Goes to the nearest dirty cell; among equal ways the first of north, east, south, west.
pub fn nearest_dirty(maze: &MazeCleaning, agent: usize) -> u8 {
	let place = maze.places().get(agent).copied().unwrap_or_default();
	let mut flood = Flood::new(*maze.dirty());
	loop {
		for (action, way) in MOVES.into_iter().enumerate() {
			let next = place.offset(way, maze.size());
			if maze.open(place, action) && next.is_some_and(|next| contains(&flood.front, next)) {
				return action as u8;
			}
		}
		if !flood.next(|front| maze.neighbours(front)) {
			return maze.allowed(agent).trailing_zeros() as u8;
		}
	}
}

/// Drives a shortest way to the goal around obstacles, and waits where another vehicle stands, or where one with a lower
/// number would come to the same cell.
pub fn shortest_way(fleet: &FleetCoordination, agent: usize) -> u8 {
	let wish = |agent: usize| {
		let changes = fleet.ways(agent).1;
		changes.iter().position(|change| *change == Some(-1)).map_or(WAIT, |action| action as u8)
	};
	let action = wish(agent);
	let target = fleet.target(agent, action.into());
	let stands = fleet.places().iter().enumerate().any(|(other, place)| other != agent && Some(*place) == target);
	let meets = (0..agent).any(|other| fleet.target(other, wish(other).into()) == target);
	if stands || meets {
		WAIT
	} else {
		action
	}
}

/// Goes on in the same heading while the reading rises, and turns by 135 degrees where it does not; where that is masked,
/// by 45 degrees more until it is not.
pub fn follow_the_reading(state: &TargetLocalization, agent: usize) -> u8 {
	let allowed = state.allowed(agent);
	let last = state.moves(agent).iter().copied().find(|action| *action != IDLE).unwrap_or(agent as u8);
	let rises = matches!(state.readings(agent), [now, before, ..] if now > before);
	let first = if rises { last } else { (last + 3) % IDLE };
	(0..IDLE).map(|turn| (first + turn) % IDLE).find(|action| allowed >> action & 1 == 1).unwrap_or(IDLE)
}
