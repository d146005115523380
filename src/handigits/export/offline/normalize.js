// One digit's ink to the input of a network, as MNIST itself was made: a tight box, 20x20, the centre of mass in the middle.

import { isInkDark } from "./polarity.js";
import { boundsOf, cut, enlarge, mapped, round, shrink } from "./raster.js";
import { dilate, ellipse, erode } from "./shapes.js";

export const SIZE = 28;
const BOX = 20;
const MIDDLE = 14;
const VISIBLE = 32; // of 255: what is fainter does not widen the box
const THINNEST = 1.7; // pixels of 20: thinner strokes are widened to this
const THICKEST = 4.5; // pixels of 20: thicker strokes are thinned to this

/** Float32Array (28 * 28) in [0, 1], white ink on black; zeros where there is no ink. */
export function normalize(strength, strokeWidth) {
  const ink = withoutPaper(strength);
  if (!ink) return new Float32Array(SIZE * SIZE);
  const digit = strokeWidth ? (withoutPaper(withPen(ink, strokeWidth)) ?? ink) : ink;
  const scale = BOX / Math.max(digit.width, digit.height);
  const [width, height] = [digit.width, digit.height].map((side) => Math.max(1, round(side * scale)));
  const small = (scale < 1 ? shrink : enlarge)(digit, width, height);
  const [right, down] = small.pixels.some(Boolean) ? centreOf(small) : [(width - 1) / 2, (height - 1) / 2];
  const left = Math.min(Math.max(Math.floor(MIDDLE - right + 0.5), 0), SIZE - width);
  const top = Math.min(Math.max(Math.floor(MIDDLE - down + 0.5), 0), SIZE - height);
  return asShare(cut(small, -left, -top, SIZE - left, SIZE - top));
}

/** The ink without the paper around it; null if there is none. */
function withoutPaper(strength) {
  const bounds = boundsOf(mapped(strength, (value) => value >= VISIBLE));
  return bounds && cut(strength, ...bounds);
}

/** A 28x28 picture that is framed as MNIST's are, in either polarity, pixel by pixel; null of every other. */
export function nativeInput(gray) {
  if (gray.width !== SIZE || gray.height !== SIZE) return null;
  const light = lightOnDark(gray);
  const bounds = boundsOf(light);
  if (!bounds) return null;
  const longer = Math.max(bounds[2] - bounds[0], bounds[3] - bounds[1]);
  const isCentred = centreOf(light).every((place) => Math.abs(place - MIDDLE) <= 0.5);
  const isFramed = longer >= BOX - 1 && longer <= BOX && isCentred;
  return isFramed ? asShare(light) : null;
}

/** Bytes as shares of 255. */
export const asShare = ({ pixels }) => Float32Array.from(pixels, (value) => value / 255);

export const lightOnDark = (gray) => (isInkDark(gray) ? mapped(gray, (value) => 255 - value) : gray);

/** Widen or thin strokes that would come out far thinner or thicker than MNIST's. */
function withPen(digit, strokeWidth) {
  const scale = BOX / Math.max(digit.width, digit.height);
  const wanted = Math.min(Math.max(strokeWidth * scale, THINNEST), THICKEST) / scale;
  const change = round(Math.abs(wanted - strokeWidth) / 2); // on either side of the stroke
  if (!change) return digit;
  const padded = cut(digit, -change, -change, digit.width + change, digit.height + change);
  const kernel = ellipse(2 * change + 1);
  if (wanted > strokeWidth) return dilate(padded, kernel);
  return cut(erode(padded, kernel), change, change, digit.width + change, digit.height + change);
}

/** Column and row of the centre of mass, counted from 0 at the middle of the first pixel. */
function centreOf({ width, pixels }) {
  let [mass, right, down] = [0, 0, 0];
  pixels.forEach((value, at) => {
    mass += value;
    right += value * (at % width);
    down += value * Math.floor(at / width);
  });
  return [right / mass, down / mass];
}
