//! Who works, and who asks: drawn by seed, the same under every strategy.

use crate::draw::Draw;
use praxis_environment::{Real, TaskEnvironment};

/// Kinds of environments in which workers differ in skill: mazes, fleets, localization.
pub const KINDS: usize = 3;

/// Requesters.
pub const REQUESTERS: u64 = 24;

/// Mean blocks from one request to the next: 25 minutes of 3 s slots.
const GAP: f64 = 500.0;

/// Part of the requests that are for an environment in which something was asked for before.
const AGAIN: f64 = 0.2;

/// Requests between two for one environment, at least: the former is settled by then.
const APART: usize = 20;

/// Part of the workers that enter while the market already runs.
const LATE: f64 = 0.3;

/// Who of the workers does not do what it was chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
	/// None, but everybody's machine fails at times.
	Honest,
	/// A third: see [`Conduct`].
	Cheats,
	/// A third, who take a new name whenever their old one is worth less than none.
	Whitewash,
}

impl Scenario {
	/// All of them.
	pub const ALL: [Self; 3] = [Self::Honest, Self::Cheats, Self::Whitewash];

	/// Its name.
	pub fn name(self) -> &'static str {
		match self {
			Self::Honest => "all honest",
			Self::Cheats => "a third cheat",
			Self::Whitewash => "a third whitewash",
		}
	}

	fn conduct(self, dishonest: usize) -> Conduct {
		const CHEATS: [Conduct; 4] = [Conduct::Rubbish, Conduct::NoCommit, Conduct::NoReveal, Conduct::Copy];
		match self {
			Self::Honest => Conduct::Honest,
			Self::Cheats => CHEATS[dishonest % CHEATS.len()],
			Self::Whitewash => Conduct::Whitewash,
		}
	}
}

/// What a worker does once it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
	/// Trains, commits, reveals.
	Honest,
	/// Submits what is about as good as random actions.
	Rubbish,
	/// Commits nothing.
	NoCommit,
	/// Commits and does not reveal.
	NoReveal,
	/// Submits the best published policy, changed a little; rubbish where there is none.
	Copy,
	/// Works badly, or does half the time what [`Conduct::NoCommit`] and [`Conduct::NoReveal`] do, and takes a new name
	/// after every fault and every share below a half.
	Whitewash,
}

/// A worker.
#[derive(Clone, Debug)]
pub struct Person {
	/// What it does.
	pub conduct: Conduct,
	/// Level that it reaches in each kind with all the time that it wants: 0 is random, 1 the greatest return.
	pub skill: [f64; KINDS],
	/// What it takes its skill to be above what it is.
	pub conceit: f64,
	/// Blocks in which it has trained all it can.
	pub tempo: f64,
	/// What it asks, as a part of the highest price.
	pub price: f64,
	/// Part of the tasks in which its machine fails before it commits.
	pub failing: f64,
	/// Tasks at which it works at a time, applications included.
	pub capacity: usize,
	/// When it enters, as a part of the run.
	pub enters: f64,
}

impl Person {
	/// The level after so many blocks for one with this skill: e^-3 of the way is left at the end of the tempo.
	pub fn level(&self, skill: f64, blocks: f64) -> f64 {
		let end = 1.0 - (-3.0f64).exp();
		skill * ((1.0 - (-3.0 * blocks / self.tempo).exp()) / end).min(1.0)
	}

	/// Blocks to a level, if it gets there.
	pub fn blocks_to(&self, skill: f64, level: f64) -> Option<f64> {
		let end = 1.0 - (-3.0f64).exp();
		(level <= skill).then(|| -self.tempo / 3.0 * (1.0 - level / skill * end).ln())
	}
}

/// The workers of a run.
pub fn people(seed: u64, count: usize, scenario: Scenario) -> Vec<Person> {
	(0..count)
		.map(|at| {
			let mut draw = Draw::new(seed, "person", at as u64, 0);
			let general = draw.between(0.35, 0.95);
			let skill = [(); KINDS].map(|()| draw.normal(general, 0.12).clamp(0.05, 0.98));
			let mut person = Person {
				conduct: Conduct::Honest,
				skill,
				conceit: draw.normal(0.1, 0.1),
				tempo: draw.normal(120f64.ln(), 0.5).exp(),
				// Who can do more asks more, on the whole.
				price: draw.normal(0.2 + 0.6 * general, 0.12).clamp(0.2, 1.0),
				failing: draw.between(0.0, 0.1),
				capacity: 1,
				enters: if draw.chance(LATE) { draw.between(0.05, 0.8) } else { 0.0 },
			};
			if at % 3 == 2 {
				person.conduct = scenario.conduct(at / 3);
			}
			if person.conduct != Conduct::Honest {
				// It costs them nothing, so they are cheap and take whatever they get.
				person.price = draw.between(0.2, 0.5);
				person.capacity = 4;
				person.skill = person.skill.map(|skill| skill * 0.5);
			}
			person
		})
		.collect()
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
	/// Height at which it is asked.
	pub at: u32,
	/// Who asks, from 0 upwards.
	pub requester: u64,
	/// Where policies are judged.
	pub environment: TaskEnvironment,
	/// Level of the target.
	pub target: f64,
	/// Highest price, PRX.
	pub price: f64,
	/// Workers wanted.
	pub workers: u32,
	/// Blocks for training.
	pub train: u32,
}

