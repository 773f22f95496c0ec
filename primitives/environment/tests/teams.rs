//! Every environment that tasks have: what holds for all episodes, and that bad input is a typed error.
#![allow(missing_docs)]

use codec::{Decode, Encode, MaxEncodedLen};
use praxis_environment::{
	teams::heuristic::{self, RandomAgents},
	Episode, Error, Real, Seed, TaskEnvironment, MAX_AGENTS, MAX_OBSERVATION, MAX_SIDE,
};
use proptest::prelude::*;

fn any_task() -> impl Strategy<Value = TaskEnvironment> {
	let agents = 1..=MAX_AGENTS;
	let side = 5..=MAX_SIDE;
	prop_oneof![
		prop::sample::select(&TaskEnvironment::ALL[..]),
		(agents.clone(), 0..=3_u8, any::<bool>())
			.prop_map(|(agents, walls, shaped)| TaskEnvironment::TargetLocalization { agents, walls, shaped }),
		(3..=MAX_SIDE, 3..=MAX_SIDE, agents.clone())
			.prop_map(|(width, height, agents)| TaskEnvironment::MazeCleaning { width, height, agents }),
		(side.clone(), side, agents).prop_map(|(width, height, agents)| TaskEnvironment::FleetCoordination {
			width,
			height,
			agents
		}),
	]
}

