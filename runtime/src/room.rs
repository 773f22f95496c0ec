//! Room in a block for what has to be there.
//!
//! A quarter of a block is left to operational transactions, for the author's submission and, where they take less, for
//! evaluations. FRAME goes by the call alone: whoever signs one that only root may make, such as `system.kill_prefix`,
//! pays for it, fails, and has taken room of that quarter all the same.

use crate::{Runtime, RuntimeCall, RuntimeOrigin};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{DispatchClass, DispatchInfo},
	pallet_prelude::{TransactionSource, TransactionValidity, Weight},
};
use scale_info::{Type, TypeInfo};
use sp_runtime::{
	traits::{
		AsSystemOriginSigner, DispatchInfoOf, Implication, PostDispatchInfoOf, TransactionExtension, ValidateResult,
	},
	transaction_validity::TransactionValidityError,
	DispatchResult,
};

/// FRAME's extension, which this one wraps.
type Inner = frame_system::CheckWeight<Runtime>;
type DbWeight = <Runtime as frame_system::Config>::DbWeight;
type InnerVal = <Inner as TransactionExtension<RuntimeCall>>::Val;

/// `frame_system::CheckWeight`, to clients the very same, but that signed operational calls count as normal ones, unless
/// they are submissions or the sudo key's. An upgrade that was authorised needs no signature, and stays operational.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, PartialEq, Eq)]
pub struct CheckWeight(Inner);

impl CheckWeight {
	/// Of any transaction.
	pub fn new() -> Self {
		Self(Inner::new())
	}

	/// `info` with the class by which the call counts.
	fn counted(info: &DispatchInfo, call: &RuntimeCall, origin: &RuntimeOrigin) -> DispatchInfo {
		let privileged = || match call {
			RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions { .. }) => true,
			RuntimeCall::Sudo(_) => origin.as_system_origin_signer() == pallet_sudo::Key::<Runtime>::get().as_ref(),
			_ => false,
		};
		match info.class {
			DispatchClass::Operational if !privileged() => DispatchInfo { class: DispatchClass::Normal, ..*info },
			_ => *info,
		}
	}
}

impl Default for CheckWeight {
	fn default() -> Self {
		Self::new()
	}
}

impl core::fmt::Debug for CheckWeight {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		self.0.fmt(f)
	}
}

/// The metadata shows FRAME's own type, so that wallets and libraries treat it as they always do.
impl TypeInfo for CheckWeight {
	type Identity = Inner;

	fn type_info() -> Type {
		Inner::type_info()
	}
}

impl TransactionExtension<RuntimeCall> for CheckWeight {
	const IDENTIFIER: &'static str = <Inner as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = ();
	/// FRAME's, and how the call counts.
	type Val = (InnerVal, DispatchInfo);
	/// How the call counts.
	type Pre = DispatchInfo;

	fn weight(&self, call: &RuntimeCall) -> Weight {
		let sudo = matches!(call, RuntimeCall::Sudo(_));
		self.0.weight(call).saturating_add(DbWeight::get().reads(sudo.into()))
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
		let counted = Self::counted(info, call, &origin);
		let (validity, val, origin) =
			self.0.validate(origin, call, &counted, len, self_implicit, inherited_implication, source)?;
		Ok((validity, (val, counted), origin))
	}

	fn prepare(
		self,
		(val, counted): Self::Val,
		origin: &RuntimeOrigin,
		call: &RuntimeCall,
		_info: &DispatchInfoOf<RuntimeCall>,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		self.0.prepare(val, origin, call, &counted, len)?;
		Ok(counted)
	}

	fn post_dispatch_details(
		counted: Self::Pre,
		_info: &DispatchInfoOf<RuntimeCall>,
		post_info: &PostDispatchInfoOf<RuntimeCall>,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		<Inner as TransactionExtension<RuntimeCall>>::post_dispatch_details((), &counted, post_info, len, result)
	}

	fn bare_validate(call: &RuntimeCall, info: &DispatchInfoOf<RuntimeCall>, len: usize) -> TransactionValidity {
		Inner::bare_validate(call, info, len)
	}

	fn bare_validate_and_prepare(
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		len: usize,
	) -> Result<(), TransactionValidityError> {
		Inner::bare_validate_and_prepare(call, info, len)
	}

	fn bare_post_dispatch(
		info: &DispatchInfoOf<RuntimeCall>,
		post_info: &mut PostDispatchInfoOf<RuntimeCall>,
		len: usize,
		result: &DispatchResult,
	) -> Result<(), TransactionValidityError> {
		Inner::bare_post_dispatch(info, post_info, len, result)
	}
}
