//! A lesson: the file that a teacher sells, in safetensors.
//!
//! | part | content |
//! |---|---|
//! | tensor `images` | U8, `[n, features]` |
//! | tensor `labels` | U8, `[n]`, each less than the session's classes |
//! | metadata | `format` is [`FORMAT`], nothing else |
//!
//! Any safetensors library writes it. A file with anything more, or less, is refused: a teacher's file is a stranger's.

use super::{
	data::{Examples, LARGEST, MOST_PIXELS},
	DataError,
};
use safetensors::{tensor::TensorView, Dtype, SafeTensors};
use std::collections::HashMap;

/// What the metadata's `format` says.
pub const FORMAT: &str = "praxis-lesson-1";

/// Bytes of a file beside its tensors at most.
const LARGEST_HEAD: usize = 4096;

/// What a lesson must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
	/// Bytes of an image; any, if none is given.
	pub features: Option<usize>,
	/// Labels are less than this; 256 allows all.
	pub classes: u16,
	/// Bytes of the file at most.
	pub bytes: u64,
}

impl Bounds {
	/// What the format itself allows.
	pub const FORMAT: Self = Self { features: None, classes: 256, bytes: LARGEST };
}

fn wrong(reason: impl ToString) -> DataError {
	DataError::new("the lesson", reason)
}

/// Reads a lesson.
pub fn parse(bytes: &[u8], bounds: &Bounds) -> Result<Examples, DataError> {
	if bytes.len() as u64 > bounds.bytes {
		return Err(wrong(format!("it has {} bytes, of at most {}", bytes.len(), bounds.bytes)));
	}
	// Before the library reads it: a head of this size cannot name many tensors.
	let head = bytes.first_chunk().map_or(u64::MAX, |head| u64::from_le_bytes(*head));
	if head > LARGEST_HEAD as u64 {
		return Err(wrong("it is no safetensors file, or its head is too large"));
	}
	let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
	let known: HashMap<String, String> = [("format".to_string(), FORMAT.to_string())].into();
	if metadata.metadata().as_ref() != Some(&known) {
		return Err(wrong(format!("its metadata is not `format: {FORMAT}` and nothing else")));
	}
	let file = SafeTensors::deserialize(bytes).map_err(wrong)?;
	if file.len() != 2 {
		return Err(wrong(format!("it holds {} tensors, not `images` and `labels`", file.len())));
	}
	let tensor = |name: &str| file.tensor(name).map_err(|_| wrong(format!("it holds no tensor `{name}`")));
	let (images, labels) = (tensor("images")?, tensor("labels")?);
	let (&[count, features], &[labelled]) = (images.shape(), labels.shape()) else {
		return Err(wrong(format!(
			"its tensors are {:?} and {:?}, not [n, features] and [n]",
			images.shape(),
			labels.shape()
		)));
	};
	if images.dtype() != Dtype::U8 || labels.dtype() != Dtype::U8 {
		return Err(wrong("its tensors are not of type U8"));
	}
	if count != labelled {
		return Err(wrong(format!("{count} images and {labelled} labels")));
	}
	if features > MOST_PIXELS || bounds.features.is_some_and(|asked| asked != features) {
		return Err(wrong(format!("images of {features} bytes, not {:?}", bounds.features.unwrap_or(MOST_PIXELS))));
	}
	let class = |label: &u8| u16::from(*label) < bounds.classes;
	if !labels.data().iter().all(class) {
		return Err(wrong(format!("a label is none of {} classes", bounds.classes)));
	}
	Examples::new("the lesson", features, images.data().to_vec(), labels.data().to_vec())
}

