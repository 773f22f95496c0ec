//! IDX, the format of MNIST: a big-endian head, then bytes. Plain, or packed with gzip.
//!
//! ```text
//! images: 00 00 08 03, count, rows, columns (32 bits each), a byte a pixel
//! labels: 00 00 08 01, count, a byte a label
//! ```

use super::{
	data::{self, Examples, LARGEST},
	DataError,
};
use flate2::read::GzDecoder;
use std::{io::Read, path::Path};

/// Images and labels of two files.
pub fn read(images: &Path, labels: &Path) -> Result<Examples, DataError> {
	let (sizes, pixels) = bytes(images, 3)?;
	let (_, labels) = bytes(labels, 1)?;
	let features = sizes[1].saturating_mul(sizes[2]);
	Examples::new(images.display(), features, pixels, labels)
}

/// The sizes and the content of a file with so many dimensions.
fn bytes(path: &Path, dimensions: u8) -> Result<(Vec<usize>, Vec<u8>), DataError> {
	let wrong = |reason: String| DataError::new(path.display(), reason);
	let mut content = data::file(path)?;
	if content.starts_with(&[0x1f, 0x8b]) {
		let mut unpacked = Vec::new();
		let mut reader = GzDecoder::new(&content[..]).take(LARGEST + 1);
		reader.read_to_end(&mut unpacked).map_err(|error| wrong(error.to_string()))?;
		content = unpacked;
	}
	let head = 4 + 4 * usize::from(dimensions);
	if content.len() < head || content[..4] != [0, 0, 8, dimensions] {
		return Err(wrong(format!("it is no IDX file of bytes in {dimensions} dimensions")));
	}
	let sizes: Vec<usize> = content[4..head]
		.chunks_exact(4)
		.map(|size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize)
		.collect();
	let expected = sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
	if expected != Some(content.len() - head) {
		return Err(wrong(format!("it says {sizes:?} and holds {} bytes", content.len() - head)));
	}
	content.drain(..head);
	Ok((sizes, content))
}

#[cfg(test)]
mod tests {
	use super::*;
	use flate2::{write::GzEncoder, Compression};
	use std::{fs, io::Write};

	fn head(dimensions: u8, sizes: &[u32]) -> Vec<u8> {
		let mut head = vec![0, 0, 8, dimensions];
		head.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
		head
	}

	fn packed(bytes: &[u8]) -> Vec<u8> {
		let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
		encoder.write_all(bytes).expect("memory");
		encoder.finish().expect("memory")
	}

	#[test]
	fn images_and_labels_should_be_read_plain_and_packed() {
		let folder = tempfile::tempdir().expect("a folder");
		let (images, labels) = (folder.path().join("images"), folder.path().join("labels"));
		let pixels = [head(3, &[2, 1, 3]), vec![1, 2, 3, 4, 5, 6]].concat();
		let classes = [head(1, &[2]), vec![7, 8]].concat();
		for (pixels, classes) in [(pixels.clone(), classes.clone()), (packed(&pixels), packed(&classes))] {
			fs::write(&images, pixels).expect("a file");
			fs::write(&labels, classes).expect("a file");
			let examples = read(&images, &labels).expect("examples");
			assert_eq!((examples.features, examples.len()), (3, 2));
			assert_eq!(examples.get(1), (&[4, 5, 6][..], 8));
		}
	}

	#[test]
	fn file_should_be_refused_when_its_head_does_not_fit_its_content() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("images");
		let overflow = head(3, &[u32::MAX, u32::MAX, u32::MAX]);
		let cut = [head(3, &[2, 1, 3]), vec![1, 2, 3, 4, 5]].concat();
		let long = [head(3, &[1, 1, 3]), vec![1, 2, 3, 4]].concat();
		let kind = [vec![0, 0, 9, 3], vec![0; 12]].concat();
		for content in [overflow, cut, long, kind, head(1, &[0]), vec![], vec![0x1f, 0x8b, 1]] {
			fs::write(&path, &content).expect("a file");
			assert!(bytes(&path, 3).is_err(), "{content:?}");
		}
	}
}
