//! Files, directories, models, pins: what goes in comes out.

use super::*;
use crate::store::{dag::Leaves, node::Node, Kind, Reach, StoreError, LARGEST_FILE};
use proptest::prelude::*;

#[test]
fn files_should_come_back_whole_at_the_edges_of_chunks() {
	let mib = 1 << 20;
	let (_folder, store) = store();
	for length in [0, 1, mib - 1, mib, mib + 1, 3 * mib] {
		let content = bytes(length);
		for profile in Profile::NAMED {
			let cid = store.put_file(content.as_slice(), "file", &profile).expect("it is stored");
			assert_eq!(store.get(&cid, LARGEST_FILE).expect("it comes back"), content, "{length} {profile}");
			assert_eq!(store.size(&cid).expect("a size"), (Kind::File, length as u64));
			assert!(store.has(&cid).expect("known"));
		}
	}
}

#[test]
fn cids_should_be_those_that_others_give() {
	let (_folder, store) = store();
	let put = |content: &[u8], profile: Profile| store.put_file(content, "", &profile).expect("stored").to_string();
	// The empty file and its raw block are known everywhere.
	assert_eq!(put(b"", Profile::PRAXIS), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
	assert_eq!(put(b"", Profile::KUBO), "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH");
	assert_eq!(put(b"hello world", Profile::PRAXIS), "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
}

#[test]
fn files_of_more_chunks_than_links_should_have_levels() {
	let (_folder, store) = store();
	// 1025 chunks, one more than a node of this project's profile holds.
	let content = bytes(1025 * 16);
	let cid = store.put_file(content.as_slice(), "", &small(16, 1024)).expect("stored");
	let root = store.block(&cid).expect("a root");
	let Node::File { size, parts } = Node::read(&cid, &root).expect("a node") else { panic!("a file in parts") };
	assert_eq!((size, parts.len()), (content.len() as u64, 2));
	// From Helia's importer 15.4.0 (`tests/helia/cids.js 16 1024`), as is the one below.
	assert_eq!(cid.to_string(), "bafybeiavkqthz5gwutr7u2ailwcyhzuxok77xzpvhqs73ynuxh7whi2kpe");
	assert_eq!(store.get(&cid, LARGEST_FILE).expect("it comes back"), content);
	assert_eq!(store.reachable(&cid, Reach::All, u64::MAX).expect("a walk").len(), 1025 + 3);
	// Binary trees, as deep as this size makes them.
	let cid = store.put_file(&content[..500], "", &small(4, 2)).expect("stored");
	assert_eq!(cid.to_string(), "bafybeifnslybipqdf32i464nmpbmeh7zoozqk6wlvqzc2ilhl2bhltugoq");
	assert_eq!(store.get(&cid, LARGEST_FILE).expect("it comes back"), content[..500]);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn any_file_should_come_back(length in 0usize..5 << 20, seed: u8) {
		let (_folder, store) = store();
		let mut content = bytes(length);
		content.iter_mut().for_each(|byte| *byte ^= seed);
		let cid = store.put_file(content.as_slice(), "", &Profile::PRAXIS).expect("stored");
		prop_assert_eq!(store.get(&cid, LARGEST_FILE).expect("it comes back"), content);
	}

	#[test]
	fn any_tree_should_come_back(length in 0usize..3000, chunk in 1usize..40, links in 2usize..9, modern: bool) {
		let (_folder, store) = store();
		let content = bytes(length);
		let profile = Profile { modern, ..small(chunk.max(length / 200), links) };
		let cid = store.put_file(content.as_slice(), "", &profile).expect("stored");
		prop_assert_eq!(store.get(&cid, LARGEST_FILE).expect("it comes back"), content);
	}

	#[test]
	fn any_block_should_be_read_or_refused(block in prop::collection::vec(any::<u8>(), 0..200)) {
		// No panic, and links only where there are some.
		if let Ok(node) = Node::read(&cids::of(cids::DAG_PB, &block), &block) {
			prop_assert!(node.links().len() * 36 <= block.len());
		}
	}
}

#[test]
fn directories_should_be_resolved_by_name() {
	let (_folder, store) = store();
	let files = [("card.json".to_string(), &b"{}"[..]), ("model.safetensors".to_string(), &b"weights"[..])];
	let cid = store.put_directory(files, "model", &Profile::PRAXIS).expect("stored");
	let names: Vec<String> = store.entries(&cid).expect("entries").into_iter().map(|entry| entry.name).collect();
	assert_eq!(names, ["card.json", "model.safetensors"]);
	let (file, way) = store.resolve(&cid, &["model.safetensors".into()]).expect("it is there");
	assert_eq!((store.get(&file, 100).expect("a file"), way), (b"weights".to_vec(), vec![cid]));
	assert!(matches!(store.resolve(&cid, &["other".into()]), Err(StoreError::NoEntry { .. })));
	assert!(matches!(store.resolve(&file, &["other".into()]), Err(StoreError::NoEntry { .. })));
	assert!(matches!(store.get(&cid, 100), Err(StoreError::Kind { expected: "file", .. })));
	assert!(matches!(store.entries(&file), Err(StoreError::Kind { expected: "directory", .. })));
	for wrong in ["..", ".", "", "a/b", "a\\b", "a\0b"] {
		let files = [(wrong.to_string(), &b""[..])];
		assert!(store.put_directory(files, "", &Profile::PRAXIS).is_err(), "{wrong:?}");
		assert!(matches!(store.resolve(&cid, &[wrong.into()]), Err(StoreError::Path { .. })), "{wrong:?}");
	}
}

#[test]
fn files_above_a_cap_should_be_refused_before_they_are_read() {
	let (_folder, store) = store();
	let cid = store.put_file(bytes(1000).as_slice(), "", &small(100, 4)).expect("stored");
	assert!(matches!(store.get(&cid, 999), Err(StoreError::TooLarge { limit: 999, .. })));
	assert_eq!(store.get(&cid, 1000).expect("just fits").len(), 1000);
	let mut blocks = 0;
	let refused = Profile::PRAXIS.file(std::io::repeat(7), 3 << 20, |_, _| {
		blocks += 1;
		Ok(())
	});
	assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
	assert!(blocks <= 3, "an endless input is not read on");
}

#[test]
fn blocks_should_go_with_the_last_pin_that_leads_to_them() {
	let (folder, store) = store();
	let (one, two) = (bytes(1000), [bytes(1000), b"more".to_vec()].concat());
	let one = store.put_file(one.as_slice(), "one", &small(100, 4)).expect("stored");
	let two = store.put_file(two.as_slice(), "two", &small(100, 4)).expect("stored");
	let pins = store.pins().expect("pins");
	assert_eq!(pins.iter().map(|pin| pin.name.as_str()).collect::<std::collections::BTreeSet<_>>().len(), 2);
	let freed = store.remove(&one).expect("removed");
	assert!(freed.blocks > 0 && freed.blocks < 14, "the chunks are shared: {freed:?}");
	assert_eq!(store.get(&two, 2000).expect("still whole").len(), 1004);
	assert!(!store.has(&one).expect("known"));
	assert!(matches!(store.remove(&one), Err(StoreError::Missing(_))));
	store.remove(&two).expect("removed");
	assert_eq!(block_files(&folder).len(), 0);
	assert_eq!(staged(&folder), 0);
}

#[test]
fn pins_should_be_refused_for_what_is_not_whole() {
	let (_folder, store) = store();
	let cid = store.put_file(bytes(1000).as_slice(), "", &small(100, 4)).expect("stored");
	let leaf = store.reachable(&cid, Reach::All, u64::MAX).expect("a walk").last().expect("a leaf").cid;
	store.blocks.remove(&leaf).expect("removed");
	assert!(matches!(store.pin(&cid, "name"), Err(StoreError::Missing(missing)) if missing == leaf));
}

#[test]
fn a_block_should_be_found_by_both_of_its_cids() {
	let (_folder, store) = store();
	let old = store.put_file(&b"content"[..], "", &Profile::KUBO).expect("stored");
	let new = cids::key(&old);
	assert!(old.to_string().starts_with("Qm") && new.to_string().starts_with("bafybei"));
	assert_eq!(store.block(&old).expect("a block"), store.block(&new).expect("a block"));
}

#[test]
fn models_should_come_back_and_wrong_ones_be_refused() {
	let (_folder, store) = store();
	let model = Model { weights: weights(1000), card: card() };
	let cid = model.write(&store).expect("stored");
	assert_eq!(model.write(&store).expect("again"), cid, "the same model has the same CID");
	assert_eq!(Model::read(&store, &cid).expect("a model"), model);

	let change = |change: &dyn Fn(&mut ModelCard)| {
		let mut card = card();
		change(&mut card);
		Model { weights: weights(10), card }.write(&store)
	};
	let refused: [&dyn Fn(&mut ModelCard); 11] = [
		&|card| card.version = 2,
		&|card| card.training = BTreeMap::from([("nested".into(), serde_json::json!([1]))]),
		&|card| card.training = BTreeMap::from([("long".into(), "x".repeat(257).into())]),
		&|card| card.environment = String::new(),
		&|card| card.policy_hash = "0F".repeat(32),
		&|card| card.policy_hash.push('0'),
		&|card| card.verified_score = f64::NAN,
		&|card| card.parent = Some("nonsense".into()),
		&|card| card.network.hidden = vec![1; 17],
		&|card| card.creator = "x".repeat(257),
		&|card| card.training = (0..129).map(|i| (i.to_string(), i.into())).collect(),
	];
	for (number, wrong) in refused.into_iter().enumerate() {
		assert!(change(wrong).is_err(), "{number}");
	}
	for wrong in [&b""[..], b"{}", b"[]", b"{\"version\":2}", &vec![b' '; 65 << 10]] {
		assert!(ModelCard::parse(wrong).is_err());
	}
	let mut unknown: serde_json::Value = serde_json::from_slice(&card().to_bytes().expect("a card")).expect("JSON");
	assert!(ModelCard::parse(unknown.to_string().as_bytes()).is_ok());
	unknown["more"] = 1.into();
	assert!(ModelCard::parse(unknown.to_string().as_bytes()).is_err(), "version 1 has these fields only");
	for wrong in [&b""[..], b"nonsense", &weights(10)[..20]] {
		assert!(matches!(check_weights(wrong), Err(StoreError::Model(_))));
	}
}

#[test]
fn the_cards_version_should_be_looked_at_before_its_fields() {
	let error = ModelCard::parse(b"{\"version\": 9, \"what\": [1]}").expect_err("another version");
	assert!(error.to_string().contains("version 9"), "{error}");
}

#[test]
fn the_crates_own_reader_should_read_what_this_one_does() {
	let (_folder, store) = store();
	let content = bytes(777);
	let cid = store.put_file(content.as_slice(), "", &Profile { modern: false, ..small(10, 3) }).expect("stored");
	let mut theirs = Vec::new();
	let root = store.block(&cid).expect("a root");
	let (part, _, _, mut visit) = rust_unixfs::file::visit::IdleFileVisit::default().start(&root).expect("a file");
	theirs.extend_from_slice(part);
	while let Some(step) = visit {
		let next = *step.pending_links().0;
		let block = store.block(&next).expect("a block");
		let (part, next) = step.continue_walk(&block, &mut None).expect("it goes on");
		theirs.extend_from_slice(part);
		visit = next;
	}
	assert_eq!(theirs, content);
	let ours: Vec<u8> =
		Leaves::open(store, &cid, 1000).expect("a file").flat_map(|leaf| leaf.expect("a leaf")).collect();
	assert_eq!(ours, content);
}
