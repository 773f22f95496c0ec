//! `docs/security.md` names tests: they exist.

use std::{
	fs,
	path::{Path, PathBuf},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
	for entry in fs::read_dir(folder).expect("the folder can be read").flatten() {
		let path = entry.path();
		let name = entry.file_name();
		if path.is_dir() && name != "target" && name != "node_modules" && !name.to_string_lossy().starts_with('.') {
			sources(&path, found);
		} else if path.extension().is_some_and(|extension| extension == "rs") {
			found.push(path);
		}
	}
}

#[test]
fn every_test_that_the_security_document_names_should_exist() {
	let text = fs::read_to_string(Path::new(ROOT).join("docs/security.md")).expect("the document is there");
	let mut files = Vec::new();
	for folder in ["consensus", "pallets", "runtime", "primitives", "tests", "node"] {
		sources(&Path::new(ROOT).join(folder), &mut files);
	}
	let code: String = files.iter().map(|file| fs::read_to_string(file).expect("a source can be read")).collect();
	let named: Vec<&str> = text
		.split('`')
		.skip(1)
		.step_by(2)
		.filter(|name| name.contains("_should_") && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
		.collect();
	assert!(named.len() > 40, "only {} tests are named", named.len());
	let missing: Vec<_> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
	assert!(missing.is_empty(), "docs/security.md names tests that do not exist: {missing:?}");
	// Every attack has an answer, a test and what remains.
	for row in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| attack")) {
		let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
		assert_eq!(cells.len(), 4, "{row}");
		assert!(cells.iter().all(|cell| !cell.is_empty()), "an empty cell in: {row}");
	}
}
