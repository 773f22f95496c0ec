//! The node that Praxis is compared with: a plain solochain of the same SDK, with Aura and GRANDPA.
//!
//! `solochain-node --dev` has the settings of the SDK's template, `solochain-node --chain short --alice` those of Praxis.
#![forbid(unsafe_code)]
// The SDK's error types are large.
#![allow(clippy::result_large_err)]

mod rpc;
mod service;

use clap::Parser;
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use sc_service::{ChainSpec, ChainType, GenericChainSpec, Properties};

/// The command line: that of the SDK.
#[derive(Debug, Parser)]
struct Cli {
	#[clap(flatten)]
	run: sc_cli::RunCmd,
}

fn specification(name: &str, id: &str, wasm: Option<&'static [u8]>) -> Result<GenericChainSpec, String> {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), "UNIT".into());
	properties.insert("tokenDecimals".into(), 12.into());
	properties.insert("ss58Format".into(), 42.into());
	Ok(GenericChainSpec::builder(wasm.ok_or("this build has no Wasm runtime")?, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(ChainType::Development)
		.with_genesis_config_preset_name("development")
		.with_properties(properties)
		.build())
}

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Solochain Node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		"https://github.com/praxis-network/praxis/issues".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
		Ok(Box::new(match id {
			"" | "dev" => specification("Solochain", "solochain_dev", solochain_runtime::WASM_BINARY)?,
			"short" => specification("Solochain Short", "solochain_short", solochain_runtime_short::WASM_BINARY)?,
			path => GenericChainSpec::from_json_file(path.into())?,
		}))
	}
}

fn main() -> sc_cli::Result<()> {
	let cli = Cli::from_args();
	let runner = cli.create_runner(&cli.run)?;
	runner.run_node_until_exit(|config| async move {
		match config.network.network_backend {
			NetworkBackendType::Libp2p => service::new_full::<sc_network::NetworkWorker<_, _>>(config),
			NetworkBackendType::Litep2p => service::new_full::<sc_network::Litep2pNetworkBackend>(config),
		}
		.map_err(sc_cli::Error::Service)
	})
}
