//! The format: canonical, bounded, and what is wrong is told apart.

mod common;

use codec::{Compact, Decode, Encode};
use common::{layer, numbered, policy, valid};
use praxis_policy::{
	multiply_adds_of, parameters_of, work_of, Limits, Policy, PolicyError, UncheckedPolicy, FORMAT_VERSION,
	MAX_ENCODED, MAX_INPUT, MAX_LAYERS, MAX_PARAMETERS, MAX_WIDTH,
};
use proptest::prelude::*;

proptest! {
	#[test]
	fn bytes_should_come_back_when_a_policy_is_encoded_again(unchecked in valid()) {
		let bytes = unchecked.encode();
		let policy = Policy::decode(&bytes).expect("the policy is valid");
		prop_assert_eq!(policy.encode(), bytes.clone());
		prop_assert_eq!(policy.as_unchecked(), &unchecked);
		let read = UncheckedPolicy::decode(&mut &bytes[..]);
		prop_assert_eq!(read.as_ref(), Ok(&unchecked));
		let widths: Vec<u16> =
			[unchecked.layers[0].inputs].into_iter().chain(unchecked.layers.iter().map(|layer| layer.outputs)).collect();
		prop_assert_eq!(policy.multiply_adds(), multiply_adds_of(&widths));
		prop_assert_eq!(policy.work(), work_of(&widths));
		prop_assert!(policy.work() > policy.multiply_adds());
		prop_assert_eq!(u64::from(policy.parameters()), parameters_of(&widths));
		prop_assert_eq!(policy.inputs(), usize::from(widths[0]));
		prop_assert_eq!(Some(&(policy.outputs() as u16)), widths.last());
		prop_assert_eq!(UncheckedPolicy::from(policy), unchecked);
	}

	/// A changed byte is refused, or read as what it then says: never as anything else.
	#[test]
	fn bytes_should_stay_canonical_when_some_are_changed(
		unchecked in valid(), at in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<prop::sample::Index>(),
	) {
		let mut bytes = unchecked.encode();
		let at = at.index(bytes.len());
		bytes[at] = to;
		if let Ok(policy) = Policy::decode(&bytes) {
			prop_assert_eq!(policy.encode(), bytes.clone());
		}
		let whole = unchecked.encode();
		let cut = cut.index(whole.len());
		prop_assert!(Policy::decode(&whole[..cut]).is_err());
	}

	#[test]
	fn reading_should_not_panic_when_the_bytes_are_noise(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
		let mut bytes = bytes;
		if let Ok(policy) = Policy::decode(&bytes) {
			prop_assert_eq!(policy.encode(), bytes.clone());
		}
		// Past the version, noise gets further.
		if let Some(first) = bytes.first_mut() {
			*first = FORMAT_VERSION;
		}
		if let Ok(policy) = Policy::decode(&bytes) {
			prop_assert_eq!(policy.encode(), bytes.clone());
		}
	}
}

/// Stored policies and judged hashes rely on these bytes.
#[test]
fn format_should_be_these_bytes_when_the_version_is_1() {
	let unchecked = policy(
		0x1234,
		vec![layer(2, 3, vec![-1, 2, 3], vec![1, -2, 3, -4, 5, -6]), layer(3, 0, vec![7], vec![8, 9, 10])],
	);
	let policy = Policy::try_from(unchecked).expect("the policy is valid");
	assert_eq!(
		hex::encode(policy.encode()),
		"01341208\
		 02000300030cffffffff0200000003000000180\
		 1fe03fc05fa\
		 03000100000407000000\
		 0c08090a"
	);
	// blake2b of these bytes with a digest of 32, from Python's hashlib.
	assert_eq!(hex::encode(policy.hash()), "037dfbf569033f6c61a79603f91146f59de91731c93548b545d11477f9801065");
}

