use crate::mock::*;
use frame_support::{assert_ok, traits::Hooks};
use praxis_primitives_consensus::AuthorSet;

/// What the registry answers about the authors 1 to 8 of block `number`.
fn answers(number: u64) -> (u32, Vec<(Option<AccountId>, bool)>) {
	let authors = (1..=8)
		.map(|index| (Workers::account_of(&key(index), number), Workers::key_of(&account(index), number).is_some()));
	(Workers::count(number), authors.collect())
}

#[test]
fn author_set_should_answer_the_same_at_the_parent_and_in_on_initialize_of_the_child() {
	ExtBuilder::default().build_and_execute(|| {
		for step in 0..80u64 {
			match step {
				1 => {
					assert_ok!(register(3));
				}
				2 => {
					assert_ok!(register(4));
				}
				5 => {
					assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(4))));
				}
				17 => {
					assert_ok!(register(5));
				}
				30 => {
					assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));
				}
				_ => {}
			}
			let child = System::block_number() + 1;
			let at_parent = answers(child);
			Workers::on_finalize(System::block_number());
			System::set_block_number(child);
			Workers::on_initialize(child);
			assert_eq!(at_parent, answers(child), "block {child}");
		}
		assert_eq!(Workers::count(System::block_number()), 3);
	});
}

#[test]
fn author_set_should_agree_with_itself_about_keys_and_accounts() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(3));
		for number in 1..=30 {
			let (count, authors) = answers(number);
			assert!(authors.iter().all(|(account, has_key)| account.is_some() == *has_key));
			assert_eq!(count as usize, authors.iter().filter(|(_, has_key)| *has_key).count());
		}
	});
}
