// The darker of two inks, where a picture has two.

import { countTones, divide, middleOf } from "./levels.js";
import { INK, keepMarks, typicalWidth } from "./marks.js";
import { mapped, round } from "./raster.js";
import { erode, rectangle } from "./shapes.js";

const LEAST = 0.1; // of the ink: less of it is no second ink
const FAINT = 0.6; // of the darker ink's tone: a stroke's tone varies by less than that

/** The darker ink alone, at full strength; null where all of the ink has one tone. */
export function findForeground(ink) {
  const isInk = mapped(ink.strength, (value) => (value >= INK ? 255 : 0));
  const inside = erode(isInk, rectangle(3)).pixels; // edges are of every tone
  const core = ink.depth.pixels.filter((_, at) => inside[at]);
  if (!core.length) return null;
  const counts = countTones(core);
  const between = divide(counts, core.length);
  const [faint, dark] = [counts.subarray(0, between + 1), counts.subarray(between + 1)];
  const full = between + 1 + middleOf(dark);
  const amount = (part) => part.reduce((sum, count) => sum + count, 0);
  if (Math.min(amount(faint), amount(dark)) < LEAST * core.length || middleOf(faint) > FAINT * full) return null;
  const ramp = Uint8Array.from({ length: 256 }, (_, tone) => {
    return round(Math.min(Math.max((tone - between) / (full - between), 0), 1) * 255);
  });
  const darker = mapped(ink.depth, (value, at) => (ink.strength.pixels[at] ? ramp[value] : 0));
  const isDark = (image) => mapped(image, (value) => value >= 128);
  const strength = keepMarks(darker, isDark(darker));
  return { ...ink, strength, strokeWidth: typicalWidth(isDark(strength)) };
}
