//! npz, as NumPy's `savez` and `savez_compressed` write it: a zip of arrays. Of these, `images` or `x`, bytes in two or
//! three dimensions, and `labels` or `y`, bytes or 64-bit integers in one.
//!
//! Nothing is unpickled. Read are stored and deflated entries, found by the zip's directory, and arrays in C order.

use super::{
	data::{self, Examples, LARGEST},
	DataError,
};
use flate2::{read::DeflateDecoder, Crc};
use std::{io::Read, path::Path};

/// Entries of an archive at most.
const MOST_ENTRIES: u16 = 64;

/// An array: its type as NumPy names it, its dimensions, its bytes.
struct Array {
	kind: String,
	shape: Vec<usize>,
	bytes: Vec<u8>,
}

/// Images and labels of a file.
pub fn read(path: &Path) -> Result<Examples, DataError> {
	let wrong = |reason: String| DataError::new(path.display(), reason);
	let archive = data::file(path)?;
	let array = |names: [&str; 2]| {
		let found = names.iter().find_map(|name| entry(&archive, &format!("{name}.npy")).transpose());
		let bytes = found.ok_or_else(|| format!("it holds no array `{}` or `{}`", names[0], names[1]))??;
		parse(&bytes)
	};
	let images = array(["images", "x"]).map_err(wrong)?;
	let labels = array(["labels", "y"]).map_err(wrong)?;
	if images.kind != "|u1" || !matches!(images.shape.len(), 2 | 3) {
		return Err(wrong(format!(
			"its images are {} of {:?}, not bytes of two or three dimensions",
			images.kind, images.shape
		)));
	}
	let features = images.shape[1..].iter().product();
	let narrow = |label: &[u8]| u8::try_from(i64::from_le_bytes(label.try_into().unwrap_or([255; 8]))).ok();
	let classes = match (labels.kind.as_str(), labels.shape.len()) {
		("|u1", 1) => Some(labels.bytes),
		("<i8" | "<u8", 1) => labels.bytes.chunks_exact(8).map(narrow).collect(),
		_ => return Err(wrong(format!("its labels are {} of {:?}", labels.kind, labels.shape))),
	};
	let classes = classes.ok_or_else(|| wrong("a label is not within 0 to 255".into()))?;
	Examples::new(path.display(), features, images.bytes, classes)
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
	let field = bytes.get(at..at.checked_add(width)?)?;
	Some(field.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

/// The content of the entry with this name, if the archive has one.
fn entry(zip: &[u8], name: &str) -> Result<Option<Vec<u8>>, String> {
	let cut = || "it is no zip, or it is cut".to_string();
	// The directory's end has a comment behind it, of up to 64 KiB.
	let least = zip.len().saturating_sub(22 + 65_535);
	let end = (least..=zip.len().saturating_sub(22)).rev().find(|at| zip[*at..].starts_with(b"PK\x05\x06"));
	let end = end.ok_or_else(cut)?;
	let count = number(zip, end + 10, 2).ok_or_else(cut)?;
	let mut at = number(zip, end + 16, 4).ok_or_else(cut)?;
	for _ in 0..count.min(MOST_ENTRIES.into()) {
		if zip.get(at..at.saturating_add(4)) != Some(b"PK\x01\x02") {
			return Err(cut());
		}
		let field = |offset: usize, width: usize| number(zip, at + offset, width).ok_or_else(cut);
		let (method, sum, packed, size) = (field(10, 2)?, field(16, 4)?, field(20, 4)?, field(24, 4)?);
		let (length, extra, comment, place) = (field(28, 2)?, field(30, 2)?, field(32, 2)?, field(42, 4)?);
		if zip.get(at + 46..at + 46 + length) == Some(name.as_bytes()) {
			if size as u64 > LARGEST {
				return Err(format!("`{name}` is larger than {LARGEST} bytes"));
			}
			if zip.get(place..place.saturating_add(4)) != Some(b"PK\x03\x04") {
				return Err(cut());
			}
			let local = |offset: usize| number(zip, place + offset, 2).ok_or_else(cut);
			let start = place + 30 + local(26)? + local(28)?;
			let content = start.checked_add(packed).and_then(|end| zip.get(start..end)).ok_or_else(cut)?;
			let bytes = match method {
				0 => content.to_vec(),
				8 => {
					let mut bytes = Vec::new();
					let mut reader = DeflateDecoder::new(content).take(size as u64 + 1);
					reader.read_to_end(&mut bytes).map_err(|error| format!("`{name}`: {error}"))?;
					bytes
				}
				other => return Err(format!("`{name}` is packed by method {other}; 0 and 8 are read")),
			};
			let mut crc = Crc::new();
			crc.update(&bytes);
			if bytes.len() != size || crc.sum() as usize != sum {
				return Err(format!("`{name}` is damaged"));
			}
			return Ok(Some(bytes));
		}
		at += 46 + length + extra + comment;
	}
	Ok(None)
}

/// Reads an array: `\x93NUMPY`, version, length of the head, the head (a Python dictionary in one fixed form), bytes.
fn parse(bytes: &[u8]) -> Result<Array, String> {
	let wrong = || "an array has no head that is read here".to_string();
	if !bytes.starts_with(b"\x93NUMPY\x01\x00") {
		return Err(wrong());
	}
	let length = number(bytes, 8, 2).ok_or_else(wrong)?;
	let head = bytes.get(10..10 + length).and_then(|head| std::str::from_utf8(head).ok()).ok_or_else(wrong)?;
	let value = |name: &str| {
		let (_, rest) = head.split_once(&format!("'{name}':"))?;
		Some(rest.trim_start())
	};
	let kind = value("descr").and_then(|rest| rest.strip_prefix('\'')?.split_once('\'')).ok_or_else(wrong)?.0;
	if !value("fortran_order").is_some_and(|rest| rest.starts_with("False")) {
		return Err("an array is not in C order".into());
	}
	let shape = value("shape").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).ok_or_else(wrong)?.0;
	let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
	let shape: Vec<usize> = sizes.map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
	let width = match kind {
		"|u1" => 1,
		"<i8" | "<u8" => 8,
		other => return Err(format!("an array is of {other}; |u1, <i8 and <u8 are read")),
	};
	let content = &bytes[10 + length..];
	let expected = shape.iter().try_fold(width, |product: usize, size| product.checked_mul(*size));
	if expected != Some(content.len()) {
		return Err(format!("an array says {shape:?} of {kind} and holds {} bytes", content.len()));
	}
	Ok(Array { kind: kind.into(), shape, bytes: content.to_vec() })
}

#[cfg(test)]
mod tests {
	use super::*;
	use flate2::{write::DeflateEncoder, Compression};
	use std::{fs, io::Write};

	fn array(kind: &str, shape: &str, content: &[u8]) -> Vec<u8> {
		let head = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
		[b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], head.as_bytes(), content].concat()
	}

	fn zip(entries: &[(&str, &[u8])], deflate: bool) -> Vec<u8> {
		let (mut archive, mut directory) = (Vec::new(), Vec::new());
		for (name, content) in entries {
			let place = archive.len() as u32;
			let packed = if deflate {
				let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
				encoder.write_all(content).expect("memory");
				encoder.finish().expect("memory")
			} else {
				content.to_vec()
			};
			let mut crc = Crc::new();
			crc.update(content);
			let mut shared = vec![20, 0, 0, 0, if deflate { 8 } else { 0 }, 0, 0, 0, 0, 0];
			for number in [crc.sum(), packed.len() as u32, content.len() as u32] {
				shared.extend(number.to_le_bytes());
			}
			shared.extend((name.len() as u16).to_le_bytes());
			shared.extend([0, 0]);
			archive.extend([b"PK\x03\x04", &shared[..], name.as_bytes(), &packed].concat());
			let rest = [&[0; 10][..], &place.to_le_bytes()].concat();
			directory.extend([b"PK\x01\x02", &[20, 0][..], &shared, &rest, name.as_bytes()].concat());
		}
		let (count, start) = ((entries.len() as u16).to_le_bytes(), (archive.len() as u32).to_le_bytes());
		let size = (directory.len() as u32).to_le_bytes();
		[&archive[..], &directory, b"PK\x05\x06", &[0; 4], &count, &count, &size, &start, &[0, 0]].concat()
	}

	fn attempt(archive: &[u8]) -> Result<Examples, DataError> {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("data.npz");
		fs::write(&path, archive).expect("a file");
		read(&path)
	}

	#[test]
	fn arrays_should_be_read_stored_and_deflated() {
		let images = array("|u1", "(2, 1, 3)", &[1, 2, 3, 4, 5, 6]);
		let wide = array("<i8", "(2,)", &[[7i64.to_le_bytes(), 8i64.to_le_bytes()].concat()].concat());
		let narrow = array("|u1", "(2,)", &[7, 8]);
		for deflate in [false, true] {
			for (first, labels) in [("images.npy", &wide), ("x.npy", &narrow)] {
				let second = if first == "x.npy" { "y.npy" } else { "labels.npy" };
				let examples = attempt(&zip(&[(first, &images), (second, labels)], deflate)).expect("examples");
				assert_eq!((examples.features, examples.get(1)), (3, (&[4, 5, 6][..], 8)));
			}
		}
	}

	#[test]
	fn archive_should_be_refused_when_anything_is_wrong_with_it() {
		let images = array("|u1", "(2, 3)", &[1, 2, 3, 4, 5, 6]);
		let labels = array("|u1", "(2,)", &[7, 8]);
		let sound = zip(&[("images.npy", &images), ("labels.npy", &labels)], false);
		assert!(attempt(&sound).is_ok());
		for length in 0..sound.len() {
			assert!(attempt(&sound[..length]).is_err(), "cut at {length}");
		}
		let place = sound.windows(6).position(|bytes| bytes == [1, 2, 3, 4, 5, 6]).expect("it is stored");
		let mut damaged = sound.clone();
		damaged[place] ^= 1;
		assert!(attempt(&damaged).is_err());
		let objects = array("|O", "(2,)", &[0; 16]);
		let negative = array("<i8", "(2,)", &[255; 16]);
		let short = array("|u1", "(3,)", &[7, 8]);
		for labels in [objects, negative, short, array("<f8", "(2,)", &[0; 16]), array("|u1", "(1, 2)", &[7, 8])] {
			assert!(attempt(&zip(&[("images.npy", &images), ("labels.npy", &labels)], true)).is_err());
		}
		assert!(attempt(&zip(&[("images.npy", &images)], true)).is_err());
	}

	#[test]
	fn any_changed_byte_should_not_make_the_reader_panic() {
		let images = array("|u1", "(2, 3)", &[1, 2, 3, 4, 5, 6]);
		let labels = array("|u1", "(2,)", &[7, 8]);
		let sound = zip(&[("images.npy", &images), ("labels.npy", &labels)], true);
		for place in 0..sound.len() {
			for value in [0, 1, 127, 255] {
				let mut changed = sound.clone();
				changed[place] = value;
				for name in ["images.npy", "labels.npy"] {
					if let Ok(Some(bytes)) = entry(&changed, name) {
						let _ = parse(&bytes);
					}
				}
			}
		}
	}
}
