//! Every environment: what holds for all states, and that bad input is a typed error.
#![allow(missing_docs)]

use codec::{Decode, Encode, MaxEncodedLen};
use praxis_environment::{
	fingerprint, AcrobotState, AnyState, CartPoleState, Environment, EnvironmentId, Error, MountainCarState,
	NoisyPendulumState, Pendulum, PendulumState, Real, Seed, Walk,
};
use proptest::prelude::*;

fn any_id() -> impl Strategy<Value = EnvironmentId> {
	prop::sample::select(&EnvironmentId::ALL[..])
}

/// Bits of all sizes: most of `i64`'s values are far outside any environment.
fn any_real() -> impl Strategy<Value = Real> {
	(any::<i64>(), 0_u32..64).prop_map(|(bits, shift)| Real::from_bits(bits >> shift))
}

/// Any state that can be encoded, possible or not.
fn any_state() -> impl Strategy<Value = AnyState> {
	(any_id(), [any_real(), any_real(), any_real(), any_real()], any::<u64>(), any::<u32>(), 0_u32..32).prop_map(
		|(id, [a, b, c, d], noise, steps, shift)| {
			let steps = steps >> shift;
			match id {
				EnvironmentId::CartPole => CartPoleState { x: a, x_dot: b, theta: c, theta_dot: d, steps }.into(),
				EnvironmentId::MountainCar => MountainCarState { position: a, velocity: b, steps }.into(),
				EnvironmentId::Acrobot => {
					AcrobotState { theta1: a, theta2: b, theta1_dot: c, theta2_dot: d, steps }.into()
				}
				EnvironmentId::Pendulum => PendulumState { theta: a, theta_dot: b, steps }.into(),
				EnvironmentId::NoisyPendulum => NoisyPendulumState { theta: a, theta_dot: b, noise, steps }.into(),
			}
		},
	)
}

/// A state that can occur, anywhere in the environment's space.
fn valid_state() -> impl Strategy<Value = AnyState> {
	(any_id(), [0.0..=1.0_f64, 0.0..=1.0, 0.0..=1.0, 0.0..=1.0], any::<[u8; 32]>()).prop_map(|(id, parts, noise)| {
		let pi = std::f64::consts::PI;
		let limits: &[(f64, f64)] = match id {
			EnvironmentId::CartPole => &[(-2.4, 2.4), (-64.0, 64.0), (-0.2094, 0.2094), (-64.0, 64.0)],
			EnvironmentId::MountainCar => &[(-1.2, 0.6), (-0.07, 0.07)],
			EnvironmentId::Acrobot => &[(-pi, pi), (-pi, pi), (-4.0 * pi, 4.0 * pi), (-9.0 * pi, 9.0 * pi)],
			EnvironmentId::Pendulum => &[(-83.0, 83.0), (-8.0, 8.0)],
			EnvironmentId::NoisyPendulum => &[(-pi, pi), (-8.0, 8.0)],
		};
		let values: Vec<Real> =
			limits.iter().zip(parts).map(|((low, high), part)| Real::from_f64(low + part * (high - low))).collect();
		let mut state = AnyState::from_values(id, &values).expect("it is within the limits");
		state.reseed(&Seed(noise));
		state
	})
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4096))]

	#[test]
	fn no_input_should_panic(mut state in any_state(), action in prop_oneof![0_u32..12, any::<u32>()]) {
		let before = state;
		prop_assert_eq!(state.observation().len(), state.id().spec().observation);
		prop_assert_eq!(state.full_observation().len(), state.id().spec().observation);
		let actions = state.id().spec().actions;
		let over = state.is_over();
		match state.step(action) {
			Ok(_) => {
				prop_assert!(action < actions && !over && before.validate().is_ok());
				prop_assert_eq!(state.steps(), before.steps() + 1);
			},
			Err(error) => {
				prop_assert_eq!(state, before, "an error leaves the state");
				match error {
					Error::ActionOutOfRange { action: named, actions: count } => {
						prop_assert_eq!((named, count), (action, actions));
						prop_assert!(action >= actions);
					},
					Error::InvalidState => prop_assert_eq!(before.validate(), Err(Error::InvalidState)),
					Error::EpisodeOver => prop_assert!(over),
					other => prop_assert!(false, "{other}"),
				}
			},
		}
	}

	#[test]
	fn no_bytes_should_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), action: u32) {
		if let Ok(mut state) = AnyState::decode(&mut &bytes[..]) {
			let _ = state.step(action);
			let _ = state.observation();
		}
	}

	#[test]
	fn a_step_should_lead_from_a_possible_state_to_a_possible_one(state in valid_state(), action: u32) {
		let mut state = state;
		let spec = state.id().spec();
		prop_assert_eq!(state.validate(), Ok(()));
		for i in 0..8 {
			if state.is_over() {
				break;
			}
			let outcome = state.step(action.wrapping_add(i) % spec.actions).expect("a valid step");
			prop_assert_eq!(state.validate(), Ok(()), "after {:?}", state);
			prop_assert!(spec.min_reward <= outcome.reward && outcome.reward <= spec.max_reward, "{:?}", outcome);
			prop_assert_eq!(outcome.is_over(), state.is_over());
		}
	}

	#[test]
	fn values_should_come_back(state in valid_state()) {
		let again = AnyState::from_values_at(state.id(), &state.values(), state.steps()).expect("valid values");
		prop_assert_eq!(again.values(), state.values());
		prop_assert_eq!(again.observation(), state.observation());
	}

	#[test]
	fn encoding_should_come_back_within_its_bound(state in any_state()) {
		let bytes = state.encode();
		prop_assert!(bytes.len() <= AnyState::max_encoded_len());
		prop_assert_eq!(bytes[0], EnvironmentId::ALL.iter().position(|id| *id == state.id()).unwrap() as u8);
		prop_assert_eq!(AnyState::decode(&mut &bytes[..]), Ok(state));
	}

	#[test]
	fn observations_should_be_the_values_scaled(state in valid_state()) {
		let (short, full) = (state.observation(), state.full_observation());
		for ((short, full), scale) in short.iter().zip(full).zip(state.id().spec().scales) {
			let exact = full.to_f64() * 2_f64.powi(*scale as i32);
			let expected = exact.floor().clamp(-32768.0, 32767.0);
			prop_assert_eq!(f64::from(*short), expected);
		}
	}

	#[test]
	fn impossible_values_should_be_refused(id in any_id(), index in 0_usize..4, huge in 200..i32::MAX, sign: bool) {
		let mut values = AnyState::reset(id, &Seed::default()).values();
		let index = index % values.len();
		values[index] = Real::from_int(if sign { huge } else { -huge });
		prop_assert_eq!(AnyState::from_values(id, &values), Err(Error::InvalidState));
		values.pop();
		prop_assert_eq!(AnyState::from_values(id, &values), Err(Error::BadLength));
	}

	#[test]
	fn other_names_should_be_unknown(name in ".{0,20}") {
		let known = EnvironmentId::ALL.iter().any(|id| id.name() == name);
		prop_assert_eq!(name.parse::<EnvironmentId>().is_ok(), known);
	}

	#[test]
	fn starts_should_be_drawn_from_the_seed(id in any_id(), seed: [u8; 32]) {
		let state = AnyState::reset(id, &Seed(seed));
		prop_assert_eq!(state, AnyState::reset(id, &Seed(seed)));
		prop_assert_eq!(state.validate(), Ok(()));
		prop_assert!(!state.is_over());
		let values: Vec<f64> = state.values().into_iter().map(Real::to_f64).collect();
		let limits: &[(f64, f64)] = match id {
			EnvironmentId::CartPole => &[(-0.05, 0.05); 4],
			EnvironmentId::MountainCar => &[(-0.6, -0.4), (0.0, 0.0)],
			EnvironmentId::Acrobot => &[(-0.1, 0.1); 4],
			EnvironmentId::Pendulum | EnvironmentId::NoisyPendulum => {
				&[(-std::f64::consts::PI, std::f64::consts::PI), (-1.0, 1.0)]
			},
		};
		for (value, (low, high)) in values.iter().zip(limits) {
			prop_assert!(low - 1e-9 <= *value && *value <= high + 1e-9, "{} in {:?}", value, values);
		}
	}
}

