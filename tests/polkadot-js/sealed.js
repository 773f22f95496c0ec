// A model's key and what it opens, with libsodium: see docs/model-sharing.md.
import sodium from 'libsodium-wrappers';
import { u8aConcat } from '@polkadot/util';

await sodium.ready;

/** A one-time key pair for a purchase: `publicKey` goes into `models.buy`. */
export const oneTimeKeys = () => sodium.crypto_box_keypair('uint8array');

/** A key for one ciphertext. */
export const modelKey = () => sodium.crypto_secretbox_keygen();

/** Seals a model's key to a buyer's one-time key: 80 bytes for `models.deliver`. */
export const seal = (key, oneTimeKey) => sodium.crypto_box_seal(key, oneTimeKey);

/** Opens a delivered key. Throws where it was not sealed to these keys. */
export const open = (sealed, { publicKey, privateKey }) => sodium.crypto_box_seal_open(sealed, publicKey, privateKey);

/** The ciphertext of a model's CAR: nonce and secret box. */
export function encrypt(car, key) {
  const nonce = sodium.randombytes_buf(sodium.crypto_secretbox_NONCEBYTES);
  return u8aConcat(nonce, sodium.crypto_secretbox_easy(car, nonce, key));
}

/** The CAR that a ciphertext holds. Throws where the key is another's, or a byte was changed. */
export function decrypt(ciphertext, key) {
  const nonce = ciphertext.subarray(0, sodium.crypto_secretbox_NONCEBYTES);
  return sodium.crypto_secretbox_open_easy(ciphertext.subarray(nonce.length), nonce, key);
}
