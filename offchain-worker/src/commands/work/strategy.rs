//! Which tasks the worker applies for, at which price, and whether it commits what it trained: pure functions.

use super::check::Checks;
use crate::{
	agent::DqnConfig,
	chain::market::{Task, Worker},
};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::{parameters_of, work_of, Limits};
use praxis_primitives_market::{task::share, TaskState};
use sp_core::crypto::AccountId32;

/// What the operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
	/// Environments that it works in; any, if there are none.
	pub environments: Vec<TaskEnvironment>,
	/// Least that a task must offer, in the token's smallest part.
	pub minimum_price: u128,
	/// What is asked, if less than what the task offers.
	pub price: Option<u128>,
	/// Least blocks for training.
	pub train_blocks: u32,
}

/// What the chain says beside the task.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
	/// The worker.
	pub worker: &'a Worker,
	/// Its operator.
	pub operator: &'a AccountId32,
	/// The owner's free balance.
	pub free: u128,
	/// Score that earns nothing in the task's environment.
	pub floor: Real,
	/// Height of the best block.
	pub height: u32,
}

/// The price to ask for a task, or why it is left to others.
pub fn price(task: &Task, wishes: &Wishes, around: &Surroundings) -> Result<u128, String> {
	let spec = &task.spec;
	let TaskState::Open { until } = task.state else { return Err("nobody can apply any more".into()) };
	if around.height >= until {
		return Err("it is too late to apply".into());
	}
	if !wishes.environments.is_empty() && !wishes.environments.contains(&spec.environment) {
		return Err(format!("{} is not among --environments", spec.environment));
	}
	// The budget is a ceiling as well.
	let most = spec.price.min(spec.budget);
	if most < wishes.minimum_price {
		return Err(format!("it offers {most}, less than --minimum-price"));
	}
	if spec.train_blocks < wishes.train_blocks {
		return Err(format!("{} blocks for training are less than --minimum-train-blocks", spec.train_blocks));
	}
	if task.requester == around.worker.owner || task.requester == *around.operator {
		return Err("the requester is the worker itself".into());
	}
	if around.worker.leaving.is_some() {
		return Err("the worker is leaving".into());
	}
	if !around.worker.resources.suffice(&spec.resources) {
		return Err("it wants more resources than the worker is registered with".into());
	}
	if around.worker.reputation < spec.minimum_reputation {
		return Err("it wants a better reputation".into());
	}
	if around.free <= task.bond {
		return Err(format!("the owner's free balance {} does not suffice for a bond of {}", around.free, task.bond));
	}
	if around.floor >= spec.target {
		let best = around.floor.to_f64();
		return Err(format!("a published policy reaches {best:.2} already, which is the target or more"));
	}
	let hidden = DqnConfig::for_environment(spec.environment).hidden;
	if !fits(&spec.environment, &hidden, &spec.limits) {
		return Err("the network for this environment is larger than the task allows".into());
	}
	Ok(wishes.price.map_or(most, |price| price.min(most)).max(1))
}

/// Whether a network with these hidden layers is within the limits of a task.
pub fn fits(environment: &TaskEnvironment, hidden: &[usize], limits: &Limits) -> bool {
	let narrow = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
	let widths: Vec<u16> = std::iter::once(narrow(environment.observation()))
		.chain(hidden.iter().map(|width| narrow(*width)))
		.chain([narrow(environment.actions() as usize)])
		.collect();
	parameters_of(&widths) <= u64::from(limits.max_parameters) && work_of(&widths) <= limits.max_work
}

/// What each way to go on costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stakes {
	/// Score that earns nothing.
	pub floor: Real,
	/// Score that earns the whole price.
	pub target: Real,
	/// What a judgement costs that earns nothing.
	pub evaluation: u128,
	/// What is burnt of the bond if nothing is committed.
	pub no_commit: u128,
}

