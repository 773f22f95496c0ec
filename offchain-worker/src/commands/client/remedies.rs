//! What to do about the chain's errors, by their names.

/// What to do about an error of the chain, where there is something.
pub fn remedy(name: &str) -> Option<&'static str> {
	Some(match name {
		"TaskMarket.NotFound" => {
			"`praxis-worker task list` shows the open ones; finished ones are forgotten after a day"
		}
		"TaskMarket.NotRequester" => "sign with the key that posted it",
		"TaskMarket.NotOpen" | "TaskMarket.TooLate" => "`praxis-worker task show` tells how far it is",
		"TaskMarket.NotDue" => {
			"wait for the deadline that `praxis-worker task show` tells; the chain goes on by itself then"
		}
		"TaskMarket.NotFinished" | "TaskMarket.StillRetained" => {
			"finished tasks are kept for a day, then the chain forgets them by itself"
		}
		"TaskMarket.TooManyTasks" | "TaskMarket.QueueFull" => "wait until other tasks are finished",
		"TaskMarket.TooManyTasksOfAccount" => "wait until one of yours is finished, or cancel one",
		"TaskMarket.BadBudget" => "give --budget more than 0",
		"TaskMarket.BadWorkers" => "ask for 1 to 8 --workers",
		"TaskMarket.BadDeadlines" => {
			"give each phase at least a block, --reveal-blocks at least 20, none more than 201600"
		}
		"TaskMarket.BadTerms" => "the weights of reputation, expertise and compute sum to 1",
		"TaskMarket.BadRequest" => "ask for fewer --episodes",
		"TaskMarket.TooExpensive" => "ask for fewer --episodes, or a smaller policy by --max-work",
		"TaskMarket.TargetOutOfReach" => "give a lower --target: no episode can return as much",
		"TaskMarket.AlreadyAchieved" => {
			"buy or fetch it: `praxis-worker model list --environment E`; or give a higher --target"
		}
		"TaskMarket.NotRegistered" => "`praxis-worker worker register`, then `worker accept` with the operator's key",
		"Workers.WorkerExists" => "`praxis-worker worker status` shows it; `worker update` changes it",
		"Workers.NoWorker" => "`praxis-worker worker register` first, or sign with the owner's key",
		"Workers.WorkerEngaged" => "let its tasks finish: `praxis-worker worker status`",
		"Workers.DepositLocked" => "wait for the height that `praxis-worker worker status` tells",
		"Workers.OperatorTaken" => {
			"use a key of its own for the operator; the other owner's right ends by `worker resign`"
		}
		"Workers.NotProposed" => "the owner names this key first: `worker register` or `worker set-operator`",
		"Workers.WorkerNotLeaving" => "`praxis-worker worker withdraw` first",
		"Workers.WorkerLeaving" => "it has withdrawn: `worker release` when its time has come, then register anew",
		"Models.NoModel" => "`praxis-worker model list` shows those that are kept",
		"Models.NotOwner" => "sign with the key of the model's owner or of its operator",
		"Models.AlreadyOffered" => "`praxis-worker model withdraw OFFER` first; open sales must end",
		"Models.BadOffer" => "give a --price above 0 and 1 to 16 --places",
		"Models.NoOffer" | "Models.Closed" => "`praxis-worker model show` tells if there is another offer",
		"Models.NoPlace" => "wait until another sale of it is over",
		"Models.OwnOffer" => "the seller has the model: `praxis-worker model fetch`",
		"Models.NoSale" => "`praxis-worker model sales` shows those that are not over",
		"Models.NotBuyer" => "sign with the key that bought",
		"Models.NotDelivered" => "wait for the seller; after the deadline the chain returns the money",
		"Models.TooLate" => "the chain ends the sale by itself; `praxis-worker model finish` if its blocks are full",
		"Models.NotDue" => "wait for the deadline that `praxis-worker model sales` tells",
		"Teaching.NotFound" => "`praxis-worker teach status` shows the open sessions",
		"Teaching.BadShare" => "give the trainers 1 % to 50 %: --trainers 10%; or train yourself: --self-train",
		"Teaching.NoSeat" => "wait for another session, or until a teacher leaves",
		"Teaching.IsTrainer" => "teach with an account that trains nothing in this session",
		"Teaching.WrongState" | "Teaching.TooLate" => "`praxis-worker teach status SESSION` tells how far it is",
		"Teaching.AlreadyTrainer" => {
			"`praxis-worker trainer status` shows it; one that has left can enlist again when its last lesson is over"
		}
		"Teaching.PoolFull" => "wait until a trainer leaves: `praxis-worker trainer status`",
		"Teaching.NotTrainer" => "`praxis-worker trainer enlist` first",
		"Teaching.Retired" => "its bond returns with the end of its last lesson; `praxis-worker trainer enlist` then",
		"Teaching.TooManyKeys" => "a trainer has 32 one-time keys at most: wait until lessons have used some up",
		"Token.FundsUnavailable" => "the account's free balance does not suffice: send it more, or ask for less",
		"Token.FundsUnavailable: the owner's free balance is too low" => "send the account more, or ask for less",
		"Token.NotExpendable" => "keep more than the existential deposit in the account",
		_ => return None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn remedies_should_be_told_for_what_people_can_mend_and_for_nothing_else() {
		assert!(remedy("TaskMarket.AlreadyAchieved").is_some_and(|text| text.contains("model list")));
		assert!(remedy("Workers.NotProposed").is_some());
		assert_eq!(remedy("TaskMarket.NoBeacon"), None);
	}
}