/// Plays an episode by these choices; the sum of the rewards.
fn play(episode: &mut Episode, mut choose: impl FnMut(&Episode, u32) -> u8) -> Real {
	let mut sum = Real::ZERO;
	while !episode.is_over() {
		let actions: Vec<u8> = (0..episode.agents()).map(|agent| choose(episode, agent)).collect();
		sum += episode.step(&actions).expect("allowed actions").reward;
	}
	sum
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(192))]

	#[test]
	fn random_episodes_should_stay_possible_and_within_their_bounds(task in any_task(), seed: [u8; 32]) {
		let seed = Seed(seed);
		let mut episode = Episode::start(&task, &seed);
		let mut random = RandomAgents::new(&seed.derive(9));
		prop_assert_eq!(&episode, &Episode::start(&task, &seed));
		prop_assert_eq!((episode.agents(), episode.actions()), (task.agents(), task.actions()));
		prop_assert_eq!(episode.observation_len(), task.observation());
		prop_assert!(task.observation() <= MAX_OBSERVATION && task.agents() <= u32::from(MAX_AGENTS) && task.actions() <= 32);
		prop_assert!(!episode.is_over());
		let mut sum = Real::ZERO;
		let mut over = false;
		while !over {
			prop_assert_eq!(episode.validate(), Ok(()), "{:?}", &episode);
			let bytes = episode.encode();
			prop_assert!(bytes.len() <= Episode::max_encoded_len());
			prop_assert_eq!(Episode::decode(&mut &bytes[..]), Ok(episode.clone()));
			let actions: Vec<u8> = (0..task.agents()).map(|agent| random.act(&episode, agent)).collect();
			let outcome = episode.step(&actions).expect("allowed actions");
			sum += outcome.reward;
			over = outcome.is_over();
			prop_assert_eq!(over, episode.is_over());
			prop_assert_eq!(outcome.truncated, episode.steps() == task.max_steps());
		}
		prop_assert!(task.min_return() <= sum && sum <= task.max_return(), "{} of {}", sum, task);
		let actions = vec![0; task.agents() as usize];
		let before = episode.clone();
		prop_assert!(episode.step(&actions).is_err());
		prop_assert_eq!(episode, before);
	}

	#[test]
	fn a_masked_action_should_be_refused_and_change_nothing(task in any_task(), seed: [u8; 32], steps in 0..30_u32) {
		let seed = Seed(seed);
		let mut episode = Episode::start(&task, &seed);
		let mut random = RandomAgents::new(&seed);
		for _ in 0..steps {
			let actions: Vec<u8> = (0..task.agents()).map(|agent| random.act(&episode, agent)).collect();
			if episode.is_over() || episode.step(&actions).expect("allowed actions").is_over() {
				return Ok(());
			}
		}
		let allowed: Vec<u8> = (0..task.agents()).map(|agent| random.act(&episode, agent)).collect();
		for agent in 0..task.agents() {
			let mask = episode.mask(agent);
			prop_assert!(mask != 0 && mask >> task.actions() == 0, "{mask:b}");
			for action in 0..=task.actions() {
				let mut actions = allowed.clone();
				actions[agent as usize] = action as u8;
				let mut tried = episode.clone();
				let result = tried.step(&actions);
				if action == task.actions() {
					prop_assert_eq!(result, Err(Error::ActionOutOfRange { action, actions: action }));
				} else if mask >> action & 1 == 0 {
					prop_assert_eq!(result, Err(Error::ActionMasked { agent, action }));
				} else {
					prop_assert!(result.is_ok());
					continue;
				}
				prop_assert_eq!(&tried, &episode);
			}
		}
		prop_assert_eq!(episode.mask(task.agents()), 0);
		for wrong in [allowed.len() - 1, allowed.len() + 1] {
			prop_assert_eq!(episode.step(&vec![0; wrong]), Err(Error::BadLength));
		}
	}

	/// Also states that cannot occur: a pallet reads back what it wrote, but nothing may depend on it.
	#[test]
	fn no_bytes_should_panic(bytes in prop::collection::vec(any::<u8>(), 0..700), kind in 0..4_u8) {
		let bytes = [vec![kind], bytes].concat();
		if let Ok(mut episode) = Episode::decode(&mut &bytes[..]) {
			let mut out = [0; MAX_OBSERVATION];
			for _ in 0..3 {
				let _ = episode.validate();
				for agent in 0..5 {
					episode.observe(agent, &mut out);
				}
				let actions: Vec<u8> =
					(0..episode.agents()).map(|agent| episode.mask(agent).trailing_zeros() as u8).collect();
				let _ = episode.step(&actions);
			}
		}
	}

	#[test]
	fn a_name_should_be_read_back(task in any_task()) {
		let text = task.to_string();
		prop_assert_eq!(text.parse(), Ok(task));
		prop_assert_eq!(serde_json::to_string(&task).unwrap(), format!("\"{text}\""));
		prop_assert_eq!(serde_json::from_str::<TaskEnvironment>(&format!("\"{text}\"")).unwrap(), task);
		let bytes = task.encode();
		prop_assert_eq!(bytes[0], task.kind());
		prop_assert!(bytes.len() <= TaskEnvironment::max_encoded_len());
		prop_assert_eq!(TaskEnvironment::decode(&mut &bytes[..]), Ok(task));
	}

	#[test]
	fn an_observation_should_fill_its_length_and_nothing_else(task in any_task(), seed: [u8; 32]) {
		let episode = Episode::start(&task, &Seed(seed));
		let mut long = [77; MAX_OBSERVATION];
		for agent in 0..task.agents() {
			episode.observe(agent, &mut long);
			let mut exact = vec![0; task.observation()];
			episode.observe(agent, &mut exact);
			prop_assert_eq!(&long[..exact.len()], &exact[..]);
			prop_assert!(long[exact.len()..].iter().all(|entry| *entry == 0));
			prop_assert!(exact.iter().any(|entry| *entry != 0));
			episode.observe(agent, &mut long[..exact.len() - 1]);
			prop_assert!(long[..exact.len() - 1].iter().all(|entry| *entry == 0));
		}
	}

	#[test]
	fn heuristics_should_choose_allowed_actions(task in any_task(), seed: [u8; 32]) {
		let mut episode = Episode::start(&task, &Seed(seed));
		play(&mut episode, heuristic::act);
	}
}