impl Stakes {
	/// Of a worker with this bond; `slash` is the part that is burnt without a commit, in billionths.
	pub fn new(task: &Task, bond: u128, slash: u32, floor: Real) -> Self {
		// Rounded up, as the chain does.
		let no_commit = bond.saturating_mul(slash.into()).div_ceil(1_000_000_000);
		Self { floor, target: task.spec.target, evaluation: task.evaluation, no_commit }
	}
}

/// Whether to commit a policy, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
	/// Whether to commit it.
	pub commits: bool,
	/// The share of the price that it would earn, in billionths.
	pub share: u32,
	/// Why.
	pub reason: String,
}

/// Weighs a policy that the chain has already: it earns nothing, whatever it returns.
pub fn weigh_known(stakes: &Stakes) -> Verdict {
	worthless("it is a policy that is published already".into(), stakes)
}

/// Refuses a policy from which rounding took the target, if it did.
pub fn weigh_rounding(checks: &Checks, stakes: &Stakes) -> Option<Verdict> {
	checks.lost_by_rounding().then(|| {
		let Checks { float, policy } = checks;
		let reason = format!(
			"its network meets the target ({:.2}, {:.0} % of judgements), what rounding left does not ({:.2}, {:.0} %): it is \
			 not submitted; to commit nothing burns {}",
			float.mean,
			float.meets * 100.0,
			policy.mean,
			policy.meets * 100.0,
			stakes.no_commit
		);
		Verdict { commits: false, share: 0, reason }
	})
}

/// Weighs a policy by its mean return in the self-check.
///
/// A policy above the floor earns something. One that is not earns nothing and repays its judgement; committing nothing
/// burns a part of the bond. Either is a bad mark, so the cheaper one is taken.
pub fn weigh(mean: f64, stakes: &Stakes) -> Verdict {
	let Stakes { floor, target, .. } = *stakes;
	let share = share(Real::from_f64(mean), floor, target).deconstruct();
	let (floor, target) = (floor.to_f64(), target.to_f64());
	if share > 0 {
		let percent = f64::from(share) / 1e7;
		let reason = format!("it returns {mean:.2}: {percent:.1} % of the way from {floor:.2} to {target:.2}");
		return Verdict { commits: true, share, reason };
	}
	worthless(format!("it returns {mean:.2} and earns nothing, as {floor:.2} does not"), stakes)
}

/// Chooses the cheaper way with a policy that earns nothing.
fn worthless(nothing: String, stakes: &Stakes) -> Verdict {
	let Stakes { evaluation, no_commit, .. } = *stakes;
	let verdict = |commits, reason| Verdict { commits, share: 0, reason };
	if evaluation < no_commit {
		let reason = format!(
			"{nothing}; its judgement costs {evaluation}, to commit nothing would burn {no_commit}: it is committed"
		);
		return verdict(true, reason);
	}
	let reason =
		format!("{nothing}; its judgement would cost {evaluation}, to commit nothing burns {no_commit}: it is kept");
	verdict(false, reason)
}

#[cfg(test)]
mod tests {
	use super::{
		super::{
			check::Check,
			fixtures::{account, task, worker, PRICE},
		},
		*,
	};

	fn wishes() -> Wishes {
		let environments = vec![TaskEnvironment::CartPole];
		Wishes { environments, minimum_price: PRICE / 2, price: None, train_blocks: 10 }
	}

	/// What is beside the task, to be changed.
	struct Case {
		worker: Worker,
		free: u128,
		floor: Real,
		height: u32,
	}

	fn ask(task: &Task, wishes: &Wishes, change: impl Fn(&mut Case)) -> Result<u128, String> {
		let mut case = Case { worker: worker(account(2)), free: 1_000_000, floor: Real::from_int(22), height: 3 };
		change(&mut case);
		let Case { worker, free, floor, height } = case;
		price(task, wishes, &Surroundings { worker: &worker, operator: &account(9), free, floor, height })
	}

	fn same(_: &mut Case) {}

	fn open() -> Task {
		task(TaskState::Open { until: 10 })
	}

