//! Signs transactions in native code: tests and tools.

use crate::*;
use codec::Encode;
use sp_core::{sr25519, Pair};
use sp_runtime::generic::Era;

/// `call` signed by `pair`: immortal, without a tip.
pub fn sign_extrinsic(pair: &sr25519::Pair, call: RuntimeCall, nonce: Nonce, genesis: Hash) -> UncheckedExtrinsic {
	let extension: TxExtension = (
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(Era::Immortal),
		pallet_oracle::CheckSubmission::new(),
		CheckNonce::from(nonce),
		CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	);
	// An immortal transaction is bound to the genesis block.
	let implicit = ((), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), (), (), (), None, ());
	let payload = SignedPayload::from_raw(call, extension, implicit);
	let signature = payload.using_encoded(|bytes| pair.sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	UncheckedExtrinsic::new_signed(
		call,
		Address::Id(AccountId::from(pair.public())),
		Signature::Sr25519(signature),
		extension,
	)
}
