mod trainers;

use crate::{mock::*, HoldReason, OpenSessions, Pallet, Sessions};
use praxis_primitives_teaching::{lesson, payout, SessionId, SessionState};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Something that an account may try, or that happens.
#[derive(Clone, Copy, Debug)]
enum Operation {
	Open {
		student: u64,
		teachers: u8,
		rounds: u8,
		reward: u64,
		trained: bool,
	},
	Show {
		course: usize,
		wrong: bool,
	},
	Join {
		course: usize,
		who: u64,
	},
	Leave {
		course: usize,
		who: u64,
	},
	Offer {
		course: usize,
		who: u64,
		number: u8,
		broken: bool,
	},
	/// All teachers join the newest session and offer lessons.
	Crowd {
		broken: u64,
	},
	Train {
		course: usize,
		right: u32,
	},
	Dispute {
		course: usize,
		lesson: u8,
		chunk: Option<u32>,
	},
	RevealClassifier {
		course: usize,
		index: u8,
	},
	RevealChunk {
		course: usize,
		chunk: u32,
	},
	/// All students do what they have to do next.
	Study {
		right: u32,
	},
	Settle {
		course: usize,
	},
	Poke {
		course: usize,
	},
	Prune {
		course: usize,
	},
	Wait {
		blocks: u64,
	},
	/// Blocks without room for `on_idle`.
	Starve {
		blocks: u64,
	},
	Beacon {
		there: bool,
	},
	Spend {
		who: u64,
	},
	Trainer(trainers::Operation),
}

fn operation() -> impl Strategy<Value = Operation> {
	use Operation::*;
	let student = || prop_oneof![Just(ALICE), Just(BOB), Just(TINA)];
	let who = || prop_oneof![8 => TINA..=WALT, 1 => Just(ALICE), 1 => Just(MALLORY)];
	let course = || 0usize..4;
	prop_oneof![
		4 => (student(), 1u8..=3, 1u8..=2, 0u64..60_000, any::<bool>()).prop_map(
			|(student, teachers, rounds, reward, trained)| Open { student, teachers, rounds, reward, trained },
		),
		2 => (course(), any::<bool>()).prop_map(|(course, wrong)| Show { course, wrong }),
		3 => (course(), who()).prop_map(|(course, who)| Join { course, who }),
		1 => (course(), who()).prop_map(|(course, who)| Leave { course, who }),
		3 => (course(), who(), 1u8..5, prop::bool::weighted(0.3))
			.prop_map(|(course, who, number, broken)| Offer { course, who, number, broken }),
		6 => (TINA..=MALLORY).prop_map(|broken| Crowd { broken }),
		2 => (course(), 0u32..=48).prop_map(|(course, right)| Train { course, right }),
		2 => (course(), 0u8..4, prop::option::of(0u32..3))
			.prop_map(|(course, lesson, chunk)| Dispute { course, lesson, chunk }),
		1 => (course(), 0u8..4).prop_map(|(course, index)| RevealClassifier { course, index }),
		2 => (course(), 0u32..5).prop_map(|(course, chunk)| RevealChunk { course, chunk }),
		10 => (0u32..=48).prop_map(|right| Study { right }),
		1 => course().prop_map(|course| Settle { course }),
		2 => course().prop_map(|course| Poke { course }),
		2 => course().prop_map(|course| Prune { course }),
		6 => (1u64..12).prop_map(|blocks| Wait { blocks }),
		1 => (1u64..30).prop_map(|blocks| Starve { blocks }),
		1 => prop::bool::weighted(0.8).prop_map(|there| Beacon { there }),
		1 => prop_oneof![student(), who()].prop_map(|who| Spend { who }),
		12 => trainers::operation().prop_map(Trainer),
	]
}

/// Joins, and offers a lesson whose key may be broken.
fn offer(course: &Course, who: u64, number: u8, broken: bool) {
	let signed = RuntimeOrigin::signed(who);
	let seat = session(course.id).seats.iter().flatten().any(|seat| seat.teacher == who);
	if seat && matches!(session(course.id).state, SessionState::Offering { .. }) {
		let mut offer = course.offer(who, number);
		if let (true, Some(key)) = (broken, &mut offer.sealed_key) {
			key[60] ^= 1;
		}
		let _ = Teaching::commit_lesson(signed, course.id, offer);
	}
}

