// Reads one digit or rows of them: gray pixels in, the answer of handigits' `Recognizer` out.

import { findForeground } from "./foreground.js";
import { addMargin, isCutOut } from "./margin.js";
import { isNoise } from "./noise.js";
import { nativeInput, normalize, SIZE } from "./normalize.js";
import { mapped, transposed } from "./raster.js";
import { digitOf, isPlain, readRows } from "./reading.js";
import { findLayout } from "./segment.js";
import { squeeze } from "./squeeze.js";
import { findInk, widthIn } from "./strokes.js";
import { findViews } from "./views.js";

const MIN_CONTRAST = 0.2; // of the range from black to white
const NO_INK = "no ink: the picture is blank";
const NO_DIGIT = "not a digit";
const NO_DIGITS = "not a digit, nor several: what is written here looks like something else";
const CLEAR = 0.97; // the least certainty about a part of a mark that was cut, and about a broken digit
const BROKEN = 0.1; // of its height: the widest gap of such a digit; each dash of it looks like a 1
const DOUBTS = 0.25; // of the novelty from which on an image is no digit: from here on the gate has doubts
const SHADE = 0.07; // of the same: from here on there is the shade of a doubt: too much for what was cut, changed or broken
const UNSURE = 0.9; // what the model is less sure of than that is no digit if the gate has doubts as well
const PLAINLY = 0.9; // how sure the model has to be of each digit of a picture that was changed
const DIFFERENT = 3; // digits that a turned picture has to hold: a page of one letter, turned, is a page of one digit
const FULL = 0.9; // of the picture's sides, which its ink fills
const [FEWEST, MOST] = [4, 60]; // marks of a picture that may be a page of digits on its side; of more, nothing else is tried
const AGREEING = 5; // looks at a small picture in which the model sees the same digit are evidence that it is one
const HALF = 0.5; // how sure the model has to be of the digit in each of them
const NOVEL = 0.9; // novelty from which on even that is no evidence
const MANY = 3; // digits of a row from which on their neighbours are evidence for each of them
const SIGN = 0.97; // novelty from which on a mark among many digits is a sign between them, not a digit
const MOST_NOVEL = 0.9999; // what the gate is surer of than that weighs no more

/**
 * Read a picture.
 * `model(image)`: ten probabilities; `gate`: null, or {novelty(image), threshold}, which knows what is no digit.
 * Gives {digits, boxes, probability, probabilities, abstained, reason, images}.
 */
export function read(gray, model, gate) {
  const ask = asker(model, gate);
  const native = nativeInput(gray);
  if (!native && isSmall(gray) && isNoise(gray)) return nothing(NO_INK, ask(framed(new Float32Array(SIZE * SIZE))));
  const ink = native ? null : findInk(gray);
  const layout = ink && findLayout(ink);
  const whole = ask(layout?.whole ?? framed(native ?? new Float32Array(SIZE * SIZE)));
  const answer = judge(gray, layout, whole, ask, gate);
  return gate && ink && (whole.parts ?? 0) <= MOST ? lookAgain(answer, whole, gray, ink, ask, gate) : answer;
}

/** The answer, or a plainer one to the same picture, turned or changed. */
function lookAgain(answer, whole, gray, ink, ask, gate) {
  const makesNoSense = [NO_INK, NO_DIGIT, NO_DIGITS].includes(answer.reason);
  const isOne = !answer.abstained && answer.images[0] === whole.image;
  const mayLie = (makesNoSense || isOne) && whole.parts >= FEWEST && !isSmall(gray);
  const upright = mayLie && onItsSide(gray, ink, ask, gate);
  return upright || (makesNoSense && changed(gray, ink, ask, gate)) || answer;
}

/** What may be said of a picture as it stands. */
function judge(gray, layout, whole, ask, gate) {
  const digits = gate ? digitsOf(gray, layout, whole, ask, gate) : digitsWithoutGate(gray, layout, whole, ask);
  if (isBlank(whole.image) && (digits[0] === whole || isStrange(digits[0], gate))) return nothing(NO_INK, whole);
  if (!gate) return something(digits);
  if (digits[0].isTexture || areMostlyStrange(digits, gate) || isLetterInParts(digits, gate)) {
    return nothing(digits.length === 1 ? NO_DIGIT : NO_DIGITS, whole);
  }
  return something(digits.filter((digit) => !isSign(digit, digits, gate)));
}

