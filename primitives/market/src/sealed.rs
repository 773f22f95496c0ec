//! Keys of models, sealed to a buyer's one-time key: libsodium's sealed box (`crypto_box_seal`) of 32 bytes.
//!
//! ```text
//! sealed = ephemeral X25519 key (32) ‖ tag (16) ‖ ciphertext (32)
//! ```
//!
//! XSalsa20-Poly1305 under the X25519 secret of the two keys, with the nonce blake2b-192(ephemeral key ‖ one-time key).
//! Any libsodium seals and opens it. The chain opens one when a sale is disputed.

use alloc::vec::Vec;
use crypto_box::SecretKey;
#[cfg(feature = "std")]
use crypto_box::{aead::rand_core::CryptoRngCore, PublicKey};
use sp_core::H256;
use sp_crypto_hashing::blake2_256;

/// Bytes of a model's key.
pub const KEY: usize = 32;

/// Bytes of a sealed one.
pub const SEALED: usize = 32 + 16 + KEY;

/// The bytes 0 to 31 as libsodium (PyNaCl 1.6.2) sealed them to the key of the secret 05…05.
#[cfg(any(test, feature = "runtime-benchmarks"))]
#[rustfmt::skip]
pub const SAMPLE: [u8; SEALED] = [
	0xb4, 0x1e, 0xc5, 0xb6, 0x05, 0x6d, 0x32, 0xec, 0xf3, 0xe7, 0x6a, 0xea, 0xfc, 0x6f, 0x4f, 0x0f,
	0xab, 0x39, 0x94, 0x8e, 0x3a, 0x49, 0x70, 0xa1, 0x63, 0xf0, 0x9a, 0xc8, 0x8e, 0x14, 0x95, 0x1e,
	0x54, 0x33, 0x18, 0x51, 0x5d, 0xd0, 0xaa, 0xcd, 0xd7, 0x4a, 0x1f, 0xfc, 0xd3, 0xdd, 0x56, 0x91,
	0x6c, 0x87, 0x04, 0x37, 0x2a, 0x7c, 0xbc, 0x3d, 0x66, 0x76, 0x47, 0x5e, 0xf6, 0xa6, 0xed, 0xcd,
	0x23, 0xba, 0x20, 0x99, 0xb3, 0xd8, 0xc5, 0x48, 0x88, 0x25, 0x2a, 0x7c, 0x94, 0x14, 0x7d, 0x7b,
];

/// The public key of a one-time secret.
pub fn one_time_key(secret: &[u8; 32]) -> [u8; 32] {
	*SecretKey::from(*secret).public_key().as_bytes()
}

/// What an offer says of a key.
pub fn key_hash(key: &[u8; KEY]) -> H256 {
	blake2_256(key).into()
}

/// Opens a sealed key; none where it was not sealed to this secret's key, or was changed.
pub fn open(sealed: &[u8; SEALED], secret: &[u8; 32]) -> Option<[u8; KEY]> {
	let key: Vec<u8> = SecretKey::from(*secret).unseal(sealed).ok()?;
	key.try_into().ok()
}

/// Seals a key. The ephemeral key is drawn from `random`. None should the library fail, which it has no reason for.
#[cfg(feature = "std")]
pub fn seal(key: &[u8; KEY], one_time_key: &[u8; 32], random: &mut impl CryptoRngCore) -> Option<[u8; SEALED]> {
	PublicKey::from(*one_time_key).seal(random, key).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use rand::{rngs::StdRng, SeedableRng};

	fn random() -> StdRng {
		StdRng::seed_from_u64(7)
	}

	#[test]
	fn open_should_give_the_key_when_it_was_sealed_to_the_secrets_key() {
		let sealed = seal(&[3; KEY], &one_time_key(&[5; 32]), &mut random()).unwrap();
		assert_eq!(open(&sealed, &[5; 32]), Some([3; KEY]));
		assert_eq!(open(&sealed, &[6; 32]), None);
	}

	#[test]
	fn open_should_give_nothing_when_any_byte_was_changed() {
		let sealed = seal(&[3; KEY], &one_time_key(&[5; 32]), &mut random()).unwrap();
		for place in 0..SEALED {
			let mut changed = sealed;
			changed[place] ^= 1;
			assert_eq!(open(&changed, &[5; 32]), None, "byte {place}");
		}
		assert_eq!(open(&[0; SEALED], &[5; 32]), None);
		assert_eq!(open(&[255; SEALED], &[5; 32]), None);
	}

	#[test]
	fn open_should_understand_libsodium() {
		assert_eq!(open(&SAMPLE, &[5; 32]), Some(core::array::from_fn(|byte| byte as u8)));
	}
}
