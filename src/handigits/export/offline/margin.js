// A margin of paper around a picture that was cut out so tightly that its ink touches the edge.

import { findEnlargement } from "./pixels.js";
import { raster, round } from "./raster.js";

const LONGEST = 128; // pixels of the longer side: a larger picture is no cut-out of one digit
const SHARE = 0.5; // of the longer side
const TOUCHING = 0.5; // of the range of tones is found along the edge: there is ink as well as paper
const PAPER = 0.95; // of the pixels are no brighter than light paper, or no darker than dark paper

/** Whether the ink of a picture that is small, or was before it was enlarged, reaches its edge. */
export function isCutOut(gray) {
  const { width, height, pixels } = gray;
  if (Math.max(width, height) > LONGEST * findEnlargement(gray)) return false;
  const isEdge = (at) => at < width || at >= pixels.length - width || at % width === 0 || at % width === width - 1;
  return rangeOf(pixels.filter((_, at) => isEdge(at))) > TOUCHING * rangeOf(pixels);
}

const rangeOf = (tones) => tones.reduce((most, tone) => Math.max(most, tone), 0) - tones.reduce((least, tone) => Math.min(least, tone), 255);

/** The picture with paper around it, in the tone that its paper has if its ink is dark, or light; and how wide. */
export function addMargin(gray, inkIsDark) {
  const { width, height, pixels } = gray;
  const square = findEnlargement(gray);
  const wide = square * round((SHARE * Math.max(width, height)) / square);
  const tones = pixels.slice().sort();
  const place = Math.floor(PAPER * (tones.length - 1));
  const picture = raster(width + 2 * wide, height + 2 * wide);
  picture.pixels.fill(tones[inkIsDark ? place : tones.length - 1 - place]);
  for (let y = 0; y < height; y++) {
    picture.pixels.set(pixels.subarray(y * width, (y + 1) * width), (y + wide) * picture.width + wide);
  }
  return { picture, wide };
}
