// The task market on the command line: the commands of cli.sh, which docs/polkadot-js.md shows.
//
// PRAXIS_WS is the address of a `--dev` node on which a worker mines.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Keyring } from '@polkadot/keyring';
import { u8aToHex } from '@polkadot/util';

import { call, connect } from './connect.js';

const PRX = 10n ** 12n;
const HERE = new URL('.', import.meta.url);
const LIMIT = { timeout: 120_000 };

let api;
let environment;
let task;

before(async () => {
  api = await connect();
  // Accounts of this run, so that it can be repeated on the same chain.
  const keyring = new Keyring({ type: 'sr25519' });
  const [requester, worker, operator] = ['requester', 'worker', 'operator'].map((name) => {
    const uri = `//Cli//${name}//${Date.now()}`;
    return { uri, address: keyring.addFromUri(uri).address };
  });
  const bank = keyring.addFromUri('//Ferdie');
  await call(api, api.tx.utility.batchAll([requester, worker, operator]
    .map(({ address }) => api.tx.balances.transferKeepAlive(address, 50n * PRX))), bank);
  environment = {
    ...process.env,
    NODE: process.env.PRAXIS_WS ?? 'ws://127.0.0.1:9944',
    KEY: requester.uri,
    WORKER: worker.uri,
    WORKER_ADDRESS: worker.address,
    OPERATOR: operator.uri,
    OPERATOR_ADDRESS: operator.address,
  };
});

after(async () => {
  await api?.disconnect();
});

/** Runs a step of cli.sh; gives what it printed. */
async function text(step, more = {}) {
  const { stdout } = await promisify(execFile)('sh', ['cli.sh', step], { env: { ...environment, ...more }, cwd: HERE });
  return stdout;
}

/** The JSON values that a text holds, each of which begins and ends with a line of its own. */
function values(said) {
  const found = [];
  let lines = [];
  for (const line of said.split('\n')) {
    if (lines.length > 0 || /^[[{]/.test(line)) lines.push(line);
    if (/^[\]}]$/.test(line) || (lines.length === 1 && /^[[{].*[\]}]$/.test(line))) {
      found.push(JSON.parse(lines.join('\n')));
      lines = [];
    }
  }
  return found;
}

const json = async (step, more) => values(await text(step, more));

/** Sends and asserts that the calls did not fail: polkadot-js-api ends well whatever a call in a block did. */
async function succeeds(step, more) {
  const told = await json(step, more);
  for (const value of told) assert.equal(Object.values(value)[0].dispatchError, undefined, JSON.stringify(value));
  const [result] = Object.values(told.at(-1));
  assert.ok(result.status.inBlock, JSON.stringify(result.status));
  return result;
}

test('a task should be posted and found when polkadot-js-api sends it', LIMIT, async () => {
  const { events } = await succeeds('post');
  const pallet = api.runtimeMetadata.asLatest.pallets.find(({ name }) => name.eq('TaskMarket'));
  const index = u8aToHex(Uint8Array.of(pallet.index.toNumber(), api.events.taskMarket.TaskPosted.meta.index.toNumber()));
  const posted = events.find(({ event }) => event.index === index).event;
  [task] = posted.data;
  const said = await text('look', { TASK: task });
  const [open, found, kept] = values(said);
  assert.ok(Number(open.openTasks) >= 1);
  assert.equal(found.tasks.spec.environment, 'CartPole');
  assert.equal(found.tasks.spec.target, '2,040,109,465,600');
  assert.ok(found.tasks.state.Open);
  assert.equal(kept.retentionBlocks, api.consts.taskMarket.retentionBlocks.toHuman());
  assert.match(said, /# taskMarket.postTask\n\nPosts a task and puts its budget/);
});

test('a worker should register, apply and be ranked', LIMIT, async () => {
  await succeeds('register');
  await succeeds('apply', { TASK: task });
  const [ranking] = await json('ranking', { TASK: task });
  assert.equal(ranking.length, 1);
  const [{ owner, price, quality, total, rank, standing }] = ranking;
  assert.deepEqual({ owner, price, total, rank, standing }, {
    owner: environment.WORKER_ADDRESS, price: '8,000,000,000,000', total: '0.00%', rank: '0', standing: 'Chosen',
  });
  assert.deepEqual(quality, { reputation: '0.00%', expertise: '0.00%', compute: '0.00%' });
});

test('runtime APIs should be read in words', LIMIT, async () => {
  const [raw] = await json('raw');
  assert.equal(raw.call, '0x00', 'an empty list in SCALE');
  const said = await text('reads');
  const [open, worker, quality] = values(said);
  assert.ok(open.some(({ id }) => id === String(task)), said);
  assert.equal(worker.owner, environment.WORKER_ADDRESS);
  assert.equal(worker.operator, environment.OPERATOR_ADDRESS);
  assert.equal(worker.endpoint, 'http://127.0.0.1:9630');
  assert.equal(worker.reputation, '0.00%');
  assert.deepEqual(quality, { reputation: '0.00%', expertise: '0.00%', compute: '0.00%' });
});

test('models should be asked for', LIMIT, async () => {
  const [list] = await json('models');
  assert.ok(Array.isArray(list.byEnvironment));
});

/** What read.js makes of a result whose call failed: polkadot-js-api ends well all the same. */
async function refusal(value) {
  const { index, error } = Object.values(value)[0].dispatchError.module;
  const { stdout } = await promisify(execFile)('node', ['read.js', 'error', String(index), error], { env: { ...process.env, PRAXIS_WS: environment.NODE }, cwd: HERE });
  return stdout;
}

test('commit, reveal and purchase should reach the chain, and their refusals be told in words', LIMIT, async () => {
  const zero = `0x${'00'.repeat(32)}`;
  // Nobody is chosen yet. The policy is some file: it is not looked at before.
  const told = await json('commit', { TASK: task, COMMITMENT: zero, CID: '0x015512200000', POLICY: 'package.json', SALT: zero });
  const last = told.filter((value) => Object.values(value)[0].status.inBlock);
  assert.deepEqual(last.map((value) => Object.keys(value)[0]), ['commit', 'reveal']);
  for (const value of last) assert.match(await refusal(value), /^taskMarket\.TooEarly: /);
  const bought = await json('buy', { OFFER: '4000000000', ONE_TIME_KEY: zero });
  assert.match(await refusal(bought.at(-1)), /^models\.NoOffer: /);
});

test('an application and a task should be taken back', LIMIT, async () => {
  await succeeds('withdraw', { TASK: task });
  await succeeds('cancel', { TASK: task });
  const again = await json('cancel', { TASK: task });
  assert.match(await refusal(again.at(-1)), /^taskMarket\.NotOpen: /);
});

test('look.js should tell of the oracle, the authors and the awards', LIMIT, async () => {
  const { stdout } = await promisify(execFile)('node', ['look.js'], { env: { ...process.env, PRAXIS_WS: environment.NODE }, cwd: HERE });
  for (const word of ['Pendulum', 'submitTransitions', 'author', 'reward']) assert.match(stdout, new RegExp(word, 'i'));
});
