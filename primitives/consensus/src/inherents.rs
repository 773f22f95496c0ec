//! The slot as inherent data, for the slot worker. It is not put into blocks: the pre-digest is.

use sp_inherents::{Error, InherentData, InherentIdentifier};

/// Identifier of the slot in inherent data.
pub const INHERENT_IDENTIFIER: InherentIdentifier = *b"poleslot";

/// Reads the slot from inherent data.
pub fn slot_of(data: &InherentData) -> Result<Option<crate::Slot>, Error> {
	data.get_data(&INHERENT_IDENTIFIER)
}
