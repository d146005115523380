// Reads one digit or rows of them: gray pixels in, the answer of handigits' `Recognizer` out.

import { asItIs, nativeInput, SIZE } from "./normalize.js";
import { digitOf, readLayout } from "./reading.js";
import { candidatesOf, findLayout } from "./segment.js";
import { findInk } from "./strokes.js";

const MIN_CONTRAST = 0.2; // of the range from black to white
const NO_INK = "no ink: the picture is blank";
const NO_DIGIT = "not a digit";
const NO_DIGITS = "not a digit, nor several: what is written here looks like something else";
const CLEAR = 0.97; // the least certainty about a part of a mark that was cut
const MANY = 3; // digits of a row from which on their neighbours are evidence for each of them
const SIGN = 0.97; // novelty from which on a mark among many digits is a sign between them, not a digit
const MOST_NOVEL = 0.9999; // what the gate is surer of than that weighs no more

/**
 * Read a picture.
 * `model(image)`: ten probabilities; `gate`: null, or {novelty(image), threshold}, which knows what is no digit.
 * Gives {digits, boxes, probability, probabilities, abstained, reason, images}.
 */
export function read(gray, model, gate) {
  const native = nativeInput(gray);
  const layout = native ? null : findLayout(findInk(gray));
  if (!layout) return judgeOne(native ?? new Float32Array(SIZE * SIZE), model, gate);
  const candidates = candidatesOf(layout);
  const images = candidates.map(({ image }) => image);
  const probabilities = images.map(model);
  if (isBlank(images[0])) return nothing(NO_INK, images, probabilities);
  const novelty = images.map((image) => (gate ? gate.novelty(image) : 0));
  const threshold = gate?.threshold ?? 1;
  const isOneSmallDigit = Math.max(gray.width, gray.height) <= SIZE && novelty[0] < threshold;
  const plausibility = novelty.map((each) => Math.log1p(-Math.min(each, MOST_NOVEL)));
  const numbers = isOneSmallDigit ? [0] : readLayout(layout, probabilities, plausibility);
  const strange = numbers.filter((number) => novelty[number] >= threshold);
  const parts = numbers.filter((number) => candidates[number].cut > 0);
  const isOne = (number) => digitOf(probabilities[number]) === 1; // so does a stroke of any letter look
  const isDoubted = (number) => novelty[number] >= threshold / 4 || Math.max(...probabilities[number]) < CLEAR;
  const isUnclear = (number) => isDoubted(number) || isOne(number);
  const unclear = parts.filter(isUnclear).length;
  const areMany = numbers.length >= MANY;
  const isLetterInParts = areMany ? 2 * unclear > parts.length : unclear > 0;
  if (gate && (2 * strange.length > numbers.length || isLetterInParts)) {
    const untouched = asItIs(gray); // what was taken for its ink may be noise that a network reads past
    if (untouched && gate.novelty(untouched) < threshold) {
      return something([model(untouched)], [[0, 0, SIZE, SIZE]], [untouched]);
    }
    return nothing(numbers.length === 1 ? NO_DIGIT : NO_DIGITS, images, probabilities);
  }
  const isSign = (number) => novelty[number] >= SIGN && !candidates[number].cut;
  const known = numbers.filter((number) => (areMany ? !isSign(number) : novelty[number] < threshold));
  const pick = (list) => known.map((number) => list[number]);
  return something(pick(probabilities), pick(candidates.map(({ box }) => box)), pick(images));
}

function judgeOne(image, model, gate) {
  const probabilities = model(image);
  if (isBlank(image)) return nothing(NO_INK, [image], [probabilities]);
  if (gate && gate.novelty(image) >= gate.threshold) return nothing(NO_DIGIT, [image], [probabilities]);
  return something([probabilities], [[0, 0, SIZE, SIZE]], [image]);
}

const isBlank = (image) => Math.max(...image) - Math.min(...image) < MIN_CONTRAST;

function something(probabilities, boxes, images) {
  const digits = probabilities.map(digitOf).join("");
  const probability = probabilities.reduce((product, each) => product * Math.max(...each), 1);
  return { digits, boxes, probability, probabilities, abstained: false, reason: "", images };
}

function nothing(reason, [image], [probabilities]) {
  return { digits: "", boxes: [], probability: null, probabilities: [probabilities], abstained: true, reason, images: [image] };
}
