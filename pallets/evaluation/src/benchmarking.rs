//! Benchmarks.

use super::*;
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::TaskEnvironment;
use praxis_policy::{Limits, Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION, MAX_ENCODED, MAX_WIDTH};
use praxis_primitives_market::{Course, Evaluation, JobId, Judgement, Request, Seeds, Trial, Workspace};

/// A policy without a hidden layer for this environment: what a step costs is the environment's.
fn small(environment: &TaskEnvironment) -> Policy {
	network(&[environment.observation() as u16, environment.actions() as u16])
}

/// A network with these widths whose sums are neither zero nor clamped.
fn network(widths: &[u16]) -> Policy {
	let last = widths.len().saturating_sub(2);
	let layers = widths
		.windows(2)
		.enumerate()
		.map(|(at, pair)| UncheckedLayer {
			inputs: pair[0],
			outputs: pair[1],
			shift: if at == last { 0 } else { 12 },
			biases: vec![1_000; pair[1].into()],
			weights: (0..u32::from(pair[0]) * u32::from(pair[1])).map(|i| (i * 37 % 127) as i8).collect(),
		})
		.collect();
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers };
	Policy::try_from(unchecked).expect("these networks are valid")
}

/// A policy for CartPole whose encoding has about so many bytes: one, two or three hidden layers, the last as wide as it takes.
fn of_size(bytes: u32) -> Vec<u8> {
	const WIDTH: u16 = MAX_WIDTH as u16;
	// What the layers before the last hidden one take, and what a unit of that one adds.
	const ONE_LAYER: u32 = 2_080;
	const TWO_LAYERS: u32 = 68_640;
	const UNIT: u32 = 262;
	// One layer more would be above the bound of the format with more units than these.
	const MOST: u16 = 240;
	let units = |bytes: u32, most: u16| u16::try_from(bytes / UNIT).unwrap_or(most).clamp(1, most);
	let widths = if bytes < ONE_LAYER {
		vec![4, u16::try_from(bytes / 10).unwrap_or(WIDTH).clamp(1, WIDTH), 2]
	} else if bytes < TWO_LAYERS {
		vec![4, WIDTH, units(bytes - ONE_LAYER, WIDTH), 2]
	} else {
		vec![4, WIDTH, WIDTH, units(bytes - TWO_LAYERS, MOST), 2]
	};
	network(&widths).encode()
}

fn request(environment: TaskEnvironment, episodes: u32, policies: u32) -> Request {
	Request { environment, episodes, limits: Limits::default(), policies }
}

/// A job in a line, with these policies.
fn running<T: Config>(policies: &[Vec<u8>], episodes: u32) -> Result<JobId, BenchmarkError> {
	let payer: T::AccountId = whitelisted_caller();
	let refused = |_| BenchmarkError::Stop("the evaluation refuses");
	let job = Pallet::<T>::open(&payer, request(TaskEnvironment::CartPole, episodes, policies.len() as u32))
		.map_err(refused)?;
	for policy in policies {
		Pallet::<T>::add(job, policy).map_err(refused)?;
	}
	let after: BlockNumberFor<T> = frame_system::Pallet::<T>::block_number();
	Pallet::<T>::begin(job, after, [7; 32]);
	Ok(job)
}

