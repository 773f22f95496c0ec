//! The teaching market on a real node: a session of two rounds with a student and two teachers, each of which is killed as by
//! a power cut wherever that could cost money, and started again with the same command.

use pallet_teaching::{Event, HoldReason};
use praxis_primitives_teaching::{payout, SessionState};
use praxis_runtime::RuntimeHoldReason;
use praxis_tests::{
	chain::{account, api, hash_of},
	free_port,
	network::wait_for_finality,
	teaching::{holds, session, wait_session, Books, Labelled, Purse, Session},
	wait_for, Node, NodeConfig, Party, Rpc, State, Worker, WorkerConfig,
};
use serde_json::Value;
use std::{path::Path, thread, time::Duration};

/// A token, in its smallest part.
const PRX: u128 = 1_000_000_000_000;

const REWARD: u128 = 1_000 * PRX;
const FEE: u128 = 20 * PRX;
const STAKE: u128 = 100 * PRX;

/// No authors: these pay fees, and nothing else changes what they have.
const STUDENT: &str = "//Bob";
const TEACHERS: [&str; 2] = ["//Charlie", "//Dave"];

/// Items of the holdout: in chunks of 16 they are three blocks of what the student sends at a time.
const ITEMS: usize = 704;
const AUDITED: usize = ITEMS / 4;

/// Examples of a lesson, by round.
const SAMPLES: [u32; 2] = [60, 240];

/// The first session of the chain.
const ID: u32 = 0;

fn open(student: &Party, own: &str) {
	let opened = student.run(&[
		"student",
		"open",
		"--own",
		own,
		"--features",
		"64",
		"--classes",
		"4",
		"--hidden",
		"12",
		"--seconds",
		"2",
		"--mid",
		"0.9",
		"--reward",
		"1000",
		"--fee",
		"20",
		"--stake",
		"100",
		"--self-train",
		"--teachers",
		"2",
		"--rounds",
		"2",
		"--chunk-log2",
		"4",
		"--offer-blocks",
		"40",
		"--reveal-blocks",
		"100",
	]);
	assert_eq!((&opened["event"], &opened["session"]), (&"opened".into(), &ID.into()));
}

/// Reads the audit as a teacher does: the items are those of the holdout, and the pictures theirs.
fn check_audit(teacher: &Party, own: &Labelled, folder: &Path) {
	let pictures = folder.join("pictures");
	let audit = teacher.run(&["teach", "audit", "0", "--images", pictures.to_str().expect("the path is text")]);
	assert_eq!((&audit["drawn"], &audit["shown"]), (&AUDITED.into(), &AUDITED.into()));
	assert!(audit["base_correct"].is_null(), "nobody showed the base: {}", audit["base_correct"]);
	for item in audit["items"].as_array().expect("a list") {
		let at = usize::try_from(item["item"].as_u64().expect("a number")).expect("it is small");
		assert_eq!(item["label"], own.labels[at]);
		let bytes: String = own.images[at * 64..][..64].iter().map(|byte| format!("{byte:02x}")).collect();
		assert_eq!(item["bytes"], bytes);
		let picture = pictures.join(format!("{}/{at:05}.png", own.labels[at]));
		assert!(picture.is_file(), "{} is missing", picture.display());
	}
}

fn is_sent(event: &Value, call: &str) -> bool {
	event["message"].as_str().is_some_and(|text| text == format!("{call} is sent"))
}

fn round_of(session: &Session) -> Option<u8> {
	match session.state {
		SessionState::Offering { round, .. }
		| SessionState::Ordering { round, .. }
		| SessionState::Training { round, .. } => Some(round),
		_ => None,
	}
}

/// The lesson that the student takes next.
fn next(session: &Session) -> Option<u8> {
	let left = session.lessons.iter().filter(|one| one.classifier.is_none() && one.place.is_some());
	left.min_by_key(|one| one.place).map(|one| one.lesson)
}

/// The student is killed as soon as it has sent the classifier after this lesson, and not seen what came of it.
fn kill_after_commit(student: &mut Party, lesson: u8) {
	student.wait("learnt", |event| event["lesson"] == lesson);
	wait_for("the classifier to be sent", Duration::from_secs(60), || {
		let events = student.events();
		let learnt = events.iter().position(|event| event["event"] == "learnt" && event["lesson"] == lesson)?;
		events[learnt..].iter().any(|event| is_sent(event, "commit_classifier")).then_some(())
	});
	student.kill();
}