fn dispute(course: &Course, index: u8, chunk: Option<u32>) {
	let session = session(course.id);
	let Some(found) = lessons(course.id).get(usize::from(index)).cloned() else { return };
	let secret = secret(found.seat, found.round, session.spec.rounds);
	let chunk = chunk.map(|chunk| {
		let file = sealed_lesson(found.offer.cid[4], &[9; 32]).1;
		let piece = file.chunks(lesson::SEALED_CHUNK).nth(chunk as usize).unwrap_or_default().to_vec();
		let proof = if chunk < 2 { lesson::prove(&file, chunk) } else { vec![] };
		(chunk, piece, proof)
	});
	let student = RuntimeOrigin::signed(course.student);
	let _ = Teaching::dispute_lesson(student, course.id, index, secret, chunk);
}

/// What a student does next.
fn study(course: &mut Course, right: u32) {
	match session(course.id).state {
		SessionState::Auditing { shown: 0, .. } => {
			let _ = course.show_audit();
		}
		SessionState::Training { .. } => {
			let _ = course.train(right);
		}
		SessionState::Revealing { .. } => {
			for (index, candidate) in (0..).zip(crate::Scorings::<Test>::get(course.id).candidates) {
				// What trainers showed need not be shown again.
				if let Some(policy) = course.classifiers.get(&candidate.hash) {
					let _ = course.reveal(index, policy.encode());
				}
			}
			for chunk in 0..4 {
				let _ = course.reveal_chunk(chunk);
			}
		}
		_ if session(course.id).spec.trainers.is_some() => trainers::study(course),
		_ => {}
	}
}

fn try_it(courses: &mut Vec<Course>, operation: Operation) {
	use Operation::*;
	let signed = RuntimeOrigin::signed;
	courses.retain(|course| Sessions::<Test>::contains_key(course.id));
	let recent = |back: usize| courses.len().checked_sub(1 + back);
	// What fails changes nothing: calls are transactions.
	let course = match operation {
		Show { course, .. }
		| Join { course, .. }
		| Leave { course, .. }
		| Offer { course, .. }
		| Train { course, .. }
		| Dispute { course, .. }
		| RevealClassifier { course, .. }
		| RevealChunk { course, .. }
		| Settle { course }
		| Poke { course }
		| Prune { course } => match recent(course) {
			Some(at) => &mut courses[at],
			None => return,
		},
		Open { student, teachers, rounds, reward, trained } => {
			let mut spec = if trained { self::trained(teachers, rounds) } else { shaped(teachers, rounds) };
			spec.reward = reward;
			let salt = crate::NextSession::<Test>::get() as u8;
			let holdout = Holdout::new(spec.items, spec.chunk_log2, salt);
			spec.root = holdout.root();
			if let Ok(id) = open(student, spec) {
				let base = classifier(5);
				courses.push(Course { id, student, holdout, classifiers: [(base.hash().into(), base)].into() });
			}
			return;
		}
		Crowd { broken } => {
			if let Some(course) = courses.last() {
				for who in TINA..=WALT {
					let _ = course.join(who);
					offer(course, who, who as u8, who == broken);
				}
			}
			return;
		}
		Study { right } => {
			courses.iter_mut().for_each(|course| study(course, right));
			return;
		}
		Trainer(operation) => return trainers::try_it(courses, operation),
		Wait { blocks } => return run(blocks),
		Starve { blocks } => return System::set_block_number(System::block_number() + blocks),
		Beacon { there } => return MaxBeacons::set(if there { 100 } else { 0 }),
		Spend { who } => {
			let _ = Balances::transfer_all(signed(who), 30, false);
			let _ = Balances::transfer_keep_alive(signed(30), who, 20_000);
			return;
		}
	};
	let _ = match operation {
		Show { wrong, .. } => {
			if wrong {
				course.show(vec![course.holdout.item(0)])
			} else {
				course.show_audit()
			}
		}
		Join { who, .. } => course.join(who),
		Leave { who, .. } => Teaching::leave(signed(who), course.id),
		Offer { who, number, broken, .. } => {
			offer(course, who, number, broken);
			Ok(())
		}
		Train { right, .. } => course.train(right),
		Dispute { lesson, chunk, .. } => {
			dispute(course, lesson, chunk);
			Ok(())
		}
		RevealClassifier { index, .. } => {
			match crate::Scorings::<Test>::get(course.id).candidates.get(usize::from(index)) {
				Some(candidate) => match course.classifiers.get(&candidate.hash) {
					Some(policy) => course.reveal(index, policy.encode()),
					None => course.reveal(index, vec![]),
				},
				None => Ok(()),
			}
		}
		RevealChunk { chunk, .. } if chunk < 4 => course.reveal_chunk(chunk),
		Settle { .. } => Teaching::settle(signed(MALLORY), course.id),
		Poke { .. } => poke(course.id),
		Prune { .. } => Teaching::prune(signed(MALLORY), course.id),
		_ => Ok(()),
	};
}

