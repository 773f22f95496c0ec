//! `completions`: what a shell needs to complete this command line.

use super::Outcome;
use clap_complete::Shell;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  praxis-worker completions bash > ~/.local/share/bash-completion/completions/praxis-worker
  praxis-worker completions zsh > ~/.zfunc/_praxis-worker
  praxis-worker completions fish > ~/.config/fish/completions/praxis-worker.fish";

/// The options of `completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
	/// The shell.
	shell: Shell,
}

/// Runs the command.
pub fn run(args: CompletionsArgs) -> Outcome {
	clap_complete::generate(args.shell, &mut super::command_line(), "praxis-worker", &mut std::io::stdout());
	Ok(ExitCode::SUCCESS)
}
