//! An episode of a team's environment: who plays it, and how it is shown.

use super::{svg, text, RolloutArgs};
use crate::{
	agent::{network::Policy, Dqn, World},
	checkpoint::Checkpoint,
	commands::{Failure, Outcome},
};
use praxis_environment::{
	teams::heuristic::{self, RandomAgents},
	Episode, Error, Seed, TaskEnvironment,
};
use serde::Serialize;
use serde_json::json;
use std::{
	io::{IsTerminal, Write},
	path::{Path, PathBuf},
	process::ExitCode,
	str::FromStr,
	time::Duration,
};

/// A frame stays so long on a terminal.
const FRAME: Duration = Duration::from_millis(120);

/// Who plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Player {
	/// Allowed actions at random.
	Random,
	/// The environment's simple rule.
	Heuristic,
	/// A policy file, greedily.
	File(PathBuf),
}

impl FromStr for Player {
	type Err = std::convert::Infallible;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		Ok(match text {
			"random" => Self::Random,
			"heuristic" => Self::Heuristic,
			file => Self::File(file.into()),
		})
	}
}

/// How an episode is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Render {
	/// Frames of characters.
	Text,
	/// An animated picture.
	Svg(PathBuf),
}

impl FromStr for Render {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text {
			"text" => Ok(Self::Text),
			file if Path::new(file).extension().is_some_and(|end| end == "svg") => Ok(Self::Svg(file.into())),
			other => Err(format!("`{other}` is neither `text` nor a file that ends in .svg")),
		}
	}
}

/// Chooses actions.
enum Choice {
	Random(Box<RandomAgents>),
	Heuristic,
	Policy(Box<Policy>, Vec<i16>),
	Given(std::vec::IntoIter<u32>),
}

impl Choice {
	fn new(args: &RolloutArgs, task: TaskEnvironment, seed: &Seed) -> Result<Self, Failure> {
		if let Some(actions) = &args.actions {
			return Ok(Self::Given(actions.0.clone().into_iter()));
		}
		Ok(match args.policy.as_ref().unwrap_or(&Player::Heuristic) {
			Player::Random => Self::Random(Box::new(RandomAgents::new(&seed.derive(0)))),
			Player::Heuristic => Self::Heuristic,
			Player::File(file) => {
				let checkpoint = Checkpoint::read(file)?;
				let of = checkpoint.environment;
				// A policy may be tried with another team or on another size: what it observes has the same shape.
				let fits = matches!(of, World::Team(of) if of.kind() == task.kind());
				if !fits {
					return Err(Failure::input("policy-file", format!("the policy is of {of}, not of {task}")));
				}
				let policy = Dqn::from_checkpoint(checkpoint, tch::Device::Cpu)?.policy();
				Self::Policy(Box::new(policy), vec![0; task.observation()])
			}
		})
	}

	/// The action of an agent; nothing once what was given is used up.
	fn act(&mut self, episode: &Episode, agent: u32) -> Option<u32> {
		Some(match self {
			Self::Random(random) => random.act(episode, agent).into(),
			Self::Heuristic => heuristic::act(episode, agent).into(),
			Self::Policy(policy, observation) => {
				episode.observe(agent, observation);
				policy.greedy_masked(observation, episode.mask(agent)).into()
			}
			Self::Given(actions) => return actions.next(),
		})
	}
}

/// One step as it is printed.
#[derive(Debug, Serialize)]
struct Step {
	actions: Vec<u32>,
	reward: f64,
	terminated: bool,
	truncated: bool,
}

/// Plays and shows an episode.
pub fn run(args: &RolloutArgs, task: TaskEnvironment) -> Outcome {
	if args.state.is_some() {
		return Err(Failure::input("state", format!("an episode of {task} starts from a --seed")));
	}
	let seed = Seed::from_number(args.seed.unwrap_or_default());
	let mut choice = Choice::new(args, task, &seed)?;
	let mut frames = vec![Episode::start(&task, &seed)];
	let (steps, failure) = play(&mut frames, &mut choice);
	let sum: f64 = steps.iter().map(|step| step.reward).sum();
	if let Some(Render::Svg(path)) = &args.render {
		let picture = svg::picture(&format!("{task}, return {sum:.2}"), &frames);
		std::fs::write(path, picture)
			.map_err(|error| Failure::running("file", format!("{}: {error}", path.display())))?;
	}
	if args.json {
		let mut answer = json!({ "environment": task, "return": sum, "steps": steps });
		if let Some(Failure { kind, message, .. }) = &failure {
			answer["error"] = json!({ "kind": kind, "message": message });
		}
		println!("{answer}");
	} else {
		let shown = args.render == Some(Render::Text);
		print(&frames, &steps, shown).map_err(|error| Failure::running("output", error))?;
		println!("{task}: return {sum:.2} after {} steps", steps.len());
		if let Some(Render::Svg(path)) = &args.render {
			println!("picture {}", path.display());
		}
		if let Some(failure) = &failure {
			eprintln!("error: {failure}");
		}
	}
	Ok(failure.map_or(ExitCode::SUCCESS, |failure| ExitCode::from(failure.code)))
}