/// What each lesson must have been paid, and that the chain counted each of them once.
fn check_lessons(rpc: &Rpc, books: &Books, settled: &Session) -> u128 {
	assert_eq!(settled.lessons.len(), 4, "each teacher gave one lesson a round: {:?}", settled.lessons);
	let items = settled.spec.scored();
	assert_eq!((settled.counted, items), (items, (ITEMS - AUDITED) as u32));
	let mut taken: Vec<_> = settled.lessons.iter().collect();
	taken.sort_by_key(|one| one.place);
	let places: Vec<Option<u8>> = taken.iter().map(|one| one.place).collect();
	assert_eq!(places, [Some(0), Some(1), Some(2), Some(3)]);
	let worth = |correct| payout(REWARD, &settled.spec.scale, correct, items);
	let (mut best, mut sum) = (settled.base_correct, 0);
	for one in taken {
		let high = best.max(one.correct);
		println!("{} of {items} after lesson {} of {}: {}", one.correct, one.lesson, one.teacher, one.paid);
		assert_eq!(one.paid, worth(high) - worth(best), "lesson {}", one.lesson);
		(best, sum) = (high, sum + one.paid);
		let paid = |event: &Event<_>| {
			matches!(event, Event::LessonPaid { lesson, paid, teacher, .. }
				if (*lesson, *paid, teacher) == (one.lesson, one.paid, &one.teacher))
		};
		assert_eq!(books.count(paid), 1, "lesson {} is paid once", one.lesson);
		let committed =
			|event: &Event<_>| matches!(event, Event::ClassifierCommitted { lesson, .. } if *lesson == one.lesson);
		assert_eq!(books.count(committed), 1, "one classifier after lesson {}", one.lesson);
		assert_eq!(one.offer.samples, SAMPLES[usize::from(one.round)], "{} in round {}", one.teacher, one.round);
	}
	let rounds = |key: &str| -> Vec<u8> {
		let own = settled.lessons.iter().filter(|one| one.teacher == account(key));
		own.map(|one| one.round).collect()
	};
	assert_eq!(TEACHERS.map(rounds), [[0, 1], [0, 1]]);
	assert!(best * 10 > items * 7, "two lessons of all four classes teach them: {best} of {items}");
	assert!(sum > REWARD / 100, "{sum} is paid for {best} of {items}");
	let chunks = settled.spec.shape().chunks() as usize;
	assert_eq!(books.count(|event| matches!(event, Event::ChunkCounted { .. })), chunks);
	assert_eq!(books.count(|event| matches!(event, Event::LessonPaid { .. })), 4);
	assert_eq!(books.count(|event| matches!(event, Event::SessionOpened { .. })), 1);
	assert_eq!(books.count(|event| matches!(event, Event::TeacherJoined { .. })), 2);
	let unexpected = |event: &Event<_>| {
		matches!(
			event,
			Event::SessionFailed { .. }
				| Event::SessionForfeited { .. }
				| Event::LessonVoided { .. }
				| Event::DisputeLost { .. }
				| Event::TeacherLeft { .. }
		)
	};
	assert_eq!(books.count(unexpected), 0);
	let ledgers: Vec<_> = books
		.events
		.iter()
		.filter_map(|event| match event {
			Event::SessionSettled { ledger, best: counted, .. } => Some((ledger, *counted)),
			_ => None,
		})
		.collect();
	let [(ledger, counted)] = ledgers[..] else { panic!("it is settled once: {ledgers:?}") };
	assert_eq!(counted, best);
	assert_eq!(ledger.escrowed, REWARD + 4 * FEE + 2 * STAKE);
	assert_eq!((ledger.paid, ledger.burnt), (sum + 4 * FEE, 0));
	assert_eq!(ledger.returned, REWARD - sum + 2 * STAKE);
	let open: Vec<Session> =
		api(rpc, "TeachingApi_open_sessions", &[0; 8], &hash_of(rpc, rpc.number(None).expect("it answers")));
	assert!(open.is_empty());
	sum
}

