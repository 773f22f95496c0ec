//! Help as it is shown: paragraphs are written in lines of the source's width, and shown in those of the terminal's.

use clap::Command;

/// The command with all its subcommands, the paragraphs after whose help are one line each, which clap then wraps.
pub(crate) fn flowing(command: Command) -> Command {
	let join = |text: &clap::builder::StyledStr| joined(&text.ansi().to_string());
	let (after, long) = (command.get_after_help().map(join), command.get_after_long_help().map(join));
	let mut command = command.mut_subcommands(flowing);
	if let Some(after) = after {
		command = command.after_help(after);
	}
	if let Some(long) = long {
		command = command.after_long_help(long);
	}
	command
}

/// Joins the lines of paragraphs. What is indented, and what follows a colon, stays as it is.
fn joined(text: &str) -> String {
	let mut lines: Vec<String> = Vec::new();
	let mut goes_on = false;
	for line in text.lines() {
		let is_text = !line.is_empty() && !line.starts_with(' ');
		match lines.last_mut() {
			Some(last) if goes_on && is_text => {
				last.push(' ');
				last.push_str(line);
			}
			_ => lines.push(line.into()),
		}
		goes_on = is_text && !line.ends_with(':');
	}
	lines.join("\n")
}

#[cfg(test)]
mod tests {
	use super::joined;

	#[test]
	fn paragraphs_should_become_one_line_and_examples_stay() {
		let text = "Examples:\n  a b\n  c d\n\nThe key is\nthe account's.\nMore.\n\nTwo:\n  x";
		assert_eq!(joined(text), "Examples:\n  a b\n  c d\n\nThe key is the account's. More.\n\nTwo:\n  x");
	}
}
