//! Time in slots: when a slot begins, and from when on its block may be seen.
//!
//! Authors build when two thirds of their slot are over. Whoever sends a block earlier moves the others' pools to it
//! while their workers still submit for its parent. So a block counts as published only from two thirds of its slot
//! on, less a tolerance for clocks that differ: announcements are held until then, and blocks that come by another
//! way are refused.

use praxis_primitives_consensus::{Slot, SlotDuration};
use sp_timestamp::Timestamp;
use std::{sync::Arc, time::Duration};

/// A slot has so many parts; authors build when [`BUILD_AFTER`] of them are over.
pub const SLOT_PARTS: u64 = 3;

/// Parts of a slot that are over when its authors build.
pub const BUILD_AFTER: u64 = 2;

/// Clocks may differ by this part of a slot: 250 ms of 3 s. What NTP leaves between two machines is far less; more
/// would give back to an early author what the rule takes from it.
pub const TOLERANCE_DIVISOR: u64 = 12;

/// The wall clock, counted in slots.
#[derive(Clone)]
pub struct SlotClock {
	slot_duration: SlotDuration,
	time: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl SlotClock {
	/// The clock of this machine.
	pub fn system(slot_duration: SlotDuration) -> Self {
		Self::with_time(slot_duration, Timestamp::current)
	}

	/// A clock that shows what `time` returns, in milliseconds of Unix time.
	pub fn with_time(slot_duration: SlotDuration, time: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
		Self { slot_duration, time: Arc::new(time) }
	}

	/// Length of a slot.
	pub fn slot_duration(&self) -> SlotDuration {
		self.slot_duration
	}

	/// The time.
	pub fn now(&self) -> Timestamp {
		(self.time)()
	}

	/// The slot that is running.
	pub fn slot(&self) -> Slot {
		Slot::from_timestamp(self.now(), self.slot_duration)
	}

	/// When `slot` begins. A slot beyond all time begins never.
	pub fn begins(&self, slot: Slot) -> Timestamp {
		slot.timestamp(self.slot_duration).unwrap_or(Timestamp::new(u64::MAX))
	}

	/// How far two clocks may be apart.
	pub fn tolerance(&self) -> Duration {
		self.slot_duration.as_duration() / TOLERANCE_DIVISOR as u32
	}

	/// When a block of `slot` may be seen: when its author builds it, less the tolerance.
	pub fn public_from(&self, slot: Slot) -> Timestamp {
		let milliseconds = self.slot_duration.as_millis();
		let built = milliseconds / SLOT_PARTS * BUILD_AFTER;
		let begins = self.begins(slot).as_millis();
		Timestamp::new(begins.saturating_add(built.saturating_sub(self.tolerance().as_millis() as u64)))
	}

	/// How long it takes until a block of `slot` may be seen; nothing if it may.
	pub fn until_public(&self, slot: Slot) -> Duration {
		self.until(self.public_from(slot))
	}

	/// How long it takes until `time`; nothing if it is over.
	pub fn until(&self, time: Timestamp) -> Duration {
		Duration::from_millis(time.as_millis().saturating_sub(self.now().as_millis()))
	}

	/// Whether `slot` has begun, on some clock that is within the tolerance.
	pub fn has_begun(&self, slot: Slot) -> bool {
		self.until(self.begins(slot)) <= self.tolerance()
	}
}
