// A dishonest seller: delivers bytes that are no key for a sale of Bob's.
//
//   PRAXIS_WS=ws://127.0.0.1:9944 node deliver.js SALE
import { Keyring } from '@polkadot/keyring';
import { u8aToHex } from '@polkadot/util';
import { connect, print } from './connect.js';

/** Bytes of a sealed key. */
const SEALED = 80;

const api = await connect();
const operator = new Keyring({ type: 'sr25519' }).addFromUri('//Bob//operator');
const noise = u8aToHex(new Uint8Array(SEALED).fill(7));
await new Promise((resolve, reject) => {
  api.tx.models.deliver(process.argv[2], noise).signAndSend(operator, { nonce: -1 }, ({ status, dispatchError }) => {
    if (dispatchError) reject(new Error(dispatchError.toString()));
    else if (status.isInBlock) resolve();
  }).catch(reject);
});
print(`noise is delivered for sale ${process.argv[2]}`);
process.exit(0);
