//! A lesson's file, as it is stored for everybody and read by the student alone.
//!
//! The file is cut into chunks of [`CHUNK`] bytes (the last may be shorter, an empty file has one empty chunk), each sealed by
//! ChaCha20-Poly1305 under the lesson's key: the nonce is the chunk's number as u32 LE followed by zeros, the associated data the number of
//! chunks as u32 LE. A key is for one lesson only. The ciphertext is all sealed chunks in a row; its **root** is that of the Merkle tree over
//! blake2-256(0x00 ‖ number as u32 LE ‖ sealed chunk), so that a dispute shows one chunk and not the file.

use crate::merkle;
use alloc::vec::Vec;
use chacha20poly1305::{
	aead::{Aead, KeyInit, Payload},
	ChaCha20Poly1305, Nonce,
};
use sp_core::H256;
use sp_crypto_hashing::blake2_256;

/// Bytes of a chunk before it is sealed.
pub const CHUNK: usize = 64 * 1024;

/// Bytes that sealing adds to a chunk.
pub const TAG: usize = 16;

/// Bytes of a sealed chunk, at most.
pub const SEALED_CHUNK: usize = CHUNK + TAG;

/// Chunks of a file of so many bytes.
pub fn chunks(bytes: u32) -> u32 {
	bytes.div_ceil(CHUNK as u32).max(1)
}

/// Seals a file. None should the library fail, which it has no reason for, or where the file is too large for chunk numbers.
pub fn seal(key: &[u8; 32], file: &[u8]) -> Option<Vec<u8>> {
	let count = chunks(u32::try_from(file.len()).ok()?);
	let cipher = ChaCha20Poly1305::new(key.into());
	let mut sealed = Vec::with_capacity(file.len() + count as usize * TAG);
	for index in 0..count {
		let start = index as usize * CHUNK;
		let chunk = &file[start..file.len().min(start + CHUNK)];
		let payload = Payload { msg: chunk, aad: &count.to_le_bytes() };
		sealed.extend(cipher.encrypt(&nonce(index), payload).ok()?);
	}
	Some(sealed)
}

/// Opens all of a ciphertext; none where any chunk was not sealed so.
pub fn open(key: &[u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
	let pieces: Vec<&[u8]> = sealed.chunks(SEALED_CHUNK).collect();
	let count = u32::try_from(pieces.len()).ok().filter(|count| *count > 0)?;
	let mut file = Vec::with_capacity(sealed.len());
	for (index, piece) in (0..).zip(pieces) {
		file.extend(open_chunk(key, index, count, piece)?);
	}
	Some(file)
}

/// Opens one chunk of `count`.
pub fn open_chunk(key: &[u8; 32], index: u32, count: u32, sealed: &[u8]) -> Option<Vec<u8>> {
	let payload = Payload { msg: sealed, aad: &count.to_le_bytes() };
	ChaCha20Poly1305::new(key.into()).decrypt(&nonce(index), payload).ok()
}

fn nonce(index: u32) -> Nonce {
	let mut nonce = Nonce::default();
	nonce[..4].copy_from_slice(&index.to_le_bytes());
	nonce
}

/// Root of a ciphertext.
pub fn root(sealed: &[u8]) -> H256 {
	let leaves = leaves(sealed);
	merkle::root(&leaves, merkle::depth(leaves.len() as u32))
}

/// Proof that a chunk is of a ciphertext.
pub fn prove(sealed: &[u8], index: u32) -> Vec<H256> {
	let leaves = leaves(sealed);
	merkle::path(&leaves, merkle::depth(leaves.len() as u32), 0, index)
}

/// Whether this is chunk `index` of `count` under `root`.
pub fn verify(root: &H256, index: u32, count: u32, sealed: &[u8], proof: &[H256]) -> bool {
	index < count
		&& proof.len() == merkle::depth(count) as usize
		&& merkle::climb(leaf(index, sealed), index, proof) == *root
}

fn leaves(sealed: &[u8]) -> Vec<H256> {
	(0..).zip(sealed.chunks(SEALED_CHUNK)).map(|(index, piece)| leaf(index, piece)).collect()
}

fn leaf(index: u32, sealed: &[u8]) -> H256 {
	let mut bytes = Vec::with_capacity(5 + sealed.len());
	bytes.push(merkle::LEAF);
	bytes.extend_from_slice(&index.to_le_bytes());
	bytes.extend_from_slice(sealed);
	blake2_256(&bytes).into()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn file(bytes: usize) -> Vec<u8> {
		(0..bytes).map(|at| (at * 31 % 251) as u8).collect()
	}

	#[test]
	fn open_should_give_the_file_when_the_key_is_right() {
		for bytes in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5] {
			let sealed = seal(&[1; 32], &file(bytes)).unwrap();
			assert_eq!(sealed.len(), bytes + chunks(bytes as u32) as usize * TAG);
			assert_eq!(open(&[1; 32], &sealed), Some(file(bytes)), "{bytes} bytes");
			assert_eq!(open(&[2; 32], &sealed), None);
		}
	}

	#[test]
	fn open_should_give_nothing_when_chunks_are_missing_moved_or_changed() {
		let sealed = seal(&[1; 32], &file(3 * CHUNK)).unwrap();
		assert_eq!(open(&[1; 32], &sealed[..2 * SEALED_CHUNK]), None);
		let mut moved = sealed.clone();
		moved.rotate_left(SEALED_CHUNK);
		assert_eq!(open(&[1; 32], &moved), None);
		let mut changed = sealed;
		changed[SEALED_CHUNK + 9] ^= 1;
		assert_eq!(open(&[1; 32], &changed), None);
		assert_eq!(open(&[1; 32], &[]), None);
	}

	#[test]
	fn verify_should_take_only_the_chunk_of_that_place() {
		let sealed = seal(&[1; 32], &file(4 * CHUNK + 9)).unwrap();
		let root = root(&sealed);
		for (index, piece) in (0..).zip(sealed.chunks(SEALED_CHUNK)) {
			let proof = prove(&sealed, index);
			assert!(verify(&root, index, 5, piece, &proof));
			assert!(!verify(&root, index ^ 1, 5, piece, &proof));
			assert!(!verify(&root, index, 5, &piece[1..], &proof));
			assert!(!verify(&root, index, 5, piece, &proof[1..]));
		}
	}
}
