// Areas whose outline is a rectangle, seen at any angle: sheets of paper, and boxes to write in.

import { cut, mapped, raster } from "./raster.js";
import { erode, rectangle } from "./shapes.js";

// Of the smallest rectangle around an area, what it fills, at least.
export const SHEET = 0.85; // seen at any angle
export const BOX = 0.93; // drawn on paper: a neat zero fills up to 0.92

/** What lies within the convex outline of a mask, of 255 and 0; null where it fills less of the smallest rectangle around it. */
export function withinOutline(mask, filled) {
  const outline = hullOf(mask);
  const size = edges(outline).reduce((sum, [[x, y], [toX, toY]]) => sum + x * toY - y * toX, 0) / 2;
  const [along, aside] = sidesOf(outline);
  return size && size >= (filled - 1e-6) * along * aside ? inside(outline, mask.width, mask.height) : null;
}

/** The sides of the smallest rectangle around a mask, at any angle: [shorter, longer]. */
export const sidesAround = (mask) => sidesOf(hullOf(mask)).sort((a, b) => a - b);

/** An area without the pixels along its edge. */
export function coreOf(area, pixels) {
  const [width, height] = [area.width, area.height];
  const eroded = erode(cut(area, -1, -1, width + 1, height + 1), rectangle(2 * pixels + 1));
  return cut(eroded, 1, 1, width + 1, height + 1);
}

/** The outermost pixels of an area. */
export function rimOf(area) {
  const core = coreOf(area, 1).pixels;
  return mapped(area, (value, at) => value && !core[at]);
}

/** The corners of the convex hull of a mask, as [x, y]. Reference: A. Andrew, 1979. */
function hullOf({ width, height, pixels }) {
  const points = [];
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(y * width, (y + 1) * width);
    const first = row.findIndex(Boolean);
    if (first >= 0) points.push([first, y], [row.findLastIndex(Boolean), y]);
  }
  const chain = (list) => {
    const kept = [];
    for (const point of list) {
      while (kept.length > 1 && turn(kept.at(-2), kept.at(-1), point) <= 0) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return [...chain(points), ...chain(points.reverse())];
}

const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

const edges = (outline) => outline.map((point, at) => [point, outline[(at + 1) % outline.length]]);

/** The sides of the smallest rectangle around a convex outline, at any angle. */
function sidesOf(outline) {
  const rectangles = edges(outline).map(([[x, y], [toX, toY]]) => {
    const [across, down] = [toX - x, toY - y];
    const reach = (of) => {
      const places = outline.map(of);
      return (Math.max(...places) - Math.min(...places)) / Math.hypot(across, down);
    };
    return [reach(([a, b]) => a * across + b * down), reach(([a, b]) => a * down - b * across)];
  });
  return rectangles.reduce((least, sides) => (sides[0] * sides[1] < least[0] * least[1] ? sides : least));
}

/** The pixels within a convex outline. */
function inside(outline, width, height) {
  const left = new Float64Array(height).fill(Infinity);
  const right = new Float64Array(height).fill(-Infinity);
  for (const [[x, y], [toX, toY]] of edges(outline)) {
    for (let row = Math.min(y, toY); row <= Math.max(y, toY); row++) {
      for (const end of y === toY ? [x, toX] : [x + ((row - y) * (toX - x)) / (toY - y)]) {
        left[row] = Math.min(left[row], end);
        right[row] = Math.max(right[row], end);
      }
    }
  }
  return mapped(raster(width, height), (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return x >= left[y] - 1e-6 && x <= right[y] + 1e-6 ? 255 : 0;
  });
}
