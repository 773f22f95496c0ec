// Sends one call without arguments and waits until it is final.
//
//   PRAXIS_KEY='word word …' node send.js workers.deregister
import { connect, keyOf, print, send } from './connect.js';

const [name] = process.argv.slice(2);
const [pallet, call] = (name ?? '').split('.');
if (!call) {
  console.error('usage: PRAXIS_KEY=<phrase> [PRAXIS_WS=ws://127.0.0.1:9944] node send.js <pallet>.<call>');
  process.exit(2);
}

try {
  const key = keyOf('PRAXIS_KEY');
  const api = await connect();
  if (!api.tx[pallet]?.[call]) throw new Error(`the chain has no ${name}`);
  const { number } = await send(api, api.tx[pallet][call](), key);
  print(`${name} is in block ${number}, which is final.`);
  await api.disconnect();
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exit(1);
}
