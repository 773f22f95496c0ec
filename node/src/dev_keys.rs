//! Keys of the development accounts.
//!
//! `--dev`, `--alice` and the like put the keys of that account into the keystore, in memory only. The
//! SDK does so for the session keys of the runtime, which are the author's key alone; GRANDPA's key is
//! not one of them and is added here.

use sc_service::{ChainType, Configuration, Error};
use sp_keystore::Keystore;

/// Refuses a development account on a live chain.
pub fn check(config: &Configuration) -> Result<(), Error> {
	match &config.dev_key_seed {
		Some(seed) => check_chain_type(config.chain_spec.chain_type(), seed),
		None => Ok(()),
	}
}

/// Adds the GRANDPA key of the configured development account, if there is one.
pub fn insert(config: &Configuration, keystore: &dyn Keystore) -> Result<(), Error> {
	let Some(seed) = &config.dev_key_seed else { return Ok(()) };
	keystore
		.ed25519_generate_new(sp_core::crypto::key_types::GRANDPA, Some(seed))
		.map(drop)
		.map_err(|e| Error::Other(format!("the GRANDPA key of {seed} did not enter the keystore: {e}")))
}

/// Everybody knows these keys: a node of a live chain must not use them.
fn check_chain_type(chain_type: ChainType, seed: &str) -> Result<(), Error> {
	match chain_type {
		ChainType::Live => Err(Error::Other(format!(
			"{seed} is a development account, whose key everybody knows, and this is a live chain: \
			 use --validator with keys of your own (praxis-node key insert)"
		))),
		_ => Ok(()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn development_keys_should_be_refused_when_the_chain_is_live() {
		assert!(check_chain_type(ChainType::Live, "//Alice").is_err());
		assert!(check_chain_type(ChainType::Development, "//Alice").is_ok());
		assert!(check_chain_type(ChainType::Local, "//Alice").is_ok());
	}
}
