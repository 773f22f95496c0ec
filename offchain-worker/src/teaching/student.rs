//! A student: a classifier that learns lesson by lesson.
//!
//! Of every lesson one example in ten is kept apart. The network trains on the rest of this lesson and of those before
//! that were kept, until the validation on what lies apart has stopped rising at the lowest rate. Then it is quantised
//! and judged on the student's own examples, once, with the integers that the chain will count with: where it got worse,
//! the classifier before comes back and the lesson is forgotten, so that rubbish costs the training time and nothing else.

use super::{
	data::Examples,
	network::{Batch, Network, Spread},
	score,
};
use crate::{
	agent::network::{Layout, Shape},
	commands::Failure,
	quantise::{deciding_layers, quantise},
};
use praxis_policy::Policy;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::{Duration, Instant};
use tch::TchError;

/// One example in so many is for validation.
const APART: usize = 10;

/// Images of a minibatch.
const BATCH: i64 = 128;

/// Minibatches between two looks at the validation.
const STEPS: u32 = 256;

/// Rates of learning, one after the other.
const RATES: [f64; 3] = [2e-3, 6e-4, 2e-4];

/// Decay of the weights, per rate.
const DECAY: f64 = 0.01;

/// Looks without a better one after which the next rate begins.
const PATIENCE: u32 = 12;

/// Images by which scales are chosen.
const CALIBRATION: usize = 2_000;

/// Copies are turned by 9 degrees at most, and moved by less than a pixel of fourteen.
const SPREAD: Spread = Spread { turn: 0.16, stretch: 0.12, shear: 0.12, shift: 0.12 };

/// How a student learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
	/// Bytes of an image.
	pub features: usize,
	/// Classes.
	pub classes: u8,
	/// Widths of the hidden layers.
	pub hidden: Vec<usize>,
	/// Seed of first weights and of the order of examples.
	pub seed: u64,
	/// Time for one lesson.
	pub time: Duration,
}

impl Plan {
	/// What the network looks like.
	pub fn shape(&self) -> Shape {
		Shape { observation: self.features, actions: self.classes.into(), hidden: self.hidden.clone(), dueling: false }
	}
}

/// A classifier: the network, and what the chain reads of it.
#[derive(Clone, Debug)]
pub struct Classifier {
	/// The weights of the network, sorted by name.
	pub weights: Vec<f32>,
	/// What was quantised.
	pub policy: Policy,
}

/// One look at the validation.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Look {
	/// Images seen so far in this lesson.
	pub images: u64,
	/// Share of the validation that is right.
	pub validation: f64,
	/// The rate of learning.
	pub rate: f64,
}

/// What came of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Learnt {
	/// Whether its classifier is kept.
	pub kept: bool,
	/// Right answers of the student's classifier afterwards, as the chain counts.
	pub correct: u32,
	/// Right answers of the trained network before it was quantised, whether it is kept or not.
	pub float: u32,
	/// Right answers of what was trained, as the chain counts, whether it is kept or not.
	pub tried: u32,
	/// Images seen.
	pub images: u64,
	/// Seconds that it took.
	pub seconds: f64,
}

/// A student.
pub struct Student {
	plan: Plan,
	training: Option<Examples>,
	apart: Option<Examples>,
	current: Classifier,
	correct: u32,
	rng: ChaCha8Rng,
}

fn torch(error: TchError) -> Failure {
	Failure::running("libtorch", error)
}

impl Student {
	/// A student that has learnt nothing, judged by `own` examples.
	pub fn new(plan: Plan, own: &Examples) -> Result<Self, Failure> {
		let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
		let weights = Layout::new(&plan.shape()).initial(&mut rng);
		// There is no lesson to choose scales by yet.
		let noise: Vec<Vec<i16>> =
			(0..64).map(|_| score::observe(&(0..plan.features).map(|_| rng.gen()).collect::<Vec<u8>>())).collect();
		let policy = quantised(&plan, &weights, &noise)?;
		Self::with(plan, Classifier { weights, policy }, own)
	}

	/// A student that goes on from a classifier; what it has learnt so far is told by [`Self::remember`].
	pub fn with(plan: Plan, current: Classifier, own: &Examples) -> Result<Self, Failure> {
		tch::set_num_threads(1);
		let rng = ChaCha8Rng::seed_from_u64(
			plan.seed ^ u64::from(current.weights.iter().map(|x| x.to_bits()).fold(0, |a, b| a ^ b)),
		);
		if current.weights.len() != Layout::new(&plan.shape()).length() {
			return Err(Failure::input("state", "the classifier is of another shape"));
		}
		let correct = judge(&current.policy, own)?;
		Ok(Self { plan, training: None, apart: None, current, correct, rng })
	}