/// Writes a lesson. The same examples are always the same bytes.
pub fn pack(examples: &Examples) -> Result<Vec<u8>, DataError> {
	let view = |shape: Vec<usize>, bytes| TensorView::new(Dtype::U8, shape, bytes).map_err(wrong);
	let images = view(vec![examples.len(), examples.features], &examples.images)?;
	let labels = view(vec![examples.len()], &examples.labels)?;
	let metadata: HashMap<String, String> = [("format".to_string(), FORMAT.to_string())].into();
	let bytes = safetensors::serialize([("images", images), ("labels", labels)], Some(metadata)).map_err(wrong)?;
	if bytes.len() as u64 > LARGEST {
		return Err(wrong(format!("it would have {} bytes, of at most {LARGEST}", bytes.len())));
	}
	Ok(bytes)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn examples() -> Examples {
		Examples::new("test", 4, (0..12).collect(), vec![2, 0, 1]).expect("examples")
	}

	fn bounds() -> Bounds {
		Bounds { features: Some(4), classes: 3, bytes: 1024 }
	}

	#[test]
	fn lesson_should_be_read_back_as_it_was_packed() {
		let bytes = pack(&examples()).expect("bytes");
		assert_eq!(parse(&bytes, &bounds()).expect("a lesson"), examples());
		assert_eq!(pack(&examples()).expect("bytes"), bytes);
	}

	#[test]
	fn lesson_should_be_refused_when_it_passes_its_bounds() {
		let bytes = pack(&examples()).expect("bytes");
		for wrong in [
			Bounds { features: Some(5), ..bounds() },
			Bounds { classes: 2, ..bounds() },
			Bounds { bytes: bytes.len() as u64 - 1, ..bounds() },
		] {
			assert!(parse(&bytes, &wrong).is_err(), "{wrong:?}");
		}
	}

	#[test]
	fn lesson_should_be_refused_when_it_holds_anything_else() {
		let pixels = [0u8; 12];
		let view =
			|kind, shape: &[usize], length| TensorView::new(kind, shape.to_vec(), &pixels[..length]).expect("a view");
		let images = || ("images", view(Dtype::U8, &[3, 4], 12));
		let labels = || ("labels", view(Dtype::U8, &[3], 3));
		let metadata = |pairs: &[(&str, &str)]| {
			Some(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect::<HashMap<_, _>>())
		};
		let sound = metadata(&[("format", FORMAT)]);
		let file =
			|tensors: Vec<(&str, TensorView)>, metadata| safetensors::serialize(tensors, metadata).expect("bytes");
		assert!(parse(&file(vec![images(), labels()], sound.clone()), &bounds()).is_ok());
		let extra = ("more", view(Dtype::U8, &[1], 1));
		for bytes in [
			file(vec![images(), labels(), extra], sound.clone()),
			file(vec![images()], sound.clone()),
			file(vec![images(), ("labels", view(Dtype::I8, &[3], 3))], sound.clone()),
			file(vec![images(), ("labels", view(Dtype::U8, &[2], 2))], sound.clone()),
			file(vec![images(), ("labels", view(Dtype::U8, &[3, 1], 3))], sound.clone()),
			file(vec![("images", view(Dtype::U8, &[12], 12)), labels()], sound.clone()),
			file(vec![("images", view(Dtype::U8, &[0, 4], 0)), ("labels", view(Dtype::U8, &[0], 0))], sound),
			file(vec![images(), labels()], None),
			file(vec![images(), labels()], metadata(&[("format", "praxis-lesson-2")])),
			file(vec![images(), labels()], metadata(&[("format", FORMAT), ("more", "")])),
		] {
			assert!(parse(&bytes, &bounds()).is_err());
		}
	}

	#[test]
	fn lesson_should_be_refused_or_sound_when_any_byte_of_its_head_is_changed() {
		let sound = pack(&examples()).expect("bytes");
		for length in 0..sound.len() {
			assert!(parse(&sound[..length], &bounds()).is_err(), "cut at {length}");
		}
		for place in 0..sound.len() - 15 {
			for value in [0, b'"', b'9', 255] {
				let mut changed = sound.clone();
				changed[place] = value;
				if let Ok(found) = parse(&changed, &bounds()) {
					assert_eq!((found.features, found.len()), (4, 3));
				}
			}
		}
	}
}
