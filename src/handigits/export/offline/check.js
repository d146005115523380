// The golden examples: pictures, and what handigits answered to them in Python when this file was written.

import { raster } from "./raster.js";
import { SIZE } from "./normalize.js";
import { read } from "./recognizer.js";

/**
 * What is answered otherwise here, in words; "" where nothing is.
 * `golden`: `images` (bytes, one after another) with the `probabilities` of each; and the `answers` to the first of them
 * enlarged `factor` times, black on white, which go the whole way from pixels to digits.
 */
export function firstDifference({ images, probabilities, answers, factor, tolerance }, model, gate) {
  const imageAt = (at) => images.subarray(at * SIZE * SIZE, (at + 1) * SIZE * SIZE);
  const isNear = (found, expected) => expected.every((value, at) => Math.abs(found[at] - value) <= tolerance); // NaN is not
  for (const [at, expected] of probabilities.entries()) {
    const found = model(Float32Array.from(imageAt(at), (value) => value / 255));
    if (!isNear(found, expected)) return `the probabilities of golden example ${at + 1} differ`;
  }
  for (const [at, expected] of answers.entries()) {
    const found = read(enlarged(imageAt(at), factor), model, gate);
    if (found.digits !== expected.digits) return `golden drawing ${at + 1} is read as “${found.digits}”, not “${expected.digits}”`;
    if (!found.probabilities.every((each, digit) => isNear(each, expected.probabilities[digit]))) {
      return `the probabilities of golden drawing ${at + 1} differ`;
    }
  }
  return "";
}

/** Black on white, each pixel a square of `factor` pixels; with a row and a column more, or it would be made small again. */
export function enlarged(image, factor) {
  const side = SIZE * factor + 1;
  const isInside = (x, y) => Math.max(x, y) < side - 1;
  const pixelAt = (x, y) => (isInside(x, y) ? image[Math.floor(y / factor) * SIZE + Math.floor(x / factor)] : 0);
  return raster(side, side, Uint8Array.from({ length: side * side }, (_, at) => 255 - pixelAt(at % side, Math.floor(at / side))));
}
