//! Submissions of transitions in the pool and in blocks of the whole runtime.

use super::chain::*;
use crate::{constants::*, *};
use alloc::{boxed::Box, vec};
use frame_support::{dispatch::DispatchClass, weights::Weight};
use pallet_oracle::Refusal;
use praxis_environment::Real;
use praxis_primitives_consensus::{api::runtime_decl_for_learning_api::LearningApi, digests::find_score};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Eve};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// Nonce and free balance.
fn purse(account: sp_keyring::Sr25519Keyring) -> (Nonce, Balance) {
	let account = account.to_account_id();
	(System::account_nonce(&account), Balances::free_balance(&account))
}

#[test]
fn honest_block_should_score_and_pay_its_author() {
	local(|| {
		let (nonce, before) = purse(Alice);
		let block = honest_block(genesis_hash(), Alice);
		let score = find_score(&block.header).unwrap();
		assert!(score.reward > Real::ZERO);
		assert_eq!(score.cumulative, score.reward);
		let award = Rewards::award_at(1, score.reward);
		assert!(award > 0);
		// Nothing but the award: the submission is free, and takes no nonce.
		assert_eq!(purse(Alice), (nonce, before + award));
		assert_eq!(Rewards::status().minted, award);
		assert_eq!(Oracle::record(1).unwrap().author, Alice.to_account_id());
	});
}

#[test]
fn chain_should_go_on_through_episodes_and_authors() {
	local(|| {
		let mut parent = genesis_hash();
		let mut sum = Real::ZERO;
		for (i, author) in [Alice, Bob, Charlie].into_iter().cycle().take(24).enumerate() {
			let made = if i % 5 == 4 { block(parent, author, |_| vec![]) } else { honest_block(parent, author) };
			let score = find_score(&made.header).unwrap();
			sum = sum.saturating_add(score.reward);
			assert_eq!(score.cumulative, sum);
			parent = made.header.hash();
		}
		assert_eq!(Oracle::state().step, 20 * 32);
	});
}

#[test]
fn stolen_submission_should_cost_its_victim_nothing() {
	local(|| {
		let parent = genesis_hash();
		begin(parent, Bob);
		apply(timestamp()).unwrap().unwrap();
		let stolen = signed(Alice, honest(parent));
		let before = (purse(Alice), purse(Bob));
		assert_eq!(apply(stolen), Err(refusal(Refusal::NotAuthor)));
		assert_eq!((purse(Alice), purse(Bob)), before);
		assert_eq!(System::extrinsic_index(), Some(1), "it is not in the block");
		// The author's own is still welcome.
		apply(signed(Bob, honest(parent))).unwrap().unwrap();
	});
}

#[test]
fn second_submission_should_be_no_valid_transaction() {
	local(|| {
		let parent = genesis_hash();
		begin(parent, Alice);
		apply(timestamp()).unwrap().unwrap();
		let RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions {
			parent,
			slot,
			attempt,
			step,
			actions,
			reward,
			policy_hash,
		}) = honest(parent)
		else {
			unreachable!()
		};
		let call = |reward, step| {
			RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions {
				parent,
				slot,
				attempt,
				step,
				actions: actions.clone(),
				reward,
				policy_hash,
			})
		};
		// The first lies: it is in the block, fails, and was the only try.
		let lie = apply(signed(Alice, call(Real::ZERO, step))).unwrap();
		assert_eq!(lie, Err(pallet_oracle::Error::<Runtime>::WrongReward.into()));
		let before = purse(Alice);
		assert_eq!(apply(signed(Alice, call(reward, step))), Err(refusal(Refusal::AlreadySubmitted)));
		assert_eq!(purse(Alice), before);
		assert_eq!(find_score(&Executive::finalize_block()).unwrap().reward, Real::ZERO);
	});
}