#[test]
fn policy_should_fit_the_bounds_when_it_is_of_a_promised_shape() {
	for (widths, limit, parameters) in [(&[4, 256, 256, 4][..], 32767, 68_100), (&[784, 128, 10][..], 255, 101_770)] {
		let policy = Policy::try_from(numbered(widths, limit, 10, 3)).expect("the shape is promised");
		assert_eq!(policy.parameters(), parameters);
		assert!(policy.encode().len() as u32 <= MAX_ENCODED);
		assert_eq!(Policy::decode(&policy.encode()), Ok(policy));
	}
}

#[test]
fn encoding_should_stay_below_its_bound_when_a_policy_is_the_longest() {
	// Four layers, about as many biases as can be, and weights up to the bound.
	let widths = [4, 256, 250, 256, 4];
	assert!(parameters_of(&widths) <= u64::from(MAX_PARAMETERS) && parameters_of(&widths) > 130_000);
	let long = Policy::try_from(numbered(&widths, 100, 9, 5)).expect("the policy is valid").encode();
	assert!(long.len() as u32 <= MAX_ENCODED, "{} bytes", long.len());
	assert!(MAX_ENCODED as usize - long.len() < 2_000, "the bound is far from what can be reached: {}", long.len());
	let bytes = vec![FORMAT_VERSION; MAX_ENCODED as usize + 1];
	assert_eq!(Policy::decode(&bytes), Err(PolicyError::TooLong { bytes: MAX_ENCODED + 1 }));
}

#[test]
fn reading_should_stop_at_the_bounds_when_a_length_prefix_is_huge() {
	let head = (FORMAT_VERSION, 1u16).encode();
	let with = |tail: &[u8]| Policy::decode(&[&head[..], tail].concat());
	let four_billion = Compact(u32::MAX).encode();
	assert_eq!(with(&four_billion), Err(PolicyError::TooManyLayers));
	let shape = [&Compact(1u32).encode()[..], &(1u16, 1u16, 0u8).encode()].concat();
	assert_eq!(with(&[&shape[..], &four_billion].concat()), Err(PolicyError::TooWide { layer: 0 }));
	let biased = [&shape[..], &vec![0i32].encode()].concat();
	assert_eq!(with(&[&biased[..], &four_billion].concat()), Err(PolicyError::TooManyParameters));
	let promised = Compact(MAX_PARAMETERS - 1).encode();
	assert_eq!(with(&[&biased[..], &promised].concat()), Err(PolicyError::Malformed));
	// 5 as two bytes: not the shortest form.
	assert_eq!(with(&[&biased[..], &[0b10101, 0][..], &[0; 5]].concat()), Err(PolicyError::Malformed));
}

