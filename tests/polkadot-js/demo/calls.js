// What the demo's scripts share: events as lines of JSON, calls, and numbers as the chain holds them.
import { Keyring } from '@polkadot/keyring';
import { base32Decode, base32Encode } from '@polkadot/util-crypto';
import { print } from '../connect.js';

/** The token, in its smallest part. */
export const PRX = 10n ** 12n;

/** Says an event to the program that reads this script's output. */
export const tell = (event, fields = {}) => print(JSON.stringify({ event, ...fields }));

/** Ends the script with an event that says why. */
export function fail(error) {
  tell('failed', { message: error.message ?? String(error) });
  process.exit(1);
}

/** The account of a key that is in this environment variable. */
export function account(variable) {
  const secret = process.env[variable];
  if (!secret) fail(new Error(`no key in ${variable}`));
  return new Keyring({ type: 'sr25519' }).addFromUri(secret);
}

/** A number as the chain holds it, in units of 2^-32, and back. */
export const toBits = (x) => BigInt(Math.round(x * 2 ** 32));
export const fromBits = (bits) => Number(bits.toBigInt()) / 2 ** 32;

/** A CID as text and as the chain holds it. */
export const cidBytes = (text) => base32Decode(text, true);
export const cidText = (bytes) => base32Encode(bytes, true);

/** What the chain says about why a call failed. */
function words(api, error) {
  if (!error.isModule) return error.toString();
  const { section, name, docs } = api.registry.findMetaError(error.asModule);
  return `${section}.${name} ${docs.join(' ')}`;
}

/**
 * Signs and sends. Every time that a block takes the call in, which a fork may make more than once, `seen` gets its events.
 * Resolves with the events of the first time, or of the final block if `final`; rejects with the chain's own words.
 */
export function call(api, tx, key, { final = false, seen = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    tx.signAndSend(key, { nonce: -1 }, ({ status, dispatchError, events }) => {
      if (status.isInvalid || status.isDropped || status.isUsurped) {
        reject(new Error(`${tx.method.section}.${tx.method.method}: the transaction is ${status.type}`));
      } else if (status.isInBlock || status.isFinalized) {
        const found = events.map(({ event }) => event);
        if (dispatchError && (status.isFinalized || !final)) {
          reject(new Error(`${tx.method.section}.${tx.method.method}: ${words(api, dispatchError)}`));
        } else if (!dispatchError) {
          seen(found);
          if (status.isFinalized || !final) resolve(found);
        }
      }
    }).catch(reject);
  });
}

/** Blocks after which a call that no block has taken in is sent again. */
const PATIENCE = 4;

/**
 * At every block, sends the calls that `todo` yields: each what is said of it, by which it is known again, and a transaction.
 * A call that comes too late, or twice after a fork, is refused: the state decides what is tried again.
 */
export async function atEveryBlock(api, key, todo) {
  const sent = {};
  let busy = false;
  const look = async (height) => {
    for await (const [what, tx] of todo()) {
      const name = JSON.stringify(what);
      if (height - sent[name] < PATIENCE) continue;
      sent[name] = height;
      call(api, tx, key).then(
        () => tell('sent', { ...what, height }),
        (error) => tell('refused', { ...what, height, message: error.message }),
      );
    }
  };
  await api.rpc.chain.subscribeNewHeads((head) => {
    if (busy) return;
    busy = true;
    look(head.number.toNumber()).catch(fail).finally(() => { busy = false; });
  });
}

/**
 * Registers a worker: `owner` holds the money and is paid, `operator` signs the worker's calls and pays their fees. An
 * operator has to agree, so that nobody claims a stranger's key.
 */
export async function register(api, owner, operator, endpoint) {
  const resources = { cores: 1, memory: 2048, gpus: 0, gpuMemory: 0 };
  await call(api, api.tx.utility.batchAll([
    api.tx.balances.transferKeepAlive(operator.address, 10n * PRX),
    api.tx.workers.registerWorker(operator.address, resources, endpoint),
  ]), owner);
  await call(api, api.tx.workers.acceptOperator(owner.address), operator, { final: true });
  tell('registered', { owner: owner.address, operator: operator.address, endpoint });
}