#[test]
fn session_should_be_paid_once_when_student_and_teachers_are_killed_in_every_phase() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the miner's first submission", Duration::from_secs(120), || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});
	let rpc = node.rpc();
	let own = Labelled::quarters(1, ITEMS, &[0, 1, 2, 3]);
	let first =
		[(2, &[0, 1][..]), (3, &[2, 3])].map(|(seed, classes)| Labelled::quarters(seed, SAMPLES[0] as usize, classes));
	let second = [4, 5].map(|seed| Labelled::quarters(seed, SAMPLES[1] as usize, &[0, 1, 2, 3]));
	let lesson = |set: &[Labelled; 2], round: &str| {
		[0, 1].map(|teacher| set[teacher].write(folder.path(), &format!("lesson-{round}-{teacher}")))
	};
	let (first, second) = (lesson(&first, "first"), lesson(&second, "second"));
	let served = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
	let peers = served.clone().map(|address| format!("http://{address}"));

	let begun = rpc.number(None).expect("the node answers");
	let purses = [STUDENT, TEACHERS[0], TEACHERS[1]].map(|key| Purse::new(&rpc, key, begun));
	let mut student = Party::new(&node, folder.path(), STUDENT);
	let mut teachers = TEACHERS.map(|key| Party::new(&node, folder.path(), key));
	open(&student, &own.write(folder.path(), "own"));

	// The student, after the audit.
	student.start(&["student", "run", "--peer", &peers[0], "--peer", &peers[1]]);
	student.wait("offering", |_| true);
	student.kill();
	check_audit(&teachers[0], &own, folder.path());
	student.launch();

	// One teacher as soon as it has a seat, the other as soon as its offer is there: that one is away while its lesson is
	// asked for.
	for (teacher, (data, address)) in teachers.iter_mut().zip(first.iter().zip(&served)) {
		teacher.start(&["teach", "offer", "0", "--data", data, "--serve", address]);
	}
	let seated = account(TEACHERS[0]);
	wait_session(&rpc, ID, "a seat is taken", |session| session.teachers.contains(&Some(seated.clone())));
	teachers[0].kill();
	teachers[0].launch();
	teachers[1].wait("offered", |_| true);
	teachers[1].kill();
	teachers[0].wait("offered", |_| true);
	wait_session(&rpc, ID, "offers are closed", |session| session.lessons.len() == 2);

	// The student, in training.
	student.wait("learning", |_| true);
	student.kill();
	teachers[1].launch();
	student.launch();

	// The student, with a classifier in the pool; the second round begins without it.
	let training = wait_session(&rpc, ID, "training", |session| matches!(session.state, SessionState::Training { .. }));
	kill_after_commit(&mut student, next(&training).expect("a lesson is left"));
	student.launch();
	wait_session(&rpc, ID, "the second round", |session| round_of(session) == Some(1));

	// A teacher that is started again now has offered that lesson before.
	teachers[0].kill();
	teachers[0].launch();
	assert_eq!(teachers[0].wait("known", |_| true)["round"], 0);
	thread::scope(|scope| {
		for (teacher, data) in teachers.iter().zip(&second) {
			scope.spawn(move || assert_eq!(teacher.run(&["teach", "offer", "0", "--data", data])["event"], "offered"));
		}
	});

	// The student, between the last commit and the reveal.
	wait_session(&rpc, ID, "the last classifier", |session| {
		round_of(session) == Some(1) && session.lessons.iter().filter(|one| one.classifier.is_some()).count() == 3
	});
	let last = session(&rpc, ID, None).as_ref().and_then(next).expect("a lesson is left");
	kill_after_commit(&mut student, last);
	wait_session(&rpc, ID, "the reveal", |session| matches!(session.state, SessionState::Revealing { .. }));
	student.launch();

	// The student, in the middle of its holdout.
	wait_session(&rpc, ID, "some of the items", |session| session.counted > 0);
	student.kill();
	let middle = session(&rpc, ID, None).expect("the session");
	assert!(middle.counted < middle.spec.scored(), "it was killed too late");
	student.launch();
	let told = student.wait("settled", |_| true);
	assert_eq!(student.end(), Some(0), "{}", student.log());
	for teacher in &mut teachers {
		assert_eq!(teacher.wait("settled", |_| true)["state"], "settled");
		assert_eq!(teacher.end(), Some(0), "{}", teacher.log());
	}

	let end = rpc.number(None).expect("the node answers");
	wait_for_finality(std::slice::from_ref(&node), end);
	let (books, settled) = (Books::read(&rpc, begun, end), session(&rpc, ID, Some(end)).expect("the session"));
	assert!(matches!(settled.state, SessionState::Settled { .. }), "{:?}", settled.state);
	let sum = check_lessons(&rpc, &books, &settled);
	assert_eq!(told["paid_total"], sum.to_string());
	assert_eq!(told["refunded"], (REWARD - sum).to_string());

	// The student pays the lessons and is paid their fees; nothing but its deposit is on hold until the session is forgotten.
	let gained = |purse: &Purse| purse.gained(&rpc, &books, end);
	assert_eq!(gained(&purses[0]), 4 * FEE as i128 - sum as i128);
	for purse in &purses[1..] {
		let earned: u128 = settled.lessons.iter().filter(|one| one.teacher == purse.who).map(|one| one.paid).sum();
		assert_eq!(gained(purse), earned as i128 - 2 * FEE as i128);
		assert_eq!(holds(&rpc, &purse.who, end), []);
	}
	let held: Vec<RuntimeHoldReason> = holds(&rpc, &purses[0].who, end).into_iter().map(|(reason, _)| reason).collect();
	assert_eq!(held, [RuntimeHoldReason::Teaching(HoldReason::SessionDeposit)]);
	let state = State::fetch(&rpc, &hash_of(&rpc, end));
	state.check().unwrap_or_else(|e| panic!("the state after the session: {e}"));
	println!("{} blocks, {sum} paid", end - begun);
	miner.assert_runs();
}
