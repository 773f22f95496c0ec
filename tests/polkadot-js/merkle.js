// Merkle trees of the teaching market: blake2-256, leaves padded by zero hashes. See primitives/teaching/src/holdout.rs
// and lesson.rs.
import { u8aConcat, u8aEq } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';

const ZERO = new Uint8Array(32);

/** A number as 4 bytes, the lowest first. */
export const u32 = (number) => new Uint8Array(Uint32Array.of(number).buffer);

const hash = (...parts) => blake2AsU8a(u8aConcat(...parts));
const node = (left, right) => hash([1], left, right);

/** The least depth of a tree with so many leaves. */
export const depthOf = (count) => Math.ceil(Math.log2(Math.max(count, 1)));

/** All levels of a tree, its leaves first. A zero hash stands for a side without leaves. */
export function tree(leaves, depth = depthOf(leaves.length)) {
  const levels = [leaves];
  for (let height = 0; height < depth; height += 1) {
    const below = levels[height];
    levels.push(Array.from({ length: Math.ceil(below.length / 2) }, (_, at) => node(below[2 * at], below[2 * at + 1] ?? ZERO)));
  }
  return {
    root: levels[depth][0],
    /** From the subtree of 2^height leaves that has this number, to the root. */
    path: (index, height = 0) => levels.slice(height, depth).map((level, up) => level[(index >> up) ^ 1] ?? ZERO),
  };
}

/** Whether a leaf is at this place under a root. */
export const leads = (leaf, index, path, root) => u8aEq(root, path.reduce(
  (below, beside, up) => ((index >> up) & 1 ? node(beside, below) : node(below, beside)), leaf));

/** The leaf of an item of a holdout. */
export const itemLeaf = (index, { label, salt, features }) => hash([0], u32(index), salt, [label], features);

/** The leaf of a sealed chunk of a lesson. */
export const chunkLeaf = (index, sealed) => hash([0], u32(index), sealed);
