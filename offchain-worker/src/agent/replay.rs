//! The replay buffer: one preallocated tensor on the device, a row per transition.
//!
//! A row is `observation | next observation | action | return | discount`, and where actions may be forbidden a penalty for
//! each of them at the next observation (0 or [`FORBIDDEN`]) and at the first, so that storing is one copy and drawing a
//! minibatch is one gather. New transitions wait in plain memory until the next draw and are stored together.

use super::{
	n_step::{End, Experience},
	priorities::Priorities,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, TchError, Tensor};

/// Added to the value of an action that is forbidden: less than any value there is.
pub const FORBIDDEN: f32 = -1e9;

/// What a row consists of.
#[derive(Clone, Debug)]
pub struct Rows {
	scales: Vec<f32>,
	masked: usize,
}

impl Rows {
	/// Rows whose observations are multiplied with `scales`, entry by entry, and that tell which of `masked` actions are
	/// forbidden afterwards and before.
	pub fn new(scales: Vec<f32>, masked: usize) -> Self {
		Self { scales, masked }
	}

	/// Numbers of an observation.
	pub fn observation(&self) -> usize {
		self.scales.len()
	}

	/// Numbers of a row.
	pub fn width(&self) -> usize {
		2 * self.scales.len() + 3 + 2 * self.masked
	}

	/// Adds a row for a transition with a summed return.
	pub fn write(&self, out: &mut Vec<f32>, from: &Experience, reward: f32, (next, mask): End, discount: f32) {
		for observation in [from.observation.as_slice(), next] {
			out.extend(observation.iter().zip(&self.scales).map(|(x, scale)| f32::from(*x) * scale));
		}
		out.extend_from_slice(&[f32::from(from.action), reward, discount]);
		for mask in [mask, from.mask] {
			out.extend((0..self.masked).map(|action| if mask >> action & 1 == 1 { 0.0 } else { FORBIDDEN }));
		}
	}
}

/// The buffer.
pub struct Replay {
	layout: Rows,
	rows: Tensor,
	capacity: usize,
	/// Stored rows, and where the next goes.
	stored: usize,
	next: usize,
	/// Rows that wait to be stored.
	staged: Vec<f32>,
	/// What the present round of learning draws, on the host and on the device.
	drawn: Vec<i64>,
	plan: Option<Tensor>,
	priorities: Option<Priorities>,
}

/// Rows, the place of the next one, and the priorities where there are any.
pub type SavedReplay = (Vec<f32>, usize, Option<Vec<f32>>);

impl Replay {
	/// A buffer of `capacity` rows. A positive priority exponent makes it prioritised.
	pub fn new(
		capacity: usize,
		layout: Rows,
		(exponent, correction): (f64, f64),
		device: Device,
	) -> Result<Self, TchError> {
		let dimensions = [capacity as i64, layout.width() as i64];
		Ok(Self {
			rows: Tensor::f_zeros(dimensions.as_slice(), (Kind::Float, device))?,
			layout,
			capacity,
			stored: 0,
			next: 0,
			staged: Vec::new(),
			drawn: Vec::new(),
			plan: None,
			priorities: (exponent > 0.0).then(|| Priorities::new(capacity, exponent, correction)),
		})
	}

	/// What a row consists of.
	pub fn layout(&self) -> &Rows {
		&self.layout
	}

	/// Transitions in the buffer.
	pub fn len(&self) -> usize {
		(self.stored + self.staged.len() / self.layout.width()).min(self.capacity)
	}

	/// Whether nothing was stored yet.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}

	/// Adds a transition with a summed return.
	pub fn push(&mut self, from: &Experience, reward: f32, next: End, discount: f32) -> Result<(), TchError> {
		self.layout.write(&mut self.staged, from, reward, next, discount);
		self.bound()
	}

	/// Adds rows that were written elsewhere.
	pub fn extend(&mut self, rows: &[f32]) -> Result<(), TchError> {
		self.staged.extend_from_slice(rows);
		self.bound()
	}

	/// Without draws in between, a long stream must not pile up outside the buffer.
	fn bound(&mut self) -> Result<(), TchError> {
		if self.staged.len() >= 1_024.min(self.capacity) * self.layout.width() {
			self.store()?;
		}
		Ok(())
	}

