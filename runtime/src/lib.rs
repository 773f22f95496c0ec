//! The Praxis runtime.
//!
//! | pallet | what it is for |
//! |---|---|
//! | System, Timestamp, Balances, TransactionPayment | the ground |
//! | Workers | authors and their bonds |
//! | Randomness | who authors the block; randomness and noise from the author's VRF |
//! | Oracle | the chain's MDP: transitions re-executed, the score of the block |
//! | Rewards | the author's award |
//! | Grandpa | finality |
//! | Utility, Proxy, Multisig | convenience |
//! | Sudo | upgrades: by Alice on development chains, by a multisig of the authors elsewhere; without a key it does nothing |
//!
//! Hooks run in the order of the pallets' indices: Randomness knows the author before Oracle scores the block,
//! and Oracle hands the score to Rewards.
#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]
// What the macros of FRAME and the Wasm builder generate has no documentation.
#![allow(missing_docs)]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod constants;
pub mod genesis;
#[cfg(feature = "std")]
pub mod invariants;
mod nonce;
mod room;
#[cfg(feature = "std")]
mod signing;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "upgrade-test", test))]
pub mod upgrade_test;
mod weights;

pub use apis::{api, RuntimeApi, RUNTIME_API_VERSIONS};
pub use nonce::CheckNonce;
pub use room::CheckWeight;
#[cfg(feature = "std")]
pub use signing::sign_extrinsic;

use alloc::vec::Vec;
use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

/// Signature of an account.
pub type Signature = MultiSignature;
/// Account: the public key of its signatures, or the hash of one.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// Address of an account in an extrinsic.
pub type Address = MultiAddress<AccountId, ()>;
/// Amount of the token, in its smallest part: 10^12 of them are one PRX.
pub type Balance = u128;
/// Height of the chain.
pub type BlockNumber = u32;
/// Count of an account's transactions.
pub type Nonce = u32;
/// Hash of the chain.
pub type Hash = sp_core::H256;
/// Header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// An extrinsic, its signature not checked yet.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a transaction's signature is over.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// What a transaction carries beside its call, and who checks it, in this order. `CheckSubmission` stands before
/// all that changes something: a submission that it refuses costs neither nonce nor fee.
pub type TxExtension = (
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	pallet_oracle::CheckSubmission<Runtime>,
	CheckNonce,
	CheckWeight,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// Executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
	Migrations,
>;

/// Migrations of storage that the next upgrade runs.
#[cfg(not(feature = "upgrade-test"))]
pub type Migrations = ();
/// Migrations of storage that the next upgrade runs.
#[cfg(feature = "upgrade-test")]
pub type Migrations = (upgrade_test::Migration,);

/// What the node needs to know of blocks without their calls.
pub mod opaque {
	use super::*;
	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// Header of a block.
	pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
	/// A block of extrinsics that are bytes.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
	/// Keys of an author's node. There is one, so what the RPC `author_rotateKeysWithOwner(account)` returns,
	/// `{keys, proof}`, are the arguments of `workers.registerAuthor`.
	pub struct SessionKeys {
		/// Seals blocks and makes VRF outputs.
		pub learning: praxis_primitives_consensus::AuthorId,
	}
}

#[cfg(feature = "upgrade-test")]
pub use upgrade_test::VERSION;

/// Version of the runtime.
#[cfg(not(feature = "upgrade-test"))]
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("praxis"),
	impl_name: alloc::borrow::Cow::Borrowed("praxis"),
	authoring_version: 1,
	// A changed behaviour raises it; nodes then replace their runtime.
	spec_version: 100,
	impl_version: 1,
	apis: RUNTIME_API_VERSIONS,
	// A changed encoding of calls or extensions raises it.
	transaction_version: 1,
	system_version: 1,
};

#[frame_support::runtime]
mod runtime {
	/// The runtime.
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(3)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(4)]
	pub type Workers = pallet_workers;
	#[runtime::pallet_index(5)]
	pub type Randomness = pallet_randomness;
	#[runtime::pallet_index(6)]
	pub type Oracle = pallet_oracle;
	#[runtime::pallet_index(7)]
	pub type Rewards = pallet_rewards;
	#[runtime::pallet_index(8)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(9)]
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(10)]
	pub type Proxy = pallet_proxy;
	#[runtime::pallet_index(11)]
	pub type Multisig = pallet_multisig;
	#[runtime::pallet_index(12)]
	pub type Sudo = pallet_sudo;
	#[runtime::pallet_index(13)]
	pub type Models = pallet_models;
	// Before the evaluation, which may take all that full blocks leave to `on_idle`.
	#[runtime::pallet_index(14)]
	pub type TaskMarket = pallet_task_market;
	#[runtime::pallet_index(15)]
	pub type Teaching = pallet_teaching;
	#[runtime::pallet_index(16)]
	pub type Evaluation = pallet_evaluation;
}
