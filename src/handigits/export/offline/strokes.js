// Which pixels of a picture are ink: shading, the tone of the paper, ruled lines and specks taken away.

import { dropLines } from "./lines.js";
import { keepMarks, typicalWidth } from "./marks.js";
import { blurred, enlarge, mapped, median3, raster, round, shrink } from "./raster.js";
import { close, dilate, ellipse, erode, rectangle } from "./shapes.js";

const LONGEST = 768; // pixels of the longer side that are worked on
const LIGHT_LONGEST = 160; // of the copy in which light is estimated
const STROKE_SHARE = 0.3; // of the shorter side: the widest stroke that is not taken for a shadow
const DARKEST_SHARE = 0.25; // of the brightest paper: what is darker throughout is no paper in a shadow
const MIN_CONTRAST = 20; // of 255: fainter marks are not ink
const GRAINS = 4; // standard deviations of the paper's grain that a pixel of ink has to stand out by
const STROKE_GRAINS = 8; // the same of strokes, times the root of their width
const RULES = 0.7; // share of the outermost ring that one tone has to have to be the paper's
const THIN_SHARE = 0.04; // of the shorter side: what is narrower is thin

/** The ink of a gray picture: {strength, scale, strokeWidth}; strength is 0 for paper to 255 for full ink. */
export function findInk(gray) {
  const scale = Math.min(1, LONGEST / Math.max(gray.width, gray.height));
  const page = scaledBy(gray, scale);
  const depth = depthOf(isInkDark(page) ? page : mapped(page, (value) => 255 - value));
  const levels = levelsOf(depth);
  let strength = raster(page.width, page.height);
  if (levels) {
    const ramp = Array.from({ length: 256 }, (_, tone) => {
      const share = (tone - levels.paper) / Math.max(levels.full - levels.paper, 1);
      return round(Math.min(Math.max(share, 0), 1) * 255);
    });
    const sure = mapped(depth, (value) => value > levels.sure);
    strength = keepMarks(dropLines(mapped(depth, (value) => ramp[value])), sure);
    if (isGrain(depth, strength, levels.sure)) strength = raster(page.width, page.height);
  }
  return { strength, scale, strokeWidth: typicalWidth(mapped(strength, (value) => value >= 128)) };
}

/** Whether the ink is darker than the paper. The answer for the negative is always the opposite one. */
export function isInkDark(gray) {
  const { width, height, pixels } = gray;
  const tones = extent(pixels);
  const middle = (tones[0] + tones[1]) / 2;
  const isRing = (at) => at < width || at >= pixels.length - width || at % width === 0 || at % width === width - 1;
  const ring = pixels.filter((_, at) => isRing(at));
  const lighter = ring.filter((value) => value > middle).length / ring.length;
  const darker = ring.filter((value) => value < middle).length / ring.length;
  if (Math.max(lighter, darker) >= RULES) return lighter > darker;
  const reach = Math.max(3, round(THIN_SHARE * Math.min(width, height))) | 1;
  const [dark, light] = [thinMarks(gray, reach, dilate, erode), thinMarks(gray, reach, erode, dilate)];
  return dark !== light ? dark > light : pixels.reduce((sum, value) => sum + value, 0) / pixels.length > 127.5;
}

/** The sum of the squares of what closing fills, or of what opening levels. */
function thinMarks(gray, reach, first, second) {
  const kernel = rectangle(reach);
  const { pixels } = second(first(gray, kernel), kernel);
  return gray.pixels.reduce((sum, value, at) => sum + (value - pixels[at]) ** 2, 0);
}

function extent(pixels) {
  return pixels.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [255, 0]);
}

function scaledBy(image, scale) {
  if (scale >= 1) return image;
  return shrink(image, Math.max(1, round(image.width * scale)), Math.max(1, round(image.height * scale)));
}

/** How much of its light each pixel of dark ink on paper swallows: 0 none to 255 all. */
function depthOf(dark) {
  const small = scaledBy(dark, Math.min(1, LIGHT_LONGEST / Math.max(dark.width, dark.height)));
  const reach = Math.max(3, round(STROKE_SHARE * Math.min(small.width, small.height))) | 1;
  const closed = blurred(close(median3(small), ellipse(reach)), Math.max(1, reach / 6));
  const least = Math.floor(Math.max(1, DARKEST_SHARE * percentile(closed.pixels, 0.95)));
  const light = enlarge(closed, dark.width, dark.height).pixels;
  return mapped(dark, (value, at) => 255 - Math.min(255, round((value * 255) / Math.max(light[at], least))));
}

function percentile(pixels, share) {
  const sorted = pixels.slice().sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]) * (place - below);
}

/** Up to `paper` it is paper, above `sure` it is ink, from `full` on it is all ink; null where nothing stands out. */
function levelsOf(depth) {
  const counts = new Float64Array(256);
  for (const value of depth.pixels) counts[value]++;
  const tone = middleOf(counts);
  const deviations = new Float64Array(256);
  counts.forEach((count, value) => (deviations[Math.abs(value - tone)] += count));
  const grain = 1.4826 * middleOf(deviations);
  const sure = Math.max(divide(counts, depth.pixels.length), MIN_CONTRAST, tone + GRAINS * grain);
  const first = Math.floor(sure) + 1;
  if (!counts.subarray(first).some(Boolean)) return null;
  const full = first + middleOf(counts.subarray(first));
  return { paper: middleOf(counts.subarray(0, first)) + Math.min(Math.max(grain, 2), 0.25 * full), sure, full };
}

/** Whether all that was taken for ink is but the coarsest of the paper's grain: see `_is_grain` in strokes.py. */
function isGrain(depth, strength, sure) {
  const [ink, paper] = [new Float64Array(256), new Float64Array(256)];
  depth.pixels.forEach((value, at) => {
    if (strength.pixels[at] >= 128) ink[value]++;
    else if (strength.pixels[at] === 0 && value <= sure) paper[value]++;
  });
  if (!ink.some(Boolean) || !paper.some(Boolean)) return false;
  const mean = meanOf(paper, (tone) => tone);
  const grain = Math.sqrt(meanOf(paper, (tone) => (tone - mean) ** 2));
  const width = typicalWidth(mapped(strength, (value) => value >= 128));
  return (middleOf(ink) - middleOf(paper)) * Math.sqrt(width) < STROKE_GRAINS * grain;
}

/** The mean over a histogram of what `of` makes of its tones. */
function meanOf(counts, of) {
  const sum = counts.reduce((total, count, tone) => total + count * of(tone), 0);
  return sum / counts.reduce((total, count) => total + count, 0);
}

/** The index at which half of the counts are reached. */
function middleOf(counts) {
  const half = counts.reduce((sum, count) => sum + count, 0) / 2;
  let reached = 0;
  return counts.findIndex((count) => (reached += count) >= half);
}

/** The tone up to which and above which the tones differ most. Reference: N. Otsu, 1979. */
function divide(counts, total) {
  const mean = counts.reduce((sum, count, tone) => sum + tone * count, 0) / total;
  let [best, widest, share, sum] = [0, 0, 0, 0];
  for (let tone = 0; tone < 256; tone++) {
    share += counts[tone] / total;
    sum += (tone * counts[tone]) / total;
    if (Math.min(share, 1 - share) < 1.2e-7) continue;
    const apart = share * (1 - share) * (sum / share - (mean - sum) / (1 - share)) ** 2;
    if (apart > widest) [best, widest] = [tone, apart];
  }
  return best;
}
