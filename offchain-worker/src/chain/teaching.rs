//! The teaching market, as students, teachers and trainers read it, and what they send to it.

use super::{calls::PalletCall, extrinsic::Encoder, keys::AuthorKey, rpc::Node, types::decode, ChainError};
use codec::{Decode, Encode};
use praxis_policy::Policy;
use praxis_primitives_market::PolicyHash;
use praxis_primitives_teaching::{
	session::{LessonView, StakeView},
	trainers::{Assignment as PrimitiveAssignment, HandedKeys, Prekeys, TrainerView},
	Item, LessonOffer, SessionId, SessionSpec, SessionView as PrimitiveView,
};
use sp_core::{crypto::AccountId32, H256};
use sp_crypto_hashing::{twox_128, twox_64};
use sp_runtime::Perbill;

/// The pallet's name in the metadata.
const PALLET: &str = "Teaching";

/// Sessions of one answer.
const PAGE: u32 = 32;

/// A session of this chain.
pub type Session = PrimitiveView<AccountId32, u128, u32>;

/// What a student of this chain asks for.
pub type Spec = SessionSpec<u128, u32>;

/// What an account of this chain has on hold.
pub type Stake = StakeView<u128, u32>;

/// A lesson of this chain.
pub type Lesson = LessonView<AccountId32, u128>;

/// A trainer of this chain.
pub type Trainer = TrainerView<AccountId32, u128>;

/// What a trainer of this chain has to do.
pub type Assignment = PrimitiveAssignment<u32>;

/// A chunk of a ciphertext: its number, its bytes, its proof.
pub type Chunk = (u32, Vec<u8>, Vec<H256>);

/// A call of a student, a teacher or a trainer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
	/// Opens a session.
	Open(Box<Spec>),
	/// Shows the next items of the audit.
	RevealAudit(SessionId, Vec<(Item, Vec<H256>)>),
	/// Takes a seat.
	Join(SessionId),
	/// Gives a seat back.
	Leave(SessionId),
	/// Offers a lesson.
	CommitLesson(SessionId, Box<LessonOffer>),
	/// Shows that a lesson cannot be opened.
	Dispute(SessionId, u8, [u8; 32], Option<Chunk>),
	/// Binds the student to the classifier after the next lesson.
	CommitClassifier(SessionId, PolicyHash, Option<Perbill>),
	/// Shows a classifier.
	RevealClassifier(SessionId, u8, Vec<u8>),
	/// Shows a chunk of the holdout.
	RevealHoldout(SessionId, u32, Vec<Item>, Vec<H256>, u64),
	/// Pays, once everything is counted.
	Settle(SessionId),
	/// Puts the caller on the list of trainers.
	EnlistTrainer(Prekeys),
	/// Puts more one-time keys of a trainer on the list.
	AddKeys(Prekeys),
	/// Takes the caller off the list of trainers.
	RetireTrainer,
	/// Gives a lesson's key to its trainers.
	HandLesson(SessionId, u8, HandedKeys),
	/// Binds a trainer to the classifier that it made of a lesson.
	CommitTraining(SessionId, u8, H256),
	/// Shows that classifier.
	RevealTraining(SessionId, u8, Vec<u8>, [u8; 32]),
}

