use super::*;
use std::collections::HashMap;

struct Given {
	variables: HashMap<&'static str, &'static str>,
	places: Vec<PathBuf>,
}

impl Surroundings for Given {
	fn variable(&self, name: &str) -> Option<String> {
		self.variables.get(name).map(ToString::to_string)
	}

	fn places(&self) -> Vec<PathBuf> {
		self.places.clone()
	}
}

fn around(variables: &[(&'static str, &'static str)], places: &[&Path]) -> Given {
	Given {
		variables: variables.iter().copied().collect(),
		places: places.iter().map(|path| path.to_path_buf()).collect(),
	}
}

fn resolve(line: &[&str], around: &Given) -> Result<Settings, Failure> {
	let argv: Vec<OsString> = ["praxis-worker"].iter().chain(line).map(OsString::from).collect();
	let settings = Settings::of_line(&crate::commands::command_line(), &argv, around)?;
	Ok(settings.expect("a command with options"))
}

fn find<'a>(settings: &'a Settings, option: &str) -> (&'a Setting, Option<&'a str>) {
	let found = settings.settings.iter().find(|setting| setting.option == option).expect("the option is there");
	(found, found.value.as_deref())
}

#[test]
fn each_layer_should_give_way_to_the_one_before() {
	let folder = tempfile::tempdir().expect("a folder");
	let file = folder.path().join("worker.toml");
	fs::write(&file, "node = \"ws://file:1\"\nseed = 3\ndevice = \"cpu\"\nlearn = true\n").expect("a file");
	let missing = folder.path().join("missing.toml");
	let around = around(&[("PRAXIS_NODE", "ws://environment:1"), ("PRAXIS_SEED", "4")], &[&missing, &file]);
	let settings = resolve(&["mine", "--node", "ws://flag:1"], &around).expect("settings");
	assert_eq!(settings.file.as_deref(), Some(file.as_path()));
	let (node, value) = find(&settings, "node");
	assert_eq!((value, &node.source), (Some("ws://flag:1"), &Source::Flag));
	let (seed, value) = find(&settings, "seed");
	assert_eq!((value, &seed.source), (Some("4"), &Source::Environment("PRAXIS_SEED".into())));
	let (device, value) = find(&settings, "device");
	assert_eq!((value, &device.source), (Some("cpu"), &Source::File));
	assert_eq!(find(&settings, "evaluate-every").0.source, Source::Default);
	let line = settings.complete(&["praxis-worker".into(), "mine".into()]);
	let line: Vec<_> = line.iter().map(|word| word.to_string_lossy()).collect();
	assert_eq!(line, ["praxis-worker", "mine", "--seed=4", "--learn=true", "--device=cpu"]);
}

#[test]
fn training_should_have_a_table_and_variables_of_its_own() {
	let folder = tempfile::tempdir().expect("a folder");
	let file = folder.path().join("worker.toml");
	fs::write(&file, "seed = 3\ndevice = \"cuda\"\n[train]\nseed = 9\nhidden = [8, 4]\n").expect("a file");
	let around = around(&[("PRAXIS_SEED", "5"), ("PRAXIS_TRAIN_STEPS", "7")], &[]);
	let file = file.to_string_lossy().into_owned();
	let settings = resolve(&["train", "--environment", "CartPole-v1", "--config", &file], &around).expect("settings");
	assert_eq!(find(&settings, "seed").1, Some("9"));
	assert_eq!(find(&settings, "steps").1, Some("7"));
	assert_eq!(find(&settings, "hidden").1, Some("8,4"));
	assert_eq!(find(&settings, "device").1, Some("cuda"));
}