	#[test]
	fn price_should_be_the_wish_but_never_above_what_the_task_offers() {
		assert_eq!(ask(&open(), &wishes(), same), Ok(PRICE));
		let asking = |price| Wishes { price: Some(price), ..wishes() };
		assert_eq!(ask(&open(), &asking(600), same), Ok(600));
		assert_eq!(ask(&open(), &asking(9_000), same), Ok(PRICE));
		assert_eq!(ask(&open(), &asking(0), same), Ok(1), "the chain takes no price of nothing");
		let mut poor = open();
		poor.spec.budget = 700;
		assert_eq!(ask(&poor, &wishes(), same), Ok(700));
	}

	#[test]
	fn task_should_be_left_when_the_operator_does_not_want_it() {
		let elsewhere = Wishes { environments: vec![TaskEnvironment::Pendulum], ..wishes() };
		assert!(ask(&open(), &elsewhere, same).is_err());
		assert!(ask(&open(), &Wishes { environments: Vec::new(), ..wishes() }, same).is_ok());
		assert!(ask(&open(), &Wishes { minimum_price: PRICE + 1, ..wishes() }, same).is_err());
		assert!(ask(&open(), &Wishes { train_blocks: 21, ..wishes() }, same).is_err());
	}

	#[test]
	fn task_should_be_left_when_it_cannot_be_had_or_cannot_be_earned() {
		let refuse = |change: fn(&mut Case)| ask(&open(), &wishes(), change).is_err();
		assert!(refuse(|case| case.height = 10));
		assert!(refuse(|case| case.free = 300));
		assert!(refuse(|case| case.floor = Real::from_int(475)));
		assert!(refuse(|case| case.worker.owner = account(1)));
		assert!(refuse(|case| case.worker.leaving = Some(99)));
		assert!(refuse(|case| case.worker.resources.memory = 512));
		assert!(ask(&task(TaskState::Assigned { until: 30 }), &wishes(), same).is_err());
		let mut small = open();
		small.spec.limits.max_work = 100;
		assert!(ask(&small, &wishes(), same).is_err());
	}

	fn stakes(evaluation: u128, no_commit: u128) -> Stakes {
		Stakes { floor: Real::from_int(100), target: Real::from_int(475), evaluation, no_commit }
	}

	#[test]
	fn policy_should_be_committed_when_it_is_above_the_floor() {
		let full = weigh(480.0, &stakes(10, 150));
		assert!(full.commits && full.share == 1_000_000_000);
		let part = weigh(287.5, &stakes(500, 150));
		assert!(part.commits && part.share == 500_000_000, "{part:?}");
	}

	#[test]
	fn policy_that_earns_nothing_should_be_committed_only_when_that_is_cheaper() {
		assert!(weigh(100.0, &stakes(10, 150)).commits);
		let kept = weigh(100.0, &stakes(150, 150));
		assert!(!kept.commits && kept.share == 0 && kept.reason.contains("burns 150"), "{kept:?}");
	}

	#[test]
	fn published_policy_should_earn_nothing_however_good_it_is() {
		assert!(weigh_known(&stakes(10, 150)).commits && !weigh_known(&stakes(150, 150)).commits);
		assert_eq!(weigh_known(&stakes(10, 150)).share, 0);
	}

	#[test]
	fn policy_should_not_be_submitted_when_rounding_took_the_target_from_it() {
		let check = |meets| Check { episodes: 100, mean: 480.0, deviation: 5.0, meets };
		let weigh =
			|float, policy| weigh_rounding(&Checks { float: check(float), policy: check(policy) }, &stakes(10, 150));
		let kept = weigh(0.99, 0.62).expect("a verdict");
		assert!(!kept.commits && kept.reason.contains("62 %") && kept.reason.contains("not submitted"), "{kept:?}");
		assert_eq!(weigh(0.99, 0.95), None);
		assert_eq!(weigh(0.62, 0.6), None, "the network itself does not meet it: it is paid by its score");
	}

	#[test]
	fn slash_should_be_rounded_up_as_the_chain_does() {
		let stakes = Stakes::new(&open(), 301, 500_000_000, Real::ZERO);
		assert_eq!((stakes.no_commit, stakes.evaluation), (151, 10));
	}
}
