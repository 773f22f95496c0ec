use super::*;
use crate::{
	store::Profile,
	teaching::{
		envelope::{hand, Envelope},
		lesson, score,
		student::{Plan, Student},
	},
};
use praxis_policy::Limits;
use praxis_primitives_market::sealed::one_time_key;
use praxis_primitives_teaching::Scale;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sp_core::{crypto::AccountId32, H256};
use sp_runtime::Perbill;
use tempfile::TempDir;

const SECRET: [u8; 32] = [5; 32];

/// Two classes of 4x4 images: a bright upper half or a bright lower one, with noise.
fn halves(count: usize, seed: u64) -> Examples {
	let mut rng = ChaCha8Rng::seed_from_u64(seed);
	let (mut images, mut labels) = (Vec::new(), Vec::new());
	for _ in 0..count {
		let label = rng.gen_range(0..2u8);
		let pixel = |at: u8| if (at < 8) == (label == 0) { 120..255 } else { 0..140u8 };
		images.extend((0..16).map(pixel).map(|range| rng.gen_range(range)));
		labels.push(label);
	}
	Examples::new("test", 16, images, labels).expect("examples")
}

fn right(policy: &Policy) -> u32 {
	score::correct(policy, &halves(200, 8)).expect("answers")
}

struct Stage {
	_folder: TempDir,
	job: Job,
}

impl Stage {
	/// A lesson whose sealed file is `file`, and a classifier that has learnt nothing.
	fn new(file: &[u8], spoil: impl FnOnce(&mut Envelope)) -> Self {
		let folder = tempfile::tempdir().expect("a folder");
		let store = Store::open(&folder.path().join("store")).expect("a store");
		let home = Home::open(folder.path(), H256::zero(), &AccountId32::new([1; 32])).expect("a home");
		let plan = Plan { features: 16, classes: 2, hidden: vec![4], seed: 1, time: Duration::from_secs(20) };
		let base = Student::new(plan, &halves(50, 9)).expect("a student").classifier().policy.clone();
		let mut envelope = Envelope::seal(file, None).expect("an envelope");
		let sealed_key = hand(&envelope.key, &[one_time_key(&SECRET)]).expect("a key")[0];
		spoil(&mut envelope);
		let cid = store.put_file(&envelope.ciphertext[..], "lesson", &Profile::PRAXIS).expect("a CID");
		let offer = envelope.offer(cid.to_bytes(), 300).expect("an offer");
		let spec = Spec {
			features: 16,
			classes: 2,
			limits: Limits::FORMAT,
			root: H256::zero(),
			items: 200,
			chunk_log2: 4,
			scale: Scale { min: Perbill::zero(), mid: Perbill::from_percent(90), max: Perbill::one() },
			reward: 1000,
			fee: 1,
			stake: 1,
			lesson_bytes: 1 << 20,
			rounds: 1,
			teachers: 1,
			audit_blocks: 10,
			offer_blocks: 10,
			train_blocks: 10,
			reveal_blocks: 10,
			base: H256(base.hash()),
			keys: Default::default(),
			trainers: Some(Perbill::from_percent(10)),
		};
		let lesson = Lesson {
			lesson: 0,
			teacher: AccountId32::new([2; 32]),
			seat: 0,
			round: 0,
			offer,
			place: Some(0),
			void: None,
			classifier: None,
			claim: None,
			correct: 0,
			paid: 0,
			trainers: vec![],
		};
		let job = Job {
			home: Arc::new(home),
			store,
			peers: vec![],
			session: 7,
			spec,
			lesson,
			sealed_key,
			secret: SECRET,
			candidates: vec![base],
			audit: Some(halves(60, 1)),
			time: Duration::from_secs(20),
		};
		Self { _folder: folder, job }
	}

	fn made(&self) -> Made {
		match learn(&self.job).expect("it can be learnt from") {
			Came::Made(made) => made,
			other => panic!("{other:?}"),
		}
	}
}

fn file() -> Vec<u8> {
	lesson::pack(&halves(300, 2)).expect("a file")
}

#[test]
fn trainer_should_have_a_better_classifier_and_keep_the_lesson_when_it_helps() {
	let mut stage = Stage::new(&file(), |_| {});
	let made = stage.made();
	assert!(made.kept && right(&made.policy) >= 190, "{made:?}");
	let kept = |stage: &Stage| stage.job.home.kept_lessons(7, &Bounds::FORMAT).expect("lessons");
	assert_eq!(kept(&stage), [halves(300, 2)]);
	// The next lesson goes on from there, together with this one, which is read from the disk.
	stage.job.candidates.push(made.policy.clone());
	stage.job.lesson.lesson = 1;
	let next = stage.made();
	assert!(right(&next.policy) + 4 >= right(&made.policy), "{next:?}");
	assert_eq!(kept(&stage).len(), 1 + usize::from(next.kept));
}

#[test]
fn trainer_should_keep_the_best_classifier_when_a_lesson_is_none() {
	let good = Stage::new(&file(), |_| {}).made().policy;
	let foreign = lesson::pack(&Examples::new("test", 4, vec![1; 40], vec![1; 10]).expect("examples")).expect("a file");
	for file in [b"no lesson".to_vec(), foreign] {
		let mut stage = Stage::new(&file, |_| {});
		let base = stage.job.candidates[0].clone();
		stage.job.candidates = vec![base.clone(), good.clone(), base];
		let made = stage.made();
		assert_eq!((made.kept, made.policy.hash()), (false, good.hash()), "{made:?}");
	}
}

#[test]
fn trainer_should_have_a_proof_when_a_lesson_cannot_be_opened() {
	// The key is not the one that was promised.
	let stage = Stage::new(&file(), |envelope| envelope.key[3] ^= 1);
	assert!(matches!(learn(&stage.job), Ok(Came::Void(secret, None)) if secret == SECRET));
	// It was sealed to another.
	let mut stage = Stage::new(&file(), |_| {});
	stage.job.secret = [6; 32];
	assert!(matches!(learn(&stage.job), Ok(Came::Void(_, None))));
	let stage = Stage::new(&file(), |envelope| envelope.ciphertext[9] ^= 1);
	assert!(matches!(learn(&stage.job), Ok(Came::Void(_, Some((0, _, _))))));
}

#[test]
fn trainer_should_try_again_when_nobody_serves_a_lesson() {
	let mut stage = Stage::new(&file(), |_| {});
	let other = tempfile::tempdir().expect("a folder");
	stage.job.store = Store::open(other.path()).expect("a store");
	assert!(matches!(learn(&stage.job), Ok(Came::Missing(_))));
}
