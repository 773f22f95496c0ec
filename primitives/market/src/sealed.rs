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
		// Made by libsodium (PyNaCl 1.6.2): the bytes 0 to 31, sealed to the key of the secret 05…05.
		let sealed = concat!(
			"b41ec5b6056d32ecf3e76aeafc6f4f0fab39948e3a4970a163f09ac88e14951e543318515dd0aacd",
			"d74a1ffcd3dd56916c8704372a7cbc3d6676475ef6a6edcd23ba2099b3d8c54888252a7c94147d7b",
		);
		let sealed: [u8; SEALED] = hex::decode(sealed).unwrap().try_into().unwrap();
		assert_eq!(
			hex::encode(one_time_key(&[5; 32])),
			"50a61409b1ddd0325e9b16b700e719e9772c07000b1bd7786e907c653d20495d"
		);
		assert_eq!(open(&sealed, &[5; 32]), Some(core::array::from_fn(|byte| byte as u8)));
	}
}