	fn store(&mut self) -> Result<(), TchError> {
		let width = self.layout.width();
		let mut staged = std::mem::take(&mut self.staged);
		let mut left = staged.as_slice();
		while !left.is_empty() {
			let count = (left.len() / width).min(self.capacity - self.next);
			let (now, rest) = left.split_at(count * width);
			let source = Tensor::f_from_slice(now)?.f_view([count as i64, width as i64].as_slice())?;
			self.rows.f_narrow(0, self.next as i64, count as i64)?.f_copy_(&source)?;
			if let Some(priorities) = &mut self.priorities {
				(self.next..self.next + count).for_each(|row| priorities.insert(row));
			}
			self.next = (self.next + count) % self.capacity;
			self.stored = (self.stored + count).min(self.capacity);
			left = rest;
		}
		staged.clear();
		self.staged = staged;
		Ok(())
	}

	/// Draws for a round of `times` minibatches, with replacement. Uniform draws go to the device all at once.
	pub fn plan(&mut self, batch: usize, times: usize, rng: &mut ChaCha8Rng) -> Result<(), TchError> {
		self.store()?;
		if self.priorities.is_none() {
			let stored = self.stored;
			self.drawn.clear();
			self.drawn.extend((0..batch * times).map(|_| rng.gen_range(0..stored) as i64));
			let plan = Tensor::f_from_slice(&self.drawn)?.f_view([times as i64, batch as i64].as_slice())?;
			self.plan = Some(plan.f_to_device(self.rows.device())?);
		}
		Ok(())
	}

	/// Gathers the round's nth minibatch into `rows`; gives importance weights, `[batch, 1]`, where the draw is
	/// prioritised.
	pub fn gather(&mut self, nth: usize, rows: &Tensor, rng: &mut ChaCha8Rng) -> Result<Option<Tensor>, TchError> {
		let batch = rows.size()[0] as usize;
		let device = self.rows.device();
		let (indices, weights) = match (&mut self.priorities, &self.plan) {
			(Some(priorities), _) => {
				self.drawn.clear();
				let weights = priorities.draw(batch, self.stored, rng, &mut self.drawn);
				let weights = Tensor::f_from_slice(&weights)?.f_view([-1i64, 1].as_slice())?.f_to_device(device)?;
				(Tensor::f_from_slice(&self.drawn)?.f_to_device(device)?, Some(weights))
			}
			(None, Some(plan)) => (plan.f_select(0, nth as i64)?, None),
			(None, None) => return Err(TchError::Torch("a minibatch is gathered before it was drawn".into())),
		};
		let _ = self.rows.f_index_select_out(rows, 0, &indices)?;
		Ok(weights)
	}

	/// Whether draws are prioritised, so that [`Self::prioritise`] wants the errors.
	pub fn is_prioritised(&self) -> bool {
		self.priorities.is_some()
	}

	/// Tells the last minibatch's errors.
	pub fn prioritise(&mut self, errors: &[f32]) {
		if let Some(priorities) = &mut self.priorities {
			for (row, error) in self.drawn.iter().zip(errors) {
				priorities.set(*row as usize, *error);
			}
		}
	}

	/// The buffer's content for a checkpoint: the rows as they lie, where the next one goes, and the priorities.
	pub fn save(&mut self) -> Result<SavedReplay, TchError> {
		self.store()?;
		let length = self.stored * self.layout.width();
		let mut rows = vec![0.0; length];
		let stored = self.rows.f_narrow(0, 0, self.stored as i64)?.f_to_device(Device::Cpu)?;
		stored.f_contiguous()?.f_copy_data(&mut rows, length)?;
		Ok((rows, self.next, self.priorities.as_ref().map(|priorities| priorities.save(self.stored))))
	}