#[test]
fn policy_should_be_refused_with_its_reason_when_it_is_wrong() {
	type Change = fn(&mut UncheckedPolicy);
	let valid = numbered(&[3, 4, 2], 1000, 5, 9);
	assert!(Policy::try_from(valid.clone()).is_ok());
	let cases: [(Change, PolicyError); 20] = [
		(|policy| policy.version = 0, PolicyError::UnsupportedVersion { version: 0 }),
		(|policy| policy.version = 2, PolicyError::UnsupportedVersion { version: 2 }),
		(|policy| policy.input_limit = 0, PolicyError::InputLimit),
		(|policy| policy.input_limit = 32768, PolicyError::InputLimit),
		(|policy| policy.layers.clear(), PolicyError::NoLayers),
		(|policy| *policy = numbered(&[1; MAX_LAYERS + 2], 1, 0, 1), PolicyError::TooManyLayers),
		(|policy| policy.layers[0].inputs = 0, PolicyError::ZeroWidth { layer: 0 }),
		(|policy| policy.layers[1].outputs = 0, PolicyError::ZeroWidth { layer: 1 }),
		(|policy| *policy = numbered(&[MAX_INPUT as u16 + 1, 1], 1, 0, 1), PolicyError::TooWide { layer: 0 }),
		(|policy| *policy = numbered(&[1, MAX_WIDTH as u16 + 1], 1, 0, 1), PolicyError::TooWide { layer: 0 }),
		(|policy| *policy = numbered(&[500, 256, 16], 1, 0, 1), PolicyError::TooManyParameters),
		(|policy| policy.layers[1].inputs = 5, PolicyError::ShapeMismatch { layer: 1 }),
		(|policy| policy.layers[0].outputs = 5, PolicyError::ShapeMismatch { layer: 0 }),
		(|policy| policy.layers[0].biases.truncate(3), PolicyError::ShapeMismatch { layer: 0 }),
		(|policy| policy.layers[0].weights.push(0), PolicyError::ShapeMismatch { layer: 0 }),
		(|policy| policy.layers[1].weights.truncate(7), PolicyError::ShapeMismatch { layer: 1 }),
		(|policy| policy.layers[0].shift = 32, PolicyError::ShiftTooLarge { layer: 0 }),
		(|policy| policy.layers[0].shift = 255, PolicyError::ShiftTooLarge { layer: 0 }),
		(|policy| policy.layers[1].shift = 1, PolicyError::OutputShift),
		(|policy| policy.layers[1].biases[1] = i32::MAX, PolicyError::MayOverflow { layer: 1, row: 1 }),
	];
	for (change, reason) in cases {
		let mut wrong = valid.clone();
		change(&mut wrong);
		assert_eq!(Policy::try_from(wrong.clone()), Err(reason));
		assert_eq!(Policy::decode(&wrong.encode()), Err(reason));
		assert!(!reason.to_string().is_empty());
	}
	let mut long = valid.encode();
	long.push(0);
	assert_eq!(Policy::decode(&long), Err(PolicyError::TrailingBytes));
	assert_eq!(Policy::decode(&[]), Err(PolicyError::Malformed));
}

#[test]
fn limits_should_refuse_a_policy_when_it_is_larger() {
	let policy = Policy::try_from(numbered(&[4, 64, 2], 1000, 5, 9)).expect("the policy is valid");
	let (parameters, work) = (4 * 64 + 64 + 64 * 2 + 2, (64 * 4 + 6 * (4 + 64)) + (2 * 64 + 6 * (64 + 2)));
	let check = |max_parameters, max_work| Limits { max_parameters, max_work }.check(&policy);
	assert_eq!(check(parameters, work), Ok(()));
	assert_eq!(check(parameters - 1, work), Err(PolicyError::TooManyParameters));
	assert_eq!(check(parameters, work - 1), Err(PolicyError::TooMuchWork));
	assert_eq!(Limits::default().check(&policy), Ok(()));
}

#[test]
fn limits_of_the_format_should_admit_every_policy_when_it_is_the_dearest_of_its_size() {
	for widths in
		[&[1024u16, 127, 1][..], &[1024, 1, 256, 256, 248], &[1, 256, 256, 250, 1], &[1024, 1], &[1024, 101, 255]]
	{
		assert!(praxis_policy::parameters_of(widths) <= praxis_policy::MAX_PARAMETERS.into(), "{widths:?}");
		let work = praxis_policy::work_of(widths);
		assert!(work <= praxis_policy::MAX_WORK, "{widths:?} take {work}");
	}
}

#[test]
fn policy_should_come_back_from_json_when_written_there() {
	let unchecked = numbered(&[3, 4, 2], 1000, 5, 9);
	let text = serde_json::to_string(&unchecked).expect("it can be written");
	assert_eq!(serde_json::from_str::<UncheckedPolicy>(&text).expect("it can be read"), unchecked);
}

#[test]
fn shape_functions_should_count_when_there_are_few_widths() {
	assert_eq!((multiply_adds_of(&[]), parameters_of(&[])), (0, 0));
	assert_eq!((multiply_adds_of(&[7]), parameters_of(&[7])), (0, 0));
	assert_eq!((multiply_adds_of(&[4, 256, 256, 4]), parameters_of(&[4, 256, 256, 4])), (67_584, 68_100));
	// An odd row costs as much as a pair.
	assert_eq!((work_of(&[5]), work_of(&[10, 3]), work_of(&[10, 4])), (0, 40 + 6 * 13, 40 + 6 * 14));
}
