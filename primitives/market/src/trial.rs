//! How a policy is judged: the one place that the chain and the worker share.

use crate::{JobId, Judgement};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_environment::{Episode, Real, Seed, TaskEnvironment};
use praxis_policy::{Policy, PolicyError, Scratch};
use scale_info::TypeInfo;

/// Seed of an episode: `blake2_256("praxis/episode" ‖ job ‖ episode ‖ beacon)`, the numbers as little-endian `u32`.
/// The same for every policy of a job, so that neither names nor variants draw extra luck.
pub fn episode_seed(job: JobId, episode: u32, beacon: &[u8; 32]) -> Seed {
	Seed(sp_crypto_hashing::blake2_256(&(b"praxis/episode", job, episode, beacon).encode()))
}

/// Where the seeds of the episodes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeds {
	/// From the beacon of a job: see [`episode_seed`].
	Job {
		/// The job.
		job: JobId,
		/// Its beacon.
		beacon: [u8; 32],
	},
	/// For people: numbers from this one upwards, as [`Seed::from_number`] reads them.
	Numbers {
		/// That of the first episode.
		first: u64,
	},
}

impl Seeds {
	/// Seed of an episode.
	pub fn get(&self, episode: u32) -> Seed {
		match self {
			Self::Job { job, beacon } => episode_seed(*job, episode, beacon),
			Self::Numbers { first } => Seed::from_number(first.wrapping_add(episode.into())),
		}
	}
}

/// Where policies are judged, on which seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
	/// The environment.
	pub environment: TaskEnvironment,
	/// Episodes of a trial.
	pub episodes: u32,
	/// Their seeds.
	pub seeds: Seeds,
}

/// A policy that plays its episodes greedily, a few steps at a time. How the steps are portioned out changes nothing in
/// the result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Trial {
	/// Episodes that are over.
	pub episodes: u32,
	/// Steps of the episodes that are over.
	pub steps: u64,
	/// The running episode.
	pub running: Option<Episode>,
	/// Return of the running episode so far.
	pub gained: Real,
	/// Sum of the returns of the episodes that are over, in units of 2^-32.
	sum: i128,
	/// Least of them.
	minimum: Option<Real>,
}

/// Room for the numbers of one step, so that steps allocate nothing.
#[derive(Debug, Default)]
pub struct Workspace {
	scratch: Scratch,
	observation: Vec<i16>,
	actions: Vec<u8>,
}

impl Workspace {
	/// Room for this environment.
	pub fn new(environment: &TaskEnvironment) -> Self {
		Self {
			scratch: Scratch::new(),
			observation: alloc::vec![0; environment.observation()],
			actions: alloc::vec![0; environment.agents() as usize],
		}
	}
}

impl Course {
	/// Whether a policy's inputs and outputs fit the environment.
	pub fn fits(environment: &TaskEnvironment, policy: &Policy) -> bool {
		policy.inputs() == environment.observation() && policy.outputs() as u64 == u64::from(environment.actions())
	}

	/// Plays on for at most `most` units, and gives how many it took: a unit is a step or the start of an episode. Fewer
	/// than `most` means that the trial is over.
	pub fn advance(&self, trial: &mut Trial, policy: &Policy, workspace: &mut Workspace, most: u32) -> u32 {
		let mut taken = 0;
		while taken < most && trial.episodes < self.episodes {
			taken += 1;
			let Some(episode) = trial.running.as_mut() else {
				trial.running = Some(Episode::start(&self.environment, &self.seeds.get(trial.episodes)));
				trial.gained = Real::ZERO;
				continue;
			};
			match step(episode, policy, workspace) {
				Some((reward, over)) => {
					trial.gained = trial.gained.saturating_add(reward);
					if over {
						trial.finish_episode(trial.gained);
					}
				}
				// Cannot happen for a policy that fits; if it did, the policy would have the worst return there is.
				None => trial.finish_episode(self.environment.min_return()),
			}
		}
		taken
	}

	/// Plays all episodes at once.
	pub fn judge(&self, policy: &Policy) -> Option<Judgement> {
		let mut trial = Trial::default();
		let mut workspace = Workspace::new(&self.environment);
		while self.advance(&mut trial, policy, &mut workspace, u32::MAX) == u32::MAX {}
		trial.judgement(self.episodes)
	}
}

impl Trial {
	fn finish_episode(&mut self, gained: Real) {
		self.sum = self.sum.saturating_add(gained.to_bits().into());
		self.minimum = Some(self.minimum.map_or(gained, |minimum| minimum.min(gained)));
		self.episodes = self.episodes.saturating_add(1);
		self.steps = self.steps.saturating_add(self.running.take().map_or(0, |episode| episode.steps().into()));
		self.gained = Real::ZERO;
	}

	/// The result, once all of the `episodes` are over.
	pub fn judgement(&self, episodes: u32) -> Option<Judgement> {
		if self.episodes < episodes || episodes == 0 {
			return None;
		}
		// Every return is an i64, so their mean is one too.
		let mean = self.sum.div_euclid(episodes.into());
		Some(Judgement {
			mean: Real::from_bits(i64::try_from(mean).ok()?),
			minimum: self.minimum?,
			episodes,
			steps: self.steps,
		})
	}
}

/// A greedy step of all agents: the reward, and whether the episode is over.
fn step(episode: &mut Episode, policy: &Policy, workspace: &mut Workspace) -> Option<(Real, bool)> {
	for agent in 0..workspace.actions.len() {
		let action = act(episode, agent as u32, policy, workspace).ok()?;
		*workspace.actions.get_mut(agent)? = u8::try_from(action).ok()?;
	}
	let outcome = episode.step(&workspace.actions).ok()?;
	Some((outcome.reward, outcome.is_over()))
}

fn act(episode: &Episode, agent: u32, policy: &Policy, workspace: &mut Workspace) -> Result<u32, PolicyError> {
	episode.observe(agent, &mut workspace.observation);
	policy.act_masked(&workspace.observation, episode.mask(agent), &mut workspace.scratch)
}
