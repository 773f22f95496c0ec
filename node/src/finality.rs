//! Warns when finality lags.
//!
//! Wallets and libraries look at finalised state, and some stop working when it is far behind the head.

use futures::StreamExt;
use sc_client_api::BlockchainEvents;
use sp_blockchain::HeaderBackend;
use sp_runtime::traits::{Block as BlockT, UniqueSaturatedInto};
use std::sync::Arc;
use substrate_prometheus_endpoint::{register, Gauge, Registry, U64};

/// Blocks by which finality may lag before the node warns.
const MAX_LAG: u64 = 20;

const LOG_TARGET: &str = "finality";

/// What to say about a lag, given what was said before.
#[derive(Debug, PartialEq, Eq)]
enum Notice {
	Lags,
	CaughtUp,
}

/// Speaks when the limit is crossed and each time the lag has doubled since.
#[derive(Default)]
struct Alarm {
	warned_at: Option<u64>,
}

impl Alarm {
	fn observe(&mut self, lag: u64) -> Option<Notice> {
		match self.warned_at {
			None if lag > MAX_LAG => {
				self.warned_at = Some(lag);
				Some(Notice::Lags)
			}
			Some(warned) if lag >= warned.saturating_mul(2) => {
				self.warned_at = Some(lag);
				Some(Notice::Lags)
			}
			Some(_) if lag <= MAX_LAG => {
				self.warned_at = None;
				Some(Notice::CaughtUp)
			}
			_ => None,
		}
	}
}

/// Watches the distance from the head to the finalised block until dropped.
pub async fn watch<Block, Client>(client: Arc<Client>, registry: Option<Registry>)
where
	Block: BlockT,
	Client: BlockchainEvents<Block> + HeaderBackend<Block>,
{
	let gauge = registry.and_then(|registry| {
		let gauge = Gauge::<U64>::new("praxis_finality_lag_blocks", "Blocks from the finalised block to the head");
		gauge.and_then(|gauge| register(gauge, &registry)).ok()
	});
	let mut alarm = Alarm::default();
	let mut imports = client.import_notification_stream();
	while imports.next().await.is_some() {
		let info = client.info();
		let best: u64 = info.best_number.unique_saturated_into();
		let lag = best.saturating_sub(info.finalized_number.unique_saturated_into());
		if let Some(gauge) = &gauge {
			gauge.set(lag);
		}
		match alarm.observe(lag) {
			Some(Notice::Lags) => log::warn!(
				target: LOG_TARGET,
				"⚠️ Finality lags {lag} blocks behind the head: fewer than two thirds of the GRANDPA voters may be online or connected.",
			),
			Some(Notice::CaughtUp) => log::info!(target: LOG_TARGET, "Finality has caught up ({lag} blocks)."),
			None => {}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn alarm_should_speak_once_when_the_limit_is_crossed() {
		let mut alarm = Alarm::default();
		assert_eq!(alarm.observe(MAX_LAG), None);
		assert_eq!(alarm.observe(MAX_LAG + 1), Some(Notice::Lags));
		assert_eq!(alarm.observe(MAX_LAG + 2), None);
		assert_eq!(alarm.observe(2 * (MAX_LAG + 1)), Some(Notice::Lags));
		assert_eq!(alarm.observe(3), Some(Notice::CaughtUp));
		assert_eq!(alarm.observe(3), None);
	}
}