/** The surest answer to a picture that was turned by a quarter to either side, if one is of several digits. */
function onItsSide(gray, ink, ask, gate) {
  const answers = [1, 3].map((turns) => {
    const answer = plainly(gray, { ...ink, strength: turned(ink.strength, turns), depth: turned(ink.depth, turns) }, ask, gate);
    return answer && { ...answer, boxes: answer.boxes.map((box) => placed(box, turns, gray)) };
  });
  const pages = answers.filter((each) => each && new Set(each.digits).size >= DIFFERENT);
  return pages.sort((a, b) => b.probability - a.probability)[0];
}

/**
 * The surest answer to the darker of its inks, if there are two, and to the picture with a margin, if it has none;
 * squeezed as well, if one broad mark fills it.
 */
function changed(gray, ink, ask, gate) {
  const darker = findForeground(ink);
  const answers = darker ? [plainly(gray, { ...ink, strength: darker, strokeWidth: widthIn(darker) }, ask, gate)] : [];
  for (const inkIsDark of isCutOut(gray) ? [true, false] : []) {
    const { picture, wide } = addMargin(gray, inkIsDark);
    const found = findInk(picture, inkIsDark);
    const answer = plainly(picture, found, ask, gate);
    answers.push(answer && { ...answer, boxes: answer.boxes.map((box) => inside(box, wide, gray)) });
    answers.push(stretchedOne(gray, found, wide, ask, gate));
  }
  const ones = ({ digits }) => digits.split("1").length - 1;
  const isFull = ({ boxes }) => boxes.length === 1 && fills(boxes[0], gray);
  const tells = (answer) => 2 * ones(answer) < answer.digits.length || isFull(answer);
  const telling = answers.filter((answer) => answer && tells(answer));
  return telling.sort((a, b) => b.probability - a.probability)[0];
}

/** The answer to a picture that one broad mark fills, and which is a 1 once it is squeezed; else undefined. */
function stretchedOne(gray, ink, margin, ask, gate) {
  const layout = findLayout(ink);
  const box = layout && inside(layout.whole.box, margin, gray);
  const slim = box && fills(box, gray) && squeeze(ink);
  if (!slim) return undefined;
  const one = ask({ image: normalize(slim, ink.strokeWidth), box, cut: 0 });
  const isPlainOne = digitOf(one.probabilities) === 1 && one.probabilities[1] > PLAINLY;
  return isPlainOne && one.novelty < SHADE * gate.threshold ? something([one]) : undefined;
}

/** Whether a box reaches from edge to edge of a picture. */
const fills = ([, , wide, high], { width, height }) => Math.min(wide / width, high / height) >= FULL;

/** Where a box lies in a picture without the margin that was put around it. */
function inside([x, y, wide, high], margin, { width, height }) {
  const within = (start, length, total) => {
    const first = Math.min(Math.max(start, 0), total - 1);
    return [first, Math.max(Math.min(start + length, total) - first, 1)];
  };
  const [left, across] = within(x - margin, wide, width);
  const [top, down] = within(y - margin, high, height);
  return [left, top, across, down];
}

/** The answer to a picture that was turned or changed; undefined if it does not fulfil more than others have to. */
function plainly(gray, ink, ask, gate) {
  const layout = findLayout(ink);
  if (!layout || layout.whole.parts > MOST) return undefined;
  const answer = judge(gray, layout, ask(layout.whole), ask, { ...gate, threshold: SHADE * gate.threshold });
  const isSure = answer.probabilities.every((each) => Math.max(...each) > PLAINLY);
  return !answer.abstained && isSure ? answer : undefined;
}

/** By one quarter counter-clockwise, or by three. */
function turned(image, turns) {
  const flipped = transposed(image);
  const last = turns === 1 ? flipped.height - 1 : flipped.width - 1;
  return mapped(flipped, (_, at) => {
    const [x, y] = [at % flipped.width, Math.floor(at / flipped.width)];
    return flipped.pixels[turns === 1 ? (last - y) * flipped.width + x : y * flipped.width + last - x];
  });
}

/** Where a box of the turned picture lies in the picture as it came. */
function placed([x, y, wide, high], turns, { width, height }) {
  return turns === 1 ? [Math.max(width - y - high, 0), x, high, wide] : [y, Math.max(height - x - wide, 0), high, wide];
}

/** A function that asks the model and the gate about a candidate, and notes at it what they say. */
function asker(model, gate) {
  return (candidate) => {
    const novelty = gate ? gate.novelty(candidate.image) : 0;
    const plausibility = Math.log1p(-Math.min(novelty, MOST_NOVEL));
    return { ...candidate, probabilities: model(candidate.image), novelty, plausibility };
  };
}

/** An image that is its own picture. */
const framed = (image) => ({ image, box: [0, 0, SIZE, SIZE], cut: 0 });