#[test]
fn starts_should_fill_their_range() {
	let angles: Vec<f64> = (0..2000)
		.map(|i| AnyState::reset(EnvironmentId::Pendulum, &Seed::from_number(i)).values()[0].to_f64())
		.collect();
	let mean = angles.iter().sum::<f64>() / angles.len() as f64;
	// The mean of 2000 draws has a standard deviation of pi / sqrt(3) / sqrt(2000) = 0.041.
	assert!(mean.abs() < 0.2, "{mean}");
	assert!(angles.iter().any(|angle| *angle < -3.1) && angles.iter().any(|angle| *angle > 3.1));
}

#[test]
fn names_should_be_gymnasiums() {
	for id in EnvironmentId::ALL {
		assert_eq!(id.to_string().parse(), Ok(id));
		assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
		assert_eq!(serde_json::from_str::<EnvironmentId>(&format!("\"{id}\"")).unwrap(), id);
		assert_eq!(id.spec().id, id);
		assert_eq!(id.spec().observation, id.spec().scales.len());
	}
	assert_eq!("CartPole-v0".parse::<EnvironmentId>(), Err(Error::UnknownEnvironment));
	assert!(EnvironmentId::decode(&mut &[5_u8][..]).is_err());
	assert!(serde_json::from_str::<EnvironmentId>("\"CartPole\"").is_err());
}

#[test]
fn episodes_should_end_at_their_time_limit() {
	for id in [EnvironmentId::MountainCar, EnvironmentId::Acrobot, EnvironmentId::Pendulum] {
		let mut state = AnyState::reset(id, &Seed::default());
		let still = id.spec().actions / 2;
		for step in 1..=id.spec().max_steps {
			let outcome = state.step(still).expect("the episode goes on");
			assert!(!outcome.terminated);
			assert_eq!(outcome.truncated, step == id.spec().max_steps);
		}
		assert_eq!(state.step(still), Err(Error::EpisodeOver));
	}
}