	/// The present classifier.
	pub fn classifier(&self) -> &Classifier {
		&self.current
	}

	/// Its right answers, as the chain counts.
	pub fn correct(&self) -> u32 {
		self.correct
	}

	/// Keeps a lesson for replay.
	pub fn remember(&mut self, lesson: &Examples) {
		let (training, apart) = parted(lesson);
		for (all, more) in [(&mut self.training, training), (&mut self.apart, apart)] {
			match (all.as_mut(), more) {
				(Some(all), Some(more)) => all.extend(&more),
				(None, more) => *all = more,
				(Some(_), None) => {}
			}
		}
	}

	/// Right answers of the present classifier's network, before it was quantised.
	pub fn float(&self, own: &Examples) -> Result<u32, Failure> {
		let network = Network::new(&self.plan.shape(), &self.current.weights).map_err(torch)?;
		let own = Batch::new(own.features, &own.images, &own.labels).map_err(torch)?;
		Ok(network.examine(&own).map_err(torch)?.0)
	}

	/// Learns from a lesson and keeps what it made of it, unless it got worse on its `own` examples.
	pub fn learn(&mut self, lesson: &Examples, own: &Examples, mut tell: impl FnMut(Look)) -> Result<Learnt, Failure> {
		if lesson.features != self.plan.features {
			return Err(Failure::input("data", "the lesson's images are of another size"));
		}
		lesson.check_classes(self.plan.classes)?;
		let start = Instant::now();
		let before = (self.training.clone(), self.apart.clone());
		self.remember(lesson);
		let (trained, images) = self.train(&mut tell)?;
		let tried = judge(&trained.policy, own)?;
		let float = {
			let network = Network::new(&self.plan.shape(), &trained.weights).map_err(torch)?;
			let own = Batch::new(own.features, &own.images, &own.labels).map_err(torch)?;
			network.examine(&own).map_err(torch)?.0
		};
		let kept = tried >= self.correct;
		if kept {
			(self.current, self.correct) = (trained, tried);
		} else {
			(self.training, self.apart) = before;
		}
		let seconds = start.elapsed().as_secs_f64();
		Ok(Learnt { kept, correct: self.correct, float, tried, images, seconds })
	}

	/// What training on all lessons that are remembered makes of the present classifier, which stays what it is; and how many
	/// images that took.
	pub fn train(&mut self, tell: &mut impl FnMut(Look)) -> Result<(Classifier, u64), Failure> {
		let (weights, images) = self.descend(tell)?;
		let Some(examples) = &self.training else { return Ok((self.current.clone(), 0)) };
		let step = examples.len().div_ceil(CALIBRATION).max(1);
		let calibration: Vec<_> = examples.iter().step_by(step).map(|(image, _)| score::observe(image)).collect();
		let policy = quantised(&self.plan, &weights, &calibration)?;
		Ok((Classifier { weights, policy }, images))
	}

	/// The weights with the best validation, and how many images it took.
	fn descend(&mut self, tell: &mut impl FnMut(Look)) -> Result<(Vec<f32>, u64), Failure> {
		let start = Instant::now();
		let shape = self.plan.shape();
		let batch = |examples: &Option<Examples>| match examples {
			Some(examples) => Batch::new(examples.features, &examples.images, &examples.labels).map(Some),
			None => Ok(None),
		};
		let (training, apart) = (batch(&self.training).map_err(torch)?, batch(&self.apart).map_err(torch)?);
		let Some(training) = training else { return Ok((self.current.weights.clone(), 0)) };
		// A lesson too small to be parted is its own validation.
		let apart = apart.as_ref().unwrap_or(&training);
		let mut best = (self.current.weights.clone(), (0, f64::INFINITY));
		let mut images = 0;
		for rate in RATES {
			let mut network = Network::new(&shape, &best.0).map_err(torch)?;
			let mut idle = 0;
			while idle < PATIENCE && start.elapsed() < self.plan.time {
				for _ in 0..STEPS {
					network.learn(&training, BATCH, (rate, DECAY), Some(&SPREAD), &mut self.rng).map_err(torch)?;
				}
				images += u64::from(STEPS) * BATCH as u64;
				let (right, loss) = network.examine(apart).map_err(torch)?;
				tell(Look { images, validation: score::share(right, apart.len() as usize), rate });
				idle += 1;
				if right > best.1 .0 || (right == best.1 .0 && loss < best.1 .1) {
					best = (network.weights().map_err(torch)?, (right, loss));
					idle = 0;
				}
			}
		}
		Ok((best.0, images))
	}
}

