//! A lesson on its way: the file sealed under a key of its own, and that key sealed to the one-time key of whoever learns from
//! it: the student's when it is offered, or those of the trainers once they are drawn.

use super::{
	data::Examples,
	lesson::{self, Bounds},
	DataError,
};
use crate::chain::teaching::Chunk;
use praxis_primitives_market::sealed;
use praxis_primitives_teaching::{lesson as sealing, session::SealedKey, trainers::HandedKeys, LessonOffer};
use rand::rngs::OsRng;

/// A sealed lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
	/// For everybody to keep.
	pub ciphertext: Vec<u8>,
	/// The lesson's key.
	pub key: [u8; sealed::KEY],
	/// The same, sealed to the student; none where there are trainers.
	pub sealed_key: Option<SealedKey>,
}

impl Envelope {
	/// Seals a file, and its key to the student's one-time key where there is one.
	pub fn seal(file: &[u8], one_time_key: Option<&[u8; 32]>) -> Option<Self> {
		let key: [u8; sealed::KEY] = rand::random();
		let sealed_key = match one_time_key {
			Some(one_time_key) => Some(sealed::seal(&key, one_time_key, &mut OsRng)?),
			None => None,
		};
		Some(Self { ciphertext: sealing::seal(&key, file)?, key, sealed_key })
	}

	/// What is offered on the chain. None of a file that is too large for it.
	pub fn offer(&self, cid: Vec<u8>, samples: usize) -> Option<LessonOffer> {
		Some(LessonOffer {
			cid: cid.try_into().ok()?,
			ciphertext: sealing::root(&self.ciphertext),
			bytes: self.ciphertext.len().try_into().ok()?,
			samples: samples.try_into().ok()?,
			key_hash: sealed::key_hash(&self.key),
			sealed_key: self.sealed_key,
		})
	}
}

/// What a student finds in an envelope.
#[derive(Debug)]
pub enum Opened {
	/// A lesson.
	Lesson(Examples),
	/// It can be shown to the chain that it cannot be opened: by the key alone, or by a chunk.
	Void(Option<Chunk>),
	/// It was opened, or is not what was offered, and is no lesson; of that the chain has no proof.
	Useless(DataError),
}

/// A lesson's key sealed to the one-time keys of its trainers, in their order.
pub fn hand(key: &[u8; sealed::KEY], prekeys: &[[u8; 32]]) -> Option<HandedKeys> {
	let keys: Option<Vec<SealedKey>> = prekeys.iter().map(|prekey| sealed::seal(key, prekey, &mut OsRng)).collect();
	keys?.try_into().ok()
}

/// The key of an offer, if it was sealed to this secret's key and is the promised one.
pub fn key(offer: &LessonOffer, sealed_key: &SealedKey, secret: &[u8; 32]) -> Option<[u8; sealed::KEY]> {
	sealed::open(sealed_key, secret).filter(|key| sealed::key_hash(key) == offer.key_hash)
}

