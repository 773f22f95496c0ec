// A teacher whose lesson cannot be opened: it takes a seat, offers a ciphertext that nobody has, and hands the trainers keys
// that open nothing.
//
//   PRAXIS_KEY=//Eve//stash node bad-teacher.js SESSION
import { randomBytes } from 'node:crypto';
import { u8aToHex } from '@polkadot/util';
import { connect } from '../connect.js';
import { account, atEveryBlock, fail } from './calls.js';

const SEALED_KEY = 80;

const random = (bytes) => u8aToHex(new Uint8Array(randomBytes(bytes)));

try {
  const id = Number(process.argv[2]);
  const teacher = account('PRAXIS_KEY');
  const api = await connect();
  const { teaching } = api.tx;
  // The CID of some file, as the chain takes it: version 1, raw, SHA-256.
  const cid = `0x01551220${random(32).slice(2)}`;
  const offer = { cid, ciphertext: random(32), bytes: 100_000, samples: 10_000, keyHash: random(32), sealedKey: null };

  await atEveryBlock(api, teacher, async function* () {
    const found = await api.call.teachingApi.session(id);
    if (found.isNone) return;
    const session = found.unwrap();
    const seated = session.teachers.some((seat) => seat.isSome && seat.unwrap().eq(teacher.address));
    const lesson = session.lessons.find((one) => one.teacher.eq(teacher.address));
    if (session.state.isOffering && !seated) {
      yield [{ call: 'join' }, teaching.join(id)];
    } else if (session.state.isOffering && !lesson) {
      yield [{ call: 'offer' }, teaching.commitLesson(id, offer)];
    } else if (session.state.isHanding && lesson?.void.isNone && lesson.trainers.some(({ sealedKey }) => sealedKey.isNone)) {
      yield [{ call: 'hand' }, teaching.handLesson(id, lesson.lesson, lesson.trainers.map(() => random(SEALED_KEY)))];
    }
  });
} catch (error) {
  fail(error);
}