#[test]
fn an_episode_should_be_small_enough_to_be_stored() {
	assert!(Episode::max_encoded_len() <= 1024, "{}", Episode::max_encoded_len());
	assert!(TaskEnvironment::max_encoded_len() <= 4);
}

#[test]
fn names_should_be_as_documented() {
	let names: Vec<String> = TaskEnvironment::ALL.iter().map(ToString::to_string).collect();
	let expected = [
		"CartPole-v1",
		"MountainCar-v0",
		"Acrobot-v1",
		"Pendulum-v1",
		"TargetLocalization-v0",
		"MazeCleaning-v0",
		"FleetCoordination-v0",
	];
	assert_eq!(names, expected);
	for (text, task) in [
		("MazeCleaning-v0(8x8,2)", TaskEnvironment::MazeCleaning { width: 8, height: 8, agents: 2 }),
		("MazeCleaning-v0(5x7,1)", TaskEnvironment::MazeCleaning { width: 5, height: 7, agents: 1 }),
		("FleetCoordination-v0(16x5,4)", TaskEnvironment::FleetCoordination { width: 16, height: 5, agents: 4 }),
		("TargetLocalization-v0(3,0)", TaskEnvironment::TargetLocalization { agents: 3, walls: 0, shaped: false }),
		(
			"TargetLocalization-v0(1,2,shaped)",
			TaskEnvironment::TargetLocalization { agents: 1, walls: 2, shaped: true },
		),
	] {
		assert_eq!(text.parse(), Ok(task), "{text}");
	}
	for wrong in ["MazeCleaning", "NoisyPendulum-v0", "", "mazecleaning-v0"] {
		assert_eq!(wrong.parse::<TaskEnvironment>(), Err(Error::UnknownEnvironment), "{wrong}");
	}
	for wrong in
		["(8x8", "(8x8)", "(8x8,0)", "(8x8,5)", "(2x8,1)", "(17x8,1)", "(08x8,1)", "(+8x8,1)", "(8x8,1))", "()"]
	{
		let wrong = format!("MazeCleaning-v0{wrong}");
		assert_eq!(wrong.parse::<TaskEnvironment>(), Err(Error::BadParameters), "{wrong}");
	}
	assert_eq!("CartPole-v1()".parse::<TaskEnvironment>(), Err(Error::BadParameters));
	assert_eq!("TargetLocalization-v0(1,4)".parse::<TaskEnvironment>(), Err(Error::BadParameters));
	let index_of_the_endless_pendulum = 4;
	assert!(TaskEnvironment::decode(&mut &[index_of_the_endless_pendulum][..]).is_err());
}

#[test]
fn parameters_out_of_bounds_should_be_refused_but_never_panic() {
	for size in [0, 1, 2, 4, 17, 255] {
		for agents in [0, 1, 4, 5, 255] {
			for task in [
				TaskEnvironment::MazeCleaning { width: size, height: 255 - size, agents },
				TaskEnvironment::FleetCoordination { width: size, height: size, agents },
				TaskEnvironment::TargetLocalization { agents, walls: size + u8::from(size < 4) * 4, shaped: true },
			] {
				assert_eq!(task.validate(), Err(Error::BadParameters), "{task:?}");
				let _ = task.shape();
				let episode = Episode::start(&task, &Seed::default());
				assert_eq!(episode.validate(), Ok(()), "the nearest parameters");
			}
		}
	}
}

/// A hash of a random episode of each: every observation, mask, reward and state.
fn fingerprint(task: &TaskEnvironment, episodes: u64) -> u64 {
	let mut hash = 0xcbf2_9ce4_8422_2325_u64;
	let mut absorb = |bytes: &[u8]| {
		for byte in bytes {
			hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
		}
	};
	for number in 0..episodes {
		let seed = Seed::from_number(number);
		let mut episode = Episode::start(task, &seed);
		let mut random = RandomAgents::new(&seed.derive(1));
		let mut seen = vec![0; task.observation()];
		while !episode.is_over() {
			let mut actions = Vec::new();
			for agent in 0..task.agents() {
				episode.observe(agent, &mut seen);
				absorb(&seen.encode());
				absorb(&episode.mask(agent).encode());
				actions.push(random.act(&episode, agent));
			}
			absorb(&episode.step(&actions).expect("allowed actions").encode());
			absorb(&episode.encode());
		}
	}
	hash
}

