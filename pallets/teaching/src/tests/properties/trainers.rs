//! What trainers try, and what is tried with them.

use crate::{mock::*, Event};
use praxis_primitives_teaching::{
	trainers::{commitment, HandedKeys},
	SessionId, SessionState,
};
use proptest::prelude::*;

/// Something that a trainer may try, or a teacher with it.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
	Enlist {
		who: u64,
		keys: u8,
	},
	AddKeys {
		who: u64,
		from: u8,
	},
	Retire {
		who: u64,
	},
	/// The student shows the base.
	Base {
		course: usize,
	},
	Hand {
		course: usize,
		lesson: u8,
		broken: bool,
	},
	Commit {
		course: usize,
		who: u64,
		honest: bool,
	},
	Show {
		course: usize,
		who: u64,
	},
	Dispute {
		course: usize,
		who: u64,
	},
}

pub fn operation() -> impl Strategy<Value = Operation> {
	use Operation::*;
	let trainer = || prop_oneof![10 => TARA..=TOBY, 1 => Just(ALICE), 1 => Just(TINA)];
	let course = || 0usize..4;
	prop_oneof![
		5 => (trainer(), 0u8..5).prop_map(|(who, keys)| Enlist { who, keys }),
		2 => (trainer(), 0u8..40).prop_map(|(who, from)| AddKeys { who, from }),
		1 => trainer().prop_map(|who| Retire { who }),
		2 => course().prop_map(|course| Base { course }),
		2 => (course(), 0u8..4, any::<bool>()).prop_map(|(course, lesson, broken)| Hand { course, lesson, broken }),
		4 => (course(), trainer(), prop::bool::weighted(0.8))
			.prop_map(|(course, who, honest)| Commit { course, who, honest }),
		4 => (course(), trainer()).prop_map(|(course, who)| Show { course, who }),
		2 => (course(), TARA..=TOBY).prop_map(|(course, who)| Dispute { course, who }),
	]
}

/// What a trainer learns from a lesson.
fn learnt(id: SessionId, lesson: u8, who: u64) -> u32 {
	((u64::from(id) * 5 + u64::from(lesson) * 11 + who * 17) % 49) as u32
}

fn turn(course: &Course) -> Option<u8> {
	match session(course.id).state {
		SessionState::TrainingCommit { lesson, .. } | SessionState::TrainingReveal { lesson, .. } => Some(lesson),
		_ => None,
	}
}

fn hand(course: &Course, lesson: u8, broken: bool) {
	if lessons(course.id).get(usize::from(lesson)).is_some() {
		let mut keys = course.keys(lesson).into_inner();
		if let (true, Some(key)) = (broken, keys.first_mut()) {
			key[60] ^= 1;
		}
		let _ = course.hand(lesson, HandedKeys::truncate_from(keys));
	}
}

fn commit(course: &Course, who: u64, honest: bool) {
	if let Some(lesson) = turn(course) {
		let hash = classifier(learnt(course.id, lesson, who)).hash().into();
		// Of another account it cannot be shown.
		let of = if honest { who } else { MALLORY };
		let commitment = commitment(&of, &hash, &[who as u8; 32]);
		let _ = Teaching::commit_training(RuntimeOrigin::signed(who), course.id, lesson, commitment);
	}
}

fn show(course: &Course, who: u64) {
	if let Some(lesson) = turn(course) {
		let _ = course.show_training(who, learnt(course.id, lesson, who));
	}
}

fn dispute(course: &Course, who: u64) {
	if let Some((lesson, secret)) = turn(course).and_then(|lesson| Some((lesson, course.secret(who, lesson)?))) {
		let _ = Teaching::dispute_lesson(RuntimeOrigin::signed(who), course.id, lesson, secret, None);
	}
}

/// All do what they have to do next.
pub fn study(course: &Course) {
	match session(course.id).state {
		SessionState::Offering { .. } => {
			let _ = course.reveal(0, classifier(5).encode());
		}
		SessionState::Handing { .. } => (0..6).for_each(|lesson| hand(course, lesson, false)),
		SessionState::TrainingCommit { .. } => (TARA..=TOBY).for_each(|who| commit(course, who, true)),
		SessionState::TrainingReveal { .. } => (TARA..=TOBY).for_each(|who| show(course, who)),
		_ => {}
	}
}

pub fn try_it(courses: &[Course], operation: Operation) {
	use Operation::*;
	let signed = RuntimeOrigin::signed;
	match operation {
		Enlist { who, keys } => {
			let used = System::block_number() as u8;
			let keys = prekeys(who, (0..keys).map(|key| used.wrapping_mul(4).wrapping_add(key)));
			let _ = Teaching::enlist_trainer(signed(who), keys);
		}
		AddKeys { who, from } => {
			let _ = Teaching::add_keys(signed(who), prekeys(who, from..from + 3));
		}
		Retire { who } => {
			let _ = Teaching::retire_trainer(signed(who));
		}
		Base { course: back }
		| Hand { course: back, .. }
		| Commit { course: back, .. }
		| Show { course: back, .. }
		| Dispute { course: back, .. } => {
			let Some(course) = courses.len().checked_sub(1 + back).map(|at| &courses[at]) else { return };
			match operation {
				Base { .. } => {
					let _ = course.reveal(0, classifier(5).encode());
				}
				Hand { lesson, broken, .. } => hand(course, lesson, broken),
				Commit { who, honest, .. } => commit(course, who, honest),
				Show { who, .. } => show(course, who),
				Dispute { who, .. } => dispute(course, who),
				_ => {}
			}
		}
	}
}

/// What was burnt of bonds so far.
pub fn burnt() -> u64 {
	let of = |event| match event {
		Event::TrainerSlashed { amount, .. } => amount,
		Event::DisputeLost { who, fee, .. } if (TARA..=TOBY).contains(&who) => fee,
		_ => 0,
	};
	events().into_iter().map(of).sum()
}
