// A task from its posting to its payment, with nothing but @polkadot/api: Alice asks for a CartPole policy, Bob has a
// good one and Charlie a bad one, and the chain judges both.
//
//   PRAXIS_WS=ws://127.0.0.1:9944 PRAXIS_POLICY=cart.policy node market.js
//
// PRAXIS_POLICY is what `praxis-worker quantise` writes. The last line of the output is JSON.
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { Keyring } from '@polkadot/keyring';
import { u8aConcat, u8aToHex } from '@polkadot/util';
import { blake2AsU8a, sha256AsU8a } from '@polkadot/util-crypto';
import { call, connect, print, refused, until } from './connect.js';

const PRX = 10n ** 12n;

/** A number as the chain holds it: in units of 2^-32. */
const real = (x) => BigInt(Math.round(x * 2 ** 32));

/** A policy that always pushes the cart to the left: one layer, 4 inputs, 2 outputs, all weights 0. */
const BAD = Uint8Array.from([
  1, // format
  0xff, 0x7f, // inputs are clamped to 32767
  1 << 2, // one layer
  4, 0, 2, 0, 0, // inputs, outputs, shift
  2 << 2, 0, 0, 0, 0, 0, 0, 0, 0, // biases
  8 << 2, 0, 0, 0, 0, 0, 0, 0, 0, // weights
]);

const api = await connect();
const keyring = new Keyring({ type: 'sr25519' });
const [alice, bob, charlie, bobsKey, charliesKey] = ['//Alice', '//Bob', '//Charlie', '//Bob//operator', '//Charlie//operator'].map((uri) => keyring.addFromUri(uri));

const free = async (who) => (await api.query.system.account(who.address)).data.free.toBigInt();
const height = async () => (await api.rpc.chain.getHeader()).number.toNumber();

/** Waits until the task is in this state. */
const reached = (id, state) => until(api, `task ${id} in the state ${state}`, async () => {
  const task = await api.call.taskMarketApi.task(id);
  return task.isSome && task.unwrap().state.type === state ? task.unwrap() : undefined;
});

// Follows the market, block by block.
const seen = [];
await api.query.system.events((records) => {
  for (const { event } of records) {
    if (event.section !== 'taskMarket') continue;
    seen.push(event.method);
    print(`  ${event.method} ${JSON.stringify(event.toHuman().data)}`);
  }
});

// The operators' keys sign for the workers and pay the fees of that; bonds and payouts are the owners'.
for (const key of [bobsKey, charliesKey]) {
  await call(api, api.tx.balances.transferKeepAlive(key.address, PRX), alice);
}
const resources = { cores: 2, memory: 4096, gpus: 0, gpuMemory: 0 };
await call(api, api.tx.workers.registerWorker(bobsKey.address, resources, 'http://127.0.0.1:9630'), bob);
await call(api, api.tx.workers.registerWorker(charliesKey.address, resources, 'http://127.0.0.1:9631'), charlie);
// An operator has to agree, so that nobody claims a stranger's key.
await call(api, api.tx.workers.acceptOperator(bob.address), bobsKey);
await call(api, api.tx.workers.acceptOperator(charlie.address), charliesKey);
print('two workers are registered');

const spec = {
  environment: { CartPole: null },
  target: real(475),
  episodes: 100,
  price: 10n * PRX,
  budget: 20n * PRX,
  workers: 2,
  applyBlocks: 6,
  trainBlocks: 20,
  revealBlocks: 20,
  minimumReputation: 0,
  terms: { reputation: 400_000_000, expertise: 400_000_000, compute: 200_000_000 },
  resources: { cores: 1, memory: 1024, gpus: 0, gpuMemory: 0 },
  limits: { maxParameters: 10_000, maxWork: 20_000 },
};
await refused(api, 'taskMarket.TargetOutOfReach', api.tx.taskMarket.postTask({ ...spec, target: real(501) }), alice);
const before = { alice: await free(alice), bob: await free(bob), charlie: await free(charlie) };
const posted = await call(api, api.tx.taskMarket.postTask(spec), alice);
const begun = await height();
const id = posted.find((event) => api.events.taskMarket.TaskPosted.is(event)).data.task.toNumber();
print(`task ${id} is posted at block ${begun}`);

// What a worker looks for: tasks that are open, from number 0 on, at most 10 of them.
const open = await api.call.taskMarketApi.openTasks(0, 10);
for (const task of open) print(`task ${task.id}: ${task.spec.environment} to ${Number(task.spec.target.toBigInt()) / 2 ** 32}`);

