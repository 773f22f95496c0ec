//! Models that are sound, and models that are not what they say.

use super::*;
use crate::{
	agent::Dqn,
	commands::work::{
		check::Goal,
		trainer::{Plan, Trainer},
	},
	store::model::{Network, CARD_VERSION},
};
use std::{fs, sync::Arc, thread};

const ENVIRONMENT: TaskEnvironment = TaskEnvironment::CartPole;
const LIMITS: Limits = Limits { max_parameters: 10_000, max_work: 20_000 };

fn wanted(environment: TaskEnvironment, limits: &Limits) -> Wanted<'_> {
	Wanted { environment, limits, seed: 1 }
}

/// The model of an agent that has not learned, and the hash of its policy.
fn model(seed: u64) -> (Model, H256) {
	let config = DqnConfig { seed, hidden: vec![16], ..DqnConfig::for_environment(ENVIRONMENT) };
	let agent = Dqn::new(ENVIRONMENT, config, tch::Device::Cpu).expect("an agent");
	let checkpoint = agent.checkpoint().expect("a checkpoint");
	let folder = tempfile::tempdir().expect("a folder");
	let file = folder.path().join("agent.safetensors");
	checkpoint.write(&file).expect("a file");
	let policy = H256(quantise::of_checkpoint(checkpoint, ENVIRONMENT).expect("a policy").policy.hash());
	let card = ModelCard {
		version: CARD_VERSION,
		environment: ENVIRONMENT.to_string(),
		policy_hash: hex::encode(policy),
		verified_score: 20.0,
		parent: None,
		network: Network { inputs: 4, hidden: vec![16], outputs: 2, dueling: false },
		training: Default::default(),
		creator: "5Grw".into(),
		created_at: 3,
	};
	(Model { weights: fs::read(&file).expect("a file"), card }, policy)
}

fn stored(store: &Store, model: &Model, policy: Option<H256>) -> Source {
	Source { policy, place: Place::Store(model.write(store).expect("it is sound"), Vec::new()) }
}

#[test]
fn wish_should_be_told_by_its_form() {
	let folder = tempfile::tempdir().expect("a folder");
	let path = folder.path().display().to_string();
	let cid = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
	assert_eq!("best".parse(), Ok(WarmStart::Best));
	assert_eq!(format!("0x{}", "07".repeat(32)).parse(), Ok(WarmStart::Policy(H256([7; 32]))));
	assert_eq!(cid.parse(), Ok(WarmStart::Cid(cids::parse(cid).expect("a CID"))));
	assert_eq!(path.parse(), Ok(WarmStart::Folder(folder.path().into())));
	for wrong in ["", "0x07", "worst", "/nowhere/at/all"] {
		assert!(wrong.parse::<WarmStart>().is_err(), "{wrong}");
	}
}

#[test]
fn training_should_begin_with_the_model_and_say_so_again_when_the_worker_is_started_again() {
	let folder = tempfile::tempdir().expect("a folder");
	let store = Store::open(&folder.path().join("store")).expect("a store");
	let (model, policy) = model(5);
	let source = stored(&store, &model, Some(policy));
	let task = folder.path().join("task-7");
	let train = |warm| {
		let plan = Plan {
			environment: ENVIRONMENT,
			goal: Goal { target: 400.0, episodes: 20 },
			limits: LIMITS,
			seed: 1,
			device: "cpu".into(),
			folder: task.clone(),
			counters: Arc::default(),
			warm,
			store: store.clone(),
		};
		let trainer = Trainer::start(plan).expect("a thread");
		// Before it has taken a step: what it has is what it began with.
		trainer.finish();
		loop {
			if let Some(result) = trainer.result() {
				break result.expect("a candidate");
			}
			thread::sleep(Duration::from_millis(5));
		}
	};
	for warm in [Some(Ok(vec![source])), None] {
		let found = train(warm);
		let parent = found.start.parent().expect("a model").clone();
		assert_eq!((parent.policy, parent.from.as_str()), (policy, "the own store"));
		assert!(parent.cid.is_some());
		assert_eq!(H256(found.policy.hash()), policy, "its weights are the model's");
		assert_eq!(found.agent.config.hidden, [16]);
	}
	fs::remove_dir_all(&task).expect("a folder");
	let fresh = train(None);
	assert_eq!(fresh.start, Start::Fresh);
	assert_ne!(H256(fresh.policy.hash()), policy);
}

