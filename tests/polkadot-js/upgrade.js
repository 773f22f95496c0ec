// Upgrades the runtime of a running chain. See docs/upgrade.md.
//
//   PRAXIS_SUDO='word word …' node upgrade.js praxis_runtime.compact.compressed.wasm [--json]
import { readFileSync } from 'node:fs';

import { u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';

import { connect, keyOf, print, send } from './connect.js';

const [file, ...flags] = process.argv.slice(2);
if (!file || file === '--help' || flags.some((flag) => flag !== '--json')) {
  console.error('usage: PRAXIS_SUDO=<phrase> [PRAXIS_WS=ws://127.0.0.1:9944] node upgrade.js <runtime>.wasm [--json]');
  process.exit(2);
}
const say = flags.includes('--json') ? () => {} : print;

try {
  const code = readFileSync(file);
  const key = keyOf('PRAXIS_SUDO');
  const api = await connect();
  const version = async (...at) => (await api.rpc.state.getRuntimeVersion(...at)).specVersion.toNumber();
  const from = await version();
  say(`${await api.rpc.system.chain()} runs version ${from}; the new runtime has ${code.length} bytes, hash ${blake2AsHex(code)}`);

  const most = api.consts.system.blockLength.max.operational.toNumber();
  if (code.length >= most) throw new Error(`${code.length} bytes do not fit into a block, which takes ${most}: send the file *.compact.compressed.wasm of a release build`);

  // The call's own weight is that of compiling the code, more than a block has. Root may name another.
  const call = api.tx.sudo.sudoUncheckedWeight(api.tx.system.setCode(u8aToHex(code)), { refTime: 1_000_000_000, proofSize: 0 });
  const { number, hash } = await send(api, call, key);
  const to = await version(hash);
  if (to <= from) throw new Error(`block ${number} has set no code: the version is still ${to}`);
  say(`Block ${number} has set the code. From block ${number + 1} on the chain runs version ${to}.`);
  if (flags.includes('--json')) print(JSON.stringify({ from, to, block: number }));
  await api.disconnect();
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exit(1);
}
