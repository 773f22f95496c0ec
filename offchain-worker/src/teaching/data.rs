//! Labelled images, in memory: a byte a pixel, a byte a label.
//!
//! What a data option names: `PATH`, or `IMAGES,LABELS` for IDX, and perhaps `#FROM-TO` behind it, a range of examples
//! that begins with 0 and leaves out its end.
//!
//! | what | how it is told |
//! |---|---|
//! | IDX, plain or gzip | two files with a comma between |
//! | npz | its name ends in `.npz` |
//! | folder of PNG | it is a folder; its folders' names are the labels |
//! | lesson | its name ends in `.safetensors` |

use super::{idx, lesson, npz, png, DataError};
use std::{
	fmt,
	fs::File,
	io::Read,
	path::{Path, PathBuf},
	str::FromStr,
};

/// Bytes of a file of data at most, also unpacked.
pub const LARGEST: u64 = 512 << 20;

/// Pixels of an image at most: more than any network of the chain reads, before pooling.
pub const MOST_PIXELS: usize = 64 * 1024;

/// Labelled images of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examples {
	/// Bytes of an image.
	pub features: usize,
	/// One image after the other, row by row.
	pub images: Vec<u8>,
	/// One label an image.
	pub labels: Vec<u8>,
}

impl Examples {
	/// Checks that there are as many labels as images.
	pub fn new(origin: impl ToString, features: usize, images: Vec<u8>, labels: Vec<u8>) -> Result<Self, DataError> {
		if features == 0 || features > MOST_PIXELS {
			return Err(DataError::new(origin, format!("images of {features} pixels; 1 to {MOST_PIXELS} are read")));
		}
		if labels.is_empty() {
			return Err(DataError::new(origin, "it holds no examples"));
		}
		if images.len() != labels.len().saturating_mul(features) {
			let found = images.len() / features;
			return Err(DataError::new(origin, format!("{found} images and {} labels", labels.len())));
		}
		Ok(Self { features, images, labels })
	}

	/// How many there are.
	pub fn len(&self) -> usize {
		self.labels.len()
	}

	/// Whether there are none.
	pub fn is_empty(&self) -> bool {
		self.labels.is_empty()
	}

	/// One image and its label.
	pub fn get(&self, at: usize) -> (&[u8], u8) {
		(&self.images[at * self.features..][..self.features], self.labels[at])
	}

	/// Images and labels, one after the other.
	pub fn iter(&self) -> impl Iterator<Item = (&[u8], u8)> {
		self.images.chunks_exact(self.features).zip(self.labels.iter().copied())
	}

	/// The examples of a range.
	pub fn range(&self, from: usize, to: usize) -> Option<Self> {
		(from < to && to <= self.len()).then(|| Self {
			features: self.features,
			images: self.images[from * self.features..to * self.features].to_vec(),
			labels: self.labels[from..to].to_vec(),
		})
	}

	/// Appends others of the same size; others are left out.
	pub fn extend(&mut self, others: &Self) {
		if others.features == self.features {
			self.images.extend_from_slice(&others.images);
			self.labels.extend_from_slice(&others.labels);
		}
	}

	/// Square images of half the side: every pixel is the mean of four, rounded to nearest and halves up. None where they
	/// are not square, or their side is odd.
	pub fn halved(&self) -> Option<Self> {
		let side = self.features.isqrt();
		if side * side != self.features || !side.is_multiple_of(2) {
			return None;
		}
		let half = side / 2;
		let mut images = Vec::with_capacity(self.images.len() / 4);
		for image in self.images.chunks_exact(self.features) {
			for pixel in 0..half * half {
				let at = 2 * (pixel / half) * side + 2 * (pixel % half);
				let sum: u16 = [at, at + 1, at + side, at + side + 1].iter().map(|at| u16::from(image[*at])).sum();
				images.push(((sum + 2) / 4) as u8);
			}
		}
		Some(Self { features: half * half, images, labels: self.labels.clone() })
	}

	/// With so many bytes an image: as they are, or halved as often as it takes.
	pub fn with_features(self, features: usize) -> Result<Self, DataError> {
		let found = self.features;
		let mut examples = self;
		while examples.features > features {
			let reason = || DataError::new("data", format!("images of {found} pixels cannot be pooled to {features}"));
			examples = examples.halved().ok_or_else(reason)?;
		}
		if examples.features != features {
			return Err(DataError::new("data", format!("images of {found} pixels, and {features} are asked for")));
		}
		Ok(examples)
	}

	/// Refuses labels that are no class.
	pub fn check_classes(&self, classes: u8) -> Result<(), DataError> {
		match self.labels.iter().position(|label| *label >= classes) {
			Some(at) => {
				Err(DataError::new("data", format!("example {at} is of class {}, of {classes}", self.labels[at])))
			}
			None => Ok(()),
		}
	}
}