#[test]
fn training_should_begin_anew_and_say_why_when_a_model_is_not_what_it_says() {
	let folder = tempfile::tempdir().expect("a folder");
	let store = Store::open(&folder.path().join("store")).expect("a store");
	let (sound, policy) = model(5);
	let begin = |sources: &[&Source], wanted: Wanted| {
		let sources = Ok(sources.iter().copied().cloned().collect());
		let (checkpoint, start) = begin(folder.path(), &sources, &store, wanted);
		assert_eq!(checkpoint.is_some(), start.parent().is_some());
		start
	};
	let reason = |start: Start| match start {
		Start::Fallback(reason) => reason,
		start => panic!("{start:?}"),
	};
	let usual = wanted(ENVIRONMENT, &LIMITS);
	// Another's weights under a judged policy's name.
	let (other, _) = model(6);
	let forged = Model { weights: other.weights, card: sound.card.clone() };
	let forged = stored(&store, &forged, Some(policy));
	assert!(reason(begin(&[&forged], usual)).contains("is what was judged"));
	// The next one counts.
	let good = stored(&store, &sound, Some(policy));
	assert!(begin(&[&forged, &good], usual).parent().is_some());
	// A model of another shape, and one that is too large.
	let maze = TaskEnvironment::MazeCleaning { width: 6, height: 6, agents: 1 };
	assert!(reason(begin(&[&good], wanted(maze, &LIMITS))).contains("does not fit"));
	let small = Limits { max_parameters: 100, max_work: 100 };
	assert!(reason(begin(&[&good], wanted(ENVIRONMENT, &small))).contains("larger than the task allows"));
	// A model that nobody gives.
	let absent = cids::parse("bafybeiah4ktim2swjcdc7fbxoqf67o3nz3xfyn2ffzdqsfdipyd5dmhwpm").expect("a CID");
	let absent = Source { policy: None, place: Place::Store(absent, Vec::new()) };
	assert!(reason(begin(&[&absent], usual)).contains("no peer"));
	assert_eq!(reason(begin(&[], usual)), "there is no model to try");
}

#[test]
fn folder_should_do_for_a_model() {
	let folder = tempfile::tempdir().expect("a folder");
	let store = Store::open(&folder.path().join("store")).expect("a store");
	let (model, policy) = model(5);
	let place = folder.path().join("model");
	fs::create_dir(&place).expect("a folder");
	fs::write(place.join(WEIGHTS), &model.weights).expect("a file");
	fs::write(place.join(CARD), model.card.to_bytes().expect("a card")).expect("a file");
	let source = Source { policy: None, place: Place::Folder(place.clone()) };
	let (checkpoint, start) =
		begin(&folder.path().join("task-7"), &Ok(vec![source.clone()]), &store, wanted(ENVIRONMENT, &LIMITS));
	let parent = start.parent().expect("a model");
	assert_eq!((parent.policy, parent.cid.as_ref()), (policy, None));
	let seedling = checkpoint.expect("an agent");
	assert_eq!((seedling.steps, seedling.updates, seedling.config.epsilon_start), (0, 0, EXPLORATION));
	fs::write(place.join(CARD), b"{}").expect("a file");
	let (none, start) = begin(folder.path(), &Ok(vec![source]), &store, wanted(ENVIRONMENT, &LIMITS));
	assert!(none.is_none() && matches!(start, Start::Fallback(_)));
}
