//! A model that is for sale, encrypted: libsodium's secret box (`crypto_secretbox_easy`) of the model's CAR, behind its nonce.
//!
//! ```text
//! ciphertext = nonce (24, random) ‖ tag (16) ‖ XSalsa20(CAR)
//! ```
//!
//! A key is of one ciphertext only. How the key itself reaches a buyer: `praxis_primitives_market::sealed`.

use crypto_secretbox::{
	aead::{generic_array::GenericArray, Aead, KeyInit},
	XSalsa20Poly1305,
};
use praxis_primitives_market::sealed::KEY;
use rand::{rngs::OsRng, RngCore};

/// Bytes of a nonce.
const NONCE: usize = 24;

/// Bytes by which a ciphertext is longer than its plaintext.
pub const OVERHEAD: u64 = NONCE as u64 + 16;

/// A key that nobody can guess.
pub fn new_key() -> [u8; KEY] {
	let mut key = [0; KEY];
	OsRng.fill_bytes(&mut key);
	key
}

/// Encrypts. None should the library fail, which it has no reason for.
pub fn encrypt(key: &[u8; KEY], plaintext: &[u8]) -> Option<Vec<u8>> {
	let mut nonce = [0; NONCE];
	OsRng.fill_bytes(&mut nonce);
	let cipher = XSalsa20Poly1305::new(GenericArray::from_slice(key));
	let sealed = cipher.encrypt(GenericArray::from_slice(&nonce), plaintext).ok()?;
	Some([&nonce[..], &sealed].concat())
}

/// Decrypts; none where it was not encrypted with this key, or was changed.
pub fn decrypt(key: &[u8; KEY], ciphertext: &[u8]) -> Option<Vec<u8>> {
	let (nonce, sealed) = ciphertext.split_at_checked(NONCE)?;
	let cipher = XSalsa20Poly1305::new(GenericArray::from_slice(key));
	cipher.decrypt(GenericArray::from_slice(nonce), sealed).ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn decrypt_should_give_the_plaintext_when_the_key_is_right_and_nothing_was_changed() {
		let key = new_key();
		let ciphertext = encrypt(&key, b"a model").expect("it encrypts");
		assert_eq!(ciphertext.len() as u64, 7 + OVERHEAD);
		assert_eq!(decrypt(&key, &ciphertext).as_deref(), Some(&b"a model"[..]));
		assert_eq!(decrypt(&new_key(), &ciphertext), None);
		for place in 0..ciphertext.len() {
			let mut changed = ciphertext.clone();
			changed[place] ^= 1;
			assert_eq!(decrypt(&key, &changed), None, "byte {place}");
		}
		assert_eq!(decrypt(&key, &ciphertext[..NONCE - 1]), None);
	}

	#[test]
	fn decrypt_should_understand_libsodium() {
		// The vector of NaCl's tests (secretbox.c): key, nonce, and the first bytes of its message.
		let key: [u8; 32] = hex::decode("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
			.ok()
			.and_then(|key| key.try_into().ok())
			.expect("a key");
		let nonce = hex::decode("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37").expect("a nonce");
		let sealed = hex::decode(concat!(
			"f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972",
			"71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b379",
			"73f622a43d14a6599b1f654cb45a74e355a5"
		))
		.expect("bytes");
		let message = decrypt(&key, &[nonce, sealed].concat()).expect("it opens");
		assert_eq!(hex::encode(&message[..8]), "be075fc53c81f2d5");
		assert_eq!(message.len(), 131);
	}
}
