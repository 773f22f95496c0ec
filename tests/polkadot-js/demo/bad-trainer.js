// A trainer that trains nothing. It enlists with keys whose secrets nobody has. `suppress`: it commits to the classifier that
// was there before the lesson, and shows it, so that the lesson would earn nothing if it were alone. `vanish`: it is drawn and
// does nothing.
//
//   PRAXIS_KEY=//Dave node bad-trainer.js suppress|vanish
import { randomBytes } from 'node:crypto';
import { u8aConcat, u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { connect } from '../connect.js';
import { account, atEveryBlock, call, fail, tell } from './calls.js';

/** One-time keys that it names: more lessons than a session has. */
const KEYS = 32;

try {
  const how = process.argv[2];
  if (!['suppress', 'vanish'].includes(how)) fail(new Error('suppress or vanish?'));
  const trainer = account('PRAXIS_KEY');
  const api = await connect();
  const { teaching } = api.tx;
  const keys = Array.from({ length: KEYS }, () => u8aToHex(new Uint8Array(randomBytes(32))));
  await call(api, teaching.enlistTrainer(keys), trainer);
  tell('enlisted', { account: trainer.address, how });

  /** The classifier that was there before a lesson: the best that was shown after the one before it, or the base. */
  const before = (session, lesson) => {
    const place = (one) => one.place.unwrap().toNumber();
    const { place: here } = session.lessons.find((one) => one.lesson.eq(lesson));
    const earlier = session.lessons
      .filter((one) => one.place.isSome && place(one) < here.unwrap().toNumber() && one.classifier.isSome)
      .sort((a, b) => place(a) - place(b));
    return earlier.length > 0 ? earlier.at(-1).classifier.unwrap() : session.spec.base;
  };

  /** The encoding of a classifier. Asked for as bytes: `api.call` takes the whole answer for the bytes that are in it. */
  const classifier = async (id, hash) => {
    const answer = await api.rpc.state.call('TeachingApi_classifier', u8aToHex(u8aConcat(id.toU8a(), hash.toU8a())));
    return api.createType('Option<Bytes>', Uint8Array.from(answer.toU8a(true))).unwrap();
  };

  const works = new Map();
  /** What there is to do for a lesson: the name of a call, and the call; or nothing. */
  const next = async ({ session: id, lesson, state }) => {
    const name = `${id}-${lesson}`;
    if (state.isTraining && !works.has(name)) {
      const session = (await api.call.teachingApi.session(id)).unwrap();
      const hash = before(session, lesson);
      const bytes = await classifier(id, hash);
      const salt = new Uint8Array(randomBytes(32));
      works.set(name, { salt, bytes, commitment: blake2AsHex(u8aConcat(trainer.publicKey, hash.toU8a(), salt)) });
    }
    const work = works.get(name);
    if (!work) return null;
    if (state.isTraining) return [{ call: `commit ${name}` }, teaching.commitTraining(id, lesson, work.commitment)];
    if (state.isRevealing) {
      return [{ call: `show ${name}` }, teaching.revealTraining(id, lesson, work.bytes.toHex(), u8aToHex(work.salt))];
    }
    return null;
  };

  await atEveryBlock(api, trainer, async function* () {
    if (how === 'vanish') return;
    for (const task of await api.call.teachingApi.assignments(trainer.address)) {
      const todo = await next(task);
      if (todo) yield todo;
    }
  });
} catch (error) {
  fail(error);
}