/// What is trained on, and what lies apart.
pub fn parted(lesson: &Examples) -> (Option<Examples>, Option<Examples>) {
	let some = |apart: bool| {
		let chosen = lesson.iter().enumerate().filter(|(at, _)| (at % APART == APART - 1) == apart);
		let (mut images, mut labels) = (Vec::new(), Vec::new());
		for (_, (image, label)) in chosen {
			images.extend_from_slice(image);
			labels.push(label);
		}
		Examples::new("lesson", lesson.features, images, labels).ok()
	};
	(some(false), some(true))
}

fn quantised(plan: &Plan, weights: &[f32], calibration: &[Vec<i16>]) -> Result<Policy, Failure> {
	let layout = Layout::new(&plan.shape());
	// The network reads bytes as 0 to 1, the policy reads them in steps.
	let scales = vec![1.0 / (255.0 * f32::from(score::STEP)); plan.features];
	quantise(deciding_layers(&layout, weights, &scales), calibration)
		.map_err(|error| Failure::input("policy", format!("the network cannot be quantised: {error}")))
}

fn judge(policy: &Policy, own: &Examples) -> Result<u32, Failure> {
	score::correct(policy, own).map_err(|error| Failure::input("policy", error))
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Two classes of 6x6 images: a bright left half or a bright right one, with noise.
	fn halves(count: usize, seed: u64) -> Examples {
		let mut rng = ChaCha8Rng::seed_from_u64(seed);
		let (mut images, mut labels) = (Vec::new(), Vec::new());
		for _ in 0..count {
			let label = rng.gen_range(0..2u8);
			images.extend((0..36).map(|pixel| {
				let bright = (pixel % 6 < 3) == (label == 0);
				if bright {
					rng.gen_range(60..255)
				} else {
					rng.gen_range(0..200u8)
				}
			}));
			labels.push(label);
		}
		Examples::new("test", 36, images, labels).expect("examples")
	}

	fn plan() -> Plan {
		Plan { features: 36, classes: 2, hidden: vec![8], seed: 3, time: Duration::from_secs(20) }
	}

	#[test]
	fn student_should_learn_and_its_policy_should_be_what_the_chain_counts() {
		let own = halves(500, 1);
		let mut student = Student::new(plan(), &own).expect("a student");
		let before = student.correct();
		let learnt = student.learn(&halves(300, 2), &own, |_| {}).expect("it learns");
		assert!(learnt.kept && learnt.correct > before && learnt.correct >= 480, "{before} {learnt:?}");
		assert_eq!(score::correct(&student.classifier().policy, &own), Ok(learnt.correct));
		assert!(learnt.float.abs_diff(learnt.tried) <= 5, "{learnt:?}");
	}

	#[test]
	fn student_should_roll_back_when_a_lesson_makes_it_worse() {
		let own = halves(500, 1);
		let mut student = Student::new(plan(), &own).expect("a student");
		student.learn(&halves(300, 2), &own, |_| {}).expect("it learns");
		let (policy, correct) = (student.classifier().policy.clone(), student.correct());
		let mut rubbish = halves(2_000, 5);
		rubbish.labels.iter_mut().for_each(|label| *label = 1 - *label);
		let learnt = student.learn(&rubbish, &own, |_| {}).expect("it learns");
		assert!(!learnt.kept && learnt.tried < correct && learnt.correct == correct, "{learnt:?}");
		assert_eq!(student.classifier().policy.hash(), policy.hash());
		// And it does not stand in the way of the next one.
		let learnt = student.learn(&halves(300, 6), &own, |_| {}).expect("it learns");
		assert!(learnt.tried + 10 > correct, "{learnt:?}");
	}

	#[test]
	fn lesson_should_be_refused_when_its_images_or_classes_are_others() {
		let own = halves(50, 1);
		let mut student = Student::new(plan(), &own).expect("a student");
		let mut lesson = halves(50, 2);
		lesson.labels[7] = 2;
		assert!(student.learn(&lesson, &own, |_| {}).is_err());
		let lesson = Examples::new("test", 4, vec![0; 8], vec![0, 1]).expect("examples");
		assert!(student.learn(&lesson, &own, |_| {}).is_err());
	}
}
