// What the chain says when it refuses: every error of this project's pallets, and a refusal of every call.
//
// PRAXIS_WS is the address of a `--dev` node on which a worker mines.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomBytes } from 'node:crypto';
import { Keyring } from '@polkadot/keyring';
import { u8aToHex } from '@polkadot/util';

import { call, connect, words } from './connect.js';

const PRX = 10n ** 12n;
const real = (x) => BigInt(Math.round(x * 2 ** 32));
const NONE = 4_000_000_000;
const ZERO = `0x${'00'.repeat(32)}`;
const PALLETS = ['workers', 'oracle', 'models', 'taskMarket', 'teaching'];
const RESOURCES = { cores: 1, memory: 1024, gpus: 0, gpuMemory: 0 };

const spec = {
  environment: { CartPole: null },
  target: real(475),
  episodes: 20,
  price: PRX,
  budget: PRX,
  workers: 1,
  applyBlocks: 200,
  trainBlocks: 20,
  revealBlocks: 20,
  minimumReputation: 0,
  terms: { reputation: 400_000_000, expertise: 400_000_000, compute: 200_000_000 },
  resources: RESOURCES,
  limits: { maxParameters: 10_000, maxWork: 20_000 },
};

/** A session that nobody can go through with: it is open, and its audit is never shown. */
const lessons = () => ({
  features: 4,
  classes: 2,
  limits: { maxParameters: 64, maxWork: 256 },
  root: u8aToHex(randomBytes(32)),
  items: 64,
  chunkLog2: 4,
  scale: { min: 0, mid: 900_000_000, max: 1_000_000_000 },
  reward: 10n * PRX,
  fee: PRX,
  stake: PRX,
  lessonBytes: 4096,
  rounds: 1,
  teachers: 1,
  auditBlocks: 100,
  offerBlocks: 5,
  trainBlocks: 5,
  revealBlocks: 5,
  base: ZERO,
  keys: [ZERO],
  trainers: null,
});
const OFFER = { cid: '0x01', ciphertext: ZERO, bytes: 1, samples: 1, keyHash: ZERO, sealedKey: `0x${'00'.repeat(80)}` };

let api;
let session; // Opened by `owner`.
let asked; // What was asked for there.
let owner; // Of a worker whose operator it is itself, and the requester of `task`.
let other; // The same, but of no task.
let stranger; // Nobody.
let task;

before(async () => {
  api = await connect();
  // Accounts of this run, so that it can be repeated on the same chain.
  const keyring = new Keyring({ type: 'sr25519' });
  [owner, other, stranger] = ['owner', 'other', 'stranger'].map((name) => keyring.addFromUri(`//Refusals//${name}//${Date.now()}`));
  const bank = keyring.addFromUri('//Eve');
  await call(api, api.tx.utility.batchAll([owner, other, stranger]
    .map(({ address }) => api.tx.balances.transferKeepAlive(address, 100n * PRX))), bank);
  await Promise.all([owner, other].map((who) => call(api, api.tx.workers.registerWorker(who.address, RESOURCES, 'http://127.0.0.1:9630'), who)));
  const posted = await call(api, api.tx.taskMarket.postTask(spec), owner);
  task = posted.find((event) => api.events.taskMarket.TaskPosted.is(event)).data.task;
  await call(api, api.tx.taskMarket.apply(task, PRX), other);
  asked = lessons();
  const opened = await call(api, api.tx.teaching.openSession(asked), owner);
  session = opened.find((event) => api.events.teaching.SessionOpened.is(event)).data.session;
}, { timeout: 120_000 });

after(async () => {
  await call(api, api.tx.taskMarket.cancel(task), owner);
  await api.disconnect();
});

/** Sends the calls of an account at once, and compares how each is refused. */
async function refusals(who, expected) {
  let nonce = (await api.rpc.system.accountNextIndex(who.address)).toNumber();
  const wrong = await Promise.all(expected.map(async ([name, tx]) => {
    const options = { nonce };
    nonce += 1;
    const said = await call(api, tx, who, options).then(() => 'nothing', (error) => error.message);
    return said.startsWith(`${name}: `) ? [] : [`expected ${name} of ${tx.method.section}.${tx.method.method}, but the chain said: ${said}`];
  }));
  assert.deepEqual(wrong.flat(), []);
  return expected.map(([, tx]) => `${tx.method.section}.${tx.method.method}`);
}

