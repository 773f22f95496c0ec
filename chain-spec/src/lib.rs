//! Chain specifications of Praxis: the runtime's genesis presets with what a node needs around them.

use praxis_runtime::{
	constants::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL},
	genesis, WASM_BINARY,
};
use sc_service::{ChainType, GenericChainSpec, Properties};

/// A chain specification.
pub type ChainSpec = GenericChainSpec;

/// What wallets show.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("ss58Format".into(), SS58_PREFIX.into());
	properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
	properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
	properties
}

fn specification(preset: &str, name: &str, id: &str, chain_type: ChainType) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY.ok_or("this build has no Wasm runtime: it was made with SKIP_WASM_BUILD")?;
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_protocol_id("praxis")
		.with_chain_type(chain_type)
		.with_genesis_config_preset_name(preset)
		.with_properties(properties())
		.build())
}

/// One author, Alice, with development keys.
pub fn development() -> Result<ChainSpec, String> {
	specification(genesis::DEVELOPMENT, "Praxis Development", "praxis_dev", ChainType::Development)
}

/// Alice, Bob, Charlie and Dave, with development keys: a network on one machine.
pub fn local() -> Result<ChainSpec, String> {
	specification(genesis::LOCAL, "Praxis Local", "praxis_local", ChainType::Local)
}

/// No development keys; three of its four authors together have the sudo key. Its keys are placeholders: see this crate's README.
pub fn staging() -> Result<ChainSpec, String> {
	specification(genesis::STAGING, "Praxis Staging", "praxis_staging", ChainType::Live)
}

#[cfg(test)]
mod tests;
