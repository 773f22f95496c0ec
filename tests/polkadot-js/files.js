// A model's files: the worker's store, its gateway, and the check that they are what the chain judged.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { base32Decode, base32Encode } from '@polkadot/util-crypto';

/** Runs `praxis-worker`, or the program in PRAXIS_WORKER; gives what it says as JSON. */
export function worker(...words) {
  const program = process.env.PRAXIS_WORKER ?? 'praxis-worker';
  const said = execFileSync(program, [...words, '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(said.trim().split('\n').pop());
}

/** A CID as people write it, and as the chain keeps it. */
export const cidText = (bytes) => base32Encode(bytes, true);
export const cidBytes = (text) => base32Decode(text, true);

/** A file from a gateway. Nothing is checked: compare its hash. */
export async function download(gateway, path) {
  const answer = await fetch(`${gateway}/ipfs/${path}`);
  if (!answer.ok) throw new Error(`${gateway} says ${answer.status} to ${path}: ${await answer.text()}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Whether the weights in a model's folder are those of the policy that the chain judged. */
export function isModelOf(folder, policy) {
  const again = worker('quantise', join(folder, 'model.safetensors'), '--output', `${folder}.policy`);
  return again.policy === policy.toHex();
}
