// Ruled and squared paper: lines from edge to edge are taken away, and strokes that cross them are closed again.

import { INK, typicalWidth } from "./marks.js";
import { cut, mapped, raster, round, transposed } from "./raster.js";
import { close, components, dilate, open, rectangle } from "./shapes.js";

const PICTURE = 100; // pixels of the shorter side: below that a picture has no room for ruled paper
const RUN = 25; // pixels: a line is made of straight runs at least that long
const MARGIN = 0.05; // of a side of the picture that a line may leave free at either end
const THICKEST = 0.02; // of a side of the picture
const THIN = 0.6; // of the width of the strokes: fewer than three lines are ruled only if they are that thin

/** Strength without ruled lines; the same where there are none. */
export function dropLines(strength) {
  if (Math.min(strength.width, strength.height) < PICTURE) return strength;
  const mask = mapped(strength, (value) => value >= INK);
  const down = transposed(findLines(transposed(mask)));
  const lines = mapped(findLines(mask), (value, at) => value | down.pixels[at]);
  if (!lines.pixels.some(Boolean)) return strength;
  const wide = dilate(lines, rectangle(3)).pixels;
  const rest = mapped(mask, (value, at) => value && !wide[at]);
  const bridges = [rectangle(1, 7), rectangle(7, 1)].map((reach) => close(rest, reach).pixels);
  const kept = (at) => !wide[at] || (mask.pixels[at] && bridges.some((bridge) => bridge[at]));
  const found = mapped(strength, (value, at) => (kept(at) ? value : 0));
  return found.pixels.some((value) => value >= INK) ? found : strength;
}

/** The pixels of ruled lines from left to right; a slope of one pixel in ten is still straight. */
function findLines(mask) {
  const { width, height } = mask;
  const none = raster(width, height);
  const margin = round(MARGIN * width);
  const hasInk = (image, left, right) => cut(image, left, 0, right, height).pixels.some(Boolean);
  const reachesEdges = (image) => hasInk(image, 0, margin + 1) && hasInk(image, width - margin - 1, width);
  if (!reachesEdges(mask)) return none; // of most drawings this is known at once
  const runs = open(mask, rectangle(RUN, 1));
  if (!reachesEdges(runs)) return none;
  const { labels, boxes, areas } = components(close(runs, rectangle(RUN, 3)));
  const crossing = new Set();
  boxes.forEach(([left, , length], label) => {
    const crosses = left <= margin && left + length >= width - margin;
    if (label && crosses && areas[label] <= length * THICKEST * width) crossing.add(label);
  });
  if (!crossing.size) return none;
  const lines = mapped(runs, (value, at) => value && crossing.has(labels[at]));
  const rest = mapped(mask, (value, at) => (lines.pixels[at] ? 0 : value));
  const writing = typicalWidth(open(rest, rectangle(2)));
  const thickness = median([...crossing].map((label) => areas[label] / boxes[label][2]));
  return crossing.size >= 3 || thickness <= THIN * writing ? lines : none;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
