// A worker that does not work: it keeps to the protocol, but what it commits is a network that nobody has trained. It hopes
// that nobody looks.
//
//   PRAXIS_OWNER=//Charlie//stash PRAXIS_OPERATOR=//Charlie//stash//operator node cheater.js cheats.json
//
// cheats.json: { "endpoint": URL, "price": tokens, "policies": [{ "environment": name, "policy": file, "cid": text }] }.
// The n-th policy is for the n-th task that it sees.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { u8aConcat, u8aToHex } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';
import { connect } from '../connect.js';
import { PRX, account, atEveryBlock, cidBytes, fail, register } from './calls.js';

try {
  const { endpoint, price, policies } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const [owner, operator] = [account('PRAXIS_OWNER'), account('PRAXIS_OPERATOR')];
  const api = await connect();
  await register(api, owner, operator, endpoint);

  const works = policies.map(({ policy, cid }) => {
    const bytes = new Uint8Array(readFileSync(policy));
    const salt = new Uint8Array(randomBytes(32));
    const hash = blake2AsU8a(u8aConcat(owner.publicKey, blake2AsU8a(bytes), salt));
    return { bytes, salt, hash, cid: cidBytes(cid) };
  });

  /** What there is to do about a task: the name of a call, and the call; or nothing. */
  const next = async (id, task, { bytes, salt, hash, cid }) => {
    const market = api.tx.taskMarket;
    const ours = task.assignments.find((assignment) => assignment.owner.eq(owner.address));
    if (task.state.isOpen) {
      const ranking = await api.call.taskMarketApi.ranking(id);
      const applied = ranking.some((applicant) => applicant.owner.eq(owner.address));
      return applied ? null : ['apply', market.apply(id, BigInt(price) * PRX)];
    }
    if (task.state.isAssigned && ours?.commit.isNone) return ['commit', market.commit(id, u8aToHex(hash), u8aToHex(cid), null)];
    if (task.state.isCommitted && ours?.commit.isSome && ours.reveal.isNone) {
      return ['reveal', market.reveal(id, u8aToHex(bytes), u8aToHex(salt))];
    }
    return null;
  };

  const tasks = new Map();
  await atEveryBlock(api, operator, async function* () {
    for (const { id } of await api.call.taskMarketApi.openTasks(0, 100)) {
      const known = tasks.has(id.toNumber()) || tasks.size === works.length;
      if (!known) tasks.set(id.toNumber(), works[tasks.size]);
    }
    for (const [id, work] of tasks) {
      const found = await api.call.taskMarketApi.task(id);
      const todo = found.isSome ? await next(id, found.unwrap(), work) : null;
      if (todo) yield [{ task: id, call: todo[0] }, todo[1]];
    }
  });
} catch (error) {
  fail(error);
}