/// What has been burnt of each session: by its ledger, and of its deposit for disputes.
fn note_burnt(burnt: &mut BTreeMap<SessionId, u64>) {
	burnt.extend(Sessions::<Test>::iter().map(|(id, session)| {
		let deposit = Pallet::<Test>::deposit(&session.spec);
		(id, session.ledger.burnt + deposit - session.deposit)
	}));
}

/// Tries all of it after what `began` did: the invariants hold after each step, money is only burnt where a record says so, and
/// in the end every session is finished and forgotten and nothing is on hold any more.
fn all_should_end(began: impl FnOnce() -> Vec<Course>, operations: Vec<Operation>) {
	ExtBuilder::default().with_balance(400_000).build_and_execute(|| {
		let issued = Balances::total_issuance();
		let (mut burnt, mut courses) = (BTreeMap::new(), began());
		for operation in operations {
			note_burnt(&mut burnt);
			try_it(&mut courses, operation);
			Teaching::do_try_state().expect("invariants hold");
			if !matches!(operation, Operation::Wait { .. } | Operation::Starve { .. }) {
				note_burnt(&mut burnt);
				assert_eq!(Balances::total_issuance(), issued - burnt.values().sum::<u64>() - trainers::burnt());
			}
		}

		MaxBeacons::set(100);
		let start = System::block_number();
		while Sessions::<Test>::iter_keys().next().is_some() {
			note_burnt(&mut burnt);
			next_block();
			Teaching::do_try_state().expect("invariants hold");
			// The longest way: 8 + 10, twice 10 + 8 + 8 and three times 10 + 6, 20 and the retention, and some for those
			// that are due at once.
			assert!(System::block_number() < start + 190 + RETENTION + 20, "a session is stuck");
		}
		// Nothing is left to do for anybody, so every bond is free.
		for view in Teaching::trainers(0, u32::MAX) {
			assert!(view.engaged == 0 && !view.retired);
			assert!(Teaching::retire_trainer(RuntimeOrigin::signed(view.account)).is_ok());
		}
		assert_eq!(OpenSessions::<Test>::get(), 0);
		assert_eq!(Requests::iter().count(), 0, "every beacon is given back");
		assert_eq!(Balances::total_issuance(), issued - burnt.values().sum::<u64>() - trainers::burnt());
		for who in 1..=32 {
			for reason in [
				HoldReason::SessionReward,
				HoldReason::SessionDeposit,
				HoldReason::TeacherStake,
				HoldReason::LessonFee,
				HoldReason::TrainerBond,
			] {
				assert_eq!(held(who, reason), 0);
			}
		}
	});
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	/// Whatever the accounts try in whatever order.
	#[test]
	fn money_should_be_accounted_for_and_every_session_should_end(
		operations in prop::collection::vec(operation(), 1..120),
	) {
		all_should_end(Vec::new, operations);
	}

	/// The same from where trainers were drawn for a session's lessons.
	#[test]
	fn money_should_be_accounted_for_and_every_session_should_end_when_trainers_were_drawn(
		operations in prop::collection::vec(operation(), 1..80),
		trainers in 1u64..=4,
		reward in MIN_REWARD..60_000,
	) {
		let began = || {
			let pool: Vec<u64> = (TARA..).take(trainers as usize).collect();
			let spec = crate::SpecOf::<Test> { reward, ..trained(3, 2) };
			let course = Course::for_trainers(spec, &pool);
			course.teach(&[TINA, TOM, ULLA]);
			vec![course]
		};
		all_should_end(began, operations);
	}

	/// However the score goes from lesson to lesson: together they are paid what the highest is worth more than the base,
	/// which is at most the reward; each is paid only for what it raised.
	#[test]
	fn lessons_should_share_what_the_highest_score_is_worth(
		scores in prop::collection::vec(0u32..=48, 1..=5),
		reward in MIN_REWARD..900_000,
	) {
		ExtBuilder::default().build_and_execute(|| {
			let mut spec = shaped(5, 1);
			spec.reward = reward;
			let teachers: Vec<u64> = (TINA..).take(scores.len()).collect();
			let (course, order) = Course::settled(spec.clone(), &teachers, &scores);
			let worth = |right: u32| payout(reward.into(), &spec.scale, right, 48) as u64;
			let (mut best, mut all) = (5, 0);
			for (teacher, right) in order.iter().zip(&scores) {
				let paid = lessons(course.id).iter().find(|lesson| lesson.teacher == *teacher).unwrap().paid;
				assert_eq!(paid, worth(best.max(*right)) - worth(best));
				assert_eq!(free(*teacher), BALANCE + paid - 100);
				best = best.max(*right);
				all += paid;
			}
			assert_eq!(all, worth(best) - worth(5));
			assert!(all <= reward);
			let deposit = held(ALICE, HoldReason::SessionDeposit);
			assert_eq!(free(ALICE), BALANCE - deposit - all + 100 * scores.len() as u64);
		});
	}

	/// However the trainers of lessons do, and whatever their part is: with their teachers they are paid what the highest score
	/// is worth more than the base, and never more than their part of it.
	#[test]
	fn trainers_should_share_with_teachers_what_the_highest_score_is_worth(
		scores in prop::collection::vec((0u32..=48, 0u32..=48), 1..=4),
		reward in MIN_REWARD..900_000,
		share in 1u32..=50,
	) {
		ExtBuilder::default().build_and_execute(|| {
			let mut spec = trained(4, 1);
			spec.reward = reward;
			let part = sp_runtime::Perbill::from_percent(share);
			spec.trainers = Some(part);
			let teachers: Vec<u64> = (TINA..).take(scores.len()).collect();
			let course = Course::handed(spec.clone(), &[TARA, THEO], &teachers);
			let worth = |right: u32| payout(reward.into(), &spec.scale, right, 48) as u64;
			let order: Vec<u8> = scores.iter().map(|(one, other)| course.train_by_trainers(&[*one, *other])).collect();
			course.settle_trained();
			let (mut best, mut all) = (5, 0);
			for (index, (one, other)) in order.into_iter().zip(&scores) {
				let lesson = &lessons(course.id)[usize::from(index)];
				let gain = worth(best.max(*one).max(*other)) - worth(best);
				let paid: Vec<u64> = lesson.trainers.iter().map(|drawn| drawn.paid).collect();
				let of_trainers = part.mul_floor(gain);
				match one.cmp(other) {
					std::cmp::Ordering::Less => assert_eq!(paid, [0, of_trainers]),
					std::cmp::Ordering::Equal => assert_eq!(paid, [of_trainers / 2; 2]),
					std::cmp::Ordering::Greater => assert_eq!(paid, [of_trainers, 0]),
				}
				assert_eq!(lesson.paid, gain - paid.iter().sum::<u64>());
				best = best.max(*one).max(*other);
				all += gain;
			}
			assert_eq!(all, worth(best) - worth(5));
			assert_eq!(free(TARA) + free(THEO) + teachers.iter().map(|who| free(*who)).sum::<u64>(),
				(2 + teachers.len() as u64) * BALANCE - 2 * TRAINER_BOND - 100 * teachers.len() as u64 + all);
		});
	}
}