#[test]
fn the_markets_worker_should_share_the_node_but_neither_key_nor_port() {
	let folder = tempfile::tempdir().expect("a folder");
	let file = folder.path().join("worker.toml");
	let text = "node = \"ws://file:1\"\nkey-file = \"author.key\"\ncontrol = \"127.0.0.1:1\"\nlog-rotate = \"10M\"\n\
		[work]\nenvironments = [\"CartPole-v1\", \"MazeCleaning-v0(6x6,1)\"]\nprice = 2.5\nmax-tasks = 3\n";
	fs::write(&file, text).expect("a file");
	let variables = [("PRAXIS_STORE", "models"), ("PRAXIS_NODE", "ws://top:1"), ("PRAXIS_WORK_MAX_TASKS", "2")];
	let settings = resolve(&["work", "--price", "3"], &around(&variables, &[&file])).expect("settings");
	assert_eq!(find(&settings, "node").1, Some("ws://top:1"));
	assert_eq!(find(&settings, "log-rotate").1, Some("10M"));
	assert_eq!(find(&settings, "key-file").1, None, "the author's key is not the operator's");
	assert_eq!(find(&settings, "control").0.source, Source::Default);
	assert_eq!(find(&settings, "environments").1, Some("CartPole-v1,MazeCleaning-v0(6x6,1)"));
	assert_eq!((find(&settings, "price").1, find(&settings, "max-tasks").1), (Some("3"), Some("2")));
	let (store, value) = find(&settings, "store");
	assert_eq!((value, &store.source), (Some("models"), &Source::Environment("PRAXIS_STORE".into())));
	let own = [("PRAXIS_WORK_NODE", "ws://own:1"), ("PRAXIS_NODE", "ws://top:1")];
	let settings = resolve(&["work"], &around(&own, &[&file])).expect("settings");
	assert_eq!(find(&settings, "node").1, Some("ws://own:1"));
	assert_eq!((find(&settings, "price").1, find(&settings, "max-tasks").1), (Some("2.5"), Some("3")));
	fs::write(&file, "[work]\npolicy = \"x\"\n").expect("a file");
	let failure = resolve(&["mine"], &around(&[], &[&file])).expect_err("nothing reads it");
	assert!(failure.message.contains("[work] `policy` is not an option"), "{}", failure.message);
}

#[test]
fn an_option_of_a_later_layer_should_give_way_to_one_that_excludes_it() {
	let around = around(&[("PRAXIS_CHECKPOINT", "agent.safetensors")], &[]);
	let settings = resolve(&["mine", "--random"], &around).expect("settings");
	assert_eq!(find(&settings, "checkpoint").0.overruled.as_deref(), Some("random"));
	assert!(settings.added.is_empty());
	let settings = resolve(&["mine"], &around).expect("settings");
	assert_eq!((find(&settings, "checkpoint").0.overruled.as_deref(), settings.added.len()), (None, 1));
}

#[test]
fn mistakes_in_the_file_should_be_named_with_what_was_meant() {
	let folder = tempfile::tempdir().expect("a folder");
	let file = folder.path().join("worker.toml");
	let around = around(&[], &[&file]);
	let complaint = |text: &str| {
		fs::write(&file, text).expect("a file");
		let failure = resolve(&["mine"], &around).err().unwrap_or_else(|| panic!("{text} was taken"));
		assert_eq!((failure.kind, failure.code), ("config", 2));
		assert!(failure.message.contains("worker.toml"), "{}", failure.message);
		failure.message
	};
	assert!(complaint("nod = \"ws://a\"").contains("did you mean `node`?"));
	assert!(complaint("evaluate_every = 3").contains("did you mean `evaluate-every`?"));
	assert!(complaint("[train]\nstep = 3").contains("did you mean `steps`?"));
	assert!(complaint("zzz = 3").contains("is not an option"));
	assert!(complaint("random = \"perhaps\"").contains("true or false"));
	assert!(complaint("seed = 1979-05-27").contains("neither text"));
	assert!(complaint("seed = 3\nnode = ws").contains("line 2"));
	for secret in ["key = \"bottom drive obey\"", "seed_phrase = \"bottom drive obey\"", "key = bottom drive obey"] {
		let message = complaint(secret);
		assert!(!message.contains("bottom"), "{message}");
	}
	assert!(complaint("key = \"a\"").contains("key-file"));
}

#[test]
fn a_file_that_was_named_should_have_to_be_there() {
	let missing = [("PRAXIS_CONFIG", "/nowhere/worker.toml")];
	assert!(resolve(&["mine"], &around(&missing, &[])).is_err());
	assert!(resolve(&["mine", "--config", "/nowhere/else.toml"], &around(&[], &[])).is_err());
	let settings = resolve(&["mine"], &around(&[], &[Path::new("/nowhere/worker.toml")])).expect("the defaults");
	assert_eq!((settings.file.as_ref(), settings.searched.len()), (None, 1));
}

#[test]
fn a_wrong_value_should_be_traced_to_where_it_stands() {
	let settings = resolve(&["mine"], &around(&[("PRAXIS_SEED", "many")], &[])).expect("it is checked later");
	let argv = settings.complete(&["praxis-worker".into(), "mine".into()]);
	let error = crate::commands::command_line().try_get_matches_from(argv).expect_err("no number");
	let explained = settings.explain(&error.to_string()).expect("it is not on the line");
	assert!(explained.contains("PRAXIS_SEED"), "{explained}");
}
