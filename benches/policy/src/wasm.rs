//! What the executor calls, and what a `no_std` library has to bring along: the node's own allocator, as in a runtime.

#![allow(unsafe_code, reason = "the executor passes addresses")]

use crate::{run, Job};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::alloc::{GlobalAlloc, Layout};

#[link(wasm_import_module = "env")]
extern "C" {
	fn ext_allocator_malloc_version_1(size: u32) -> u32;
	fn ext_allocator_free_version_1(pointer: u32);
}

struct Host;

// SAFETY: the host's allocator gives blocks of at least the size asked for, aligned to 8 bytes.
unsafe impl GlobalAlloc for Host {
	unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
		ext_allocator_malloc_version_1(layout.size() as u32) as *mut u8
	}

	unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
		ext_allocator_free_version_1(pointer as u32)
	}
}

#[global_allocator]
static HOST: Host = Host;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
	core::arch::wasm32::unreachable()
}

/// Takes an encoded [`Job`], returns the encoded result of [`run`]: its address below, its length above.
#[no_mangle]
extern "C" fn bench(data: *const u8, length: usize) -> u64 {
	// SAFETY: the executor wrote so many bytes there before the call, and nobody else uses them.
	let mut data = unsafe { core::slice::from_raw_parts(data, length) };
	let answer: Vec<u8> = Job::decode(&mut data).ok().and_then(run).encode();
	let answer = answer.leak();
	u64::from(answer.as_ptr() as u32) | (answer.len() as u64) << 32
}