/// What a data option names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
	path: PathBuf,
	labels: Option<PathBuf>,
	range: Option<(usize, usize)>,
}

impl FromStr for Source {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let (place, range) = match text.rsplit_once('#') {
			Some((place, range)) => {
				let wrong = || format!("`{range}` is no range: it looks like 0-10000");
				let (from, to) = range.split_once('-').ok_or_else(wrong)?;
				let (from, to) = (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?);
				(place, Some((from, to)))
			}
			None => (text, None),
		};
		let (path, labels) = match place.split_once(',') {
			Some((images, labels)) => (images, Some(PathBuf::from(labels))),
			None => (place, None),
		};
		if path.is_empty() {
			return Err("a file or a folder is asked for".into());
		}
		Ok(Self { path: path.into(), labels, range })
	}
}

impl fmt::Display for Source {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{}", self.path.display())?;
		match self.range {
			Some((from, to)) => write!(f, "#{from}-{to}"),
			None => Ok(()),
		}
	}
}

impl Source {
	/// Reads the examples.
	pub fn read(&self) -> Result<Examples, DataError> {
		let extension = self.path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
		let all = match &self.labels {
			Some(labels) => idx::read(&self.path, labels)?,
			None if self.path.is_dir() => png::read(&self.path)?,
			None if extension == "npz" => npz::read(&self.path)?,
			None if extension == "safetensors" => lesson::parse(&file(&self.path)?, &lesson::Bounds::FORMAT)?,
			None => {
				let reason = "it is no folder, its name ends neither in .npz nor in .safetensors, and IDX takes two \
				              files, IMAGES,LABELS";
				return Err(DataError::new(self.path.display(), reason));
			}
		};
		match self.range {
			Some((from, to)) => {
				all.range(from, to).ok_or_else(|| DataError::new(self, format!("there are {} examples", all.len())))
			}
			None => Ok(all),
		}
	}
}

/// A whole file within the limit.
pub fn file(path: &Path) -> Result<Vec<u8>, DataError> {
	let failed = |error: std::io::Error| DataError::new(path.display(), error);
	let mut bytes = Vec::new();
	File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
	if bytes.len() as u64 > LARGEST {
		return Err(DataError::new(path.display(), format!("it is larger than {LARGEST} bytes")));
	}
	Ok(bytes)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn halved_should_be_the_mean_of_four_rounded_to_nearest() {
		let images = vec![0, 1, 10, 20, 0, 1, 30, 41, 255, 255, 0, 0, 255, 255, 0, 1];
		let examples = Examples::new("test", 16, images, vec![3]).expect("examples");
		let halved = examples.halved().expect("it is square");
		// 2/4 is a half and goes up; 101/4 is 25.25; 1/4 goes down.
		assert_eq!((halved.features, halved.images, halved.labels), (4, vec![1, 25, 255, 0], vec![3]));
		assert!(Examples::new("test", 9, vec![0; 9], vec![0]).expect("examples").halved().is_none());
		assert!(Examples::new("test", 8, vec![0; 8], vec![0]).expect("examples").halved().is_none());
	}

	#[test]
	fn examples_should_be_refused_when_labels_are_missing_or_no_class() {
		assert!(Examples::new("test", 4, vec![0; 8], vec![1]).is_err());
		assert!(Examples::new("test", 0, vec![], vec![1]).is_err());
		assert!(Examples::new("test", 4, vec![], vec![]).is_err());
		let examples = Examples::new("test", 4, vec![0; 8], vec![1, 10]).expect("examples");
		assert!(examples.check_classes(11).is_ok());
		assert!(examples.check_classes(10).is_err());
	}

	#[test]
	fn features_should_be_reached_by_pooling_or_not_at_all() {
		let examples = || Examples::new("test", 64, vec![7; 64], vec![1]).expect("examples");
		assert_eq!(examples().with_features(64).expect("as it is").images, vec![7; 64]);
		assert_eq!(examples().with_features(4).expect("twice").images, vec![7; 4]);
		assert!(examples().with_features(9).is_err());
		assert!(examples().with_features(256).is_err());
	}

	#[test]
	fn sources_should_be_read_as_they_are_written() {
		let source: Source = "a/images,b/labels#5-9".parse().expect("a source");
		assert_eq!(source, Source { path: "a/images".into(), labels: Some("b/labels".into()), range: Some((5, 9)) });
		for wrong in ["", "#1-2", "a#1", "a#x-2", "a#-2"] {
			assert!(wrong.parse::<Source>().is_err(), "{wrong}");
		}
	}
}
