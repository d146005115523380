// Ruled and squared paper: lines from edge to edge are taken away, and strokes that cross them are closed again.

import { INK, typicalWidth } from "./marks.js";
import { cut, mapped, raster, round, transposed } from "./raster.js";
import { close, components, dilate, open, rectangle } from "./shapes.js";

const PICTURE = 100; // pixels of the shorter side: below that a picture has no room for ruled paper
const RUN = 25; // pixels: a line is made of straight runs at least that long
const MARGIN = 0.05; // of a side of the picture that a line may leave free at either end
const PART = 0.2; // of a side of the picture: many thin lines that long are ruled, wherever they break off
const MANY = 3; // such lines have to reach an edge
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
  const near = Math.max(margin, RUN >> 1) + 1;
  const hasInk = (left, right) => cut(mask, left, 0, right, height).pixels.some(Boolean);
  if (!hasInk(0, near) && !hasInk(width - near, width)) return none; // of most drawings this is known at once
  const straight = open(dilate(mask, rectangle(1, 3)), rectangle(RUN, 1)).pixels; // one with a slope has short runs
  const runs = mapped(mask, (value, at) => value && straight[at]);
  const { labels, boxes, areas } = components(close(runs, rectangle(RUN, 3)));
  const fromLeft = (label) => boxes[label][0] <= margin;
  const toRight = (label) => boxes[label][0] + boxes[label][2] >= width - margin;
  const thin = boxes.map((_, label) => label).filter((label) => label && areas[label] <= boxes[label][2] * THICKEST * width);
  const thicknessOf = (chosen) => median(chosen.map((label) => areas[label] / boxes[label][2]));
  const pixelsOf = (chosen) => mapped(runs, (value, at) => value && chosen.includes(labels[at]));
  const parts = thin.filter((label) => boxes[label][2] >= PART * width);
  if (parts.filter((label) => fromLeft(label) || toRight(label)).length >= MANY) {
    const bold = open(mask, rectangle(Math.floor(thicknessOf(parts) / THIN) + 2)).pixels;
    if (bold.some(Boolean)) return mapped(pixelsOf(parts), (value, at) => value && !bold[at]);
  }
  const crossing = thin.filter((label) => fromLeft(label) && toRight(label));
  if (!crossing.length) return none;
  const lines = pixelsOf(crossing);
  const rest = mapped(mask, (value, at) => (lines.pixels[at] ? 0 : value));
  const writing = typicalWidth(open(rest, rectangle(2)));
  return crossing.length >= MANY || thicknessOf(crossing) <= THIN * writing ? lines : none;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