impl Call {
	/// Its name in the metadata.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Open(_) => "open_session",
			Self::RevealAudit(..) => "reveal_audit",
			Self::Join(_) => "join",
			Self::Leave(_) => "leave",
			Self::CommitLesson(..) => "commit_lesson",
			Self::Dispute(..) => "dispute_lesson",
			Self::CommitClassifier(..) => "commit_classifier",
			Self::RevealClassifier(..) => "reveal_classifier",
			Self::RevealHoldout(..) => "reveal_holdout",
			Self::Settle(_) => "settle",
			Self::EnlistTrainer(_) => "enlist_trainer",
			Self::AddKeys(_) => "add_keys",
			Self::RetireTrainer => "retire_trainer",
			Self::HandLesson(..) => "hand_lesson",
			Self::CommitTraining(..) => "commit_training",
			Self::RevealTraining(..) => "reveal_training",
		}
	}

	/// As it is encoded and checked against the metadata.
	fn encoded(&self) -> PalletCall {
		let call = PalletCall::new(PALLET, self.name());
		let of = |session: &SessionId| call.clone().with("session", session);
		match self {
			Self::Open(spec) => call.with("spec", spec.as_ref()),
			Self::RevealAudit(session, items) => of(session).with("items", items),
			Self::Join(session) | Self::Leave(session) | Self::Settle(session) => of(session),
			Self::CommitLesson(session, offer) => of(session).with("offer", offer.as_ref()),
			Self::Dispute(session, lesson, secret, chunk) => {
				of(session).with("lesson", lesson).with("secret", secret).with("chunk", chunk)
			}
			Self::CommitClassifier(session, hash, claim) => of(session).with("hash", hash).with("claim", claim),
			Self::RevealClassifier(session, classifier, bytes) => {
				of(session).with("classifier", classifier).with("bytes", bytes)
			}
			Self::RevealHoldout(session, chunk, items, proof, work) => {
				of(session).with("chunk", chunk).with("items", items).with("proof", proof).with("work", work)
			}
			Self::EnlistTrainer(keys) | Self::AddKeys(keys) => call.with("keys", keys),
			Self::RetireTrainer => call,
			Self::HandLesson(session, lesson, keys) => of(session).with("lesson", lesson).with("keys", keys),
			Self::CommitTraining(session, lesson, commitment) => {
				of(session).with("lesson", lesson).with("commitment", commitment)
			}
			Self::RevealTraining(session, lesson, bytes, salt) => {
				of(session).with("lesson", lesson).with("bytes", bytes).with("salt", salt)
			}
		}
	}
}

/// A signed call.
pub fn signed(encoder: &Encoder, key: &AuthorKey, nonce: u32, call: &Call) -> Result<Vec<u8>, ChainError> {
	encoder.signed(key, nonce, PALLET, call.name(), call.encoded())
}

/// The sessions that are not finished.
pub async fn open_sessions(node: &Node, at: H256) -> Result<Vec<Session>, ChainError> {
	let (mut sessions, mut from) = (Vec::<Session>::new(), 0);
	loop {
		let page: Vec<Session> = node.call("TeachingApi_open_sessions", (from, PAGE), Some(at)).await?;
		let full = page.len() as u32 == PAGE;
		sessions.extend(page);
		match sessions.last() {
			Some(last) if full => from = last.session.saturating_add(1),
			_ => return Ok(sessions),
		}
	}
}

/// A session, unless it was forgotten.
pub async fn session(node: &Node, id: SessionId, at: H256) -> Result<Option<Session>, ChainError> {
	node.call("TeachingApi_session", id, Some(at)).await
}

/// What the chain has of a student's reveal: the pallet's `Scoring`, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Decode)]
pub struct Scoring {
	/// The distinct classifiers, the base first: hash, work of an inference once it was revealed, right answers.
	pub candidates: Vec<(PolicyHash, Option<u64>, u32)>,
	/// A bit for each chunk of the holdout.
	counted: Vec<u8>,
	/// Chunks that are not counted.
	pub left: u32,
	/// Scored items that are.
	pub items: u32,
}

impl Scoring {
	/// Whether a chunk is counted.
	pub fn is_counted(&self, chunk: u32) -> bool {
		self.counted.get(chunk as usize / 8).is_some_and(|byte| byte >> (chunk % 8) & 1 == 1)
	}
}

/// How far a reveal is. A call that was refused would not tell it: after a full block every call is.
pub async fn scoring(node: &Node, id: SessionId, at: H256) -> Result<Scoring, ChainError> {
	let name = id.encode();
	let key = [&twox_128(PALLET.as_bytes())[..], &twox_128(b"Scorings"), &twox_64(&name), &name].concat();
	match node.storage(&key, Some(at)).await? {
		Some(value) => decode("the session's scoring", &value),
		None => Ok(Scoring::default()),
	}
}

