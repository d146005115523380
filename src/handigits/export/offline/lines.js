// Ruled and squared paper: its lines are painted over with what lies on either side, and ink on them is kept.

import { levelsOf, percentile } from "./levels.js";
import { typicalWidth } from "./marks.js";
import { mapped, raster, round, transposed } from "./raster.js";
import { findRules, median } from "./ruling.js";
import { components } from "./shapes.js";

const PICTURE = 100; // pixels of the shorter side: below that a picture has no room for ruled paper
const MANY = 3; // so many lines of one direction are ruled, whatever they look like
const THIN = 0.6; // of the writing's width or tone: fewer lines are ruled if they are that thin, or that faint
const MARGIN = 0.05; // of the picture's sides: or if the largest mark stays that far from its edges, and one ends there
const SHORT = 0.1; // of the picture's width: the most that few lines leave free at their ends
const DARKER = 1.35; // times a line's tone: what is darker than that is ink on it
const SOFT = 1; // row on either side of a line that its rim may darken
const DARKER_BY = 10; // of 255: and darker by that much more

/** Depth, 0 for paper, without ruled lines; itself where there are none. */
export function dropLines(depth) {
  if (Math.min(depth.width, depth.height) < PICTURE) return depth;
  const rest = drop(depth, true);
  const turned = transposed(rest);
  const without = drop(turned, rest !== depth); // upright lines alone may be ones, if they end somewhere
  return without === turned ? rest : transposed(without);
}

/** Depth without the lines from left to right, itself if there are none; they may be all that there is. */
function drop(depth, mayBeAll) {
  const lines = findRules(depth);
  if (!lines.length) return depth;
  const rest = raster(depth.width, depth.height, depth.pixels.slice());
  for (const line of lines) paintOver(rest, line);
  const levels = levelsOf(rest);
  const areColumns = lines.length >= MANY && lines.every(({ missing }) => missing === 0);
  if (!levels) return mayBeAll || areColumns ? rest : depth;
  return lines.length >= MANY || areUnlike(lines, depth, rest, levels) ? rest : depth;
}

/** Whether these few lines are unlike the rest of the ink in the picture. */
function areUnlike(lines, depth, rest, levels) {
  const missing = lines.map((line) => line.missing);
  if (Math.max(...missing) > SHORT) return false;
  const thickness = median(lines.map((line) => line.above + line.below - 1));
  const tone = median(lines.map((line) => toneOf(depth, line)));
  const ink = mapped(rest, (value) => value > levels.sure);
  if (thickness <= THIN * typicalWidth(ink) || tone <= THIN * levels.full) return true;
  return Math.min(...missing) === 0 && isWithin(ink);
}

/** Whether the largest mark stays away from all edges: those of a tight picture are reached by a digit's own bar. */
function isWithin(ink) {
  const { boxes, areas } = components(ink);
  const [x, y, wide, high] = boxes[areas.reduce((best, area, mark) => (area > areas[best] ? mark : best), 0)];
  const clear = (start, length, side) => Math.min(start, side - start - length) >= MARGIN * side;
  return clear(x, wide, ink.width) && clear(y, high, ink.height);
}

/** How dark a line is: darker than three quarters of it, for there is ink on some of the rest. */
function toneOf({ width, height, pixels }, line) {
  const tones = [];
  line.rows.map(round).forEach((row, x) => {
    if (row < 0 || row >= height) return;
    const near = [Math.max(row - 1, 0), row, Math.min(row + 1, height - 1)];
    tones.push(Math.max(...near.map((each) => pixels[each * width + x])));
  });
  return percentile(Uint8Array.from(tones), 0.75);
}

/** Let the tone above a line run into the tone below it; only what is darker than both changes. */
function paintOver(depth, line) {
  const { width, height, pixels } = depth;
  const most = DARKER * toneOf(depth, line) + DARKER_BY;
  const span = line.above + line.below + 2 * SOFT;
  line.rows.forEach((middle, x) => {
    const first = round(middle) - line.above - SOFT;
    if (first + span < 0 || first >= height) return;
    const upper = pixels[Math.max(first, 0) * width + x];
    const lower = pixels[Math.min(first + span, height - 1) * width + x];
    const above = first < 0 ? lower : upper;
    const below = first + span >= height ? upper : lower;
    for (let step = 1; step < span; step++) {
      const at = (first + step) * width + x;
      if (first + step < 0 || first + step >= height || pixels[at] > most) continue;
      const tone = Math.fround(above + Math.fround((below - above) * Math.fround(step / span)));
      pixels[at] = Math.min(pixels[at], round(tone));
    }
  });
}
