// Upgrades the runtime of a running chain. See docs/upgrade.md.
//
//   PRAXIS_SUDO='word word …' node upgrade.js praxis_runtime.compact.compressed.wasm [--json]
//
// Where the sudo key is a multisig, each signatory runs it with its own phrase and the addresses of all:
//
//   PRAXIS_SUDO='word word …' node upgrade.js praxis_runtime.compact.compressed.wasm --of 5A…,5B…,5C…,5D… [--threshold 3]
//
// Once the upgrade is authorised, anybody may send the code, without a key:
//
//   node upgrade.js praxis_runtime.compact.compressed.wasm
//
// With --authorise-only the last signatory leaves that to others.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { u8aToHex } from '@polkadot/util';
import { blake2AsHex, decodeAddress, encodeAddress, encodeMultiAddress, sortAddresses } from '@polkadot/util-crypto';

import { connect, keyOf, print, send, words } from './connect.js';

const USAGE = `usage: PRAXIS_SUDO=<phrase> [PRAXIS_WS=ws://127.0.0.1:9944] node upgrade.js <runtime>.wasm [--json]
       … --of <address>,<address>,… [--threshold <number>]    where these addresses' multisig has the sudo key;
                                                             by default more than two thirds of them must agree
       … --authorise-only                                     leave the sending of the code to others
       node upgrade.js <runtime>.wasm                         once it is authorised: anybody may send the code`;

// What the multisig may spend on its call, which stores a hash.
const WEIGHT = { refTime: 1_000_000_000, proofSize: 100_000 };

// Where the chain keeps its code.
const CODE = '0x3a636f6465';

// Of a block: what the upgrade leaves to the time and the author's transitions.
const OTHERS = 16 * 1024;

let options;
try {
  options = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      of: { type: 'string' },
      threshold: { type: 'string' },
      'authorise-only': { type: 'boolean' },
    },
  });
} catch { /* The usage says it. */ }
const [file, ...rest] = options?.positionals ?? [];
if (!file || rest.length > 0) {
  console.error(USAGE);
  process.exit(2);
}
const { json, of, threshold: asked, 'authorise-only': authoriseOnly } = options.values;
const say = json ? () => {} : print;

/** The signatories, how many must agree, and the account that they make. */
function multisigOf(list) {
  const signatories = sortAddresses(list.split(',').map((address) => encodeAddress(decodeAddress(address.trim()), 42)), 42);
  const threshold = asked ? Number(asked) : Math.floor((signatories.length * 2) / 3) + 1;
  if (!(Number.isInteger(threshold) && threshold >= 2 && threshold <= signatories.length)) {
    throw new Error(`${threshold} of ${signatories.length} cannot be asked to agree: name 2 signatories or more`);
  }
  return { signatories, threshold, address: encodeMultiAddress(signatories, threshold, 42) };
}

/** What this signatory has to sign: its approval, or with the last one the call itself. */
async function approval(api, call, multisig, key) {
  const { signatories, threshold, address } = multisig;
  const others = signatories.filter((other) => other !== key.address);
  if (others.length === signatories.length) throw new Error(`${key.address} is none of the signatories`);
  const hash = call.method.hash.toHex();
  const pending = await api.query.multisig.multisigs(address, hash);
  const { when = null, approvals = [] } = pending.isSome ? pending.unwrap() : {};
  if ([...approvals].some((account) => account.toString() === key.address)) {
    throw new Error(`${key.address} has approved ${hash} already; ${approvals.length} of ${threshold} have`);
  }
  const given = approvals.length + 1;
  // What they approve is the hash of the file that each of them has read.
  const tx = given < threshold
    ? api.tx.multisig.approveAsMulti(threshold, others, when, hash, WEIGHT)
    : api.tx.multisig.asMulti(threshold, others, when, call, WEIGHT);
  return { tx, given, hash };
}

/** Has root authorise the upgrade, or approves that; how many have, where they are too few, or that it is done. */
async function authorise(api, code) {
  const key = keyOf('PRAXIS_SUDO');
  const multisig = of === undefined ? null : multisigOf(of);
  const sudo = await api.query.sudo.key();
  const mine = multisig?.address ?? key.address;
  if (sudo.isNone) throw new Error('the chain has no sudo key: its runtime stays as it is');
  if (sudo.unwrap().toString() !== mine) throw new Error(`the sudo key is ${sudo.unwrap()}, not ${mine}${multisig ? '' : '; for a multisig name its signatories with --of'}`);

  const call = api.tx.sudo.sudo(api.tx.system.authorizeUpgrade(code));
  const { tx, given, hash: approved } = multisig ? await approval(api, call, multisig, key) : { tx: call };
  const { number } = await send(api, tx, key);
  if (multisig && given < multisig.threshold) {
    say(`Block ${number} has the approval of ${approved}: ${given} of ${multisig.threshold}. The next signatory runs this with the same file.`);
    return { approvals: given, threshold: multisig.threshold, call: approved, block: number };
  }
  say(`Block ${number} has authorised the upgrade to the code with the hash ${code}.`);
  return { authorised: code, block: number };
}

/** Sends the code, which needs no key any more. */
async function apply(api, code) {
  const { number, hash, events } = await send(api, api.tx.system.applyAuthorizedUpgrade(u8aToHex(code)));
  const rejected = events.find(({ event }) => api.events.system.RejectedInvalidAuthorizedUpgrade.is(event));
  if (rejected) throw new Error(`the chain refuses the code: ${words(api, rejected.event.data.error)}`);
  return { number, hash };
}

try {
  const code = readFileSync(file);
  const wanted = blake2AsHex(code);
  const api = await connect();
  const version = async (...at) => (await api.rpc.state.getRuntimeVersion(...at)).specVersion.toNumber();
  const from = await version();
  say(`${await api.rpc.system.chain()} runs version ${from}; the new runtime has ${code.length} bytes, hash ${wanted}`);
  const done = (told) => {
    if (json) print(JSON.stringify({ from, ...told }));
    return api.disconnect();
  };

  const most = api.consts.system.blockLength.max.operational.toNumber() - OTHERS;
  if (code.length > most) throw new Error(`${code.length} bytes do not fit into a block, which takes ${most}: send the file *.compact.compressed.wasm of a release build`);

  if ((await api.rpc.state.getStorageHash(CODE)).toHex() === wanted) {
    say(`The chain runs this very runtime already.`);
    await done({ to: from });
  } else {
    const authorised = await api.query.system.authorizedUpgrade();
    const ready = authorised.isSome && authorised.unwrap().codeHash.toHex() === wanted;
    const told = ready ? { authorised: wanted } : await authorise(api, wanted);
    if (!told.authorised || authoriseOnly) {
      if (told.authorised) say('Anybody may send the code now: run this again without --authorise-only.');
      await done(told);
    } else {
      const { number, hash } = await apply(api, code);
      const to = await version(hash);
      if (to <= from) throw new Error(`block ${number} has set no code: the version is still ${to}`);
      say(`Block ${number} has set the code. From block ${number + 1} on the chain runs version ${to}.`);
      await done({ to, block: number });
    }
  }
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exit(1);
}
