use crate::{mock::*, Histories};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::WorkerRegistry;
use proptest::prelude::*;
use sp_runtime::Perbill;
use std::collections::BTreeMap;

/// Something that may happen to workers.
#[derive(Clone, Copy, Debug)]
enum Operation {
	Register { owner: u8, operator: u8 },
	Name { owner: u8, operator: u8 },
	Accept { operator: u8, owner: u8 },
	Resign(u8),
	Engage(u8),
	Finish { owner: u8, requester: u8, share: Option<u32>, burnt: u64 },
	Withdraw(u8),
	Release(u8),
	Wait(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
	let index = 3u8..9;
	prop_oneof![
		3 => (index.clone(), index.clone()).prop_map(|(owner, operator)| Operation::Register { owner, operator }),
		1 => (index.clone(), index.clone()).prop_map(|(owner, operator)| Operation::Name { owner, operator }),
		3 => (index.clone(), index.clone()).prop_map(|(operator, owner)| Operation::Accept { operator, owner }),
		1 => index.clone().prop_map(Operation::Resign),
		4 => index.clone().prop_map(Operation::Engage),
		6 => (index.clone(), 9u8..16, prop::option::of(0u32..=1_000_000_000), 0u64..200)
			.prop_map(|(owner, requester, share, burnt)| Operation::Finish { owner, requester, share, burnt }),
		2 => index.clone().prop_map(Operation::Withdraw),
		3 => index.prop_map(Operation::Release),
		3 => (1u64..60).prop_map(Operation::Wait),
	]
}

/// Does it; gives who was registered by it, or released.
fn apply(operation: Operation) -> (Option<u8>, Option<u8>) {
	match operation {
		Operation::Register { owner, operator } => {
			let result = frame_support::storage::with_storage_layer(|| {
				Workers::register_worker(signed(owner), account(operator), RESOURCES, Default::default())
			});
			return (result.is_ok().then_some(owner), None);
		}
		Operation::Name { owner, operator } => {
			let _ = Workers::set_operator(signed(owner), account(operator));
		}
		Operation::Accept { operator, owner } => {
			let _ = Workers::accept_operator(signed(operator), account(owner));
		}
		Operation::Resign(operator) => {
			let _ = Workers::resign_operator(signed(operator));
		}
		Operation::Engage(owner) => {
			let _ = Workers::engage(&account(owner));
		}
		Operation::Finish { owner, requester, share, burnt } => {
			let mark = match share {
				Some(share) => mark(Perbill::from_parts(share), if share == 0 { 0 } else { burnt }),
				None => fault(),
			};
			if crate::Workers::<Test>::contains_key(account(owner)) {
				Workers::record(&account(owner), &account(requester), mark);
				Workers::release(&account(owner));
			}
		}
		Operation::Withdraw(owner) => {
			let _ = Workers::withdraw_worker(signed(owner));
		}
		Operation::Release(owner) => {
			return (None, Workers::release_worker_deposit(signed(owner)).is_ok().then_some(owner));
		}
		Operation::Wait(blocks) => run_to(System::block_number() + blocks),
	}
	(None, None)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	/// Whatever happens in whatever order: the invariants hold, a deposit is on hold exactly while there is a worker, no
	/// term of anybody's quality rises but by a mark for which something was burnt, and what a requester's marks add in
	/// good within a half-life is less than one mark.
	#[test]
	fn workers_should_keep_their_invariants_whatever_happens(operations in prop::collection::vec(operation(), 1..120)) {
		ExtBuilder::default().build_and_execute(|| {
			let mut registered = BTreeMap::<u8, ()>::new();
			for operation in operations {
				let before: Vec<_> = (3..9).map(|owner| Workers::quality(&account(owner), &TaskEnvironment::CartPole)).collect();
				let good: Vec<_> = (3..9).map(|owner| Histories::<Test>::get(account(owner)).reputation.good).collect();
				let (came, went) = apply(operation);
				if let Some(owner) = came {
					assert!(registered.insert(owner, ()).is_none(), "registered twice");
				}
				if let Some(owner) = went {
					assert!(registered.remove(&owner).is_some(), "released twice");
				}
				for (place, owner) in (3..9).enumerate() {
					assert_eq!(deposit(owner), if registered.contains_key(&owner) { DEPOSIT } else { 0 });
					let (old, new) = (before[place], Workers::quality(&account(owner), &TaskEnvironment::CartPole));
					let burnt = matches!(operation, Operation::Finish { owner: marked, share: Some(share), burnt, .. }
						if marked == owner && share > 0 && burnt > 0);
					assert!(burnt || new.reputation <= old.reputation, "reputation rose by {operation:?}");
					assert!(burnt || new.expertise <= old.expertise, "expertise rose by {operation:?}");
					assert!(burnt || new.compute <= old.compute, "compute rose by {operation:?}");
					let gained = Histories::<Test>::get(account(owner)).reputation.good.saturating_sub(good[place]);
					assert!(gained < crate::reputation::UNIT);
				}
				Workers::do_try_state().expect("invariants hold");
			}
		});
	}
}
