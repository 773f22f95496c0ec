// Tells what accounts have, free and on hold, in the last final block or in the best one.
//
//   node money.js final|best ADDRESS...
import { connect } from '../connect.js';
import { fail, tell } from './calls.js';

try {
  const [which, ...addresses] = process.argv.slice(2);
  const api = await connect();
  const hash = which === 'final' ? await api.rpc.chain.getFinalizedHead() : await api.rpc.chain.getBlockHash();
  const at = await api.at(hash);
  const accounts = {};
  for (const address of addresses) {
    const { data } = await at.query.system.account(address);
    accounts[address] = (data.free.toBigInt() + data.reserved.toBigInt()).toString();
  }
  tell('money', { accounts });
  process.exit(0);
} catch (error) {
  fail(error);
}
