//! The device that tensors live on: picked, proved by a real kernel and named. Never a silent fallback.

use tch::{Cuda, Device, Kind, Tensor};

/// What can go wrong with a device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
	/// No such device name.
	#[error("unknown device `{0}`: it is auto, cpu, cuda or cuda:N")]
	Unknown(String),
	/// CUDA was asked for and is not there.
	#[error("no CUDA device: {0}; `--device cpu` runs without one")]
	Missing(String),
	/// There is a device, but it does not compute.
	#[error("device {device} does not work: {reason}; `--device cpu` runs without it")]
	Broken {
		/// Which device.
		device: String,
		/// What libtorch said.
		reason: String,
	},
}

/// Loads libtorch's CUDA part. A binary that was linked where there was none does not name it, and the linker drops
/// it even where there is one; it registers its kernels when it is loaded.
mod cuda {
	use std::ffi::CStr;

	/// Loads `libtorch_cuda.so` for the rest of the process's life, or says why not.
	#[allow(unsafe_code)]
	pub fn load() -> Result<(), String> {
		// SAFETY: the name is a terminated string. libtorch_cuda's initialisers only register kernels with the libtorch
		// that is loaded already. The handle is never closed.
		let handle = unsafe { libc::dlopen(c"libtorch_cuda.so".as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
		if !handle.is_null() {
			return Ok(());
		}
		// SAFETY: dlerror gives null or a terminated string that lives until this thread's next call of dl*.
		let reason = unsafe {
			let error = libc::dlerror();
			if error.is_null() {
				"libtorch_cuda.so cannot be loaded".to_string()
			} else {
				CStr::from_ptr(error).to_string_lossy().into_owned()
			}
		};
		Err(reason)
	}
}

/// Picks a device by name (`auto`, `cpu`, `cuda`, `cuda:N`), makes it compute something and says on the error output
/// which it is. `auto` is CUDA where a CUDA libtorch and a device are found, else the CPU, and says why. To be called
/// before the first use of a tensor.
pub fn pick(name: &str) -> Result<Device, DeviceError> {
	let (device, why) = find(name)?;
	probe(device)?;
	eprintln!("device: {}{why}", describe(device));
	Ok(device)
}

fn find(name: &str) -> Result<(Device, String), DeviceError> {
	// Networks of a few thousand weights only lose by more threads, and one thread makes runs repeat exactly.
	let cpu = |why: String| {
		tch::set_num_threads(1);
		(Device::Cpu, why)
	};
	let cuda = |index: usize| {
		cuda::load()?;
		match usize::try_from(Cuda::device_count()) {
			Ok(count) if Cuda::is_available() && index < count => Ok(Device::Cuda(index)),
			Ok(count) => Err(format!("libtorch sees {count} CUDA devices, device {index} is not among them")),
			Err(_) => Err("libtorch cannot count the CUDA devices".into()),
		}
	};
	match name {
		"cpu" => Ok(cpu(String::new())),
		"auto" => Ok(match cuda(0) {
			Ok(device) => {
				tch::set_num_threads(1);
				(device, String::new())
			}
			Err(why) => cpu(format!(" (no CUDA: {why})")),
		}),
		_ => {
			let index = match name.strip_prefix("cuda") {
				Some("") => Some(0),
				Some(index) => index.strip_prefix(':').and_then(|index| index.parse().ok()),
				None => None,
			};
			let index = index.ok_or_else(|| DeviceError::Unknown(name.into()))?;
			let device = cuda(index).map_err(DeviceError::Missing)?;
			tch::set_num_threads(1);
			Ok((device, String::new()))
		}
	}
}

/// Multiplies two matrices there and compares.
fn probe(device: Device) -> Result<(), DeviceError> {
	let broken = |reason: String| DeviceError::Broken { device: describe(device), reason };
	let product = || {
		let ones = Tensor::f_ones([8i64, 8].as_slice(), (Kind::Float, device))?;
		f64::try_from(ones.f_matmul(&ones)?.f_sum(Kind::Float)?)
	};
	match product() {
		Ok(512.0) => Ok(()),
		Ok(other) => Err(broken(format!("it multiplies two matrices of ones to {other}, not 512"))),
		Err(error) => Err(broken(error.to_string())),
	}
}

/// A device's name as the option takes it.
pub fn describe(device: Device) -> String {
	match device {
		Device::Cuda(index) => format!("cuda:{index}"),
		_ => "cpu".into(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn cpu_should_always_be_there() {
		assert_eq!(pick("cpu").expect("a device"), Device::Cpu);
		assert_eq!(tch::get_num_threads(), 1);
	}

	#[test]
	fn unknown_names_should_be_refused() {
		for name in ["", "gpu", "cuda:", "cuda:x", "cuda0", "CPU"] {
			assert!(matches!(pick(name), Err(DeviceError::Unknown(_))), "{name}");
		}
	}

	#[test]
	fn cuda_should_be_an_error_where_there_is_none() {
		match pick("cuda:4095") {
			Err(DeviceError::Missing(reason)) => assert!(!reason.is_empty()),
			other => panic!("{other:?}"),
		}
	}
}
