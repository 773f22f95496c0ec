// A small classifier in the chain's format, and the integer arithmetic with which the chain counts. See docs/teaching.md and
// primitives/policy. One layer is enough here: each class has a mean, and the nearest one is the answer.
import { compactToU8a, u8aConcat } from '@polkadot/util';

const VERSION = 1;
const LIMIT = 32767;

/** What the chain shows a classifier of a byte. */
const STEP = 128;

const list = (numbers) => u8aConcat(compactToU8a(numbers.length), new Uint8Array(numbers.buffer));
const two = (number) => new Uint8Array(Uint16Array.of(number).buffer);

/** A policy of one layer: `biases` one a class, `weights` class by class. */
export const encode = ({ inputs, biases, weights }) => u8aConcat(
  [VERSION], two(LIMIT), compactToU8a(1),
  two(inputs), two(biases.length), [0], list(Int32Array.from(biases)), list(Int8Array.from(weights)));

/** The class: the first of those with the greatest sum. */
export function classify({ inputs, biases, weights }, features) {
  const sums = biases.map((bias, row) => features.reduce((sum, byte, at) => sum + weights[row * inputs + at] * byte * STEP, bias));
  return sums.indexOf(Math.max(...sums));
}

/** How many examples it has right. */
export const correct = (policy, examples) => examples.filter(({ features, label }) => classify(policy, features) === label).length;

/** Knows nothing: all sums are 0. */
export const blank = (inputs, classes) => ({ inputs, biases: Array(classes).fill(0), weights: Array(inputs * classes).fill(0) });

/**
 * The means m of the classes: an example x is nearest to that with the greatest m·x - |m|²/2. Weights have 8 bits, so all is
 * halved, and the bias has the unit of the sums.
 */
export function learn(examples, inputs, classes) {
  const means = Array.from({ length: classes }, (_, label) => {
    const own = examples.filter((one) => one.label === label);
    return Array.from({ length: inputs }, (__, at) => own.reduce((sum, { features }) => sum + features[at], 0) / Math.max(own.length, 1));
  });
  return {
    inputs,
    biases: means.map((mean) => -Math.round(mean.reduce((sum, m) => sum + m * m, 0) * STEP / 4)),
    weights: means.flatMap((mean) => mean.map((m) => Math.min(127, Math.round(m / 2)))),
  };
}
