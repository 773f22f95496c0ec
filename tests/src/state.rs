//! The whole state of a block of a real node, checked natively.

use crate::{
	rpc::{from_hex, to_hex},
	Rpc,
};
use serde_json::{json, Value};
use sp_core::storage::Storage;

/// Keys that are asked for at once.
const PAGE: usize = 512;

/// The state after a block.
pub struct State {
	/// Height of the block.
	pub number: u32,
	/// Keys and values.
	pub storage: Storage,
	/// What the block's header says of it.
	root: Vec<u8>,
}

impl State {
	/// Reads all of it.
	pub fn fetch(rpc: &Rpc, hash: &str) -> Self {
		let ask = |method: &str, params: Value| -> Value {
			rpc.call(method, params).unwrap_or_else(|e| panic!("{method} at {hash}: {e}"))
		};
		let mut storage = Storage::default();
		let mut last: Option<String> = None;
		loop {
			let keys = ask("state_getKeysPaged", json!(["0x", PAGE, last, hash]));
			let keys = keys.as_array().expect("keys are a list");
			let Some(key) = keys.last() else { break };
			last = key.as_str().map(str::to_owned);
			let sets = ask("state_queryStorageAt", json!([keys, hash]));
			for change in sets[0]["changes"].as_array().expect("values are a list") {
				let bytes = |part: &Value| part.as_str().and_then(from_hex).expect("keys and values are hex");
				storage.top.insert(bytes(&change[0]), bytes(&change[1]));
			}
		}
		let header = rpc.header(Some(hash)).expect("the block is known");
		let root = header["stateRoot"].as_str().and_then(from_hex).expect("a header has a state root");
		Self { number: rpc.number(Some(hash)).expect("the block has a height"), storage, root }
	}

	/// Says what does not hold: the root of what was read, or one of the runtime's invariants.
	pub fn check(&self) -> Result<(), String> {
		// A test's externalities would put an empty runtime in the place of the real one.
		let code = self.storage.top.get(sp_core::storage::well_known_keys::CODE).ok_or("there is no runtime")?;
		let storage = self.storage.clone();
		let mut state = sp_io::TestExternalities::new_with_code_and_state(code, storage, Default::default());
		let root = state.backend.root().as_ref();
		if root != self.root {
			return Err(format!("root {} is not {}, the header's", to_hex(root), to_hex(&self.root)));
		}
		self.check_invariants(&mut state)
	}

	/// Says which of the runtime's invariants does not hold, whatever the root.
	pub fn check_content(&self) -> Result<(), String> {
		self.check_invariants(&mut sp_io::TestExternalities::new(self.storage.clone()))
	}

	fn check_invariants(&self, state: &mut sp_io::TestExternalities) -> Result<(), String> {
		state.execute_with(|| praxis_runtime::invariants::try_state(self.number)).map_err(|e| format!("{e:?}"))
	}
}