#[test]
fn nested_submission_should_meet_the_checks_of_the_dispatch() {
	local(|| {
		let parent = genesis_hash();
		begin(parent, Bob);
		apply(timestamp()).unwrap().unwrap();
		let batch = |call| RuntimeCall::Utility(pallet_utility::Call::batch_all { calls: vec![call] });
		let not_author = Err(pallet_oracle::Error::<Runtime>::NotAuthor.into());
		// Alice's transitions in Bob's block, in a batch.
		assert_eq!(apply(signed(Alice, batch(honest(parent)))).unwrap(), not_author);
		// Alice as a proxy of Charlie, who does not author it either.
		let add = pallet_proxy::Call::add_proxy {
			delegate: Alice.to_account_id().into(),
			proxy_type: configs::ProxyType::Author,
			delay: 0,
		};
		apply(signed(Charlie, RuntimeCall::Proxy(add))).unwrap().unwrap();
		let proxy = pallet_proxy::Call::proxy {
			real: Charlie.to_account_id().into(),
			force_proxy_type: None,
			call: Box::new(honest(parent)),
		};
		apply(signed(Alice, RuntimeCall::Proxy(proxy))).unwrap().unwrap();
		assert!(System::events().iter().any(|record| matches!(
			&record.event,
			RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted { result: Err(_) })
		)));
		assert!(Oracle::record(1).is_none());
		// Bob may nest his own, once.
		apply(signed(Bob, batch(honest(parent)))).unwrap().unwrap();
		assert!(Oracle::record(1).is_some());
		let again = apply(signed(Bob, batch(honest(parent)))).unwrap();
		assert_eq!(again, Err(pallet_oracle::Error::<Runtime>::AlreadySubmitted.into()));
	});
}

#[test]
fn pool_should_judge_submissions_by_the_parent() {
	local(|| {
		let first = honest_block(genesis_hash(), Alice).header.hash();
		// The slot is not judged there: nobody knows the author yet.
		let next = signed(Bob, honest(first));
		let validity = validate(next.clone(), first).unwrap();
		assert!(!validity.propagate);
		assert_eq!(validity.longevity, 1);
		assert!(validity.priority >= pallet_oracle::BASE_PRIORITY);
		// Bob's place in the block, and no nonce of his.
		assert_eq!(validity.provides.len(), 1);
		assert!(validity.requires.is_empty());
		System::set_block_number(1);
		assert_eq!(validate(next, genesis_hash()), Err(refusal(Refusal::WrongParent)));
	});
}

#[test]
fn pool_should_refuse_submissions_without_a_bond() {
	local(|| {
		let parent = genesis_hash();
		let eves = signed(Eve, honest(parent));
		assert_eq!(validate(eves, parent), Err(refusal(Refusal::NotBonded)));
	});
}

#[test]
fn pool_should_take_other_transactions_as_ever() {
	local(|| {
		let parent = genesis_hash();
		let transfer = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
			dest: Bob.to_account_id().into(),
			value: PRX,
		});
		let validity = validate(signed(Eve, transfer), parent).unwrap();
		assert!(validity.propagate);
		assert!(validity.priority < pallet_oracle::BASE_PRIORITY);
	});
}

#[test]
fn submission_should_find_room_when_the_block_is_full_of_normal_transactions() {
	local(|| {
		let parent = genesis_hash();
		begin(parent, Alice);
		apply(timestamp()).unwrap().unwrap();
		let normal = configs::RuntimeBlockWeights::get().get(DispatchClass::Normal).max_total.unwrap();
		System::register_extra_weight_unchecked(normal.saturating_sub(Weight::from_parts(1, 0)), DispatchClass::Normal);
		let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![0; 1_000] });
		assert_eq!(
			apply(signed(Eve, remark)),
			Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources))
		);
		apply(signed(Alice, honest(parent))).unwrap().unwrap();
	});
}

#[test]
fn engine_should_read_a_submission_from_its_extrinsic() {
	local(|| {
		let parent = genesis_hash();
		begin(parent, Alice);
		let read = <Runtime as LearningApi<Block, AccountId>>::submission;
		let submission = read(signed(Alice, honest(parent))).unwrap();
		assert_eq!((submission.signer, submission.parent), (Alice.to_account_id(), parent));
		assert_eq!((submission.attempt, submission.step), (0, 0));
		assert!(submission.reward > Real::ZERO);
		assert!(read(timestamp()).is_none());
		let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
		assert!(read(signed(Alice, remark)).is_none());
	});
}

#[test]
fn submission_should_not_be_signed_for_another_chain() {
	local(|| {
		let parent = genesis_hash();
		begin(parent, Alice);
		let foreign = sign_extrinsic(&Alice.pair(), honest(parent), 0, Hash::repeat_byte(1));
		assert_eq!(apply(foreign), Err(TransactionValidityError::Invalid(InvalidTransaction::BadProof)));
	});
}

#[test]
#[should_panic(expected = "block refused")]
fn block_of_an_unbonded_author_should_be_refused() {
	local(|| {
		begin(genesis_hash(), Eve);
	});
}
