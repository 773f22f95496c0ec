//! Nonces of all transactions but submissions.
//!
//! A submission is bound to its parent, slot and step, and enters one block at most once, so it needs no nonce against
//! replay. Nor may it use one: in the pool two transactions with one nonce take each other's place, and the higher
//! priority of a submission would displace whatever else its account has pending.

use crate::{Runtime, RuntimeCall, RuntimeOrigin};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::pallet_prelude::{TransactionSource, Weight};
use scale_info::{Type, TypeInfo};
use sp_runtime::{
	traits::{
		AsSystemOriginSigner, DispatchInfoOf, Implication, PostDispatchInfoOf, TransactionExtension, ValidateResult,
	},
	transaction_validity::{TransactionValidityError, ValidTransaction},
	DispatchResult,
};

/// FRAME's extension, which this one wraps.
type Inner = frame_system::CheckNonce<Runtime>;
type InnerVal = <Inner as TransactionExtension<RuntimeCall>>::Val;
type InnerPre = <Inner as TransactionExtension<RuntimeCall>>::Pre;

/// `frame_system::CheckNonce`, to clients the very same, but for signed `oracle.submit_transitions`: of these the
/// nonce is neither checked nor counted, and they carry no tag of it. `pallet_oracle::CheckSubmission`, which stands
/// before, gives them theirs.
///
/// That an account without providers has no nonce to pay for needs no look here: `CheckSubmission` refuses an account
/// without a bond, and a bond is held by an account that exists. Nothing is written for it in any case.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, PartialEq, Eq)]
pub struct CheckNonce(Inner);

impl CheckNonce {
	/// Of a transaction with this nonce.
	pub fn from(nonce: crate::Nonce) -> Self {
		Self(Inner::from(nonce))
	}

	/// Whether the transaction, from whomever, is a submission.
	fn is_submission(call: &RuntimeCall) -> bool {
		matches!(call, RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions { .. }))
	}
}

impl core::fmt::Debug for CheckNonce {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		self.0.fmt(f)
	}
}

/// The metadata shows FRAME's own type, so that wallets and libraries treat it as they always do.
impl TypeInfo for CheckNonce {
	type Identity = Inner;

	fn type_info() -> Type {
		Inner::type_info()
	}
}

/// From `validate` to `prepare`.
#[derive(Debug)]
pub enum Val {
	/// A submission: there is nothing to count.
	Submission,
	/// Any other transaction.
	Other(InnerVal),
}

impl TransactionExtension<RuntimeCall> for CheckNonce {
	const IDENTIFIER: &'static str = <Inner as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = ();
	type Val = Val;
	/// What FRAME's extension prepared; nothing for a submission.
	type Pre = Option<InnerPre>;

	fn weight(&self, call: &RuntimeCall) -> Weight {
		match Self::is_submission(call) {
			true => Weight::zero(),
			false => self.0.weight(call),
		}
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		len: usize,
		self_implicit: Self::Implicit,
		inherited_implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCall> {
		if Self::is_submission(call) && origin.as_system_origin_signer().is_some() {
			return Ok((ValidTransaction::default(), Val::Submission, origin));
		}
		let (validity, val, origin) =
			self.0.validate(origin, call, info, len, self_implicit, inherited_implication, source)?;
		Ok((validity, Val::Other(val), origin))
	}

	fn prepare(
		self,
		val: Self::Val,
		origin: &RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		match val {
			Val::Submission => Ok(None),
			Val::Other(val) => self.0.prepare(val, origin, call, info, len).map(Some),
		}
	}

	fn post_dispatch_details(
		pre: Self::Pre,
		info: &DispatchInfoOf<RuntimeCall>,
		post_info: &PostDispatchInfoOf<RuntimeCall>,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		match pre {
			Some(pre) => {
				<Inner as TransactionExtension<RuntimeCall>>::post_dispatch_details(pre, info, post_info, len, result)
			}
			None => Ok(Weight::zero()),
		}
	}
}