await refused(api, 'taskMarket.NotRegistered', api.tx.taskMarket.apply(id, PRX), alice);
await call(api, api.tx.taskMarket.apply(id, 8n * PRX), bobsKey);
await call(api, api.tx.taskMarket.apply(id, 2n * PRX), charliesKey);
// Who would be chosen if nobody else applied, and why: best first.
const ranking = await api.call.taskMarketApi.ranking(id);
for (const { owner, price, quality, total, rank, standing } of ranking) {
  print(`${rank}: ${owner} asks ${price.toHuman()}, quality ${total.toHuman()} of ${JSON.stringify(quality.toHuman())}: ${standing}`);
}

await reached(id, 'Assigned');
const policies = [
  { owner: bob, key: bobsKey, bytes: new Uint8Array(readFileSync(process.env.PRAXIS_POLICY)) },
  { owner: charlie, key: charliesKey, bytes: BAD },
];
for (const policy of policies) {
  policy.salt = new Uint8Array(randomBytes(32));
  policy.hash = blake2AsU8a(policy.bytes);
  const commitment = blake2AsU8a(u8aConcat(policy.owner.publicKey, policy.hash, policy.salt));
  // The CID of the full model: here of nothing but the policy, raw, by its sha2-256.
  const cid = u8aConcat(Uint8Array.from([1, 0x55, 0x12, 32]), sha256AsU8a(policy.bytes));
  await call(api, api.tx.taskMarket.commit(id, commitment, u8aToHex(cid), null), policy.key);
}
await reached(id, 'Committed');
await refused(api, 'taskMarket.WrongReveal', api.tx.taskMarket.reveal(id, u8aToHex(BAD), u8aToHex(policies[0].salt)), bobsKey);
for (const { key, bytes, salt } of policies) {
  await call(api, api.tx.taskMarket.reveal(id, u8aToHex(bytes), u8aToHex(salt)), key);
}
const evaluating = await reached(id, 'Evaluating');

// How far the judgement is, in every block: the seeds follow from the beacon, then policy after policy plays.
const { job } = evaluating;
const judgement = [];
await until(api, `the end of job ${job}`, async () => {
  const progress = await api.call.evaluationApi.progress(job);
  if (progress.isNone) return true;
  const { beacon, policies, judged, episodes, ahead } = progress.unwrap();
  judgement.push({ ...progress.toJSON(), queue: (await api.call.evaluationApi.queue()).toJSON() });
  print(`job ${job}: ${judged} of ${policies.length} policies are judged, ${episodes} episodes of the next; beacon of block ${beacon}, ${ahead} jobs ahead`);
  return undefined;
});
const sealed = judgement[0].beacon;

const settled = await reached(id, 'Settled');
await until(api, 'the event of the settlement', () => seen.includes('TaskSettled') || undefined);
const blocks = settled.state.asSettled.at.toNumber() - begun;
const after = { alice: await free(alice), bob: await free(bob), charlie: await free(charlie) };
const events = await (await api.at(await api.rpc.chain.getBlockHash(sealed + 8))).query.system.events();
const beacon = events.find(({ event }) => api.events.randomness.BeaconReady.is(event)).event.data.randomness.toHex();

// Where the result is, and what the chain thinks of the worker now.
const model = await api.call.modelsApi.model(u8aToHex(policies[0].hash));
const record = (await api.call.workerRegistryApi.worker(bob.address)).unwrap();
const quality = await api.call.workerRegistryApi.quality(bob.address, { CartPole: null });
print(`Bob: ${record.judged} judged, ${record.faults} faults, ${JSON.stringify(quality.toHuman())}`);
print(`task ${id} is settled ${blocks} blocks after it was posted`);
print(JSON.stringify({
  task: id,
  blocks,
  ledger: settled.ledger.toJSON(),
  assignments: settled.assignments.toJSON(),
  job: job.toNumber(),
  ranking: ranking.toJSON(),
  judgement,
  open: open.toJSON(),
  record: record.toJSON(),
  quality: quality.toJSON(),
  events: seen,
  beacon,
  paid: { bob: String(after.bob - before.bob), charlie: String(after.charlie - before.charlie) },
  model: model.isSome ? model.unwrap().toJSON() : null,
}));
process.exit(0);