/** The candidates that are taken for the digits, at least one: first the whole is asked about, then its views, then parts. */
function digitsOf(gray, layout, whole, ask, gate) {
  if (isBlank(whole.image)) whole.novelty = 1;
  const isClear = whole.novelty < DOUBTS * gate.threshold && Math.max(...whole.probabilities) >= UNSURE;
  const looks = !layout && isClear ? [whole] : [whole, ...findViews(gray).map(framed).map(ask)];
  const best = looks.reduce((least, look) => (look.novelty < least.novelty ? look : least));
  const agreed = isSmall(gray) && isStrange(best, gate) && agreedOf(looks);
  if (agreed) return [agreed];
  const isSettled = isSmall(gray) ? !isStrange(best, gate) : isBlank(whole.image) || isPlainlyOne(whole, gate);
  return !layout || isSettled ? [best] : readRows(whole, rowsOf(layout, ask));
}

/** Whether all of the ink is plainly one digit, whole or broken. */
function isPlainlyOne(whole, { threshold }) {
  if (whole.parts === 1) return isPlain(whole);
  const isSure = Math.max(...whole.probabilities) >= CLEAR && whole.novelty < SHADE * threshold;
  return isSure && whole.gap <= BROKEN;
}

/** The look that counts, as one that is a digit, where no look is one but the model sees the same in nearly all; else null. */
function agreedOf(looks) {
  const digits = looks.map(({ probabilities }) => digitOf(probabilities));
  const times = Array.from({ length: 10 }, (_, digit) => digits.filter((each) => each === digit).length);
  const digit = times.indexOf(Math.max(...times));
  const agreeing = looks.filter(({ probabilities }, at) => digits[at] === digit && Math.max(...probabilities) >= HALF);
  if (agreeing.length < AGREEING) return null;
  const best = agreeing.reduce((least, look) => (look.novelty < least.novelty ? look : least));
  return best.novelty < NOVEL ? { ...best, novelty: 0 } : null;
}

/** Without a gate a small picture is one digit, and nothing else is settled by the whole of it. */
function digitsWithoutGate(gray, layout, whole, ask) {
  return !layout || isSmall(gray) || isBlank(whole.image) ? [whole] : readRows(whole, rowsOf(layout, ask));
}

const isSmall = ({ width, height }) => Math.max(width, height) <= SIZE;

const rowsOf = (layout, ask) => layout.findRows().map((row) => ({ ...row, candidates: row.candidates.map(ask) }));

/** Whether it is no digit: the gate is sure of that, or it has doubts and the model has some as well. */
function isStrange({ novelty, probabilities }, { threshold }) {
  return novelty >= threshold || (novelty >= DOUBTS * threshold && Math.max(...probabilities) < UNSURE);
}

/** Whether more than half of these are no digits; of many it is enough that the gate doubts more than half. */
function areMostlyStrange(digits, gate) {
  const isDoubted = ({ novelty }) => digits.length >= MANY && novelty >= DOUBTS * gate.threshold;
  return 2 * digits.filter((digit) => isStrange(digit, gate) || isDoubted(digit)).length > digits.length;
}

/** Whether a mark was cut that is no digit in one piece, and its parts are no clear digits either. */
function isLetterInParts(digits, { threshold }) {
  const parts = digits.filter(({ cut }) => cut > 0);
  const isOne = ({ probabilities }) => digitOf(probabilities) === 1; // so does a stroke of any letter look
  const least = (digits.length >= MANY ? DOUBTS : SHADE) * threshold;
  const isDoubted = ({ novelty, probabilities }) => novelty >= least || Math.max(...probabilities) < CLEAR;
  const unclear = parts.filter((part) => isDoubted(part) || isOne(part)).length;
  return digits.length >= MANY ? 2 * unclear > parts.length : unclear > 0;
}

/** Whether a mark is left out; among many digits only what is clearly a sign, and in one piece. */
const isSign = (digit, digits, gate) =>
  digits.length >= MANY ? digit.novelty >= SIGN && !digit.cut : digit.novelty >= gate.threshold;

const isBlank = (image) => Math.max(...image) - Math.min(...image) < MIN_CONTRAST;

function something(digits) {
  const probabilities = digits.map((digit) => digit.probabilities);
  const probability = probabilities.reduce((product, each) => product * Math.max(...each), 1);
  return {
    digits: probabilities.map(digitOf).join(""),
    boxes: digits.map(({ box }) => box),
    probability,
    probabilities,
    abstained: false,
    reason: "",
    images: digits.map(({ image }) => image),
  };
}

function nothing(reason, { image, probabilities }) {
  return { digits: "", boxes: [], probability: null, probabilities: [probabilities], abstained: true, reason, images: [image] };
}
