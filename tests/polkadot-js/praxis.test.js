// What a polkadot.js user sees of a Praxis node: no custom types, no custom RPC definitions.
//
// PRAXIS_WS is the node's address; the node is a `--dev` one on which a worker mines as //Alice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ApiPromise, WsProvider } from '@polkadot/api';
import { Keyring } from '@polkadot/keyring';
import { u8aToHex } from '@polkadot/util';
import { cryptoWaitReady } from '@polkadot/util-crypto';

const UNIT = 1_000_000_000_000n; // PRX has 12 decimals.
const REAL = 2 ** 32; // A Real is a fixed-point number with 32 fraction bits.

let provider;
let api;
let alice; // Mines; her submissions take no nonces.
let bob;
let charlie;

before(async () => {
  await cryptoWaitReady();
  provider = new WsProvider(process.env.PRAXIS_WS ?? 'ws://127.0.0.1:9944');
  api = await ApiPromise.create({ provider, throwOnConnect: true, noInitWarn: true });
  const keyring = new Keyring({ type: 'sr25519' });
  alice = keyring.addFromUri('//Alice');
  bob = keyring.addFromUri('//Bob');
  charlie = keyring.addFromUri('//Charlie');
});

after(async () => {
  await api?.disconnect();
});

/** Sends a transaction; resolves when it is in a block (or final) with its events, or rejects. */
function send(tx, signer, { finalized = false, nonce } = {}) {
  return new Promise((resolve, reject) => {
    let unsubscribe;
    const finish = (how, value) => {
      unsubscribe?.();
      how(value);
    };
    tx.signAndSend(signer, nonce === undefined ? {} : { nonce }, (result) => {
      const { status, dispatchError, events } = result;
      if (status.isInvalid || status.isDropped || status.isUsurped) {
        finish(reject, new Error(`the transaction is ${status.type}`));
      } else if ((finalized && status.isFinalized) || (!finalized && (status.isInBlock || status.isFinalized))) {
        finish(resolve, { dispatchError, events, block: status.isFinalized ? status.asFinalized : status.asInBlock });
      }
    }).then((stop) => { unsubscribe = stop; }, reject);
  });
}

/** The name of a dispatch error, as a wallet shows it. */
function nameOf(dispatchError) {
  if (!dispatchError.isModule) return dispatchError.toString();
  const { section, name, docs } = api.registry.findMetaError(dispatchError.asModule);
  assert.ok(docs.join(' ').trim().length > 0, `${section}.${name} is not documented`);
  return `${section}.${name}`;
}

/** The actions of a call, whether polkadot.js decoded a vector or bytes. */
const actionsOf = (value) => (typeof value.toU8a === 'function' && typeof value.map !== 'function'
  ? [...value.toU8a(true)]
  : Array.from(value, (action) => Number(action)));

test('the node tells name, token and address format', async () => {
  const [chain, name, version] = await Promise.all([
    api.rpc.system.chain(), api.rpc.system.name(), api.rpc.system.version(),
  ]);
  assert.match(chain.toString(), /Praxis/i);
  assert.match(name.toString(), /Praxis/i);
  assert.match(version.toString(), /^\d+\.\d+\.\d+/);

  const properties = await api.rpc.system.properties();
  assert.deepEqual(properties.tokenSymbol.unwrap().map(String), ['PRX']);
  assert.deepEqual(properties.tokenDecimals.unwrap().map(Number), [12]);
  assert.ok(properties.ss58Format.isSome);
});

test('metadata lists the pallets, their calls and the runtime APIs', () => {
  for (const pallet of ['system', 'timestamp', 'balances', 'transactionPayment', 'workers', 'randomness', 'oracle', 'rewards', 'grandpa', 'utility', 'proxy', 'multisig', 'sudo']) {
    assert.ok(api.query[pallet] ?? api.tx[pallet] ?? api.consts[pallet], `no ${pallet}`);
  }
  const submit = api.tx.oracle.submitTransitions;
  assert.deepEqual(submit.meta.args.map(({ name }) => name.toString()),
    ['parent', 'slot', 'attempt', 'step', 'actions', 'reward', 'policyHash']);
  assert.ok(submit.meta.docs.length > 0);
  for (const method of ['registerAuthor', 'deregister', 'withdrawBond']) {
    assert.ok(api.tx.workers[method], `no workers.${method}`);
  }
  for (const [section, methods] of Object.entries({
    oracleApi: ['environment', 'state', 'record', 'records'],
    workersApi: ['authors', 'authorStatus', 'minimumBond', 'unbondingBlocks'],
    rewardsApi: ['rewardStatus', 'awardOf'],
  })) {
    for (const method of methods) {
      assert.equal(typeof api.call[section]?.[method], 'function', `no api.call.${section}.${method}`);
    }
  }
  // Wallets and the Apps derive the block time from this.
  assert.equal(api.consts.timestamp.minimumPeriod.toNumber() * 2, 3000);
});

