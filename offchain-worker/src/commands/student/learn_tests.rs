use super::*;
use crate::{
	chain::teaching::Spec,
	store::Profile,
	teaching::{envelope::Envelope, holdout::Holdout},
};
use praxis_policy::Limits;
use praxis_primitives_market::sealed::one_time_key;
use praxis_primitives_teaching::{trainers::Void, Scale, SessionState};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sp_runtime::Perbill;
use tempfile::TempDir;

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

struct Stage {
	_folder: TempDir,
	job: Job,
}

impl Stage {
	/// A session with one lesson, whose sealed file is `file`.
	fn new(file: &[u8], spoil: impl FnOnce(&mut Envelope)) -> Self {
		let folder = tempfile::tempdir().expect("a folder");
		let store = Store::open(&folder.path().join("store")).expect("a store");
		let home = Home::open(folder.path(), H256::zero(), &AccountId32::new([1; 32])).expect("a home");
		let holdout = Holdout::new(&halves(200, 1), 4).expect("a holdout");
		home.save_holdout(&holdout).expect("a file");
		let root = holdout.root();
		let plan = Plan { features: 16, classes: 2, hidden: vec![4], seed: 1, time: Duration::from_secs(20) };
		let own = holdout.scored(&[0, 1]).expect("examples");
		let student = Student::new(plan, &own).expect("a student");
		let base = home.save_classifier(&root, student.classifier()).expect("a file");
		let secret = [5; 32];
		let mut envelope = Envelope::seal(file, Some(&one_time_key(&secret))).expect("an envelope");
		spoil(&mut envelope);
		let cid = store.put_file(&envelope.ciphertext[..], "lesson", &Profile::PRAXIS).expect("a CID");
		let offer = envelope.offer(cid.to_bytes(), 300).expect("an offer");
		let spec = Spec {
			features: 16,
			classes: 2,
			limits: Limits::FORMAT,
			root,
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
			base,
			keys: vec![one_time_key(&secret)].try_into().expect("one key"),
			trainers: None,
		};
		let lesson = LessonView {
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
		let session = Session {
			session: 7,
			student: AccountId32::new([1; 32]),
			spec,
			state: SessionState::Training { round: 0, until: 100 },
			teachers: vec![Some(AccountId32::new([2; 32]))],
			lessons: vec![lesson],
			base_correct: 0,
			counted: 0,
			paid: 0,
			returned: 0,
			burnt: 0,
		};
		let mut record = StudentRecord::new(root, String::new(), base, vec![hex::encode(secret)], vec![4]);
		record.seconds = 20;
		let home = Arc::new(home);
		let job = Job { home, record, store, peers: vec![], session, audit: vec![0, 1], lesson: 0, before: base };
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
fn student_should_have_a_better_classifier_on_its_disk_when_a_lesson_helps() {
	let mut stage = Stage::new(&file(), |_| {});
	let made = stage.made();
	assert!(made.kept && made.correct >= 190 && made.classifier != stage.job.before, "{made:?}");
	let classifier = stage.job.home.classifier(&stage.job.record.root, &made.classifier).expect("it is on the disk");
	let own = stage.job.home.holdout(&stage.job.record.root).expect("a holdout").scored(&[0, 1]).expect("examples");
	assert_eq!(crate::teaching::score::correct(&classifier.policy, &own), Ok(made.correct));

	// The next lesson is learnt together with this one, which is read from the disk.
	stage.job.before = made.classifier;
	stage.job.record.made.insert(0, made.clone());
	let mut second = stage.job.session.lessons[0].clone();
	(second.lesson, second.place) = (1, Some(1));
	stage.job.session.lessons.push(second);
	stage.job.lesson = 1;
	assert!(stage.made().correct >= made.correct);
}

#[test]
fn student_should_keep_its_classifier_when_a_lesson_is_none() {
	let foreign = lesson::pack(&Examples::new("test", 4, vec![1; 40], vec![1; 10]).expect("examples")).expect("a file");
	for file in [b"no lesson".to_vec(), foreign] {
		let stage = Stage::new(&file, |_| {});
		let made = stage.made();
		assert_eq!((made.kept, made.classifier), (false, stage.job.before), "{made:?}");
	}
}

#[test]
fn student_should_have_a_proof_when_a_lesson_cannot_be_opened() {
	let stage = Stage::new(&file(), |envelope| envelope.sealed_key.as_mut().expect("a key")[50] ^= 1);
	assert!(matches!(learn(&stage.job), Ok(Came::Void(secret, None)) if secret == [5; 32]));
	let stage = Stage::new(&file(), |envelope| envelope.ciphertext[9] ^= 1);
	assert!(matches!(learn(&stage.job), Ok(Came::Void(_, Some((0, _, _))))));
}

#[test]
fn student_should_try_again_when_nobody_serves_a_lesson() {
	let mut stage = Stage::new(&file(), |_| {});
	let other = tempfile::tempdir().expect("a folder");
	stage.job.store = Store::open(other.path()).expect("a store");
	assert!(matches!(learn(&stage.job), Ok(Came::Missing(_))));
}

#[test]
fn lessons_should_be_taken_in_their_places_unless_they_are_void() {
	let mut session = Stage::new(&file(), |_| {}).job.session;
	let first = session.lessons[0].clone();
	session.lessons = (0..4).map(|lesson| LessonView { lesson, place: Some(3 - lesson), ..first.clone() }).collect();
	assert_eq!(learn_next(&session), Some(3));
	session.lessons[3].void = Some(Void::CannotBeOpened);
	assert_eq!(learn_next(&session), Some(2));
	let hash = |byte| H256([byte; 32]);
	session.lessons[3].place = None;
	for (lesson, byte) in [(2, 9), (1, 9), (0, 4)] {
		session.lessons[lesson].classifier = Some(hash(byte));
	}
	assert_eq!(learn_next(&session), None);
}

fn learn_next(session: &Session) -> Option<u8> {
	next(session, 0).map(|one| one.lesson)
}
