//! What the demo sees while the network runs.

use super::{header::Header, network::Network};
use crate::process::{Error, Result};
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	sync::mpsc::{Receiver, TryRecvError},
};

/// The first node's view of the chain.
pub struct Watch {
	heads: Receiver<Value>,
	/// The best block that was seen last, at every height.
	pub chain: BTreeMap<u32, Header>,
	/// Height of the best block.
	pub height: u32,
	/// Height of the last finalised block.
	pub finalized: u32,
	/// How often the best block gave way to another of the same height.
	pub tip_flips: u32,
}

impl Watch {
	/// Watches from now on.
	pub fn start(network: &Network) -> Result<Self> {
		Ok(Self {
			heads: network.nodes[0].rpc.best_heads()?,
			chain: BTreeMap::new(),
			height: 0,
			finalized: 0,
			tip_flips: 0,
		})
	}

	/// Takes in what happened since the last call; `true` if the height rose.
	pub fn update(&mut self) -> Result<bool> {
		let before = self.height;
		loop {
			match self.heads.try_recv() {
				Ok(head) if head["number"] == json!("0x0") => {}
				Ok(head) => self.best(Header::read(&head)?),
				Err(TryRecvError::Empty) => return Ok(self.height > before),
				Err(TryRecvError::Disconnected) => {
					return Err(Error::Failed("the first node closed its connection".into()))
				}
			}
		}
	}

	fn best(&mut self, header: Header) {
		if let Some(present) = self.chain.get(&header.number) {
			if header.number == self.height && !present.is(&header) {
				self.tip_flips += 1;
			}
		}
		self.height = header.number;
		self.chain.insert(header.number, header);
	}

	/// Asks for the finalised height.
	pub fn update_finalized(&mut self, network: &Network) -> Result {
		let rpc = network.nodes[0].rpc;
		let head = rpc.call("chain_getFinalizedHead", json!([]))?;
		let header = rpc.call("chain_getHeader", json!([head]))?;
		self.finalized = number(&header["number"]).unwrap_or(self.finalized);
		Ok(())
	}
}

/// A number that JSON-RPC gives in hexadecimal.
pub fn number(value: &Value) -> Option<u32> {
	u32::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::mpsc;

	fn head(number: u32, root: &str) -> Value {
		let mut claim = vec![6];
		claim.extend(b"PoLe");
		claim.push(40 << 2);
		claim.extend([0; 40]);
		let mut score = vec![4];
		score.extend(b"PoLe");
		score.push(17 << 2);
		score.push(1);
		score.extend([0; 16]);
		let hex = |bytes: &[u8]| format!("0x{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
		json!({
			"number": format!("{number:#x}"), "parentHash": "0x0", "stateRoot": root, "extrinsicsRoot": "0x0",
			"digest": { "logs": [hex(&claim), hex(&score)] },
		})
	}

	#[test]
	fn flips_should_count_only_other_blocks_at_the_same_height() {
		let (sender, heads) = mpsc::channel();
		let mut watch = Watch { heads, chain: BTreeMap::new(), height: 0, finalized: 0, tip_flips: 0 };
		for (number, root) in [(1, "a"), (1, "b"), (1, "b"), (2, "a"), (3, "a"), (3, "b"), (3, "c")] {
			sender.send(head(number, root)).expect("the receiver lives");
		}
		assert!(matches!(watch.update(), Ok(true)));
		assert_eq!((watch.height, watch.tip_flips), (3, 3));
		assert!(matches!(watch.update(), Ok(false)));
		drop(sender);
		assert!(watch.update().is_err());
	}
}
