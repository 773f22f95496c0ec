// What the scripts beside it share: a connection, sending a transaction with its outcome in words, waiting.
import { ApiPromise, WsProvider } from '@polkadot/api';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';

// The library tells of upgrades and the like on the standard output, which is the scripts' own.
console.log = console.error;

/** Says a line to whoever runs the script, or to the program that reads it. */
export const print = (line) => process.stdout.write(`${line}\n`);

/** Connects to PRAXIS_WS, by default the node on this machine. Fails at once where nobody answers. */
export async function connect() {
  await cryptoWaitReady();
  const url = process.env.PRAXIS_WS ?? 'ws://127.0.0.1:9944';
  const provider = new WsProvider(url, false);
  provider.on('error', () => {
    console.error(`Error: no node answers at ${url}. Start it, or name another in PRAXIS_WS.`);
    process.exit(1);
  });
  await provider.connect();
  return ApiPromise.create({ provider, noInitWarn: true });
}

/** The key in an environment variable: a phrase, a seed, or //Alice on a development chain. */
export function keyOf(variable) {
  const secret = process.env[variable];
  if (!secret) {
    console.error(`Error: no key. Put the phrase or the seed into ${variable}.`);
    process.exit(2);
  }
  return new Keyring({ type: 'sr25519' }).addFromUri(secret);
}

/** Why a call failed, in the chain's own words: `taskMarket.NotOpen: Workers no longer apply for the task.` */
export function words(api, error) {
  if (error.isModule) {
    const { section, name, docs } = api.registry.findMetaError(error.asModule);
    return `${section}.${name}: ${docs.join(' ')}`;
  }
  return error.isToken ? `token.${error.asToken.type}` : error.type;
}

/** Signs and sends; resolves with the events once it is in a block, rejects with the chain's own words. */
export function call(api, tx, key, options = { nonce: -1 }) {
  return new Promise((resolve, reject) => {
    let unsubscribe;
    const finish = (how, value) => {
      unsubscribe?.();
      how(value);
    };
    tx.signAndSend(key, options, ({ status, dispatchError, events }) => {
      if (dispatchError) {
        finish(reject, new Error(words(api, dispatchError)));
      } else if (status.isInBlock) {
        finish(resolve, events.map(({ event }) => event));
      } else if (status.isInvalid || status.isDropped || status.isUsurped) {
        finish(reject, new Error(`the transaction is ${status.type}`));
      }
    }).then((stop) => { unsubscribe = stop; }, reject);
  });
}

/** What must fail, and how: gives the chain's words. */
export async function refused(api, name, tx, key) {
  const said = await call(api, tx, key).then(() => 'nothing', (error) => error.message);
  if (!said.startsWith(`${name}: `)) throw new Error(`expected ${name}, but the chain said: ${said}`);
  return said;
}

/** Looks at every new block until there is something to see, at most for so many blocks. */
export function until(api, what, look, blocks = 300) {
  return new Promise((resolve, reject) => {
    let left = blocks;
    let looking = false;
    let unsubscribe;
    const finish = (how, value) => {
      left = 0;
      unsubscribe?.();
      how(value);
    };
    api.rpc.chain.subscribeNewHeads(async () => {
      if (left <= 0 || looking) return;
      left -= 1;
      looking = true;
      try {
        const seen = await look();
        if (seen !== undefined) finish(resolve, seen);
        else if (left === 0) finish(reject, new Error(`${blocks} blocks passed without ${what}`));
      } catch (error) {
        finish(reject, error);
      }
      looking = false;
    }).then((stop) => { unsubscribe = stop; }, reject);
  });
}

/**
 * Sends, signed if there is a key; resolves with events and height once it is final, rejects with the chain's own words.
 */
export function send(api, tx, key) {
  return new Promise((resolve, reject) => {
    let unsubscribe;
    const finish = (how, value) => {
      unsubscribe?.();
      how(value);
    };
    const submit = (told) => (key ? tx.signAndSend(key, told) : tx.send(told));
    submit(async ({ status, dispatchError, events }) => {
      if (status.isInvalid || status.isDropped || status.isUsurped) {
        finish(reject, new Error(`the transaction is ${status.type}`));
      } else if (status.isFinalized) {
        // What sudo and a multisig call may fail while they do not: the result is the last that their events tell.
        const failed = dispatchError ?? events
          .filter(({ event }) => api.events.sudo?.Sudid.is(event) || api.events.multisig?.MultisigExecuted.is(event))
          .map(({ event }) => event.data[event.data.length - 1])
          .find((result) => result.isErr)?.asErr;
        if (failed) {
          finish(reject, new Error(words(api, failed)));
        } else {
          const { number } = await api.rpc.chain.getHeader(status.asFinalized);
          finish(resolve, { number: number.toNumber(), hash: status.asFinalized, events });
        }
      }
    }).then((stop) => { unsubscribe = stop; }, reject);
  });
}
