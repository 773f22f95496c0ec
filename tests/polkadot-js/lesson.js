// A lesson: labelled examples as a safetensors file, sealed for one student. See docs/teach.md and
// primitives/teaching/src/lesson.rs.
import sodium from 'libsodium-wrappers';
import { u8aConcat } from '@polkadot/util';
import { chunkLeaf, tree, u32 } from './merkle.js';

await sodium.ready;

const FORMAT = 'praxis-lesson-1';
const CHUNK = 64 * 1024;
const SEALED_CHUNK = CHUNK + 16;

/** The file: two tensors of bytes, `images` and `labels`, and one entry of metadata. */
export function pack(examples) {
  const [count, features] = [examples.length, examples[0].features.length];
  const size = count * features;
  const head = JSON.stringify({
    __metadata__: { format: FORMAT },
    images: { dtype: 'U8', shape: [count, features], data_offsets: [0, size] },
    labels: { dtype: 'U8', shape: [count], data_offsets: [size, size + count] },
  });
  const padded = new TextEncoder().encode(head.padEnd(Math.ceil(head.length / 8) * 8));
  const length = u8aConcat(u32(padded.length), u32(0));
  return u8aConcat(length, padded, ...examples.map((one) => one.features), examples.map((one) => one.label));
}

/** The examples of a file. Throws where it is anything else than what `pack` makes. */
export function parse(file, features, classes) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (!(length <= 4096)) throw new Error('its head is too large');
  const { __metadata__: metadata, images, labels, ...more } = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const [count, width] = images.shape;
  const expected = JSON.stringify([{ format: FORMAT }, 'U8', 'U8', [count], features, {}]);
  if (JSON.stringify([metadata, images.dtype, labels.dtype, labels.shape, width, more]) !== expected) throw new Error('it is no lesson');
  const data = (tensor) => file.subarray(8 + length + tensor.data_offsets[0], 8 + length + tensor.data_offsets[1]);
  const [pixels, classesOf] = [data(images), data(labels)];
  if (pixels.length !== count * features || classesOf.length !== count) throw new Error('its tensors are cut off');
  if (classesOf.some((label) => label >= classes)) throw new Error('it has a label that the session has not');
  return Array.from(classesOf, (label, at) => ({ label, features: pixels.subarray(at * features, (at + 1) * features) }));
}

const nonce = (index) => u8aConcat(u32(index), new Uint8Array(8));
const cut = (bytes, size) => Array.from({ length: Math.max(1, Math.ceil(bytes.length / size)) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));

/** Seals a file in chunks of 64 KiB: ChaCha20-Poly1305, the chunk's number as nonce, the number of chunks beside it. */
export function sealFile(key, file) {
  const chunks = cut(file, CHUNK);
  return u8aConcat(...chunks.map((chunk, index) => sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
    chunk, u32(chunks.length), null, nonce(index), key)));
}

/** Opens all of a ciphertext. Throws where a chunk was not sealed so: that can be disputed. */
export function openFile(key, ciphertext) {
  const chunks = cut(ciphertext, SEALED_CHUNK);
  return u8aConcat(...chunks.map((chunk, index) => sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
    null, chunk, u32(chunks.length), nonce(index), key)));
}

/** What a ciphertext is bound by. */
export const rootOf = (ciphertext) => tree(cut(ciphertext, SEALED_CHUNK).map((chunk, index) => chunkLeaf(index, chunk))).root;