test('the oracle is read by runtime API', async () => {
  const environment = (await api.call.oracleApi.environment()).toJSON();
  assert.equal(environment.name, 'NoisyPendulum-v0');
  assert.equal(environment.actions, 9);
  assert.equal(environment.stepsPerBlock, 32);
  assert.equal(environment.episodeBlocks, 10);

  const state = await api.call.oracleApi.state();
  assert.equal(state.observation.length, environment.observation);
  assert.ok(state.state.length > 0);
  assert.ok(state.step.toNumber() >= 0);
});

test('authors and awards are read by runtime API', async () => {
  const authors = (await api.call.workersApi.authors()).toJSON();
  assert.ok(authors.some(([account]) => account === api.createType('AccountId', alice.addressRaw).toString()));
  assert.ok((await api.call.workersApi.unbondingBlocks()).toNumber() > 0);
  const { baseAward, minted, supplyCap, nextHalving } = await api.call.rewardsApi.rewardStatus();
  assert.ok(minted.toBigInt() >= 0n && supplyCap.toBigInt() > minted.toBigInt() && nextHalving.toNumber() > 0);
  assert.equal((await api.call.rewardsApi.awardOf(REAL)).toBigInt(), baseAward.toBigInt());
  assert.equal((await api.call.rewardsApi.awardOf(REAL / 2)).toBigInt(), baseAward.toBigInt() / 2n);
});

test('the node offers work by subscription', { timeout: 60_000 }, async () => {
  const work = await new Promise((resolve, reject) => {
    let seen = false;
    const id = provider.subscribe('learning_work', 'learning_subscribeWork', [], (error, work) => {
      if (seen) return;
      seen = true;
      id.then((subscription) => provider.unsubscribe('learning_work', 'learning_unsubscribeWork', subscription)).catch(reject);
      if (error) reject(error);
      else resolve(work);
    });
    id.catch(reject);
  });
  assert.match(work.parent, /^0x[0-9a-f]{64}$/);
  assert.match(work.noise, /^0x[0-9a-f]{64}$/);
  assert.match(work.state, /^0x([0-9a-f]{2})+$/);
  assert.equal(work.stepsPerBlock, 32);
  assert.equal(work.author, api.createType('AccountId', alice.addressRaw).toString());
  assert.ok(work.number > 0 && work.slot > 0 && work.step >= 0 && work.deadline > 0);
});

test('transitions in blocks decode, and records agree with them', { timeout: 120_000 }, async () => {
  // The block of a submission is found by following new heads.
  const { hash, block, extrinsic } = await new Promise((resolve, reject) => {
    let unsubscribe;
    api.rpc.chain.subscribeNewHeads(async (header) => {
      try {
        const { block } = await api.rpc.chain.getBlock(header.hash);
        const extrinsic = block.extrinsics.find(({ method: { section, method } }) => section === 'oracle' && method === 'submitTransitions');
        if (extrinsic) {
          unsubscribe?.();
          resolve({ hash: header.hash, block, extrinsic });
        }
      } catch (error) {
        reject(error);
      }
    }).then((stop) => { unsubscribe = stop; }, reject);
  });

  const [parent, , , step, actions, reward] = extrinsic.method.args;
  assert.equal(extrinsic.signer.toString(), api.createType('AccountId', alice.addressRaw).toString());
  assert.equal(parent.toHex(), block.header.parentHash.toHex());
  assert.equal(actionsOf(actions).length, 32);
  assert.ok(actionsOf(actions).every((action) => action >= 0 && action < 9));

  const at = await api.at(hash);
  const events = await at.query.system.events();
  const accepted = events.filter(({ event }) => event.section === 'oracle' && event.method === 'TransitionsAccepted');
  assert.equal(accepted.length, 1);
  const awarded = events.filter(({ event }) => event.section === 'rewards' && event.method === 'Awarded');
  assert.ok(awarded.length <= 1);

  const record = (await at.call.oracleApi.record(block.header.number.toNumber())).unwrap();
  assert.equal(record.author.toString(), extrinsic.signer.toString());
  assert.equal(record.step.toString(), step.toString());
  assert.deepEqual(actionsOf(record.actions), actionsOf(actions));
  assert.equal(record.reward.toString(), reward.toString());
  const mean = Number(BigInt(record.reward.toString())) / REAL;
  assert.ok(mean >= 0 && mean <= 1, `mean normalised reward ${mean}`);
});