	/// Continues with what was saved; false, and nothing has changed, if it does not fit.
	pub fn restore(&mut self, rows: &[f32], next: usize, priorities: Option<&[f32]>) -> Result<bool, TchError> {
		let (width, stored) = (self.layout.width(), rows.len() / self.layout.width());
		// A ring that is not full yet goes on where it ends.
		let place = if stored < self.capacity { next == stored } else { next < self.capacity };
		let prioritised = priorities.map(<[f32]>::len) == self.priorities.as_ref().map(|_| stored + 1);
		if !rows.len().is_multiple_of(width) || stored > self.capacity || !place || !prioritised {
			return Ok(false);
		}
		if stored > 0 {
			let source = Tensor::f_from_slice(rows)?.f_view([stored as i64, width as i64].as_slice())?;
			self.rows.f_narrow(0, 0, stored as i64)?.f_copy_(&source)?;
		}
		(self.stored, self.next) = (stored, next);
		self.staged.clear();
		if let (Some(own), Some(saved)) = (&mut self.priorities, priorities) {
			own.restore(saved);
		}
		Ok(true)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use rand::SeedableRng;

	fn step(from: i16, reward: f32, terminated: bool) -> Experience {
		Experience {
			observation: vec![from],
			action: 1,
			reward,
			next_observation: vec![from + 1],
			terminated,
			mask: 3,
			next_mask: 3,
		}
	}

	fn column(rows: &Tensor, at: i64) -> Vec<f32> {
		Vec::<f32>::try_from(rows.narrow(1, at, 1).contiguous().view(-1)).expect("numbers")
	}

	fn draw(replay: &mut Replay, batch: i64, rng: &mut ChaCha8Rng) -> (Tensor, Option<Tensor>) {
		let rows = Tensor::zeros([batch, replay.layout().width() as i64], (Kind::Float, Device::Cpu));
		replay.plan(batch as usize, 1, rng).expect("a plan");
		let weights = replay.gather(0, &rows, rng).expect("a minibatch");
		(rows, weights)
	}

	#[test]
	fn buffer_should_keep_the_newest_and_give_back_what_was_stored() {
		for exponent in [0.0, 0.6] {
			let mut replay = Replay::new(8, Rows::new(vec![0.5], 0), (exponent, 0.4), Device::Cpu).expect("a buffer");
			let mut rng = ChaCha8Rng::seed_from_u64(5);
			assert!(replay.is_empty());
			for i in 0..21i16 {
				replay.push(&step(2 * i, f32::from(i), false), f32::from(i), (&[2 * i + 1], 3), 0.5).expect("a row");
				if i == 2 {
					// A draw in between stores a part and must not lose its place.
					let _ = draw(&mut replay, 4, &mut rng);
				}
			}
			assert_eq!(replay.len(), 8);
			let (rows, weights) = draw(&mut replay, 256, &mut rng);
			let (observations, next, rewards) = (column(&rows, 0), column(&rows, 1), column(&rows, 3));
			assert_eq!(weights.is_some(), exponent > 0.0);
			let mut seen = std::collections::BTreeSet::new();
			for ((observation, next), reward) in observations.iter().zip(&next).zip(&rewards) {
				assert_eq!(observation, reward, "scaled by a half");
				assert_eq!(*next, reward + 0.5);
				seen.insert(*reward as i32);
			}
			assert_eq!(seen.into_iter().collect::<Vec<_>>(), (13..21).collect::<Vec<_>>());
		}
	}

	#[test]
	fn a_row_should_tell_which_actions_are_forbidden() {
		let rows = Rows::new(vec![0.5], 3);
		let mut out = Vec::new();
		rows.write(&mut out, &step(4, 0.0, false), 7.0, (&[6], 0b101), 0.25);
		assert_eq!(out, [2.0, 3.0, 1.0, 7.0, 0.25, 0.0, FORBIDDEN, 0.0, 0.0, 0.0, FORBIDDEN]);
		assert_eq!(rows.width(), out.len());
	}

	#[test]
	fn a_restored_buffer_should_draw_the_same() {
		for (exponent, pushed) in [(0.0, 5), (0.0, 21), (0.6, 5), (0.6, 21)] {
			let new = || Replay::new(8, Rows::new(vec![0.5], 0), (exponent, 0.4), Device::Cpu).expect("a buffer");
			let mut replay = new();
			let mut rng = ChaCha8Rng::seed_from_u64(5);
			for i in 0..pushed {
				replay.push(&step(i, f32::from(i), false), f32::from(i), (&[i + 1], 3), 0.5).expect("a row");
			}
			let _ = draw(&mut replay, 16, &mut rng);
			replay.prioritise(&[0.3; 16]);
			let (rows, next, priorities) = replay.save().expect("a save");
			let mut again = new();
			assert!(again.restore(&rows, next, priorities.as_deref()).expect("a restore"));
			let mut same = rng.clone();
			for i in 0..3 {
				for (replay, rng) in [(&mut replay, &mut rng), (&mut again, &mut same)] {
					replay.push(&step(90 + i, 0.5, false), 0.5, (&[7], 3), 0.5).expect("a row");
					let _ = draw(replay, 4, rng);
				}
			}
			let (a, b) = (draw(&mut replay, 64, &mut rng), draw(&mut again, 64, &mut same));
			assert_eq!(column(&a.0, 0), column(&b.0, 0));
			assert_eq!(a.1.map(|weights| column(&weights, 0)), b.1.map(|weights| column(&weights, 0)));
			assert!(!again.restore(&rows[1..], next, priorities.as_deref()).expect("refused"), "no whole rows");
			assert!(!again.restore(&rows, 9, priorities.as_deref()).expect("refused"), "outside the ring");
		}
	}
}
