// Bob sells the full weights of his model, and Dave buys them three times: once well, once disputing a right key, once
// getting a wrong one. It follows market.js, in which the chain judged the model.
//
//   PRAXIS_MODEL=model PRAXIS_STORE=served PRAXIS_GATEWAY=http://127.0.0.1:9965 PRAXIS_SCRATCH=scratch node selling.js
//
// PRAXIS_MODEL is the folder with model.safetensors and card.json; PRAXIS_STORE the store that `praxis-worker store serve`
// serves at PRAXIS_GATEWAY; PRAXIS_SCRATCH an empty folder. The last line of the output is JSON.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import { u8aEq, u8aToHex } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';
import { call, connect, print, refused } from './connect.js';
import { cidBytes, cidText, download, isModelOf, worker } from './files.js';
import { decrypt, encrypt, modelKey, oneTimeKeys, open, seal } from './sealed.js';

const PRX = 10n ** 12n;
const { PRAXIS_MODEL: folder, PRAXIS_STORE: served, PRAXIS_GATEWAY: gateway, PRAXIS_SCRATCH: scratch } = process.env;
const path = (name) => join(scratch, name);

const api = await connect();
const keyring = new Keyring({ type: 'sr25519' });
const [bob, dave, operator] = ['//Bob', '//Dave', '//Bob//operator'].map((uri) => keyring.addFromUri(uri));

/** The event of this kind that a call gave. */
const found = (events, kind) => events.find((event) => kind.is(event)).data;
const names = (events) => events.filter(({ section }) => section === 'models').map(({ method }) => method);

const account = async ({ address }) => (await api.query.system.account(address)).data;

const before = { bob: await account(bob), dave: await account(dave) };
// The best models of CartPole, of which one is Bob's.
const models = await api.call.modelsApi.models({ CartPole: null }, 0, 10);
const { policy } = models.find(({ owner }) => owner.eq(bob.address));

// The seller: the model's CAR, encrypted, in the store that is served. What is not encrypted stays in another.
const plain = worker('store', 'add', '--model', folder, '--store', path('own')).cid;
worker('store', 'export', plain, '--output', path('model.car'), '--store', path('own'));
const key = modelKey();
const ciphertext = encrypt(new Uint8Array(readFileSync(path('model.car'))), key);
writeFileSync(path('model.car.box'), ciphertext);
const cid = worker('store', 'add', path('model.car.box'), '--store', served).cid;

const terms = [policy, u8aToHex(cidBytes(cid)), blake2AsU8a(ciphertext), blake2AsU8a(key)];
await refused(api, 'models.BadOffer', api.tx.models.offer(...terms, 0n, 3), operator);
await refused(api, 'models.NotOwner', api.tx.models.offer(...terms, 5n * PRX, 3), dave);
const offered = await call(api, api.tx.models.offer(...terms, 5n * PRX, 3), operator);
const { offer } = found(offered, api.events.models.Offered);
await refused(api, 'models.AlreadyOffered', api.tx.models.offer(...terms, 5n * PRX, 3), operator);
await refused(api, 'models.OwnOffer', api.tx.models.buy(offer, oneTimeKeys().publicKey), bob);
await refused(api, 'models.NotOwner', api.tx.models.withdrawOffer(offer), dave);
print(`offer ${offer}: ${cid} for 5 PRX`);

/** The buyer pays into escrow. The pair is of this sale alone: a dispute discloses its secret. */
async function buy() {
  const keys = oneTimeKeys();
  const bought = await call(api, api.tx.models.buy(offer, keys.publicKey), dave);
  const { sale } = found(bought, api.events.models.Bought);
  return { sale, keys };
}

/** The seller seals a key to the one-time key that stands in the sale. */
async function deliver(sale, delivered) {
  const { oneTimeKey } = (await api.call.modelsApi.sale(sale)).unwrap();
  await call(api, api.tx.models.deliver(sale, seal(delivered, oneTimeKey)), operator);
}

/** The buyer opens what was delivered: none where it is not the key of the offer. */
async function receive(sale, keys) {
  const { state } = (await api.call.modelsApi.sale(sale)).unwrap();
  const opened = open(state.asDelivered.sealed, keys);
  const { keyHash } = (await api.call.modelsApi.model(policy)).unwrap().offer.unwrap();
  return u8aEq(blake2AsU8a(opened), keyHash) ? opened : null;
}

// A good sale.
const first = await buy();
await refused(api, 'models.NotDelivered', api.tx.models.accept(first.sale), dave);
await refused(api, 'models.NotDue', api.tx.models.finishSale(first.sale), dave);
await refused(api, 'models.NotOwner', api.tx.models.deliver(first.sale, new Uint8Array(80)), dave);
await deliver(first.sale, key);
await refused(api, 'models.AlreadyDelivered', api.tx.models.deliver(first.sale, new Uint8Array(80)), operator);
await refused(api, 'models.NotBuyer', api.tx.models.accept(first.sale), bob);

// The buyer checks before it accepts: the ciphertext is the offer's, the CAR is sound, the weights are the judged policy's.
const sold = (await api.call.modelsApi.model(policy)).unwrap().offer.unwrap();
const box = await download(gateway, cidText(sold.cid));
if (!u8aEq(blake2AsU8a(box), sold.ciphertext)) throw new Error('the ciphertext is another one');
writeFileSync(path('bought.car'), decrypt(box, await receive(first.sale, first.keys)));
const [root] = worker('store', 'import', path('bought.car'), '--store', path('bought')).roots;
worker('store', 'get', root, '--output', path('model'), '--store', path('bought'));
const right = isModelOf(path('model'), policy);
if (!right) throw new Error('the weights are not those of the policy');
const accepted = await call(api, api.tx.models.accept(first.sale), dave);
print(`sale ${first.sale}: ${root} is what the chain judged, and is paid`);

// A right key, disputed: the buyer pays all the same, and its stake is burnt. The key is public from now on.
const second = await buy();
await deliver(second.sale, key);
await refused(api, 'models.WrongSecret', api.tx.models.dispute(second.sale, modelKey()), dave);
const lost = await call(api, api.tx.models.dispute(second.sale, second.keys.privateKey), dave);
print(`sale ${second.sale}: the chain opened the key and found it right: ${names(lost).join(', ')}`);

// A wrong key, disputed: the buyer has all back, the seller's bond is burnt, the offer is closed.
const third = await buy();
await deliver(third.sale, modelKey());
if (await receive(third.sale, third.keys)) throw new Error('the wrong key has the right hash');
const won = await call(api, api.tx.models.dispute(third.sale, third.keys.privateKey), dave);
print(`sale ${third.sale}: the chain opened the key and found it wrong: ${names(won).join(', ')}`);
await refused(api, 'models.NoOffer', api.tx.models.buy(offer, oneTimeKeys().publicKey), dave);

const after = { bob: await account(bob), dave: await account(dave) };
print(JSON.stringify({
  policy: policy.toHex(),
  root,
  plain,
  right,
  price: String(found(accepted, api.events.models.Paid).price),
  accepted: names(accepted),
  lost: names(lost),
  won: names(won),
  burnt: String(found(won, api.events.models.SellerSlashed).amount),
  stake: String(found(lost, api.events.models.StakeBurnt).amount),
  refunded: String(found(won, api.events.models.Refunded).amount),
  open: (await api.call.modelsApi.salesOf(dave.address)).length,
  held: ['bob', 'dave'].map((who) => String(after[who].reserved.toBigInt() - before[who].reserved.toBigInt())),
}));
process.exit(0);
