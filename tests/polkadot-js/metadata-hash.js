// Does the chain take what a wallet signs together with the metadata's hash? See docs/upgrade.md.
//
//   PRAXIS_KEY='word word …' node metadata-hash.js [--json]
//
// Computes the hash as wallets do, signs a remark with it and one with another hash. Nothing is sent.
import { parseArgs } from 'node:util';

import { merkleizeMetadata } from '@polkadot-api/merkleize-metadata';
import { u8aConcat, u8aToHex } from '@polkadot/util';

import { connect, keyOf, print } from './connect.js';

// The source of a transaction that comes from outside of the node.
const EXTERNAL = 2;

let json;
try {
  ({ json } = parseArgs({ options: { json: { type: 'boolean' } } }).values);
} catch {
  console.error('usage: PRAXIS_KEY=<phrase> [PRAXIS_WS=ws://127.0.0.1:9944] node metadata-hash.js [--json]');
  process.exit(2);
}
const key = keyOf('PRAXIS_KEY');
const api = await connect();
const metadata = await api.call.metadata.metadataAtVersion(15);
const { specName, specVersion } = api.runtimeVersion;
const hash = u8aToHex(
  merkleizeMetadata(metadata.unwrap().toU8a(true), {
    base58Prefix: api.registry.chainSS58,
    decimals: api.registry.chainDecimals[0],
    tokenSymbol: api.registry.chainTokens[0],
    specName: specName.toString(),
    specVersion: specVersion.toNumber(),
  }).digest(),
);

/** Whether the node would put a remark into a block that is signed with this hash: 'valid', or why not. */
async function verdict(metadataHash) {
  const remark = await api.tx.system.remark('0x').signAsync(key, { mode: 1, metadataHash, nonce: -1 });
  const best = await api.rpc.chain.getBlockHash();
  // By its bytes: the library encodes the signed transaction in another way here.
  const bytes = u8aConcat([EXTERNAL], remark.toU8a(), best.toU8a());
  const answer = await api.rpc.state.call('TaggedTransactionQueue_validate_transaction', u8aToHex(bytes));
  const validity = api.registry.createType('TransactionValidity', answer.toU8a(true));
  return validity.isOk ? 'valid' : validity.asErr.toString();
}

const right = await verdict(hash);
const wrong = await verdict(`0x${'11'.repeat(32)}`);
const good = right === 'valid' && wrong !== 'valid';
if (json) print(JSON.stringify({ hash, right, wrong, good }));
else {
  print(`hash as wallets compute it   ${hash}`);
  print(`signed with it               ${right}`);
  print(`signed with another          ${wrong}`);
  if (right !== 'valid') print('The runtime was built without the feature metadata-hash: see docs/upgrade.md.');
}
process.exit(good ? 0 : 1);
