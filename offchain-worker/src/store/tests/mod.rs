//! Tests of the store: what it promises, and what it refuses from others.

mod content;
mod exchange;
mod hostile;
mod http;
mod transfer;

use super::{cids, model::*, Cid, Profile, Store};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// An empty store. The folder goes when dropped.
fn store() -> (TempDir, Store) {
	let folder = tempfile::tempdir().expect("a folder");
	let store = Store::open(folder.path()).expect("a store");
	(folder, store)
}

/// Bytes of which no two chunks are alike.
fn bytes(length: usize) -> Vec<u8> {
	let mut state = length as u64 + 1;
	(0..length)
		.map(|_| {
			state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
			(state >> 56) as u8
		})
		.collect()
}

/// The profile with small chunks and few links: deep trees of few bytes.
fn small(chunk: usize, links: usize) -> Profile {
	Profile { chunk, links, ..Profile::PRAXIS }
}

/// All block files of a store.
fn block_files(folder: &TempDir) -> Vec<std::path::PathBuf> {
	let folders = std::fs::read_dir(folder.path().join("blocks")).expect("blocks");
	let files = folders.flat_map(|folder| std::fs::read_dir(folder.expect("a folder").path()).expect("files"));
	files.map(|file| file.expect("a file").path()).collect()
}

/// Things under `staging/`: none, after whatever went wrong.
fn staged(folder: &TempDir) -> usize {
	std::fs::read_dir(folder.path().join("staging")).expect("staging").count()
}

/// Some safetensors.
fn weights(numbers: usize) -> Vec<u8> {
	let data: Vec<u8> = bytes(numbers * 4);
	let view = safetensors::tensor::TensorView::new(safetensors::Dtype::U8, vec![data.len()], &data).expect("a view");
	safetensors::serialize([("hidden.0.weight", view)], None).expect("safetensors")
}

/// A card within all bounds.
fn card() -> ModelCard {
	ModelCard {
		version: CARD_VERSION,
		environment: "CartPole-v1".into(),
		policy_hash: "0f".repeat(32),
		verified_score: 487.25,
		parent: Some(cids::of(cids::DAG_PB, b"parent").to_string()),
		network: Network { inputs: 4, hidden: vec![64, 64], outputs: 2, dueling: true },
		training: BTreeMap::from([
			("gamma".into(), 0.99.into()),
			("steps".into(), 50_000.into()),
			("double".into(), true.into()),
			("loss".into(), "huber".into()),
		]),
		creator: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY".into(),
		created_at: 1234,
	}
}
