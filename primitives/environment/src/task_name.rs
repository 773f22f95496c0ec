//! How a [`TaskEnvironment`] is written and read: `MazeCleaning-v0(8x8,2)`.

use crate::{Error, TaskEnvironment};
use core::{fmt, str::FromStr};
use serde::{de, Deserialize, Deserializer, Serialize, Serializer};

impl fmt::Display for TaskEnvironment {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(self.name())?;
		if Self::ALL.contains(self) {
			return Ok(());
		}
		match self {
			Self::TargetLocalization { agents, walls, shaped } => {
				write!(formatter, "({agents},{walls}{})", if *shaped { ",shaped" } else { "" })
			}
			Self::MazeCleaning { width, height, agents } | Self::FleetCoordination { width, height, agents } => {
				write!(formatter, "({width}x{height},{agents})")
			}
			Self::CartPole | Self::MountainCar | Self::Acrobot | Self::Pendulum => Ok(()),
		}
	}
}

impl FromStr for TaskEnvironment {
	type Err = Error;

	/// A name alone means the default parameters. What is read is valid.
	fn from_str(text: &str) -> Result<Self, Error> {
		let (name, parameters) = match text.split_once('(') {
			None => (text, None),
			Some((name, rest)) => (name, Some(rest.strip_suffix(')').ok_or(Error::BadParameters)?)),
		};
		let known = Self::ALL.into_iter().find(|task| task.name() == name).ok_or(Error::UnknownEnvironment)?;
		let task = match parameters {
			None => known,
			Some(parameters) => known.with_parameters(parameters).ok_or(Error::BadParameters)?,
		};
		task.validate().map(|()| task)
	}
}

impl TaskEnvironment {
	/// The same kind with the parameters of this text.
	fn with_parameters(self, text: &str) -> Option<Self> {
		match self {
			Self::TargetLocalization { .. } => {
				let (rest, shaped) = text.strip_suffix(",shaped").map_or((text, false), |rest| (rest, true));
				let (agents, walls) = rest.split_once(',')?;
				Some(Self::TargetLocalization { agents: number(agents)?, walls: number(walls)?, shaped })
			}
			Self::MazeCleaning { .. } => {
				let (width, height, agents) = grid(text)?;
				Some(Self::MazeCleaning { width, height, agents })
			}
			Self::FleetCoordination { .. } => {
				let (width, height, agents) = grid(text)?;
				Some(Self::FleetCoordination { width, height, agents })
			}
			Self::CartPole | Self::MountainCar | Self::Acrobot | Self::Pendulum => None,
		}
	}
}

/// `WIDTHxHEIGHT,agents`.
fn grid(text: &str) -> Option<(u8, u8, u8)> {
	let (size, agents) = text.split_once(',')?;
	let (width, height) = size.split_once('x')?;
	Some((number(width)?, number(height)?, number(agents)?))
}

/// A number as it is written, so that no two texts mean the same: no sign, no leading zero.
fn number(text: &str) -> Option<u8> {
	let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
	text.parse().ok().filter(|_| plain)
}

impl Serialize for TaskEnvironment {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(self)
	}
}

impl<'de> Deserialize<'de> for TaskEnvironment {
	fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		struct Text;
		impl de::Visitor<'_> for Text {
			type Value = TaskEnvironment;

			fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
				formatter.write_str("an environment's name, such as MazeCleaning-v0(8x8,2)")
			}

			fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
				text.parse().map_err(E::custom)
			}
		}
		deserializer.deserialize_str(Text)
	}
}