/// The bits are consensus: whoever changes them forks the chain. If this fails, the change needs a new environment.
#[test]
fn bits_should_not_change() {
	let largest = [
		TaskEnvironment::TargetLocalization { agents: 4, walls: 3, shaped: true },
		TaskEnvironment::MazeCleaning { width: 16, height: 16, agents: 4 },
		TaskEnvironment::FleetCoordination { width: 16, height: 16, agents: 4 },
	];
	let bits: Vec<u64> = TaskEnvironment::ALL.iter().chain(&largest).map(|task| fingerprint(task, 2)).collect();
	let pinned: [u64; 10] = [
		0x1209738fe2296d6b,
		0xd0b2354e6d8bbddd,
		0xfca1b8ce9096c5b5,
		0x5a830bfb9ba8408,
		0x11c0fdb463543865,
		0x287834ee92ce977d,
		0xc39ac3781ebfeac1,
		0x4fe9b89a4010972f,
		0xbf7680d81a28787f,
		0x24a787c87642bb50,
	];
	assert_eq!(bits, pinned, "{bits:#x?}");
}

/// Mean returns of random agents and of the heuristic over so many episodes.
fn measure(task: &TaskEnvironment, episodes: u64) -> (f64, f64) {
	let mean = |rule: &mut dyn FnMut(&Episode, u32) -> u8| {
		let sum: f64 = (0..episodes)
			.map(|number| play(&mut Episode::start(task, &Seed::from_number(number)), &mut *rule).to_f64())
			.sum();
		sum / episodes as f64
	};
	let mut random = RandomAgents::new(&Seed::from_number(u64::MAX));
	(mean(&mut |episode, agent| random.act(episode, agent)), mean(&mut heuristic::act))
}

#[test]
fn scores_should_be_those_that_are_measured() {
	let more = [
		"TargetLocalization-v0(1,0)",
		"TargetLocalization-v0(4,3)",
		"TargetLocalization-v0(2,2,shaped)",
		"TargetLocalization-v0(3,1,shaped)",
		"MazeCleaning-v0(3x3,1)",
		"MazeCleaning-v0(5x5,1)",
		"MazeCleaning-v0(6x10,3)",
		"MazeCleaning-v0(16x16,4)",
		"MazeCleaning-v0(16x16,1)",
		"FleetCoordination-v0(5x5,4)",
		"FleetCoordination-v0(5x5,1)",
		"FleetCoordination-v0(10x6,2)",
		"FleetCoordination-v0(16x16,4)",
	];
	let tasks = TaskEnvironment::ALL.into_iter().chain(more.into_iter().map(|text| text.parse().expect("a name")));
	for task in tasks {
		let (random, heuristic) = measure(&task, 300);
		let range = task.max_return().to_f64() - task.random_score().to_f64();
		// Three standard errors and more of 300 episodes; long rectangles are an estimate.
		for (found, stated) in [(random, task.random_score()), (heuristic, task.heuristic_score())] {
			assert!((found - stated.to_f64()).abs() < 0.06 * range, "{task}: {found} is not {stated} of {range}");
		}
		assert!(heuristic > random + 0.2 * range, "{task}");
		assert_eq!(task.normalised(task.random_score()), Real::ZERO);
		assert_eq!(task.normalised(task.max_return()), Real::ONE);
		assert_eq!((task.normalised(Real::MIN), task.normalised(Real::MAX)), (Real::ZERO, Real::ONE));
	}
}