#[test]
fn a_terminal_state_should_end_the_episode() {
	let mut state = AnyState::reset(EnvironmentId::CartPole, &Seed::default());
	let mut steps = 0;
	loop {
		let outcome = state.step(1).expect("the episode goes on");
		steps += 1;
		assert_eq!(outcome.reward, Real::ONE, "also for the last step");
		if outcome.terminated {
			assert!(!outcome.truncated);
			break;
		}
	}
	assert!((7..12).contains(&steps), "pushing one way topples the pole: {steps}");
	assert_eq!(state.step(1), Err(Error::EpisodeOver));
}

#[test]
fn values_rounded_to_single_precision_should_be_accepted() {
	let single = |value: f32| Real::from_f64(f64::from(value));
	let car = AnyState::from_values(EnvironmentId::MountainCar, &[single(-1.2), single(-0.07)]).expect("a valid state");
	assert_eq!(car.values(), [Real::from_f64(-1.2), Real::from_f64(-0.07)]);
	let pi = std::f32::consts::PI;
	let fast = [single(pi), single(-pi), single(4.0 * pi), single(-9.0 * pi)];
	AnyState::from_values(EnvironmentId::Acrobot, &fast).expect("a valid state");
	let beyond = [Real::from_f64(-1.2001), Real::ZERO];
	assert_eq!(AnyState::from_values(EnvironmentId::MountainCar, &beyond), Err(Error::InvalidState));
}

#[test]
fn noise_should_come_from_the_seed_alone() {
	let id = EnvironmentId::NoisyPendulum;
	let play = |noise: u64| {
		let mut state = AnyState::reset(id, &Seed::default());
		state.reseed(&Seed::from_number(noise));
		(0..32).map(|_| state.step(4).expect("a valid step").reward).collect::<Vec<_>>()
	};
	assert_eq!(play(1), play(1));
	assert_ne!(play(1), play(2));
	let mut state = AnyState::reset(EnvironmentId::CartPole, &Seed::default());
	let before = state;
	state.reseed(&Seed::from_number(1));
	assert_eq!(state, before, "nothing is random in it");
}

#[test]
fn noise_should_be_uniform_within_a_quarter() {
	// At the top and at rest the speed after a step without torque is the noise times 0.15.
	let top = AnyState::from_values(EnvironmentId::NoisyPendulum, &[Real::ZERO, Real::ZERO]).expect("a valid state");
	let noise: Vec<f64> = (0..4000)
		.map(|i| {
			let mut state = top;
			state.reseed(&Seed::from_number(i));
			state.step(4).expect("a valid step");
			state.values()[1].to_f64() / 0.15
		})
		.collect();
	let mean = noise.iter().sum::<f64>() / noise.len() as f64;
	let variance = noise.iter().map(|value| value * value).sum::<f64>() / noise.len() as f64;
	assert!(noise.iter().all(|value| value.abs() <= 0.25 + 1e-8));
	assert!(mean.abs() < 0.01, "{mean}");
	assert!((variance - 0.25 * 0.25 / 3.0).abs() < 0.002, "{variance}");
}

#[test]
fn any_odd_number_of_torques_should_span_the_range() {
	type Fine = Pendulum<21>;
	let start = PendulumState { theta: Real::ZERO, theta_dot: Real::ZERO, steps: 0 };
	for (action, torque) in [(0, -2.0), (10, 0.0), (13, 0.6), (20, 2.0)] {
		let mut state = start;
		Fine::step(&mut state, action).expect("a valid action");
		assert!((state.theta_dot.to_f64() - 0.15 * torque).abs() < 1e-9);
	}
	let refused = Fine::step(&mut start.clone(), 21);
	assert_eq!(refused, Err(Error::ActionOutOfRange { action: 21, actions: 21 }));
}

#[test]
fn a_walk_should_not_depend_on_how_it_is_cut() {
	for id in EnvironmentId::ALL {
		let seed = Seed::from_number(7);
		let whole = fingerprint(id, &seed, 3000);
		let mut walk = Walk::new(id, &seed);
		for part in [1, 999, 1500, 500] {
			walk.advance(part);
			walk = Walk::decode(&mut &walk.encode()[..]).expect("its own encoding");
		}
		assert_eq!(walk.finish(), whole);
		assert_ne!(fingerprint(id, &Seed::from_number(8), 3000), whole);
		assert_eq!(walk.episodes() > 0, id != EnvironmentId::NoisyPendulum);
	}
}

/// The bits are consensus: whoever changes them forks the chain. If this fails, the change needs a new environment.
#[test]
fn bits_should_not_change() {
	let bits = EnvironmentId::ALL.map(|id| u64::from_le_bytes(fingerprint(id, &Seed::default(), 10_000)));
	let pinned = [0x9dad1b27b3f1cd7e, 0xf3a7d584ac6817db, 0x6404994ba0702484, 0x0514394599e0e5a0, 0x21bf6905774c1253];
	assert_eq!(bits, pinned, "{bits:#x?}");
}