/// Goes on until the episode is over, the given actions are used up, or one of them is refused.
fn play(frames: &mut Vec<Episode>, choice: &mut Choice) -> (Vec<Step>, Option<Failure>) {
	let mut steps = Vec::new();
	while let Some(mut episode) = frames.last().cloned() {
		let left = matches!(choice, Choice::Given(actions) if actions.len() > 0);
		if episode.is_over() && !left {
			break;
		}
		let actions: Vec<u32> = (0..episode.agents()).map_while(|agent| choice.act(&episode, agent)).collect();
		if actions.is_empty() {
			break;
		}
		let bytes: Vec<u8> = actions.iter().map(|action| u8::try_from(*action).unwrap_or(u8::MAX)).collect();
		match episode.step(&bytes) {
			Ok(outcome) => {
				let (terminated, truncated) = (outcome.terminated, outcome.truncated);
				steps.push(Step { actions, reward: outcome.reward.to_f64(), terminated, truncated });
				frames.push(episode);
			}
			Err(error) => {
				let kind = match error {
					Error::ActionOutOfRange { .. } | Error::ActionMasked { .. } | Error::BadLength => "action",
					_ => "episode-over",
				};
				return (steps, Some(Failure::input(kind, format!("step {}: {error}", frames.len()))));
			}
		}
	}
	(steps, None)
}

/// Prints a line for each step, or frames: one in the place of the other on a terminal, one below the other elsewhere.
fn print(frames: &[Episode], steps: &[Step], shown: bool) -> std::io::Result<()> {
	let mut out = std::io::stdout().lock();
	let live = shown && out.is_terminal();
	for (number, frame) in frames.iter().enumerate() {
		let step = number.checked_sub(1).and_then(|number| steps.get(number));
		let line = match step {
			None => "step 0".into(),
			Some(Step { actions, reward, terminated, truncated }) => {
				let end = if *terminated {
					"  terminated"
				} else if *truncated {
					"  truncated"
				} else {
					""
				};
				format!("step {number}  actions {actions:?}  reward {reward:.2}{end}")
			}
		};
		if live {
			write!(out, "\x1b[2J\x1b[H")?;
		}
		writeln!(out, "{line}")?;
		if shown {
			writeln!(out, "{}", text::frame(frame))?;
		}
		if live {
			out.flush()?;
			std::thread::sleep(FRAME);
		}
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn maze() -> Episode {
		Episode::start(&TaskEnvironment::MazeCleaning { width: 4, height: 3, agents: 2 }, &Seed::from_number(3))
	}

	#[test]
	fn given_actions_should_be_taken_agent_by_agent_until_one_is_refused() {
		let mut frames = vec![maze()];
		let allowed: Vec<u32> = (0..2).map(|agent| frames[0].mask(agent).trailing_zeros()).collect();
		let (steps, failure) = play(&mut frames, &mut Choice::Given(allowed.clone().into_iter()));
		assert_eq!((steps.len(), frames.len()), (1, 2));
		assert!(failure.is_none());
		for wrong in [vec![9, 0], vec![300, 0], vec![allowed[0]]] {
			let (steps, failure) = play(&mut vec![maze()], &mut Choice::Given(wrong.into_iter()));
			assert!(steps.is_empty());
			assert_eq!(failure.expect("it is refused").kind, "action");
		}
	}

	#[test]
	fn players_should_finish_an_episode() {
		for mut choice in [Choice::Heuristic, Choice::Random(Box::new(RandomAgents::new(&Seed::default())))] {
			let mut frames = vec![maze()];
			let (steps, failure) = play(&mut frames, &mut choice);
			assert!(failure.is_none() && frames.last().is_some_and(Episode::is_over));
			assert!(steps.last().is_some_and(|step| step.terminated || step.truncated));
		}
	}

	#[test]
	fn render_should_be_text_or_a_picture() {
		assert_eq!("text".parse(), Ok(Render::Text));
		assert_eq!("a/b.svg".parse(), Ok(Render::Svg("a/b.svg".into())));
		for wrong in ["", "a.gif", "svg"] {
			assert!(wrong.parse::<Render>().is_err(), "{wrong}");
		}
	}
}
