//! A folder of PNG images: its folders' names are the labels, 0 to 255, and each holds the images of one class. All have
//! one size; colour is turned to grey.

use super::{
	data::{self, Examples, LARGEST, MOST_PIXELS},
	DataError,
};
use ::png::{BitDepth, ColorType, Decoder, Encoder, Limits, Transformations};
use std::{
	fs,
	io::Cursor,
	path::{Path, PathBuf},
};

/// Images and labels of a folder, in the order of labels, then of names.
pub fn read(folder: &Path) -> Result<Examples, DataError> {
	let mut classes = Vec::new();
	for path in entries(folder)? {
		let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
		let label: u8 =
			name.parse().map_err(|_| DataError::new(path.display(), "its name is no label from 0 to 255"))?;
		classes.push((label, path));
	}
	classes.sort();
	let (mut size, mut images, mut labels) = (None, Vec::new(), Vec::new());
	for (label, path) in classes {
		for path in entries(&path)? {
			let (found, pixels) = grey(&data::file(&path)?).map_err(|reason| DataError::new(path.display(), reason))?;
			if *size.get_or_insert(found) != found {
				return Err(DataError::new(path.display(), format!("it is {found:?} pixels, others are {size:?}")));
			}
			images.extend(pixels);
			labels.push(label);
			if images.len() as u64 > LARGEST {
				return Err(DataError::new(folder.display(), format!("it holds more than {LARGEST} pixels")));
			}
		}
	}
	let (width, height) = size.unwrap_or_default();
	Examples::new(folder.display(), width * height, images, labels)
}

/// Writes a square image of a byte a pixel; makes its folder.
pub fn write(path: &Path, image: &[u8]) -> Result<(), DataError> {
	let failed = |error: &dyn std::fmt::Display| DataError::new(path.display(), error);
	let side = image.len().isqrt();
	if side == 0 || side * side != image.len() {
		return Err(failed(&format!("{} bytes are no square image", image.len())));
	}
	let length = u32::try_from(side).map_err(|error| failed(&error))?;
	let mut file = Vec::new();
	let mut encoder = Encoder::new(&mut file, length, length);
	encoder.set_color(ColorType::Grayscale);
	encoder.set_depth(BitDepth::Eight);
	let mut writer = encoder.write_header().map_err(|error| failed(&error))?;
	writer.write_image_data(image).map_err(|error| failed(&error))?;
	writer.finish().map_err(|error| failed(&error))?;
	fs::create_dir_all(path.parent().unwrap_or(path)).map_err(|error| failed(&error))?;
	fs::write(path, file).map_err(|error| failed(&error))
}

/// What lies in a folder, in the order of names; hidden files are left out.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
	let failed = |error: std::io::Error| DataError::new(folder.display(), error);
	let mut paths = Vec::new();
	for entry in fs::read_dir(folder).map_err(failed)? {
		let entry = entry.map_err(failed)?;
		if !entry.file_name().as_encoded_bytes().starts_with(b".") {
			paths.push(entry.path());
		}
	}
	paths.sort();
	Ok(paths)
}

/// Width and height, and a byte a pixel.
fn grey(file: &[u8]) -> Result<((usize, usize), Vec<u8>), String> {
	let text = |error: ::png::DecodingError| error.to_string();
	let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: 16 * MOST_PIXELS });
	decoder.set_transformations(Transformations::normalize_to_color8());
	let mut reader = decoder.read_info().map_err(text)?;
	let (width, height) = (reader.info().width as usize, reader.info().height as usize);
	if width.checked_mul(height).is_none_or(|pixels| pixels > MOST_PIXELS) {
		return Err(format!("it has more than {MOST_PIXELS} pixels"));
	}
	let mut pixels = vec![0; reader.output_buffer_size().ok_or("it is too large")?];
	let info = reader.next_frame(&mut pixels).map_err(text)?;
	pixels.truncate(info.buffer_size());
	if info.bit_depth != BitDepth::Eight {
		return Err("it has not 8 bits a sample".into());
	}
	let samples = match info.color_type {
		ColorType::Grayscale | ColorType::Indexed => 1,
		ColorType::GrayscaleAlpha => 2,
		ColorType::Rgb => 3,
		ColorType::Rgba => 4,
	};
	// Luma as in JPEG, in 1/1000; how opaque a pixel is does not count.
	let luma = |pixel: &[u8]| match pixel {
		[red, green, blue, ..] => {
			((299 * u32::from(*red) + 587 * u32::from(*green) + 114 * u32::from(*blue) + 500) / 1000) as u8
		}
		[grey, ..] => *grey,
		[] => 0,
	};
	Ok(((width, height), pixels.chunks_exact(samples).map(luma).collect()))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn write(path: &Path, (width, height): (u32, u32), color: ColorType, pixels: &[u8]) {
		fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
		let mut encoder = ::png::Encoder::new(fs::File::create(path).expect("a file"), width, height);
		encoder.set_color(color);
		encoder.set_depth(BitDepth::Eight);
		encoder.write_header().expect("a head").write_image_data(pixels).expect("an image");
	}

	#[test]
	fn images_should_have_their_folders_name_as_label() {
		let folder = tempfile::tempdir().expect("a folder");
		write(&folder.path().join("10/a.png"), (2, 1), ColorType::Grayscale, &[1, 2]);
		write(&folder.path().join("9/b.png"), (2, 1), ColorType::Rgb, &[255, 255, 255, 255, 0, 0]);
		write(&folder.path().join("9/a.png"), (2, 1), ColorType::GrayscaleAlpha, &[5, 0, 6, 255]);
		fs::write(folder.path().join(".hidden"), b"").expect("a file");
		let examples = read(folder.path()).expect("examples");
		assert_eq!(examples.labels, [9, 9, 10]);
		assert_eq!(examples.images, [5, 6, 255, 76, 1, 2]);
	}

	#[test]
	fn images_should_be_read_back_when_they_were_written() {
		let folder = tempfile::tempdir().expect("a folder");
		super::write(&folder.path().join("3/00007.png"), &[0, 50, 100, 255]).expect("a file");
		let examples = read(folder.path()).expect("examples");
		assert_eq!((examples.labels, examples.images), (vec![3], vec![0, 50, 100, 255]));
		assert!(super::write(&folder.path().join("3/00008.png"), &[0, 50, 100]).is_err());
	}

	#[test]
	fn folder_should_be_refused_when_something_else_lies_in_it() {
		let folder = tempfile::tempdir().expect("a folder");
		assert!(read(folder.path()).is_err());
		write(&folder.path().join("1/a.png"), (2, 1), ColorType::Grayscale, &[1, 2]);
		assert!(read(folder.path()).is_ok());
		write(&folder.path().join("1/b.png"), (1, 2), ColorType::Grayscale, &[1, 2]);
		assert!(read(folder.path()).is_err());
		fs::write(folder.path().join("1/b.png"), b"GIF89a").expect("a file");
		assert!(read(folder.path()).is_err());
		fs::remove_file(folder.path().join("1/b.png")).expect("it was there");
		fs::create_dir(folder.path().join("cats")).expect("a folder");
		assert!(read(folder.path()).is_err());
	}
}
