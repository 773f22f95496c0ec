//! A registry of the few types in the calls, as the runtime's metadata has them, for tests.

use subxt::ext::{
	scale_encode::{EncodeAsFields, Error as EncodeError},
	scale_type_resolver::{Field, Primitive, ResolvedTypeVisitor, TypeResolver, UnhandledKind, Variant},
};

// Type numbers.
pub const U8: u32 = 0;
pub const U32: u32 = 1;
pub const U64: u32 = 2;
pub const U128: u32 = 3;
pub const I64: u32 = 4;
pub const BYTES: u32 = 5;
pub const BOUNDED: u32 = 6;
pub const ARRAY: u32 = 7;
pub const HASH: u32 = 8;
pub const SLOT: u32 = 9;
pub const REAL: u32 = 10;
pub const MAYBE: u32 = 11;

#[derive(Debug)]
pub struct Registry;

impl TypeResolver for Registry {
	type TypeId = u32;
	type Error = String;

	fn resolve_type<'this, V: ResolvedTypeVisitor<'this, TypeId = u32>>(
		&'this self,
		id: u32,
		visitor: V,
	) -> Result<V::Value, String> {
		let wrapper = |inner| [Field { name: None, id: inner }].into_iter();
		Ok(match id {
			U8 => visitor.visit_primitive(Primitive::U8),
			U32 => visitor.visit_primitive(Primitive::U32),
			U64 => visitor.visit_primitive(Primitive::U64),
			U128 => visitor.visit_primitive(Primitive::U128),
			I64 => visitor.visit_primitive(Primitive::I64),
			BYTES => visitor.visit_sequence(std::iter::empty(), U8),
			BOUNDED => visitor.visit_composite(std::iter::empty(), wrapper(BYTES)),
			ARRAY => visitor.visit_array(U8, 32),
			HASH => visitor.visit_composite(std::iter::empty(), wrapper(ARRAY)),
			SLOT => visitor.visit_composite(std::iter::empty(), wrapper(U64)),
			REAL => visitor.visit_composite(std::iter::empty(), wrapper(I64)),
			MAYBE => {
				let none = Variant { index: 0, name: "None", fields: Vec::new().into_iter() };
				let some = vec![Field { name: None, id: HASH }].into_iter();
				let some = Variant { index: 1, name: "Some", fields: some };
				visitor.visit_variant(std::iter::empty(), [none, some].into_iter())
			}
			_ => visitor.visit_unhandled(UnhandledKind::NotFound),
		})
	}
}

/// The arguments of a call that takes these.
pub fn encode(call: &impl EncodeAsFields, fields: &[(&'static str, u32)]) -> Result<Vec<u8>, EncodeError> {
	let fields: Vec<_> = fields.iter().map(|(name, id)| Field { name: Some(*name), id: *id }).collect();
	call.encode_as_fields(&mut fields.into_iter(), &Registry)
}