/// A classifier of a session that was shown, by its hash.
pub async fn shown(node: &Node, id: SessionId, hash: PolicyHash, at: H256) -> Result<Option<Policy>, ChainError> {
	let bytes: Option<Vec<u8>> = node.call("TeachingApi_classifier", (id, hash), Some(at)).await?;
	let read = |bytes: Vec<u8>| Policy::decode(&bytes).map_err(|error| ChainError::decode("a classifier", error));
	bytes.map(read).transpose()
}

/// All trainers.
pub async fn trainers(node: &Node, at: H256) -> Result<Vec<Trainer>, ChainError> {
	let mut trainers = Vec::<Trainer>::new();
	loop {
		let page: Vec<Trainer> = node.call("TeachingApi_trainers", (trainers.len() as u32, PAGE), Some(at)).await?;
		let full = page.len() as u32 == PAGE;
		trainers.extend(page);
		if !full {
			return Ok(trainers);
		}
	}
}

/// A trainer, if the account is one.
pub async fn trainer(node: &Node, account: &AccountId32, at: H256) -> Result<Option<Trainer>, ChainError> {
	Ok(trainers(node, at).await?.into_iter().find(|trainer| trainer.account == *account))
}

/// What a trainer has to do.
pub async fn assignments(node: &Node, account: &AccountId32, at: H256) -> Result<Vec<Assignment>, ChainError> {
	node.call("TeachingApi_assignments", account, Some(at)).await
}

/// A classifier that the student has shown, by its place among those of the session; the base has 0.
pub async fn classifier(node: &Node, id: SessionId, place: u8, at: H256) -> Result<Option<Policy>, ChainError> {
	let part = |name: Vec<u8>| [&twox_64(&name)[..], &name].concat();
	let map = [twox_128(PALLET.as_bytes()), twox_128(b"Classifiers")].concat();
	let key = [map, part(id.encode()), part(place.encode())].concat();
	let Some(value) = node.storage(&key, Some(at)).await? else { return Ok(None) };
	let bytes: Vec<u8> = decode("a classifier", &value)?;
	Policy::decode(&bytes).map(Some).map_err(|error| ChainError::decode("a classifier", error))
}

/// The indices of the pallet and of one of its calls, with which the call's encoding begins.
pub fn index(encoder: &Encoder, call: &str) -> Result<[u8; 2], ChainError> {
	let missing = || ChainError::Transaction(format!("the runtime has no {PALLET}.{call}"));
	let pallet = encoder.metadata().pallet_by_name(PALLET).ok_or_else(missing)?;
	Ok([pallet.call_index(), pallet.call_variant_by_name(call).ok_or_else(missing)?.index])
}

/// The bond of a trainer, and what it loses of it for a lesson for which it shows nothing, as the runtime's constants say.
pub fn bond(encoder: &Encoder) -> Result<(u128, u128), ChainError> {
	let missing = || ChainError::Transaction(format!("the runtime has no constants of {PALLET}'s trainers"));
	let pallet = encoder.metadata().pallet_by_name(PALLET).ok_or_else(missing)?;
	let constant = |name: &str| pallet.constant_by_name(name).map(|found| found.value().to_vec()).ok_or_else(missing);
	let bond: u128 = decode("the bond of trainers", &constant("TrainerBond")?)?;
	let part: Perbill = decode("the slash of trainers", &constant("TrainerSlash")?)?;
	Ok((bond, part.mul_ceil(bond)))
}

/// Numbers of the items that a session's audit shows, once they are drawn.
pub async fn audit(node: &Node, id: SessionId, at: H256) -> Result<Vec<u32>, ChainError> {
	node.call("TeachingApi_audit", id, Some(at)).await
}

/// What a teacher earns in a session for raising the best score from `from` to `to`.
pub async fn payout(node: &Node, id: SessionId, from: Perbill, to: Perbill) -> Result<Option<u128>, ChainError> {
	node.call("TeachingApi_payout", (id, from, to), None).await
}

/// What an account has on hold.
pub async fn stakes(node: &Node, account: &AccountId32, at: H256) -> Result<Vec<Stake>, ChainError> {
	node.call("TeachingApi_stakes", account, Some(at)).await
}
