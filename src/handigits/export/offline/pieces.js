// The ink of a picture cut into pieces, none of which belongs to two digits: its marks, and parts of wide marks.

import { findMarks } from "./marks.js";
import { boundsOf, raster, round, shrink } from "./raster.js";
import { dilate, rectangle } from "./shapes.js";

const MAX_MARKS = 60; // more are a texture or a page of text
const MAX_CUTS = 9; // of one mark: ten digits that all touch
const WIDE = 0.7; // of its height: a narrower mark is one digit at most
const SEAM_HEIGHT = 48; // pixels, to which taller marks are shrunk when their cuts are looked for
const THICK = 3; // widths of a stroke: a cut through more ink than that goes along a stroke, not across it
const DIAGONAL = Math.SQRT2; // a step aside is longer
const DETOUR = 0.02; // of a pixel of ink: the price of a step aside

/**
 * Pieces from left to right: `labels`, 0 paper and 1.. pieces; and for each `box` [x, y, width, height], the `mark` that
 * it is a part of, and `cut`, the ink between it and the next of its mark. Null where it cannot be digits.
 */
export function findPieces(strength, strokeWidth) {
  const found = findMarks(strength);
  const count = found.areas.length - 1;
  if (count < 1 || count > MAX_MARKS) return null;
  const labels = new Int32Array(strength.pixels.length);
  const pieces = [];
  for (let mark = 1; mark <= count; mark++) {
    const [x, y, width, height] = found.boxes[mark];
    const placeOf = (at) => (y + Math.floor(at / width)) * strength.width + x + (at % width);
    const inside = raster(width, height).pixels.map((_, at) => found.labels[placeOf(at)] === mark);
    const seams = width > WIDE * height ? findSeams(raster(width, height, inside), strokeWidth) : [];
    const partOf = (at) => inside[at] && 1 + seams.filter(({ way }) => at % width >= way[Math.floor(at / width)]).length;
    const parts = inside.map((_, at) => partOf(at));
    for (let part = 1; part <= seams.length + 1; part++) {
      const bounds = boundsOf(raster(width, height, parts.map((each) => each === part)));
      if (!bounds) continue;
      const [left, top, right, bottom] = bounds;
      pieces.push({ mark, cut: seams[part - 1]?.ink ?? 0, box: [x + left, y + top, right - left, bottom - top] });
      parts.forEach((each, at) => each === part && (labels[placeOf(at)] = pieces.length));
    }
  }
  return inOrder(raster(strength.width, strength.height, labels), pieces);
}

/** Number the pieces from left to right, and give them their soft rims. */
function inOrder(labels, pieces) {
  const middle = ({ box }) => 2 * box[0] + box[2];
  const order = pieces.map((_, at) => at).sort((a, b) => middle(pieces[a]) - middle(pieces[b]));
  const ranks = new Int32Array(pieces.length + 1);
  order.forEach((piece, rank) => (ranks[piece + 1] = rank + 1));
  const ranked = raster(labels.width, labels.height, labels.pixels.map((label) => ranks[label]));
  const rims = dilate(ranked, rectangle(3)).pixels;
  const all = ranked.pixels.map((label, at) => label || rims[at]);
  return { labels: raster(labels.width, labels.height, all), pieces: order.map((piece) => pieces[piece]) };
}

/** Where a mark may be cut, from left to right: the column at each row, and the ink that the cut crosses. */
function findSeams(mask, strokeWidth) {
  const { width, height } = mask;
  if (height < 3) return [];
  const scale = Math.min(1, SEAM_HEIGHT / height);
  const [wide, high] = [Math.max(3, round(width * scale)), Math.max(3, round(height * scale))];
  const { pixels } = shrink(raster(width, height, Float32Array.from(mask.pixels)), wide, high);
  const rows = Array.from({ length: high }, (_, row) => pixels.subarray(row * wide, (row + 1) * wide));
  const stroke = Math.max(1, strokeWidth * scale);
  const middle = high >> 1;
  const above = cheapestWays(rows.slice(0, middle + 1));
  const below = cheapestWays(rows.slice(middle).reverse());
  const ink = above.cost.map((cost, x) => (cost + below.cost[x] - rows[middle][x]) / stroke);
  const spans = ink.map((_, x) => {
    const seen = rows.map((row) => row[x] >= 0.5);
    return seen.includes(true) ? seen.lastIndexOf(true) - seen.indexOf(true) + 1 : 0;
  });
  const reach = Math.max(2, round(stroke)); // of two cuts that near to each other the better one will do
  const isValley = (x) => (isLowest(ink, x, reach) || isLowest(spans, x, reach)) && ink[x] <= THICK;
  const valleys = apart(ink.map((_, x) => x).filter(isValley), reach).filter((x) => x >= reach && x < wide - reach);
  const chosen = valleys.sort((a, b) => ink[a] - ink[b]).slice(0, MAX_CUTS).sort((a, b) => a - b);
  return chosen.map((column) => {
    const way = [...follow(above.steps, column), column, ...follow(below.steps, column).reverse()];
    const rowOf = (row) => Math.floor(Math.min(((row + 0.5) * high) / height, high - 1));
    return { ink: ink[column], way: Array.from({ length: height }, (_, row) => ((way[rowOf(row)] + 0.5) * width) / wide) };
  });
}

function isLowest(values, at, reach) {
  const around = values.slice(Math.max(at - reach, 0), at + reach + 1);
  return values[at] <= Math.min(...around) + 1e-9;
}

/** The middle of each run of columns that lie within `reach` of each other. */
function apart(columns, reach) {
  const runs = [];
  columns.forEach((column, at) => {
    if (!at || column - columns[at - 1] > reach) runs.push([]);
    runs.at(-1).push(column);
  });
  return runs.map((run) => run[run.length >> 1]);
}

/** The cheapest ways through rows of ink to each column of the last, at most one aside a row, and the steps back. */
function cheapestWays([first, ...rest]) {
  let cost = Array.from(first);
  const steps = rest.map((row) => {
    const before = cost;
    cost = [];
    return Array.from(row, (ink, x) => {
      const aside = ink * DIAGONAL + DETOUR;
      const ways = [before[x] + ink, (before[x - 1] ?? Infinity) + aside, (before[x + 1] ?? Infinity) + aside];
      cost.push(Math.min(...ways));
      return [0, -1, 1][ways.indexOf(cost[x])];
    });
  });
  return { cost, steps };
}

/** The columns of one way, from the first row to the one before the last, which it leaves at `column`. */
function follow(steps, column) {
  const way = [];
  for (const step of steps.toReversed?.() ?? [...steps].reverse()) way.push((column += step[column]));
  return way.reverse();
}
