// Bob gives the full weights of his model away, and Eve fetches them by their CID. It follows market.js, in which the
// chain judged the model; the variables are those of selling.js. The last line of the output is JSON.
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import { u8aToHex } from '@polkadot/util';
import { call, connect, print, refused } from './connect.js';
import { cidBytes, cidText, download, isModelOf, worker } from './files.js';

const { PRAXIS_MODEL: folder, PRAXIS_STORE: served, PRAXIS_GATEWAY: gateway, PRAXIS_SCRATCH: scratch } = process.env;
const path = (name) => join(scratch, name);

const api = await connect();
const keyring = new Keyring({ type: 'sr25519' });
const [bob, eve, operator] = ['//Bob', '//Eve', '//Bob//operator'].map((uri) => keyring.addFromUri(uri));

// What can be had: the best models of an environment, and the best one of each similar environment.
const models = await api.call.modelsApi.models({ CartPole: null }, 0, 10);
for (const { policy, owner, score, cid } of models) {
  print(`${policy.toHex()} by ${owner}: ${Number(score.toBigInt()) / 2 ** 32}, ${cidText(cid)}`);
}
const similar = await api.call.modelsApi.similar({ CartPole: null }, 3);
for (const [similarity, { environment, policy }] of similar) {
  print(`${similarity.toHuman()} similar: ${policy.toHex()} for ${environment.toString()}`);
}
const { policy } = models.find(({ owner }) => owner.eq(bob.address));

// The owner's side: the model is served, and the chain says where.
const shared = worker('store', 'add', '--model', folder, '--store', served).cid;
await refused(api, 'models.NotOwner', api.tx.models.share(policy, u8aToHex(cidBytes(shared))), eve);
await call(api, api.tx.models.share(policy, u8aToHex(cidBytes(shared))), operator);

// Anybody's side: the chain names the CID, any gateway gives the files, and every block is checked on arrival.
const cid = cidText((await api.call.modelsApi.model(policy)).unwrap().cid);
const card = JSON.parse(new TextDecoder().decode(await download(gateway, `${cid}/card.json`)));
worker('store', 'get', cid, '--output', path('shared'), '--peer', gateway, '--store', path('fetched'));
const right = isModelOf(path('shared'), policy);
print(`${cid} for ${card.environment} is${right ? '' : ' not'} what the chain judged`);

print(JSON.stringify({ policy: policy.toHex(), cid, card, right, similar: similar.toJSON() }));
process.exit(0);