/// The requests of a run, in the order of their heights.
pub fn wishes(seed: u64, count: usize) -> Vec<Wish> {
	let mut at = 10.0;
	let mut wishes: Vec<Wish> = Vec::with_capacity(count);
	for number in 0..count {
		let mut draw = Draw::new(seed, "wish", number as u64, 0);
		at += 1.0 - GAP * (1.0 - draw.uniform()).ln();
		let former = number.checked_sub(APART).filter(|_| draw.chance(AGAIN)).map(|last| draw.below(last + 1));
		let mut environment = match former {
			Some(former) => wishes[former].environment,
			None => environment(&mut draw),
		};
		let recent = |environment: &TaskEnvironment| {
			wishes.iter().rev().take(APART).any(|wish| wish.environment == *environment)
		};
		while recent(&environment) {
			environment = self::environment(&mut draw);
		}
		wishes.push(Wish {
			at: at as u32,
			requester: draw.below(REQUESTERS as usize) as u64,
			environment,
			target: draw.between(0.5, 0.9),
			price: draw.between(4.0, 10.0),
			workers: [1, 1, 1, 1, 1, 1, 1, 2, 2, 3][draw.below(10)],
			train: draw.between(60.0, 300.0) as u32,
		});
	}
	wishes
}

fn environment(draw: &mut Draw) -> TaskEnvironment {
	let (width, height) = (5 + draw.below(8) as u8, 5 + draw.below(8) as u8);
	// Of localization there are few variants, so it is asked for less.
	match draw.below(5) {
		0 | 1 => TaskEnvironment::MazeCleaning { width, height, agents: 1 + draw.below(4) as u8 },
		2 | 3 => TaskEnvironment::FleetCoordination { width, height, agents: 1 + draw.below(4) as u8 },
		_ => TaskEnvironment::TargetLocalization {
			agents: 1 + draw.below(4) as u8,
			walls: draw.below(4) as u8,
			shaped: draw.chance(0.5),
		},
	}
}

/// Which of the kinds an environment is.
pub fn kind(environment: &TaskEnvironment) -> usize {
	match environment {
		TaskEnvironment::MazeCleaning { .. } => 0,
		TaskEnvironment::FleetCoordination { .. } => 1,
		_ => 2,
	}
}

/// The score of a level.
pub fn score(environment: &TaskEnvironment, level: f64) -> Real {
	let (random, most) = (environment.random_score().to_f64(), environment.max_return().to_f64());
	Real::from_f64(random + level * (most - random))
}

/// The level of a score, above random's.
pub fn level(environment: &TaskEnvironment, score: Real) -> f64 {
	environment.normalised(score).to_f64()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn wishes_should_be_apart_where_they_are_for_one_environment() {
		let wishes = wishes(3, 300);
		assert!(wishes.windows(2).all(|pair| pair[0].at < pair[1].at));
		for (number, wish) in wishes.iter().enumerate() {
			wish.environment.validate().expect("it can be asked for");
			let last = wishes[..number].iter().rposition(|other| other.environment == wish.environment);
			assert!(last.is_none_or(|last| number - last > APART), "{number} follows {last:?}");
		}
		let again = (0..wishes.len())
			.filter(|at| wishes[..*at].iter().any(|other| other.environment == wishes[*at].environment));
		assert!(again.count() > 30, "some are for a former environment");
	}

	#[test]
	fn a_third_should_be_dishonest_when_the_scenario_says_so() {
		let dishonest =
			|scenario| people(1, 36, scenario).iter().filter(|person| person.conduct != Conduct::Honest).count();
		assert_eq!(Scenario::ALL.map(dishonest), [0, 12, 12]);
	}

	#[test]
	fn blocks_to_a_level_should_be_the_inverse_of_the_level() {
		let person = &people(1, 1, Scenario::Honest)[0];
		for blocks in [1.0, 30.0, person.tempo] {
			let level = person.level(0.8, blocks);
			assert!((person.blocks_to(0.8, level).expect("it gets there") - blocks).abs() < 1e-6);
		}
		assert!(person.blocks_to(0.8, 0.81).is_none());
		assert_eq!(person.level(0.8, 10.0 * person.tempo), 0.8);
	}

	#[test]
	fn scores_should_have_the_levels_that_they_were_made_from() {
		for wish in wishes(1, 50) {
			let found = level(&wish.environment, score(&wish.environment, 0.6));
			assert!((found - 0.6).abs() < 1e-6, "{:?}: {found}", wish.environment);
		}
	}
}
