//! Inference allocates nothing, and reading no more than the bounds allow.

#![allow(unsafe_code, reason = "an allocator that counts cannot be written without")]

mod common;

use codec::{Compact, Encode};
use common::numbered;
use praxis_policy::{
	layouts::{Layout, Network, Packed, Plain, Skipping, Wide},
	Policy, FORMAT_VERSION, MAX_ENCODED, MAX_LAYERS,
};
use std::{
	alloc::{GlobalAlloc, Layout as Memory, System},
	cell::Cell,
};

thread_local! {
	static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator; counts the bytes that this thread asked for.
struct Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
	unsafe fn alloc(&self, memory: Memory) -> *mut u8 {
		BYTES.with(|bytes| bytes.set(bytes.get() + memory.size()));
		System.alloc(memory)
	}

	unsafe fn dealloc(&self, pointer: *mut u8, memory: Memory) {
		System.dealloc(pointer, memory)
	}
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that a call allocates.
fn allocated<T>(call: impl FnOnce() -> T) -> (usize, T) {
	let before = BYTES.with(Cell::get);
	let result = call();
	(BYTES.with(Cell::get) - before, result)
}

#[test]
fn inference_should_allocate_nothing_when_it_acts() {
	fn check<L: Layout>(observation: &[i16]) {
		let network = Network::<L>::try_from(numbered(&[4, 64, 63, 5], 9_000, 12, 1)).expect("the policy is valid");
		let mut scratch = praxis_policy::Scratch::new();
		let (bytes, result) = allocated(|| network.logits(observation, &mut scratch).map(<[i32]>::len));
		assert_eq!((bytes, result), (0, Ok(5)));
	}
	let observation = [1, -2, 0, i16::MAX];
	check::<Plain>(&observation);
	check::<Wide>(&observation);
	check::<Packed>(&observation);
	check::<Skipping>(&observation);
	let (bytes, policy) = allocated(|| Policy::try_from(numbered(&[4, 64, 63, 5], 9_000, 12, 1)));
	assert!(bytes > 0, "the allocator does not count");
	let policy = policy.expect("the policy is valid");
	let mut scratch = policy.scratch();
	let (bytes, result) = allocated(|| {
		let act = policy.act(&observation, &mut scratch);
		let masked = policy.act_masked(&observation, 0b100, &mut scratch);
		let none = policy.act_masked(&observation, 0, &mut scratch);
		let wrong = policy.act(&[], &mut scratch);
		act.is_ok() && masked == Ok(2) && none.is_err() && wrong.is_err()
	});
	assert_eq!((bytes, result), (0, true));
}

#[test]
fn reading_should_allocate_no_more_than_the_bound_when_prefixes_lie() {
	let limit = MAX_ENCODED as usize;
	let head = [&(FORMAT_VERSION, 1u16).encode()[..], &Compact(MAX_LAYERS as u32).encode()].concat();
	let shape = (1u16, 1u16, 0u8).encode();
	for layers in 0..MAX_LAYERS {
		for length in [255u32, 256, 1 << 16, (1 << 17) - 2, 1 << 17, 1 << 24, u32::MAX] {
			for biases in [0u32, 1, 256, u32::MAX] {
				let mut bytes = head.clone();
				for _ in 0..layers {
					bytes.extend([&shape[..], &vec![0i32].encode(), &vec![0i8].encode()].concat());
				}
				bytes.extend(&shape);
				bytes.extend(Compact(biases).encode());
				bytes.extend(vec![0; 4 * biases.min(256) as usize]);
				bytes.extend(Compact(length).encode());
				let (allocated, result) = allocated(|| Policy::decode(&bytes));
				assert!(result.is_err());
				assert!(allocated <= limit, "{allocated} bytes for {layers} layers, {biases} biases, {length} weights");
			}
		}
	}
}
