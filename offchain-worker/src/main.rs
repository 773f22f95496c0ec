//! The worker's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
	praxis_worker::commands::main()
}
