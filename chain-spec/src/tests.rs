//! The specifications, and the committed copies of their presets.

use super::*;
use sc_service::ChainSpec as _;
use serde_json::Value;
use sp_runtime::BuildStorage;
use std::{fs, path::PathBuf};

fn all() -> [(ChainSpec, &'static str); 3] {
	[
		(development().expect("it builds"), genesis::DEVELOPMENT),
		(local().expect("it builds"), genesis::LOCAL),
		(staging().expect("it builds"), genesis::STAGING),
	]
}

#[test]
fn every_specification_should_carry_the_token() {
	for (spec, preset) in all() {
		let properties = spec.properties();
		assert_eq!(properties["ss58Format"], 42, "{preset}");
		assert_eq!(properties["tokenSymbol"], "PRX", "{preset}");
		assert_eq!(properties["tokenDecimals"], 12, "{preset}");
	}
}

#[test]
fn every_specification_should_build_its_state_through_the_wasm_runtime() {
	for (spec, preset) in all() {
		let storage = spec.build_storage().expect("genesis builds");
		assert!(storage.top.contains_key(sp_storage::well_known_keys::CODE), "{preset}");
	}
}

#[test]
fn exported_specification_should_be_the_same_chain() {
	let spec = local().expect("it builds");
	let state = spec.build_storage().expect("genesis builds").top;
	for raw in [false, true] {
		let json = spec.as_json(raw).expect("it exports");
		let read = ChainSpec::from_json_bytes(json.into_bytes()).expect("it reads");
		assert_eq!((read.id(), read.chain_type()), (spec.id(), spec.chain_type()));
		assert!(read.build_storage().expect("genesis builds").top == state, "raw: {raw}");
	}
}

#[test]
fn staging_should_be_live_and_the_others_not() {
	assert_eq!(staging().expect("it builds").chain_type(), ChainType::Live);
	assert_eq!(local().expect("it builds").chain_type(), ChainType::Local);
	assert_eq!(development().expect("it builds").chain_type(), ChainType::Development);
}

/// `PRAXIS_WRITE_PRESETS=1 cargo test -p praxis-chain-spec` writes them anew.
#[test]
fn committed_presets_should_be_those_of_the_runtime() {
	for (_, preset) in all() {
		let bytes = genesis::get_preset(&preset.into()).expect("the preset is there");
		let value: Value = serde_json::from_slice(&bytes).expect("the preset is JSON");
		let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("presets").join(format!("{preset}.json"));
		if std::env::var_os("PRAXIS_WRITE_PRESETS").is_some() {
			let text = serde_json::to_string_pretty(&value).expect("JSON prints");
			fs::write(&path, text + "\n").expect("the folder is writable");
		}
		let text = fs::read_to_string(&path).expect("the preset is committed");
		let committed: Value = serde_json::from_str(&text).expect("the committed preset is JSON");
		assert_eq!(committed, value, "{} has drifted", path.display());
	}
}