fn play(environment: TaskEnvironment, steps: u32, policy: &Policy) {
	let course = Course { environment, episodes: u32::MAX, seeds: Seeds::Job { job: 0, beacon: [7; 32] } };
	let mut workspace = Workspace::new(&environment);
	let mut trial = Trial::default();
	assert_eq!(course.advance(&mut trial, policy, &mut workspace, steps), steps);
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn on_idle() -> Result<(), BenchmarkError> {
		#[block]
		{
			Pallet::<T>::work(frame_system::Pallet::<T>::block_number(), Pallet::<T>::most_of_a_block());
		}
		Ok(())
	}

	#[benchmark]
	fn begin() -> Result<(), BenchmarkError> {
		let payer: T::AccountId = whitelisted_caller();
		let refused = |_| BenchmarkError::Stop("the evaluation refuses");
		let most = T::MaxJobsPerPayer::get();
		let mut last = 0;
		for _ in 0..most {
			last = Pallet::<T>::open(&payer, request(TaskEnvironment::CartPole, 1, 1)).map_err(refused)?;
			Pallet::<T>::add(last, &small(&TaskEnvironment::CartPole).encode()).map_err(refused)?;
		}
		let after = frame_system::Pallet::<T>::block_number();
		#[block]
		{
			Pallet::<T>::begin(last, after, [7; 32]);
		}
		assert!(Trials::<T>::contains_key(last));
		Ok(())
	}

	#[benchmark]
	fn load(b: Linear<100, MAX_ENCODED>) -> Result<(), BenchmarkError> {
		let job = running::<T>(&[of_size(b)], 1)?;
		#[block]
		{
			let bytes = Policies::<T>::get(job, 0).unwrap_or_default();
			let policy = Policy::decode(&bytes);
			assert!(policy.is_ok());
			let trial = Trials::<T>::get(job);
			let found = Jobs::<T>::get(job);
			if let (Some(trial), Some(found)) = (trial, found) {
				Trials::<T>::insert(job, trial);
				Jobs::<T>::insert(job, found);
			}
		}
		Ok(())
	}

	#[benchmark]
	fn add(b: Linear<100, MAX_ENCODED>) -> Result<(), BenchmarkError> {
		let payer: T::AccountId = whitelisted_caller();
		let refused = |_| BenchmarkError::Stop("the evaluation refuses");
		let job = Pallet::<T>::open(&payer, request(TaskEnvironment::CartPole, 1, 1)).map_err(refused)?;
		let bytes = of_size(b);
		let added;
		#[block]
		{
			added = Pallet::<T>::add(job, &bytes);
		}
		assert!(added.is_ok());
		Ok(())
	}

	#[benchmark]
	fn finish(p: Linear<1, { T::MaxPolicies::get() }>) -> Result<(), BenchmarkError> {
		let policies: Vec<Vec<u8>> = (0..p).map(|at| network(&[4, 8 + at as u16, 2]).encode()).collect();
		let job = running::<T>(&policies, 1)?;
		let found = Jobs::<T>::get(job).ok_or(BenchmarkError::Stop("the job is gone"))?;
		let judgement = Judgement { mean: Default::default(), minimum: Default::default(), episodes: 1, steps: 1 };
		let mut trial = Trials::<T>::get(job).ok_or(BenchmarkError::Stop("the trial is gone"))?;
		#[block]
		{
			for (index, hash) in found.policies.iter().enumerate() {
				Pallet::<T>::note(job, index as u32, *hash, judgement, &mut trial);
			}
			Pallet::<T>::forget(job, &found);
		}
		assert!(!Jobs::<T>::contains_key(job));
		Ok(())
	}

	/// A thousand units of work each.
	#[benchmark]
	fn inference(k: Linear<1, 10_000>) -> Result<(), BenchmarkError> {
		let policy = network(&[4, 100, 100, 2]);
		let calls = u64::from(k) * cost::WORK / policy.work();
		let mut scratch = policy.scratch();
		let mut chosen = 0;
		#[block]
		{
			for call in 0..calls {
				let observation = [call as i16, 900, -1_000, 30_000];
				chosen |= policy.act(&observation, &mut scratch).unwrap_or(u32::MAX);
			}
		}
		assert!(chosen < 4);
		Ok(())
	}

	#[benchmark]
	fn steps_cart_pole(n: Linear<0, 2_000>) -> Result<(), BenchmarkError> {
		let environment = TaskEnvironment::CartPole;
		let policy = small(&environment);
		#[block]
		{
			play(environment, n, &policy);
		}
		Ok(())
	}

	#[benchmark]
	fn steps_mountain_car(n: Linear<0, 2_000>) -> Result<(), BenchmarkError> {
		let environment = TaskEnvironment::MountainCar;
		let policy = small(&environment);
		#[block]
		{
			play(environment, n, &policy);
		}
		Ok(())
	}

	#[benchmark]
	fn steps_acrobot(n: Linear<0, 2_000>) -> Result<(), BenchmarkError> {
		let environment = TaskEnvironment::Acrobot;
		let policy = small(&environment);
		#[block]
		{
			play(environment, n, &policy);
		}
		Ok(())
	}

	#[benchmark]
	fn steps_pendulum(n: Linear<0, 2_000>) -> Result<(), BenchmarkError> {
		let environment = TaskEnvironment::Pendulum;
		let policy = small(&environment);
		#[block]
		{
			play(environment, n, &policy);
		}
		Ok(())
	}

	#[benchmark]
	fn steps_target_localization(n: Linear<0, 2_000>) -> Result<(), BenchmarkError> {
		let environment = TaskEnvironment::TargetLocalization { agents: 4, walls: 3, shaped: true };
		let policy = small(&environment);
		#[block]
		{
			play(environment, n, &policy);
		}
		Ok(())
	}

	#[benchmark]
	fn steps_maze_cleaning(n: Linear<0, 2_000>) -> Result<(), BenchmarkError> {
		let environment = TaskEnvironment::MazeCleaning { width: 16, height: 16, agents: 4 };
		let policy = small(&environment);
		#[block]
		{
			play(environment, n, &policy);
		}
		Ok(())
	}

	#[benchmark]
	fn steps_fleet_coordination(n: Linear<0, 2_000>) -> Result<(), BenchmarkError> {
		let environment = TaskEnvironment::FleetCoordination { width: 16, height: 16, agents: 4 };
		let policy = small(&environment);
		#[block]
		{
			play(environment, n, &policy);
		}
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
