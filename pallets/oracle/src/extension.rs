//! Keeps submissions that cannot enter a block out of the pool and out of blocks.

use crate::*;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::marker::PhantomData;
use frame_support::{pallet_prelude::TransactionSource, traits::IsSubType, weights::Weight};
use praxis_primitives_consensus::{AuthorSet, CurrentAuthor, Slot};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{AsSystemOriginSigner, DispatchInfoOf, Dispatchable, One, TransactionExtension, ValidateResult},
	transaction_validity::{InvalidTransaction, TransactionPriority, TransactionValidityError, ValidTransaction},
	SaturatedConversion,
};

/// Least priority of a submission in the pool: above every transaction whose tip is not absurd,
/// because a block has room for it before anything else.
pub const BASE_PRIORITY: TransactionPriority = 1 << 63;

/// Highest attempt that still raises the priority.
pub const MAX_ATTEMPT: u32 = (1 << 11) - 1;

/// Below this, other extensions add to the priority: the payment extension up to the number of such
/// transactions that a block holds.
const ATTEMPT_SHIFT: u32 = 20;
const HEIGHT_SHIFT: u32 = ATTEMPT_SHIFT + 11;

/// Why a submission is refused as an invalid transaction: `InvalidTransaction::Custom(code)`, in the
/// RPC's error 1010 `Custom error: <code>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
	/// 101: it is for a block upon another parent.
	WrongParent = 101,
	/// 102: it starts at another step than the oracle.
	WrongStep = 102,
	/// 103: it has fewer or more actions than a block records.
	WrongCount = 103,
	/// 104: its signer may not author the next block.
	NotBonded = 104,
	/// 105: its signer is not the author of this block.
	NotAuthor = 105,
	/// 106: the block has a submission already.
	AlreadySubmitted = 106,
	/// 107: it is for another slot.
	WrongSlot = 107,
	/// 108: it is not signed.
	NotSigned = 108,
}

impl From<Refusal> for TransactionValidityError {
	fn from(refusal: Refusal) -> Self {
		InvalidTransaction::Custom(refusal as u8).into()
	}
}

/// Checks `submit_transitions` where it is a transaction of its own; other calls pass untouched.
///
/// In the pool (`validate`) the author of the block is not known yet. There the parent, the step, the
/// number of actions and the bond of the signer are checked, and the transaction becomes one that is
/// not propagated, lives for one block, and is replaced by a copy for a higher block or, for the same
/// parent, of a higher attempt. In a block (`prepare`) the signer must be the block's author, the slot
/// that of the block, and the submission its first.
///
/// Its place is before `CheckNonce`: what it refuses changes nothing.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, PartialEq, Eq, TypeInfo)]
#[scale_info(skip_type_params(T))]
pub struct CheckSubmission<T>(PhantomData<T>);

impl<T> Default for CheckSubmission<T> {
	fn default() -> Self {
		Self(PhantomData)
	}
}

impl<T> CheckSubmission<T> {
	/// Makes the extension.
	pub fn new() -> Self {
		Self::default()
	}
}

impl<T> core::fmt::Debug for CheckSubmission<T> {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		f.write_str("CheckSubmission")
	}
}

impl<T: Config> CheckSubmission<T> {
	/// Priority of a submission for the block after the present state's.
	fn priority(attempt: u32) -> TransactionPriority {
		let height: u32 = frame_system::Pallet::<T>::block_number().saturated_into();
		BASE_PRIORITY
			.saturating_add(u64::from(height) << HEIGHT_SHIFT)
			.saturating_add(u64::from(attempt.min(MAX_ATTEMPT)) << ATTEMPT_SHIFT)
	}

	fn check(
		who: &T::AccountId,
		parent: &T::Hash,
		attempt: u32,
		step: u64,
		count: u32,
	) -> Result<ValidTransaction, TransactionValidityError> {
		if *parent != frame_system::Pallet::<T>::parent_hash() {
			return Err(Refusal::WrongParent.into());
		}
		if step != NextStep::<T>::get() {
			return Err(Refusal::WrongStep.into());
		}
		if count != StepsPerBlock::<T>::get() {
			return Err(Refusal::WrongCount.into());
		}
		if T::AuthorSet::key_of(who, frame_system::Pallet::<T>::block_number()).is_none() {
			return Err(Refusal::NotBonded.into());
		}
		Ok(ValidTransaction {
			priority: Self::priority(attempt),
			requires: Default::default(),
			provides: alloc::vec![("Oracle", who, parent).encode()],
			longevity: One::one(),
			propagate: false,
		})
	}

	/// Whether this is the signer's block, and the first submission in it.
	fn check_author(who: &T::AccountId, slot: Slot) -> Result<(), TransactionValidityError> {
		match T::CurrentAuthor::author() {
			Some((_, author)) if author == *who => (),
			_ => return Err(Refusal::NotAuthor.into()),
		}
		if T::CurrentAuthor::slot() != Some(slot) {
			return Err(Refusal::WrongSlot.into());
		}
		if Submitted::<T>::get() || Records::<T>::contains_key(frame_system::Pallet::<T>::block_number()) {
			return Err(Refusal::AlreadySubmitted.into());
		}
		Ok(())
	}
}

impl<T> TransactionExtension<T::RuntimeCall> for CheckSubmission<T>
where
	T: Config + Send + Sync,
	T::RuntimeCall: IsSubType<Call<T>>,
	<T::RuntimeCall as Dispatchable>::RuntimeOrigin: AsSystemOriginSigner<T::AccountId> + Clone,
{
	const IDENTIFIER: &'static str = "CheckSubmission";
	type Implicit = ();
	/// Signer and slot of a submission; nothing for other calls.
	type Val = Option<(T::AccountId, Slot)>;
	type Pre = ();

	fn weight(&self, call: &T::RuntimeCall) -> Weight {
		match call.is_sub_type() {
			Some(Call::submit_transitions { .. }) => T::WeightInfo::check_submission(),
			_ => Weight::zero(),
		}
	}

	fn validate(
		&self,
		origin: T::RuntimeOrigin,
		call: &T::RuntimeCall,
		_info: &DispatchInfoOf<T::RuntimeCall>,
		_len: usize,
		_self_implicit: Self::Implicit,
		_inherited_implication: &impl Encode,
		_source: TransactionSource,
	) -> ValidateResult<Self::Val, T::RuntimeCall> {
		let Some(Call::submit_transitions { parent, slot, attempt, step, actions, .. }) = call.is_sub_type() else {
			return Ok((ValidTransaction::default(), None, origin));
		};
		let Some(who) = origin.as_system_origin_signer().cloned() else { return Err(Refusal::NotSigned.into()) };
		let validity = Self::check(&who, parent, *attempt, *step, actions.len() as u32)?;
		Ok((validity, Some((who, *slot)), origin))
	}

	fn prepare(
		self,
		submission: Self::Val,
		_origin: &T::RuntimeOrigin,
		_call: &T::RuntimeCall,
		_info: &DispatchInfoOf<T::RuntimeCall>,
		_len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		if let Some((who, slot)) = submission {
			Self::check_author(&who, slot)?;
			Submitted::<T>::put(true);
		}
		Ok(())
	}
}
