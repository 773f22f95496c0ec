// A session of the teaching market from its opening to its payment, with nothing but @polkadot/api: Bob is taught to tell
// pictures that are bright on the left from those that are bright on the right. Charlie teaches him well, Eve mixes up the
// labels, Dave takes a seat and gives it back.
//
//   PRAXIS_STORE=served PRAXIS_GATEWAY=http://127.0.0.1:9965 PRAXIS_SCRATCH=scratch node teaching.js
//
// PRAXIS_STORE is the store that `praxis-worker store serve` serves at PRAXIS_GATEWAY; PRAXIS_SCRATCH an empty folder. The
// last line of the output is JSON.
import { writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import { u8aEq, u8aToHex } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';
import { blank, correct, encode, learn } from './classifier.js';
import { call, connect, print, refused, until } from './connect.js';
import { cidBytes, cidText, download, worker } from './files.js';
import { openFile, pack, parse, rootOf, sealFile } from './lesson.js';
import { depthOf, itemLeaf, leads, tree } from './merkle.js';
import { modelKey, oneTimeKeys, open, seal } from './sealed.js';

const PRX = 10n ** 12n;
const { PRAXIS_STORE: served, PRAXIS_GATEWAY: gateway, PRAXIS_SCRATCH: scratch } = process.env;

const api = await connect();
const keyring = new Keyring({ type: 'sr25519' });
const [bob, charlie, dave, eve] = ['//Bob', '//Charlie', '//Dave', '//Eve'].map((uri) => keyring.addFromUri(uri));
const people = { bob, charlie, dave, eve };

/** A part of one, as the chain holds it: in billionths. */
const part = (x) => Math.round(x * 1e9);

/** What each account has, on hold or not. */
async function purses() {
  const found = {};
  for (const [name, { address }] of Object.entries(people)) {
    const { data } = await api.query.system.account(address);
    found[name] = { free: String(data.free), held: String(data.reserved) };
  }
  return found;
}

/** Pictures of 2 by 2 pixels. */
const draw = (count) => Array.from({ length: count }, (_, at) => {
  const label = at % 2;
  const [dark, bright] = [() => randomBytes(1)[0] * 0.6, () => 80 + randomBytes(1)[0] * 0.6];
  const row = () => (label ? [dark(), bright()] : [bright(), dark()]);
  return { label, features: Uint8Array.from([...row(), ...row()]) };
});

const ID = { features: 4, classes: 2 };
const before = await purses();

// --- The student: what stays with it, and the opening.

// Each item has a salt of its own, so that an item that is shown does not give away its neighbours.
const items = draw(64).map((one) => ({ ...one, salt: new Uint8Array(randomBytes(16)) }));
const chunkLog2 = 4;
const holdout = tree(items.map((item, index) => itemLeaf(index, item)), Math.max(depthOf(items.length), chunkLog2));
// A one-time key for every seat and round: that of seat s in round r is number s * rounds + r.
const keys = [oneTimeKeys(), oneTimeKeys()];
const base = blank(ID.features, ID.classes);

const spec = {
  features: ID.features,
  classes: ID.classes,
  limits: { maxParameters: 64, maxWork: 256 },
  root: holdout.root,
  items: items.length,
  chunkLog2,
  scale: { min: part(0.4), mid: part(0.9), max: part(1) },
  reward: 100n * PRX,
  fee: PRX,
  stake: 10n * PRX,
  lessonBytes: 4096,
  rounds: 1,
  teachers: 2,
  auditBlocks: 20,
  offerBlocks: 40,
  trainBlocks: 20,
  revealBlocks: 40,
  base: blake2AsU8a(encode(base)),
  keys: keys.map(({ publicKey }) => publicKey),
  trainers: null, // The student trains itself.
};
const refusals = [
  await refused(api, 'teaching.BadScale', api.tx.teaching.openSession({ ...spec, scale: { ...spec.scale, mid: 1 } }), bob),
];
const opened = await call(api, api.tx.teaching.openSession(spec), bob);
const begun = (await api.rpc.chain.getHeader()).number.toNumber();
const id = opened.find((event) => api.events.teaching.SessionOpened.is(event)).data.session.toNumber();
print(`session ${id} is open`);

// --- Anybody: following a session.

// Every transition has its event.
const seen = [];
await api.query.system.events((records) => {
  for (const { event } of records) {
    if (event.section !== 'teaching') continue;
    seen.push(event.method);
    print(`  ${event.method} ${JSON.stringify(event.toHuman().data)}`);
  }
});

/** The session as it is now: what was asked for, its state, its seats, its lessons and their scores. */
const session = async () => (await api.call.teachingApi.session(id)).unwrap();

/** Waits until it is in this state. */
const reached = (state) => until(api, `session ${id} in the state ${state}`, async () => {
  const now = await session();
  return now.state.type === state ? now : undefined;
});

// --- The student shows the items that the beacon drew, at most 64 a call.

// Bytes go as hexadecimal: polkadot.js takes other bytes for a length and what follows it.
const shownItem = ({ label, salt, features }) => ({ label, salt, features: u8aToHex(features) });

await reached('Auditing');
const drawn = (await api.call.teachingApi.audit(id)).map(Number);
refusals.push(await refused(api, 'teaching.WrongState', api.tx.teaching.join(id), charlie));
refusals.push(await refused(api, 'teaching.BadProof', api.tx.teaching.revealAudit(id, [[shownItem(items[drawn[1]]), holdout.path(drawn[0])]]), bob));
await call(api, api.tx.teaching.revealAudit(id, drawn.map((index) => [shownItem(items[index]), holdout.path(index)])), bob);
// The classifier before the first lesson may be shown at any time, so that teachers see what is left to teach.
await call(api, api.tx.teaching.revealClassifier(id, 0, u8aToHex(encode(base))), bob);
await reached('Offering');

// --- A teacher, before it stakes.

// Sessions that are open, from number 0 on, at most 10 of them.
const sessions = await api.call.teachingApi.openSessions(0, 10);
for (const { session: number, student, spec: asked, state } of sessions) {
  print(`session ${number} of ${student}: ${asked.features} bytes, ${asked.classes} classes, ${asked.reward.toHuman()}, ${state.type}`);
}
// What raising the best score from one part to another earns.
const quote = await api.call.teachingApi.payout(id, part(0.5), part(0.9));
print(`from 0.5 to 0.9: ${quote.unwrap().toHuman()}`);

/** The items of the audit out of the blocks, each checked against the root of the holdout. */
async function readAudit() {
  const places = (await api.call.teachingApi.audit(id)).map(Number);
  const { root } = (await session()).spec;
  const found = new Map();
  for (let at = await api.rpc.chain.getBlockHash(); found.size < places.length;) {
    const { block } = await api.rpc.chain.getBlock(at);
    for (const { method } of block.extrinsics) {
      if (!api.tx.teaching.revealAudit.is(method) || !method.args[0].eq(id)) continue;
      for (const [item, proof] of method.args[1]) {
        const shown = { label: item.label.toNumber(), salt: item.salt, features: item.features };
        const place = places.find((index) => leads(itemLeaf(index, shown), index, proof, root));
        if (place !== undefined) found.set(place, shown);
      }
    }
    at = block.header.parentHash;
  }
  return found;
}

const audit = await readAudit();
print(`${audit.size} items are shown, with the labels ${[...audit.values()].map(({ label }) => label).join('')}`);

// --- A teacher takes a seat, and gives it back.

await call(api, api.tx.teaching.join(id), dave);
// What is on hold, by session, and until when at the latest.
const staked = await api.call.teachingApi.stakes(dave.address);
print(`Dave: ${staked[0].stake.toHuman()} at stake until block ${staked[0].until} at the latest`);
refusals.push(await refused(api, 'teaching.AlreadyJoined', api.tx.teaching.join(id), dave));
await call(api, api.tx.teaching.leave(id), dave);
const left = await api.call.teachingApi.stakes(dave.address);

// --- A teacher takes a seat, seals a lesson to the student's key for it, stores and offers it.

/** Offers examples as a lesson; gives its number, its key and its file. */
async function teach(who, name, examples) {
  await call(api, api.tx.teaching.join(id), who);
  const { teachers, spec: asked } = await session();
  const seat = teachers.findIndex((teacher) => teacher.isSome && teacher.unwrap().eq(who.address));
  const key = modelKey();
  const file = pack(examples);
  const ciphertext = sealFile(key, file);
  writeFileSync(join(scratch, name), ciphertext);
  const { cid } = worker('store', 'add', join(scratch, name), '--store', served);
  const offer = {
    cid: u8aToHex(cidBytes(cid)),
    ciphertext: rootOf(ciphertext),
    bytes: ciphertext.length,
    samples: examples.length,
    keyHash: blake2AsU8a(key),
    // To that of round 0.
    sealedKey: u8aToHex(seal(key, asked.keys_[seat * asked.rounds.toNumber()])),
  };
  // Keep the key until the session is over: it shows that the lesson was good.
  writeFileSync(join(scratch, `${name}.json`), JSON.stringify({ ...offer, key: u8aToHex(key) }, (_, value) => (value instanceof Uint8Array ? u8aToHex(value) : value)));
  writeFileSync(join(scratch, `${name}.safetensors`), file);
  const events = await call(api, api.tx.teaching.commitLesson(id, offer), who);
  return events.find((event) => api.events.teaching.LessonCommitted.is(event)).data.lesson.toNumber();
}

const good = draw(60);
const bad = draw(60).map(({ label, features }) => ({ label: 1 - label, features }));
const lessons = { charlie: await teach(charlie, 'good', good) };
const stakes = await api.call.teachingApi.stakes(charlie.address);
refusals.push(await refused(api, 'teaching.HasLessons', api.tx.teaching.leave(id), charlie));
lessons.eve = await teach(eve, 'bad', bad);

// --- The student learns in the order that the beacon drew, and binds itself to a classifier after every lesson.

const training = await reached('Training');
const own = items.filter((_, index) => !drawn.includes(index));
const classifiers = [base];
const order = training.lessons.filter(({ place }) => place.isSome).sort((a, b) => a.place.unwrap().cmp(b.place.unwrap()));
for (const { lesson, seat, offer } of order) {
  const key = open(offer.sealedKey.unwrap(), keys[seat.toNumber()]);
  const ciphertext = await download(gateway, cidText(offer.cid));
  if (!u8aEq(rootOf(ciphertext), offer.ciphertext)) throw new Error('what its CID names is not what was offered');
  const examples = parse(openFile(key, ciphertext), ID.features, ID.classes);
  const last = classifiers[classifiers.length - 1];
  const learnt = learn(examples, ID.features, ID.classes);
  // Where it did not help, the classifier before is named again: the lesson earns nothing.
  const next = correct(learnt, own) > correct(last, own) ? learnt : last;
  print(`lesson ${lesson}: ${examples.length} examples, ${correct(next, own)} of ${own.length} right`);
  if (next !== last) classifiers.push(next);
  await call(api, api.tx.teaching.commitClassifier(id, blake2AsU8a(encode(next)), part(correct(next, own) / own.length)), bob);
}

// --- The student shows its classifiers, then its holdout; the chain counts.

await reached('Revealing');
const hidden = (await api.query.teaching.scorings(id)).candidates;
for (const [place, { hash_: hash, work }] of hidden.entries()) {
  if (work.isSome) continue;
  const shown = classifiers.map(encode).find((bytes) => u8aEq(blake2AsU8a(bytes), hash));
  await call(api, api.tx.teaching.revealClassifier(id, place, u8aToHex(shown)), bob);
}
const { candidates } = await api.query.teaching.scorings(id);
const work = candidates.reduce((sum, candidate) => sum + candidate.work.unwrap().toNumber(), 0);
const chunks = Array.from({ length: Math.ceil(items.length / 2 ** chunkLog2) }, (_, chunk) => api.tx.teaching.revealHoldout(
  id, chunk, items.slice(chunk << chunkLog2, (chunk + 1) << chunkLog2).map(shownItem), holdout.path(chunk, chunkLog2), work));
await call(api, chunks[0], bob);
const counted = await session();
print(`${counted.counted} of ${own.length} items are counted`);
refusals.push(await refused(api, 'teaching.AlreadyCounted', chunks[0], bob));
refusals.push(await refused(api, 'teaching.NotCounted', api.tx.teaching.settle(id), eve));
// The others, all at once. The chain settles by itself at the end of the block with the last one; anybody may do it before.
await call(api, api.tx.utility.batchAll([...chunks.slice(1), api.tx.teaching.settle(id)]), bob);

// --- Everybody: what was paid. It is on the accounts, there is nothing more to do.

const settled = await reached('Settled');
await until(api, 'the event of the settlement', () => seen.includes('SessionSettled') || undefined);
const curve = settled.lessons.filter(({ place }) => place.isSome).sort((a, b) => a.place.unwrap().cmp(b.place.unwrap()))
  .map(({ lesson, teacher, correct: right, paid }) => ({ lesson: lesson.toNumber(), teacher: teacher.toString(), correct: right.toNumber(), paid: String(paid) }));
print(`before: ${settled.baseCorrect} of ${settled.counted}`);
for (const { teacher, correct: right, paid } of curve) print(`${teacher}: ${right} of ${settled.counted}, paid ${paid}`);
const { ledger } = (await api.query.teaching.sessions(id)).unwrap();

print(JSON.stringify({
  session: id,
  blocks: settled.state.asSettled.at.toNumber() - begun,
  items: own.length,
  drawn,
  audit: [...audit.values()].map(({ label }) => label),
  labels: drawn.map((index) => items[index].label),
  // As the student's own code counts them.
  expected: { base: correct(base, own), best: correct(classifiers[classifiers.length - 1], own) },
  base: settled.baseCorrect.toNumber(),
  half: counted.counted.toNumber(),
  curve,
  lessons,
  ledger: Object.fromEntries([...ledger.entries()].map(([name, amount]) => [name, String(amount)])),
  quote: String(quote.unwrap()),
  open: sessions.map(({ session: number }) => number.toNumber()),
  openAfter: (await api.call.teachingApi.openSessions(0, 10)).length,
  staked: [...staked, ...stakes].map(({ session: number, stake, fees, until: height }) => ({ session: number.toNumber(), stake: String(stake), fees: String(fees), until: height.toNumber() })),
  left: left.length,
  stakesAfter: (await api.call.teachingApi.stakes(charlie.address)).length,
  settledAt: settled.state.asSettled.at.toNumber(),
  before,
  after: await purses(),
  events: seen,
  refusals,
}));
process.exit(0);
