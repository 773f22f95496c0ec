// The boxes of sealed.js against the chain's: `primitives/market/src/sealed.rs`. No node is needed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import sodium from 'libsodium-wrappers';

import { decrypt, encrypt, modelKey, oneTimeKeys, open, seal } from './sealed.js';

/** The key pair of a secret. */
const pairOf = (privateKey) => ({ privateKey, publicKey: sodium.crypto_scalarmult_base(privateKey) });

/** The vector that the chain's own tests open: the bytes 0 to 31, sealed to the key of the secret 05…05. */
function sample() {
  const source = readFileSync(new URL('../../primitives/market/src/sealed.rs', import.meta.url), 'utf8');
  const [, body] = source.match(/pub const SAMPLE: \[u8; SEALED\] = \[([^\]]*)\]/);
  return Uint8Array.from(body.match(/0x[0-9a-f]{2}/g), Number);
}

test('open should give the key when the box is the vector of the chain', () => {
  const key = open(sample(), pairOf(new Uint8Array(32).fill(5)));
  assert.deepEqual([...key], Array.from({ length: 32 }, (_, byte) => byte));
});

test('open should give the key when it was sealed to the one-time key, and throw otherwise', () => {
  const [keys, key] = [oneTimeKeys(), modelKey()];
  const sealed = seal(key, keys.publicKey);
  assert.equal(sealed.length, 80);
  assert.deepEqual(open(sealed, keys), key);
  assert.throws(() => open(sealed, oneTimeKeys()));
  for (let place = 0; place < sealed.length; place += 1) {
    const changed = Uint8Array.from(sealed);
    changed[place] ^= 1;
    assert.throws(() => open(changed, keys), `byte ${place}`);
  }
});

test('decrypt should give the model when the key is right, and throw when it or a byte is not', () => {
  const [car, key] = [Uint8Array.from({ length: 100_000 }, (_, byte) => byte % 251), modelKey()];
  const ciphertext = encrypt(car, key);
  assert.equal(ciphertext.length, 24 + 16 + car.length);
  assert.deepEqual(decrypt(ciphertext, key), car);
  assert.notDeepEqual(encrypt(car, key), ciphertext, 'a nonce of its own each time');
  assert.throws(() => decrypt(ciphertext, modelKey()));
  for (const place of [0, 23, 24, 39, 40, ciphertext.length - 1]) {
    const changed = Uint8Array.from(ciphertext);
    changed[place] ^= 1;
    assert.throws(() => decrypt(changed, key), `byte ${place}`);
  }
});
