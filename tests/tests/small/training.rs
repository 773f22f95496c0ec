//! Neutral trainers on a real node: a session of two lessons with two trainers, where teachers, trainers and the student are
//! killed as by a power cut wherever that could cost money, and started again with the same command.

use pallet_teaching::{Event, HoldReason};
use praxis_primitives_teaching::{payout, SessionState};
use praxis_runtime::RuntimeHoldReason;
use praxis_tests::{
	chain::{account, hash_of},
	free_port,
	network::wait_for_finality,
	teaching::{holds, session, wait_session, Books, Labelled, Purse, Session},
	wait_for, Node, NodeConfig, Party, State, Worker, WorkerConfig,
};
use sp_runtime::Perbill;
use std::time::Duration;

/// A token, in its smallest part.
const PRX: u128 = 1_000_000_000_000;

const REWARD: u128 = 1_000 * PRX;
const FEE: u128 = 20 * PRX;
const BOND: u128 = 20 * PRX;

/// Of what a lesson earns: the trainers' part.
const SHARE: Perbill = Perbill::from_percent(20);

/// No authors: these pay fees, and nothing else changes what they have.
const STUDENT: &str = "//Bob";
const TEACHERS: [&str; 2] = ["//Charlie", "//Dave"];
const TRAINERS: [&str; 2] = ["//Eve", "//Ferdie"];

/// Items of the holdout, and of them those of the audit.
const ITEMS: usize = 704;
const AUDITED: u32 = ITEMS as u32 / 4;

/// Examples of a lesson.
const SAMPLES: usize = 400;

/// The first session of the chain.
const ID: u32 = 0;

fn open(student: &Party, own: &str) {
	let words = ["student", "open", "--own", own, "--features", "64", "--classes", "4", "--hidden", "12"];
	let money = ["--mid", "0.9", "--reward", "1000", "--fee", "20", "--stake", "100", "--trainers", "20%"];
	let phases = ["--teachers", "2", "--chunk-log2", "4", "--offer-blocks", "40", "--train-blocks", "40"];
	let opened = student.run(&[&words[..], &money, &phases, &["--reveal-blocks", "100"]].concat());
	assert_eq!((&opened["event"], &opened["session"]), (&"opened".into(), &ID.into()));
}

/// Waits until a party has sent a call, and not seen what came of it.
fn wait_sent(party: &mut Party, call: &str) {
	let message = format!("{call} is sent");
	party.wait("sent", |event| event["message"] == *message);
}

/// What every lesson must have earned for its teacher and its trainers; gives the sums.
fn check_lessons(books: &Books, settled: &Session) -> (u128, u128) {
	let items = settled.spec.scored();
	assert_eq!((settled.spec.trainers, settled.counted, items), (Some(SHARE), items, ITEMS as u32 - AUDITED));
	let mut lessons: Vec<_> = settled.lessons.iter().collect();
	lessons.sort_by_key(|one| one.place);
	assert_eq!(lessons.iter().map(|one| one.place).collect::<Vec<_>>(), [Some(0), Some(1)]);
	let worth = |correct| payout(REWARD, &settled.spec.scale, correct, items);
	let (mut best, mut taught, mut trained) = (settled.base_correct, 0, 0);
	for one in lessons {
		assert_eq!(one.void, None, "lesson {}", one.lesson);
		let mut drawn: Vec<_> = one.trainers.iter().map(|trainer| trainer.trainer.clone()).collect();
		drawn.sort();
		let mut pool = TRAINERS.map(account).to_vec();
		pool.sort();
		assert_eq!(drawn, pool, "both are drawn where there are two");
		assert!(one.trainers.iter().all(|trainer| trainer.classifier.is_some()), "both have shown: {:?}", one.trainers);
		assert_eq!(one.trainers.iter().map(|trainer| trainer.correct).max(), Some(one.correct));
		let high = best.max(one.correct);
		let gain = worth(high) - worth(best);
		let paid: u128 = one.trainers.iter().map(|trainer| trainer.paid).sum();
		println!("{best} to {} of {items} by lesson {}: {} and {paid}", one.correct, one.lesson, one.paid);
		assert_eq!(one.paid + paid, gain, "lesson {}", one.lesson);
		let part = SHARE.mul_floor(gain);
		// Two that are as good share it, and leave what cannot be halved.
		assert!(paid == part || paid + 1 == part, "{paid} of {part}");
		(best, taught, trained) = (high, taught + one.paid, trained + paid);
	}
	assert!(best * 10 > items * 7, "two lessons of all classes teach them: {best} of {items}");
	assert_eq!(
		books.count(|event| matches!(event, Event::TrainingCommitted { .. })),
		4,
		"each commits once to a lesson"
	);
	assert_eq!(books.count(|event| matches!(event, Event::TrainingRevealed { .. })), 4);
	assert_eq!(books.count(|event| matches!(event, Event::LessonHanded { .. })), 2);
	assert_eq!(books.count(|event| matches!(event, Event::TrainerEnlisted { .. })), 2, "each has one bond");
	let unexpected = |event: &Event<_>| {
		matches!(
			event,
			Event::SessionFailed { .. }
				| Event::SessionForfeited { .. }
				| Event::LessonVoided { .. }
				| Event::DisputeLost { .. }
				| Event::TrainerSlashed { .. }
		)
	};
	assert_eq!(books.count(unexpected), 0);
	(taught, trained)
}

