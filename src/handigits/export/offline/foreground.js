// The darker of two inks, where a picture has two, and the writing under a shadow.

import { countTones, divide, middleOf } from "./levels.js";
import { INK, keepMarks, typicalWidth } from "./marks.js";
import { boundsOf, mapped, round } from "./raster.js";
import { erode, rectangle } from "./shapes.js";

const SECOND_INK = [0.1, 0.6]; // at least so much of all ink, and at most of that tone of the darker
const SHADOW = [0.03, 0.8]; // the same of the writing under a shadow: it may be small beside it, and the shadow dark
const THINNEST = 2; // pixels: a thinner stroke has no tone that could be told from that of a shadow
const BROAD = 1.5; // times the width of the strokes: so broad is a shadow, at least

/** The strength of the darker ink alone; null where all of the ink has one tone. */
export const findForeground = ({ strength, depth }) => darker(strength, depth, ...SECOND_INK);

/** The strength of the writing alone, where a shadow falls on it that reaches in from the picture's edge; else null. */
export function dropShadow(strength, depth) {
  if (toTheSides(strength) > 0) return null;
  const writing = darker(strength, depth, ...SHADOW);
  if (!writing) return null;
  const own = mapped(writing, (value) => value >= 128);
  const rest = mapped(strength, (value, at) => value >= 128 && !own.pixels[at]);
  const width = typicalWidth(own);
  const isFree = width >= THINNEST && toTheSides(writing) >= width;
  return isFree && typicalWidth(rest) >= BROAD * width ? writing : null;
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

/** How many pixels are between the marks and the side of the picture that is nearest to them. */
function toTheSides(strength) {
  const { width, height } = strength;
  const bounds = boundsOf(mapped(strength, (value) => value >= INK));
  if (!bounds) return 0;
  const [left, top, right, bottom] = bounds;
  return Math.min(left, top, width - right, height - bottom);
}