/// Opens the ciphertext of an offer.
pub fn open(offer: &LessonOffer, ciphertext: &[u8], key: &[u8; sealed::KEY], bounds: &Bounds) -> Opened {
	if sealing::root(ciphertext) != offer.ciphertext {
		let reason = "what its CID names is not what was offered";
		return Opened::Useless(DataError::new("the lesson", reason));
	}
	let count = ciphertext.len().div_ceil(sealing::SEALED_CHUNK) as u32;
	let mut file = Vec::with_capacity(ciphertext.len());
	for (index, chunk) in (0..).zip(ciphertext.chunks(sealing::SEALED_CHUNK)) {
		match sealing::open_chunk(key, index, count, chunk) {
			Some(opened) => file.extend(opened),
			None => return Opened::Void(Some((index, chunk.to_vec(), sealing::prove(ciphertext, index)))),
		}
	}
	match lesson::parse(&file, bounds) {
		Ok(lesson) => Opened::Lesson(lesson),
		Err(error) => Opened::Useless(error),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use praxis_primitives_market::sealed::one_time_key;
	use sp_core::H256;

	const SECRET: [u8; 32] = [5; 32];

	fn lesson() -> Examples {
		Examples::new("test", 4, vec![7; 80_000], vec![1; 20_000]).expect("examples")
	}

	fn envelope() -> (Envelope, LessonOffer) {
		let file = lesson::pack(&lesson()).expect("a file");
		let envelope = Envelope::seal(&file, Some(&one_time_key(&SECRET))).expect("an envelope");
		let offer = envelope.offer(vec![1, 2], 20_000).expect("an offer");
		(envelope, offer)
	}

	#[test]
	fn student_should_read_what_was_sealed_to_it() {
		let (envelope, offer) = envelope();
		let sealed_key = offer.sealed_key.expect("it is sealed to the student");
		let key = key(&offer, &sealed_key, &SECRET).expect("the key");
		match open(&offer, &envelope.ciphertext, &key, &Bounds::FORMAT) {
			Opened::Lesson(found) => assert_eq!(found, lesson()),
			other => panic!("{other:?}"),
		}
		assert_eq!(super::key(&offer, &sealed_key, &[6; 32]), None);
		assert_eq!(super::key(&LessonOffer { key_hash: H256::zero(), ..offer }, &sealed_key, &SECRET), None);
	}

	#[test]
	fn each_trainer_should_open_the_key_that_was_sealed_to_its_own() {
		let file = lesson::pack(&lesson()).expect("a file");
		let envelope = Envelope::seal(&file, None).expect("an envelope");
		let offer = envelope.offer(vec![1, 2], 20_000).expect("an offer");
		assert_eq!(offer.sealed_key, None);
		let secrets = [[7; 32], [8; 32]];
		let handed = hand(&envelope.key, &secrets.map(|secret| one_time_key(&secret))).expect("keys");
		for (sealed_key, secret) in handed.iter().zip(&secrets) {
			assert_eq!(super::key(&offer, sealed_key, secret), Some(envelope.key));
		}
		assert_eq!(super::key(&offer, &handed[0], &secrets[1]), None);
	}

	#[test]
	fn student_should_have_a_proof_when_a_chunk_cannot_be_opened() {
		let (mut envelope, offer) = envelope();
		let last = envelope.ciphertext.len() - 1;
		envelope.ciphertext[last] ^= 1;
		let changed = LessonOffer { ciphertext: sealing::root(&envelope.ciphertext), ..offer };
		let key = key(&changed, &changed.sealed_key.expect("a key"), &SECRET).expect("the key");
		let Opened::Void(Some((index, chunk, proof))) = open(&changed, &envelope.ciphertext, &key, &Bounds::FORMAT)
		else {
			panic!("it opens");
		};
		let count = sealing::chunks((envelope.ciphertext.len() - 2 * sealing::TAG) as u32);
		assert_eq!((index, count), (1, 2));
		assert!(sealing::verify(&changed.ciphertext, index, count, &chunk, &proof));
	}

	#[test]
	fn lesson_should_be_useless_when_it_is_another_or_none() {
		let (envelope, offer) = envelope();
		let key = key(&offer, &offer.sealed_key.expect("a key"), &SECRET).expect("the key");
		let other = LessonOffer { ciphertext: H256::zero(), ..offer };
		let found = open(&other, &envelope.ciphertext, &key, &Bounds::FORMAT);
		assert!(matches!(found, Opened::Useless(_)), "{found:?}");
		let rubbish = Envelope::seal(b"no lesson", Some(&one_time_key(&SECRET))).expect("an envelope");
		let offer = rubbish.offer(vec![1], 1).expect("an offer");
		let found = open(&offer, &rubbish.ciphertext, &rubbish.key, &Bounds::FORMAT);
		assert!(matches!(found, Opened::Useless(_)), "{found:?}");
	}
}