#[test]
fn lessons_should_be_trained_once_when_trainers_and_teachers_are_killed_in_every_phase() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the miner's first submission", Duration::from_secs(120), || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});
	let rpc = node.rpc();
	let own = Labelled::quarters(1, ITEMS, &[0, 1, 2, 3]).write(folder.path(), "own");
	let lessons = [2, 3]
		.map(|seed| Labelled::quarters(seed, SAMPLES, &[0, 1, 2, 3]).write(folder.path(), &format!("lesson-{seed}")));
	let served = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
	let peers = served.clone().map(|address| format!("http://{address}"));
	let begun = rpc.number(None).expect("the node answers");
	let purse = |key: &str| Purse::new(&rpc, key, begun);
	let (student_purse, teacher_purses, trainer_purses) = (purse(STUDENT), TEACHERS.map(purse), TRAINERS.map(purse));

	// A trainer between its enlisting and what it hears of it.
	let mut trainers = TRAINERS.map(|key| Party::new(&node, folder.path(), key));
	for trainer in &mut trainers {
		trainer.start(&["trainer", "run", "--peer", &peers[0], "--peer", &peers[1], "--seconds", "3"]);
		trainer.wait("enlisted", |_| true);
	}
	trainers[0].kill();
	trainers[0].launch();
	trainers[0].wait("enlisted", |_| true);

	let mut student = Party::new(&node, folder.path(), STUDENT);
	open(&student, &own);
	student.start(&["student", "run"]);
	student.wait("offering", |_| true);

	// One teacher as soon as its offer is there; the other one hands the key by another command.
	let mut teachers = TEACHERS.map(|key| Party::new(&node, folder.path(), key));
	teachers[0].start(&["teach", "offer", "0", "--data", &lessons[0], "--serve", &served[0]]);
	teachers[0].wait("offered", |_| true);
	teachers[0].kill();
	assert_eq!(
		teachers[1].run(&["teach", "offer", "0", "--data", &lessons[1], "--no-wait"])["event"],
		"offered",
		"it does not wait for the draw"
	);
	wait_session(&rpc, ID, "the draw", |session| matches!(session.state, SessionState::Handing { .. }));
	student.kill();
	assert_eq!(teachers[1].run(&["teach", "hand", "0"])["event"], "handed");
	teachers[1].start(&["store", "serve", "--listen", &served[1]]);
	teachers[0].launch();
	teachers[0].wait("handed", |_| true);

	// A trainer while it learns, the other one with its commitment in the pool: it has the salt on its disk.
	trainers[0].wait("learning", |_| true);
	trainers[0].kill();
	wait_sent(&mut trainers[1], "commit_training");
	trainers[1].kill();
	trainers[0].launch();
	trainers[1].launch();

	// A trainer with its classifier in the pool.
	wait_sent(&mut trainers[0], "reveal_training");
	trainers[0].kill();
	trainers[0].launch();
	wait_session(&rpc, ID, "the reveal", |session| matches!(session.state, SessionState::Revealing { .. }));
	student.launch();
	let told = student.wait("settled", |_| true);
	assert_eq!(student.end(), Some(0), "{}", student.log());
	assert_eq!(teachers[0].wait("settled", |_| true)["state"], "settled");
	for trainer in &mut trainers {
		let told = trainer.wait("settled", |_| true);
		assert_eq!((&told["drawn"], &told["shown"]), (&2.into(), &2.into()));
	}

	// Who leaves has its bond back, and its program ends.
	assert_eq!(trainers[0].run(&["trainer", "retire"])["event"], "retired");
	assert_eq!(trainers[0].end(), Some(0), "{}", trainers[0].log());

	let end = rpc.number(None).expect("the node answers");
	wait_for_finality(std::slice::from_ref(&node), end);
	let (books, settled) = (Books::read(&rpc, begun, end), session(&rpc, ID, Some(end)).expect("the session"));
	assert!(matches!(settled.state, SessionState::Settled { .. }), "{:?}", settled.state);
	let (taught, trained) = check_lessons(&books, &settled);
	assert_eq!(told["paid_total"], (taught + trained).to_string());
	assert_eq!(told["paid_trainers"], trained.to_string());

	let gained = |purse: &Purse| purse.gained(&rpc, &books, end);
	assert_eq!(gained(&student_purse), 2 * FEE as i128 - (taught + trained) as i128);
	for purse in &teacher_purses {
		let earned: u128 = settled.lessons.iter().filter(|one| one.teacher == purse.who).map(|one| one.paid).sum();
		assert_eq!(gained(purse), earned as i128 - FEE as i128);
	}
	for (purse, bond) in trainer_purses.iter().zip([None, Some(BOND)]) {
		let all = settled.lessons.iter().flat_map(|one| &one.trainers);
		let earned: u128 = all.filter(|trainer| trainer.trainer == purse.who).map(|trainer| trainer.paid).sum();
		assert_eq!(gained(purse), earned as i128);
		let held: Vec<_> =
			bond.map(|bond| (RuntimeHoldReason::Teaching(HoldReason::TrainerBond), bond)).into_iter().collect();
		assert_eq!(holds(&rpc, &purse.who, end), held);
	}
	let state = State::fetch(&rpc, &hash_of(&rpc, end));
	state.check().unwrap_or_else(|e| panic!("the state after the session: {e}"));
	println!("{} blocks, {taught} and {trained} paid", end - begun);
	miner.assert_runs();
}
