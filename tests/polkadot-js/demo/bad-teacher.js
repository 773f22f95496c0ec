// A teacher whose lesson cannot be opened: it takes a seat, offers a ciphertext that nobody has, and hands the trainers keys
// that open nothing.
//
//   PRAXIS_KEY=//Eve//stash node bad-teacher.js SESSION
import { randomBytes } from 'node:crypto';
import { u8aToHex } from '@polkadot/util';
import { connect } from '../connect.js';
import { account, call, fail, tell } from './calls.js';

/** Blocks after which a call that no block has taken in is sent again. */
const PATIENCE = 4;

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

  /** What there is to do: a call and its name, or nothing. */
  const next = (session) => {
    const seated = session.teachers.some((seat) => seat.isSome && seat.unwrap().eq(teacher.address));
    const lesson = session.lessons.find((one) => one.teacher.eq(teacher.address));
    if (session.state.isOffering && !seated) return ['join', teaching.join(id)];
    if (session.state.isOffering && !lesson) return ['offer', teaching.commitLesson(id, offer)];
    if (session.state.isHanding && lesson?.void.isNone && lesson.trainers.some(({ sealedKey }) => sealedKey.isNone)) {
      return ['hand', teaching.handLesson(id, lesson.lesson, lesson.trainers.map(() => random(SEALED_KEY)))];
    }
    return null;
  };

  const sent = {};
  let busy = false;
  const look = async (height) => {
    const found = await api.call.teachingApi.session(id);
    const todo = found.isSome ? next(found.unwrap()) : null;
    if (!todo || height - sent[todo[0]] < PATIENCE) return;
    sent[todo[0]] = height;
    // A call that comes too late, or twice after a fork, is refused: the state decides what is tried again.
    call(api, todo[1], teacher).then(
      () => tell('sent', { call: todo[0], height }),
      (error) => tell('refused', { call: todo[0], height, message: error.message }),
    );
  };
  await api.rpc.chain.subscribeNewHeads((head) => {
    if (busy) return;
    busy = true;
    look(head.number.toNumber()).catch(fail).finally(() => { busy = false; });
  });
} catch (error) {
  fail(error);
}
