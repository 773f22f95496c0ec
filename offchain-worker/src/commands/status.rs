//! `status`: asks a running worker how it does.

mod market;

use super::{work::Token, Failure, Outcome};
use crate::monitor::{server::DEFAULT_ADDRESS, Status};
use jsonrpsee::{core::client::ClientT, rpc_params, ws_client::WsClientBuilder};
use std::{
	io::{self, IsTerminal, Write},
	process::ExitCode,
	time::Duration,
};

const EXAMPLES: &str = "\
Examples:
  praxis-worker status
  praxis-worker status --watch
  praxis-worker status --control ws://127.0.0.1:9956 --json

It asks a worker that mines (`mine`) or one of the task market (`work`).
With --json it prints the state as one object (with --watch, one a line); docs/worker.md lists its fields.

Exit codes (with --watch those of the last answer, once nobody reads its output any more):
  0  healthy
  1  unhealthy; the reasons are printed
  2  no worker answers there, or wrong input";

/// Time within which the worker must answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The options of `status`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
	/// Where the worker's control API listens.
	#[arg(long, value_name = "ADDRESS", default_value = DEFAULT_ADDRESS)]
	control: String,
	/// Ask again every second until Ctrl-C, also while no worker answers.
	#[arg(long)]
	watch: bool,
	/// Print JSON.
	#[arg(long)]
	json: bool,
}

/// Asks once.
async fn ask(url: &str) -> Result<Status, Failure> {
	let unreachable = |error: jsonrpsee::core::client::Error| {
		Failure::input(
			"unreachable",
			format!(
				"no worker answers at {url}: {error}; is one running, with this --control? (`mine` and `work` say where they listen)"
			),
		)
	};
	let client = WsClientBuilder::new()
		.connection_timeout(PATIENCE)
		.request_timeout(PATIENCE)
		.build(url)
		.await
		.map_err(unreachable)?;
	client.request("worker_status", rpc_params![]).await.map_err(unreachable)
}

/// Seconds as people say them.
fn span(seconds: u64) -> String {
	match seconds {
		0..=119 => format!("{seconds} s"),
		120..=7_199 => format!("{} min", seconds / 60),
		7_200..=172_799 => format!("{} h", seconds / 3_600),
		_ => format!("{} days", seconds / 86_400),
	}
}

/// The state for people.
fn lines(status: &Status) -> Vec<String> {
	let mut lines = Vec::new();
	let mut line = |name: &str, text: String| lines.push(format!("{name:<12} {text}"));
	let health = if status.healthy { "healthy" } else { "UNHEALTHY" };
	line("state", format!("{}, {health}, up {}", status.state.name(), span(status.uptime)));
	if let Some(reason) = &status.reason {
		line("reason", format!("{}: {}", reason.code, reason.message));
		line("remedy", reason.remedy.clone());
	}
	for complaint in &status.unhealthy {
		line("unhealthy", complaint.clone());
	}
	let chain = status.node.chain.as_deref().unwrap_or("unknown chain");
	let peers = status.node.peers.map(|peers| format!(", {peers} peers")).unwrap_or_default();
	line("node", format!("{} ({chain}{peers}), {} connections", status.node.url, status.node.connections));
	line("account", status.account.clone());
	let height =
		|head: &Option<crate::monitor::Head>| head.as_ref().map_or("-".to_string(), |head| head.height.to_string());
	line("blocks", format!("best {}, final {}", height(&status.best), height(&status.finalised)));
	if let Some(market) = &status.market {
		market::lines(status, market, &mut line);
		line("worker", format!("{}, process {}", status.version, status.pid));
		return lines;
	}
	line(
		"submissions",
		format!(
			"{} accepted, {} rejected, {} replaced of {}",
			status.counts.accepted, status.counts.rejected, status.counts.replaced, status.counts.work
		),
	);
	if let Some(last) = &status.submission {
		line("accepted", format!("block {}, reward {:.4}, {} ago", last.height, last.reward, span(last.age)));
	}
	if let Some(last) = &status.rejection {
		line("rejected", format!("block {}: {}: {}", last.height, last.code, last.message));
	}
	if let Some(last) = &status.rewarded {
		let finality = if last.finalised { "final" } else { "in the best chain" };
		line(
			"rewarded",
			format!("block {}, reward {:.4}, {} ago, {finality}", last.height, last.reward, span(last.age)),
		);
	}
	let (symbol, decimals) = status.node.token.clone().unwrap_or_else(|| ("units".into(), 0));
	let token = Token { symbol, decimals };
	let amount = |text: &str| token.show(text.parse().unwrap_or_default());
	line(
		"earned",
		format!(
			"{} in {} blocks of the best chain, {} in {} final ones, {} blocks lost",
			amount(&status.blocks.awards_best),
			status.blocks.best,
			amount(&status.blocks.awards_finalised),
			status.blocks.finalised,
			status.blocks.lost
		),
	);
	let learning = &status.learning;
	line(
		"learning",
		format!(
			"{} on {}: {:.0} environment steps/s, {:.1} gradient steps/s ({} and {} in all)",
			learning.environment.as_deref().unwrap_or("-"),
			learning.device.as_deref().unwrap_or("no device"),
			learning.steps_per_second,
			learning.updates_per_second,
			learning.steps,
			learning.updates
		),
	);
	if let Some(found) = learning.mean_return {
		line("return", format!("{found:.1}"));
	}
	if let Some(checkpoint) = &status.checkpoint {
		let age = checkpoint.age.map_or("not written yet".to_string(), |age| format!("{} old", span(age)));
		line("checkpoint", format!("{}, {age}", checkpoint.path.display()));
	}
	line("worker", format!("{}, process {}", status.version, status.pid));
	lines
}

/// Writes the answer, or that there is none; fails where nobody reads any more.
fn show(answer: &Result<Status, Failure>, json: bool, clear: bool) -> io::Result<()> {
	let mut out = io::stdout().lock();
	if clear {
		write!(out, "\x1b[H\x1b[2J")?;
	}
	match answer {
		Ok(status) if json => writeln!(out, "{}", serde_json::json!(status)),
		Ok(status) => lines(status).iter().try_for_each(|line| writeln!(out, "{line}")),
		Err(failure) if json => {
			let error = serde_json::json!({ "kind": failure.kind, "message": failure.message });
			writeln!(out, "{}", serde_json::json!({ "error": error }))
		}
		Err(failure) => writeln!(out, "{:<12} {failure}", "no answer"),
	}
}

fn exit_code(status: &Status) -> ExitCode {
	ExitCode::from(u8::from(!status.healthy))
}

/// Runs the command.
pub fn run(args: StatusArgs) -> Outcome {
	let url = if args.control.contains("://") { args.control.clone() } else { format!("ws://{}", args.control) };
	let runtime = tokio::runtime::Builder::new_current_thread()
		.enable_all()
		.build()
		.map_err(|error| Failure::running("runtime", error))?;
	let clear = args.watch && !args.json && io::stdout().is_terminal();
	runtime.block_on(async {
		if !args.watch {
			let status = ask(&url).await?;
			let code = exit_code(&status);
			// Where nobody reads it, the exit code still tells.
			let _ = show(&Ok(status), args.json, false);
			return Ok(code);
		}
		loop {
			let answer = ask(&url).await;
			if show(&answer, args.json, clear).is_err() {
				return answer.map(|status| exit_code(&status));
			}
			if !args.json && !clear {
				println!();
			}
			tokio::time::sleep(Duration::from_secs(1)).await;
		}
	})
}
