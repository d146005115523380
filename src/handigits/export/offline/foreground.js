// The darker of two inks, where a picture has two, and the writing under a shadow.

import { countTones, divide, middleOf } from "./levels.js";
import { INK, findMarks, keepMarks, typicalWidth } from "./marks.js";
import { boundsOf, mapped, round } from "./raster.js";
import { erode, rectangle } from "./shapes.js";

const SECOND_INK = [0.1, 0.6]; // at least so much of all ink, and at most of that tone of the darker
const SHADOW = [0.03, 0.8]; // the same of the writing under a shadow: it may be small beside it, and the shadow dark
const THINNEST = 2; // pixels: a thinner stroke has no tone that could be told from that of a shadow
const BROAD = 1.5; // times the width of the strokes: so broad is a shadow, at least

/** The strength of the darker ink alone; null where all of the ink has one tone. */
export const findForeground = ({ strength, depth }) => darker(strength, depth, ...SECOND_INK);

/** All ink without a shadow that reaches in from the edge and hangs together with the writing under it; else null. */
export function dropShadow(strength, depth) {
  const { width, height } = strength;
  const { labels } = findMarks(strength);
  const isEdge = (at) => at < width || at >= width * (height - 1) || at % width === 0 || at % width === width - 1;
  const atTheEdge = new Set(labels.filter((label, at) => label && isEdge(at)));
  if (!atTheEdge.size) return null;
  const shaded = mapped(strength, (value, at) => (atTheEdge.has(labels[at]) ? value : 0));
  const writing = darker(shaded, depth, ...SHADOW);
  if (!writing) return null;
  const own = mapped(writing, (value) => value >= 128);
  const rest = mapped(shaded, (value, at) => value >= 128 && !own.pixels[at]);
  const stroke = typicalWidth(own);
  const isFree = stroke >= THINNEST && toTheSides(own) >= stroke;
  if (!isFree || typicalWidth(rest) < BROAD * stroke) return null;
  return mapped(strength, (value, at) => (atTheEdge.has(labels[at]) ? writing.pixels[at] : value));
}

/** The darker of two tones: it is so much of the core of all ink, at least, and the other so much fainter; else null. */
function darker(strength, depth, least, faint) {
  const isInk = mapped(strength, (value) => (value >= INK ? 255 : 0));
  const inside = erode(isInk, rectangle(3)).pixels; // edges are of every tone
  const core = depth.pixels.filter((_, at) => inside[at]);
  if (!core.length) return null;
  const counts = countTones(core);
  const between = divide(counts, core.length);
  const [lighter, dark] = [counts.subarray(0, between + 1), counts.subarray(between + 1)];
  const full = between + 1 + middleOf(dark);
  const amount = (part) => part.reduce((sum, count) => sum + count, 0);
  if (Math.min(amount(lighter), amount(dark)) < least * core.length || middleOf(lighter) > faint * full) return null;
  const ramp = Uint8Array.from({ length: 256 }, (_, tone) => {
    return round(Math.min(Math.max((tone - between) / (full - between), 0), 1) * 255);
  });
  const alone = mapped(depth, (value, at) => (strength.pixels[at] ? ramp[value] : 0));
  return keepMarks(alone, mapped(alone, (value) => value >= 128));
}

/** How many pixels are between what is in a mask and the nearest side of the picture. */
function toTheSides(mask) {
  const bounds = boundsOf(mask);
  if (!bounds) return 0;
  const [left, top, right, bottom] = bounds;
  return Math.min(left, top, mask.width - right, mask.height - bottom);
}
