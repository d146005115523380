// Which pixels of a picture are ink: desk, shading, the tone of the paper, lines, boxes and specks taken away.

import { dropBoxes } from "./boxes.js";
import { dropShadow } from "./foreground.js";
import { levelsOf, middleOf, percentile } from "./levels.js";
import { dropLines } from "./lines.js";
import { findMarks, keepMarks, typicalWidth } from "./marks.js";
import { doubled, everyNth, findEnlargement } from "./pixels.js";
import { isInkDark } from "./polarity.js";
import { blurred, boundsOf, enlarge, extent, mapped, median3, raster, round, scaledBy, shrink } from "./raster.js";
import { spreadSheet } from "./sheet.js";
import { close, ellipse } from "./shapes.js";

const LONGEST = 768; // pixels of the longer side that are worked on
const FEWEST = 28; // pixels of the longer side of a picture that is worked on as large as it is
const MILD = 0.5; // from this scale on a linear resize overlooks no pixel
const LIGHT_LONGEST = 128; // of the copy in which light is estimated
const STROKE_SHARE = 0.3; // of the shorter side: the widest stroke that is not taken for a shadow
const DARKEST_SHARE = 0.25; // of the brightest paper: what is darker throughout is no paper in a shadow
const STROKE_GRAINS = 8; // grains that strokes stand out by, times the root of their width
const RANGE = 40; // of 255: a picture with fewer tones than that is blank if it looks so
const LARGE = 56; // pixels of the longer side from which on a blank picture is smoothed
const CALM = 1.5; // pixels, standard deviation: a stroke is broader than that, and the grain of a sensor finer

/** The ink of a gray picture: {strength, depth, scale, strokeWidth}; strength is 0 for paper to 255 for full ink. */
export function findInk(gray, inkIsDark = null) {
  const { page, scale } = resized(gray);
  const sheet = spreadSheet(page);
  let ink = sheet && findStrokes(sheet, inkIsDark);
  if (!ink || !isWritten(ink)) ink = findStrokes(page, inkIsDark);
  const isBlank = !isWritten(ink) && !ink.isRuled; // smoothed, the lines would come back
  if (isBlank && Math.max(page.width, page.height) >= LARGE) ink = findStrokes(blurred(page, CALM), inkIsDark, true);
  return { ...ink, scale };
}

/**
 * The ink of a page as large as it is worked on; if nothing is written in one tone, in the other.
 * `isCalm`: it was smoothed, and its grain has no single pixels.
 */
function findStrokes(page, inkIsDark, isCalm = false) {
  const isDark = inkIsDark ?? isInkDark(page);
  const ink = strokesOf(page, isDark, isCalm);
  const [darkest, lightest] = extent(page.pixels);
  if (inkIsDark !== null || isWritten(ink) || isCalm || ink.isRuled || lightest - darkest < RANGE) return ink;
  const other = strokesOf(page, !isDark, isCalm);
  return isWritten(other) ? other : ink;
}

const isWritten = ({ strength }) => strength.pixels.some(Boolean);

function strokesOf(page, inkIsDark, isCalm) {
  const lined = depthOf(inkIsDark ? page : mapped(page, (value) => 255 - value));
  const depth = dropLines(lined);
  const levels = levelsOf(depth);
  let strength = raster(page.width, page.height);
  if (levels) {
    const ramp = Array.from({ length: 256 }, (_, tone) => {
      const share = (tone - levels.paper) / Math.max(levels.full - levels.paper, 1);
      return round(Math.min(Math.max(share, 0), 1) * 255);
    });
    const sure = mapped(depth, (value) => value > levels.sure);
    const stretched = mapped(depth, (value) => ramp[value]);
    const bare = dropBoxes(stretched, findMarks(stretched));
    strength = keepMarks(dropShadow(bare, depth) ?? bare, sure);
    const isShade = isCalm && spans(strength);
    if (isShade || isGrain(depth, strength, levels.sure, isCalm)) strength = raster(page.width, page.height);
  }
  return { strength, depth, strokeWidth: widthIn(strength), isRuled: depth !== lined };
}

/** The picture as it is worked on, and its pixels per pixel of the picture. */
function resized(gray) {
  const enlarged = findEnlargement(gray);
  const small = enlarged > 1 ? everyNth(gray, enlarged) : gray;
  const scale = Math.min(1, LONGEST / Math.max(small.width, small.height));
  const page = scaledBy(small, scale, scale < MILD ? shrink : enlarge);
  const isTiny = Math.max(page.width, page.height) < FEWEST;
  return { page: isTiny ? doubled(page) : page, scale: ((isTiny ? 2 : 1) * scale) / enlarged };
}

/** How much of its light each pixel of dark ink on paper swallows: 0 none to 255 all. */
function depthOf(dark) {
  const small = scaledBy(dark, Math.min(1, LIGHT_LONGEST / Math.max(dark.width, dark.height)));
  const reach = Math.max(3, round(STROKE_SHARE * Math.min(small.width, small.height))) | 1;
  const closed = blurred(close(median3(small), ellipse(reach)), Math.max(1, reach / 24));
  const least = Math.floor(Math.max(1, DARKEST_SHARE * percentile(closed.pixels, 0.95)));
  const paper = mapped(closed, (value) => Math.max(value, least));
  const light = enlarge(paper, dark.width, dark.height).pixels;
  return mapped(dark, (value, at) => 255 - Math.min(255, round((value * 255) / light[at])));
}

/** Whether ink reaches from one side of the picture to the other. */
function spans(strength) {
  const [left, top, right, bottom] = boundsOf(strength) ?? [0, 0, 0, 0];
  return right - left === strength.width || bottom - top === strength.height;
}

/** Whether all that was taken for ink is but the coarsest of the paper's grain: see `_is_grain` in strokes.py. */
function isGrain(depth, strength, sure, isCalm) {
  const [ink, paper] = [new Float64Array(256), new Float64Array(256)];
  depth.pixels.forEach((value, at) => {
    if (strength.pixels[at] >= 128) ink[value]++;
    else if (strength.pixels[at] === 0 && value <= sure) paper[value]++;
  });
  if (!ink.some(Boolean) || !paper.some(Boolean)) return false;
  const mean = meanOf(paper, (tone) => tone);
  const grain = Math.sqrt(meanOf(paper, (tone) => (tone - mean) ** 2));
  const width = isCalm ? 1 : widthIn(strength);
  return (middleOf(ink) - middleOf(paper)) * Math.sqrt(width) < STROKE_GRAINS * grain;
}

/** Typical width of the strokes of a strength. */
export const widthIn = (strength) => typicalWidth(mapped(strength, (value) => value >= 128));

/** The mean over a histogram of what `of` makes of its tones. */
function meanOf(counts, of) {
  const sum = counts.reduce((total, count, tone) => total + count * of(tone), 0);
  return sum / counts.reduce((total, count) => total + count, 0);
}