test('every error should have a name and one line that reads well', () => {
  for (const pallet of PALLETS) {
    const errors = Object.entries(api.errors[pallet]);
    assert.ok(errors.length > 5, `${pallet} has errors`);
    const lines = new Set();
    for (const [name, { meta }] of errors) {
      const index = api.runtimeMetadata.asLatest.pallets.find((found) => found.name.toString().toLowerCase() === pallet.toLowerCase()).index.toNumber();
      const said = words(api, api.createType('DispatchError', { Module: { index, error: [meta.index.toNumber(), 0, 0, 0] } }));
      assert.ok(said.startsWith(`${pallet}.${name}: `), said);
      assert.match(name, /^[A-Z][A-Za-z]+$/);
      assert.equal(meta.docs.length, 1, `${pallet}.${name} has one line`);
      const line = meta.docs[0].toString();
      assert.match(line, /^[A-Z].{10,110}[a-z0-9)`]\.$/, `${pallet}.${name}`);
      assert.doesNotMatch(line, /\[`|`\]|Error::|TODO/, `${pallet}.${name} has links, which nobody sees here`);
      assert.ok(!lines.has(line), `${pallet}.${name} says the same as another`);
      lines.add(line);
    }
  }
});

test('every call should be refused in words', { timeout: 180_000 }, async () => {
  const { taskMarket, workers, models, oracle, teaching } = api.tx;
  const cid = '0x015512200000';
  const post = (changed) => taskMarket.postTask({ ...spec, ...changed });
  const openSession = (changed) => teaching.openSession({ ...lessons(), ...changed });
  const tried = await Promise.all([
    refusals(stranger, [
      ['workers.InvalidProof', workers.registerAuthor(`0x${'01'.repeat(32)}`, `0x${'01'.repeat(64)}`)],
      ['workers.NotRegistered', workers.deregister()],
      ['workers.NotRegistered', workers.withdrawBond()],
      ['workers.NoWorker', workers.updateWorker(RESOURCES, '')],
      ['workers.NoWorker', workers.setOperator(owner.address)],
      ['workers.NotProposed', workers.acceptOperator(owner.address)],
      ['workers.NotOperator', workers.resignOperator()],
      ['workers.NoWorker', workers.withdrawWorker()],
      ['workers.NoWorker', workers.releaseWorkerDeposit()],
      ['taskMarket.NotRegistered', taskMarket.apply(task, PRX)],
      ['taskMarket.NotRequester', taskMarket.cancel(task)],
      ['taskMarket.NotDue', taskMarket.poke(task)],
      ['taskMarket.NotFinished', taskMarket.prune(task)],
      ['models.NoModel', models.share(ZERO, cid)],
      ['models.NoModel', models.offer(ZERO, cid, ZERO, ZERO, PRX, 1)],
      ['models.NoOffer', models.withdrawOffer(NONE)],
      ['models.NoOffer', models.buy(NONE, ZERO)],
      ['models.NoSale', models.deliver(NONE, `0x${'00'.repeat(80)}`)],
      ['models.NoSale', models.accept(NONE)],
      ['models.NoSale', models.dispute(NONE, ZERO)],
      ['models.NoSale', models.finishSale(NONE)],
      ['teaching.NotFound', teaching.join(NONE)],
      ['teaching.WrongState', teaching.join(session)],
      ['teaching.NotTeacher', teaching.leave(session)],
      ['teaching.WrongState', teaching.commitLesson(session, OFFER)],
      ['teaching.NotStudent', teaching.revealAudit(session, [])],
      ['teaching.NotStudent', teaching.disputeLesson(session, 0, ZERO, null)],
      ['teaching.NotStudent', teaching.commitClassifier(session, ZERO, null)],
      ['teaching.NotStudent', teaching.revealClassifier(session, 0, '0x00')],
      ['teaching.NotStudent', teaching.revealHoldout(session, 0, [], [], 0)],
      ['teaching.WrongState', teaching.settle(session)],
      ['teaching.NotDue', teaching.poke(session)],
      ['teaching.NotFinished', teaching.prune(session)],
      ['teaching.NoKeys', teaching.enlistTrainer([])],
      ['teaching.NotTrainer', teaching.addKeys([ZERO])],
      ['teaching.NotTrainer', teaching.retireTrainer()],
      ['teaching.WrongState', teaching.handLesson(session, 0, [])],
      ['teaching.WrongState', teaching.commitTraining(session, 0, ZERO)],
      ['teaching.WrongState', teaching.revealTraining(session, 0, '0x00', ZERO)],
    ]),
    refusals(owner, [
      ['workers.WorkerExists', workers.registerWorker(owner.address, RESOURCES, '')],
      ['workers.WorkerNotLeaving', workers.releaseWorkerDeposit()],
      ['taskMarket.BadBudget', post({ budget: 0 })],
      ['taskMarket.BadWorkers', post({ workers: 0 })],
      ['taskMarket.BadDeadlines', post({ applyBlocks: 0 })],
      ['taskMarket.BadDeadlines', post({ revealBlocks: 1 })],
      ['taskMarket.BadTerms', post({ terms: { reputation: 1, expertise: 0, compute: 0 } })],
      ['taskMarket.BadRequest', post({ episodes: 0 })],
      ['taskMarket.BadEnvironment', post({ environment: { MazeCleaning: { width: 200, height: 200, agents: 9 } } })],
      ['taskMarket.TooExpensive', post({ episodes: 1000, limits: { maxParameters: 100_000, maxWork: 200_000 } })],
      ['taskMarket.TargetOutOfReach', post({ target: real(501) })],
      ['taskMarket.AlreadyAchieved', post({ target: real(1) })],
      ['taskMarket.OwnTask', taskMarket.apply(task, PRX)],
      ['teaching.HoldoutUsed', teaching.openSession(asked)],
      ['teaching.BadShape', openSession({ classes: 1 })],
      ['teaching.BadHoldout', openSession({ items: 63 })],
      ['teaching.BadScale', openSession({ scale: { min: 5, mid: 5, max: 6 } })],
      ['teaching.BadReward', openSession({ reward: PRX })],
      ['teaching.BadStake', openSession({ fee: 2n * PRX })],
      ['teaching.BadRounds', openSession({ rounds: 5 })],
      ['teaching.BadDeadlines', openSession({ trainBlocks: 0 })],
      ['teaching.BadKeys', openSession({ keys: [ZERO, ZERO] })],
      ['teaching.BadShare', openSession({ keys: [], trainers: 1 })],
      ['teaching.WrongState', teaching.revealClassifier(session, 1, '0x00')],
      ['teaching.WrongClassifier', teaching.revealClassifier(session, 0, '0x00')],
    ]),
    refusals(other, [
      ['taskMarket.NotFound', taskMarket.apply(NONE, PRX)],
      ['taskMarket.AlreadyApplied', taskMarket.apply(task, PRX)],
      ['taskMarket.NotFound', taskMarket.withdrawApplication(NONE)],
      ['taskMarket.TooEarly', taskMarket.commit(task, ZERO, cid, null)],
      ['taskMarket.TooEarly', taskMarket.reveal(task, '0x00', ZERO)],
      ['taskMarket.NotFound', taskMarket.poke(NONE)],
      ['taskMarket.NotFound', taskMarket.prune(NONE)],
    ]),
  ]);

  // The author's own call is refused by the pool as a transaction; among others, and by another account, in words.
  const [result] = (await call(api, api.tx.utility.forceBatch([oracle.submitTransitions(ZERO, 0, 0, 0, '0x', 0, ZERO)]), stranger))
    .filter((event) => api.events.utility.ItemFailed.is(event));
  assert.match(words(api, result.data.error), /^oracle\.[A-Z][A-Za-z]+: /);
  tried.push(['oracle.submitTransitions']);

  const calls = PALLETS.flatMap((pallet) => Object.keys(api.tx[pallet]).map((name) => `${pallet}.${name}`));
  assert.deepEqual(calls.filter((name) => !tried.flat().includes(name)), [], 'a refusal of every call');
});
