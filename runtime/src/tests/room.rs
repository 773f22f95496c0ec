//! Room in a block: for submissions, for evaluations, for upgrades.

use super::chain::*;
use crate::{constants::*, *};
use alloc::{boxed::Box, vec, vec::Vec};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight},
};
use sp_keyring::Sr25519Keyring::{self, Alice, Eve};
use sp_runtime::{
	traits::{BlakeTwo256, Hash as _},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};

const FULL: TransactionValidityError = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);

/// A call that only root may make, with a weight of about 12 ms.
fn roots() -> RuntimeCall {
	let call = |subkeys| RuntimeCall::System(frame_system::Call::kill_prefix { prefix: vec![], subkeys });
	let each = call(1_000).get_dispatch_info().call_weight.ref_time() / 1_000;
	let call = call((12 * WEIGHT_REF_TIME_PER_MILLIS / each) as u32);
	assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational);
	call
}

fn sudo(call: RuntimeCall) -> RuntimeCall {
	RuntimeCall::Sudo(pallet_sudo::Call::sudo { call: Box::new(call) })
}

/// Begins a block of Alice.
fn begun() -> Hash {
	let parent = genesis_hash();
	begin(parent, Alice);
	apply(timestamp()).unwrap().unwrap();
	parent
}

/// Fills what the block has for normal transactions.
fn fill_normal() {
	let normal = configs::RuntimeBlockWeights::get().get(DispatchClass::Normal).max_total.unwrap();
	let used = *System::block_weight().get(DispatchClass::Normal);
	let rest = normal.saturating_sub(used).saturating_sub(Weight::from_parts(1, 0));
	System::register_extra_weight_unchecked(rest, DispatchClass::Normal);
}

/// Applies calls of `signer` that must fail until there is no more room for them; their number.
fn spam(signer: Sr25519Keyring, call: impl Fn() -> RuntimeCall) -> u32 {
	for number in 0..100 {
		match apply(signed(signer, call())) {
			Ok(outcome) => {
				assert!(outcome.is_err() || matches!(call(), RuntimeCall::Utility(_) | RuntimeCall::Proxy(_)))
			}
			Err(refused) => {
				assert_eq!(refused, FULL);
				return number;
			}
		}
	}
	panic!("there is room without end");
}

#[test]
fn calls_that_only_root_may_make_should_take_no_room_of_submissions_and_evaluations() {
	let batch = || RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![roots()] });
	let proxied = || {
		let real = Eve.to_account_id().into();
		RuntimeCall::Proxy(pallet_proxy::Call::proxy { real, force_proxy_type: None, call: Box::new(roots()) })
	};
	let calls: [&dyn Fn() -> RuntimeCall; 4] = [&roots, &batch, &proxied, &|| sudo(roots())];
	for call in calls {
		local(|| {
			let parent = begun();
			let max = configs::RuntimeBlockWeights::get();
			let before = System::block_weight();
			assert!(spam(Eve, call) >= 5, "the calls are a tenth of a block or less");
			let after = System::block_weight();
			assert_eq!(after.get(DispatchClass::Operational), before.get(DispatchClass::Operational));
			assert!(after.get(DispatchClass::Normal).all_lte(max.get(DispatchClass::Normal).max_total.unwrap()));
			let left = max.max_block.saturating_sub(after.total()).ref_time();
			assert!(left > 30 * WEIGHT_REF_TIME_PER_MILLIS, "{left} ps are left to evaluations");
			apply(signed(Alice, honest(parent))).unwrap().unwrap();
		});
	}
}

#[test]
fn roots_own_calls_should_find_room_when_the_block_is_full_of_normal_transactions() {
	local(|| {
		begun();
		fill_normal();
		assert_eq!(apply(signed(Eve, sudo(roots()))), Err(FULL));
		apply(signed(Alice, sudo(roots()))).unwrap().unwrap();
		assert!(System::block_weight().get(DispatchClass::Operational).ref_time() > 0);
	});
}

#[test]
fn upgrade_should_fit_into_a_block() {
	let limits = configs::RuntimeBlockWeights::get();
	let code = Vec::new;
	let calls = [
		sudo(RuntimeCall::System(frame_system::Call::set_code { code: code() })),
		RuntimeCall::System(frame_system::Call::apply_authorized_upgrade { code: code() }),
	];
	for call in calls {
		let weight = call.get_dispatch_info().total_weight();
		assert!(weight.ref_time() > 30 * WEIGHT_REF_TIME_PER_MILLIS, "an upgrade takes its time: {weight:?}");
		for class in [DispatchClass::Normal, DispatchClass::Operational] {
			assert!(weight.all_lte(limits.get(class).max_extrinsic.unwrap()), "{class:?}: {weight:?}");
		}
	}
}

#[test]
fn authorised_upgrade_should_need_no_signature_and_may_be_longer_than_normal_transactions() {
	local(|| {
		begun();
		// Longer than what normal transactions may be together.
		let code = vec![7; MAX_BLOCK_LENGTH as usize * 9 / 10];
		let apply_it = |code: &[u8]| {
			let call = frame_system::Call::apply_authorized_upgrade { code: code.into() };
			apply(UncheckedExtrinsic::new_bare(call.into()))
		};
		let refused = Err(TransactionValidityError::Invalid(InvalidTransaction::Call));
		assert_eq!(apply_it(&code), refused, "nobody has authorised it");
		let code_hash = BlakeTwo256::hash(&code);
		let authorise = || RuntimeCall::System(frame_system::Call::authorize_upgrade_without_checks { code_hash });
		assert_eq!(apply(signed(Eve, authorise())).unwrap(), Err(DispatchError::BadOrigin));
		apply(signed(Alice, sudo(authorise()))).unwrap().unwrap();
		assert_eq!(apply_it(&code[1..]), refused, "another was authorised");
		apply_it(&code).unwrap().unwrap();
		assert_eq!(sp_io::storage::get(sp_core::storage::well_known_keys::CODE), Some(code.clone().into()));
		assert_eq!(apply_it(&code), refused, "it is not to be set twice");
	});
}

#[test]
fn upgrade_should_be_refused_when_only_root_may_make_it() {
	local(|| {
		begun();
		let call = RuntimeCall::System(frame_system::Call::set_code_without_checks { code: vec![7; 9] });
		assert_eq!(apply(signed(Eve, call)).unwrap(), Err(DispatchError::BadOrigin));
	});
}