test('a transfer reaches finality', { timeout: 180_000 }, async () => {
  const before = (await api.query.system.account(charlie.address)).data.free.toBigInt();
  const { dispatchError, block } = await send(api.tx.balances.transferKeepAlive(charlie.address, 3n * UNIT), bob, { finalized: true });
  assert.equal(dispatchError, undefined);
  const at = await api.at(block);
  const now = (await at.query.system.account(charlie.address)).data.free.toBigInt();
  assert.equal(now - before, 3n * UNIT);
});

test('an author that mines sends other transactions too', { timeout: 120_000 }, async () => {
  const before = await api.rpc.system.accountNextIndex(alice.address);
  const { dispatchError } = await send(api.tx.balances.transferKeepAlive(charlie.address, UNIT), alice, { finalized: true });
  assert.equal(dispatchError, undefined);
  const last = await send(api.tx.workers.deregister(), alice);
  assert.match(nameOf(last.dispatchError), /^workers\./);
  const after = await api.rpc.system.accountNextIndex(alice.address);
  assert.equal(after.toNumber(), before.toNumber() + 2);
});

test('fees are told before a transaction is sent', async () => {
  const { partialFee } = await api.tx.balances.transferKeepAlive(charlie.address, UNIT).paymentInfo(bob);
  assert.ok(partialFee.toBigInt() > 0n && partialFee.toBigInt() < UNIT, partialFee.toHuman());
});

test('an author registers with the keys that the node makes for its account', { timeout: 180_000 }, async () => {
  const account = new Keyring({ type: 'sr25519' }).addFromUri(`//Author//${Date.now()}`);
  const bond = (await api.call.workersApi.minimumBond()).toBigInt();
  assert.ok(bond > 0n);
  const funded = await send(api.tx.balances.transferKeepAlive(account.address, 2n * bond + 10n * UNIT), bob);
  assert.equal(funded.dispatchError, undefined);

  // polkadot.js 16.5 does not define author_rotateKeysWithOwner; its provider calls it all the same.
  const { keys, proof } = await provider.send('author_rotateKeysWithOwner', [u8aToHex(account.addressRaw)]);
  const registered = await send(api.tx.workers.registerAuthor(keys, proof), account);
  assert.equal(registered.dispatchError && nameOf(registered.dispatchError), undefined);

  const status = (await api.call.workersApi.authorStatus(account.address)).unwrap();
  assert.equal(status.key.toHex(), keys);
  assert.equal(status.bond.toBigInt(), bond);
  const { data } = await api.query.system.account(account.address);
  assert.equal(data.reserved.toBigInt(), bond, 'the bond is on hold');

  // Somebody else cannot register the same key, even with the proof.
  const stolen = await send(api.tx.workers.registerAuthor(keys, proof), bob);
  assert.match(nameOf(stolen.dispatchError), /^workers\./);

  const left = await send(api.tx.workers.deregister(), account);
  assert.equal(left.dispatchError && nameOf(left.dispatchError), undefined);
  const early = await send(api.tx.workers.withdrawBond(), account);
  assert.match(nameOf(early.dispatchError), /^workers\./);
});

test('calls that cannot succeed say why', { timeout: 120_000 }, async () => {
  const has = (await api.query.system.account(bob.address)).data.free.toBigInt();
  const poor = await send(api.tx.balances.transferKeepAlive(charlie.address, 2n * has), bob);
  assert.equal(nameOf(poor.dispatchError), '{"token":"FundsUnavailable"}');

  const nobody = await send(api.tx.workers.deregister(), charlie);
  assert.match(nameOf(nobody.dispatchError), /^workers\./);

  const notRoot = await send(api.tx.sudo.sudo(api.tx.system.remark('0x')), charlie);
  assert.equal(nameOf(notRoot.dispatchError), 'sudo.RequireSudo');

  const root = await send(api.tx.system.setStorage([]), charlie);
  assert.equal(nameOf(root.dispatchError), 'BadOrigin');

  // A submission for a parent that is not there never enters a block: the pool refuses it.
  const zero = `0x${'00'.repeat(32)}`;
  const nonce = await api.rpc.system.accountNextIndex(alice.address);
  await assert.rejects(
    api.tx.oracle.submitTransitions(zero, 0, 0, 0, new Uint8Array(32), 0, zero).signAndSend(alice, { nonce }),
    /1010|Invalid Transaction|1012/,
  );
});

test('unknown calls and types are refused by the node with a reason', async () => {
  await assert.rejects(provider.send('learning_noSuchMethod', []), /Method not found/);
  await assert.rejects(provider.send('author_submitExtrinsic', ['0x00']), /100\d|101\d|decod|format/i);
});
