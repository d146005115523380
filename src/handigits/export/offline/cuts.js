// Where a mark of several digits may be cut: ways from its top to its bottom that cross little ink.

import { cut, raster, round, shrink } from "./raster.js";
import { distances } from "./shapes.js";

const NARROW = 0.6; // of its height: a narrower mark is one digit at most
const HEIGHT = 64; // pixels, to which taller marks are shrunk when their cuts are looked for
const LEVELS = 9; // heights at which the least ink is looked for
const THICK = 3.5; // widths of a stroke: a cut through more ink than that goes along a stroke, not across it
const REACH = 0.5; // widths of a stroke: of two cuts that near to each other at one height the better one will do
const ALIKE = 1.2; // squares of a stroke's width: cuts with less ink than that between them are one
const [MAX_CUTS, CUTS_EACH] = [64, 8]; // of a mark; and for each time that it is as wide as high
const CLEAR = 30; // percent of the price of a stroke, that the middle of a blot costs

// Lengths and prices are whole numbers, so that every machine finds the same ways.
const [STRAIGHT, ASIDE] = [5, 7]; // lengths of a step down, and of one down and aside
const DETOUR = 12750; // the price of a step aside
const PIXEL = 127500; // the price of a pixel of ink: 255 of 100 percent, straight down
const GRAIN = 1 / 16; // of a pixel, to which distances are rounded
const rounded = (distance) => round(distance / GRAIN) * GRAIN;

/** How many pixels are looked at to find the cuts of a mark of that size. */
export function effortOf(width, height) {
  if (Math.min(width, height) < 3 || width < NARROW * height) return 0;
  const [wide, high] = shrunk(width, height);
  return wide * high;
}

function shrunk(width, height) {
  const scale = Math.min(1, HEIGHT / height);
  return [Math.max(3, round(width * scale)), round(height * scale)];
}

/**
 * The cuts through a mark, the cheapest first: the first column right of each at each row, `ends`, and the `ink` that it
 * crosses in widths of a stroke. `mask` holds 255 and 0.
 */
export function findCuts(mask, strokeWidth) {
  const { width, height } = mask;
  if (!effortOf(width, height)) return [];
  const scale = Math.min(1, HEIGHT / height);
  const [wide, high] = shrunk(width, height);
  const small = shrink(mask, wide, high);
  const stroke = Math.max(1, rounded(strokeWidth * scale));
  const prices = pricesOf(small, stroke);
  const above = cheapestWays(prices);
  const below = cheapestWays([...prices].reverse());
  const through = (row) => prices[row].map((p, x) => above.costs[row][x] + below.costs[high - 1 - row][x] - STRAIGHT * p);
  const levels = Array.from({ length: LEVELS }, (_, at) => round(high * (0.06 + (0.88 * at) / (LEVELS - 1)) - 0.5));
  const found = [];
  for (const row of new Set(levels.sort((a, b) => a - b))) {
    const prices = through(row);
    for (const column of lowest(prices, Math.max(1, round(stroke * REACH)), THICK * stroke * PIXEL)) {
      const up = follow(above.steps.slice(1, row + 1).reverse(), column).reverse();
      const down = follow(below.steps.slice(1, high - row).reverse(), column);
      found.push({ price: prices[column], way: [...up, column, ...down] });
    }
  }
  found.sort((a, b) => a.price - b.price);
  const most = Math.min(MAX_CUTS, Math.floor((CUTS_EACH * width) / height));
  const kept = different(small, found, ALIKE * stroke ** 2 * 255, most);
  const endsOf = (way) => (_, row) => Math.ceil(((way[Math.floor(((row + 0.5) * high) / height)] + 0.5) * width) / wide);
  return kept.map(({ price, way }) => ({
    ends: Int32Array.from({ length: height }, endsOf(way)),
    ink: price / PIXEL / stroke,
  }));
}

/** What the ink of each pixel costs, row by row: less in the middle of what is thicker than a stroke. */
function pricesOf(small, stroke) {
  const edged = cut(small, -1, -1, small.width + 1, small.height + 1);
  const depth = distances(raster(edged.width, edged.height, edged.pixels.map((ink) => (ink >= 128 ? 1 : 0)))).pixels;
  return Array.from({ length: small.height }, (_, y) =>
    Array.from({ length: small.width }, (_, x) => {
      const percent = Math.floor(220.5 - (200 * rounded(depth[(y + 1) * edged.width + x + 1])) / stroke);
      return small.pixels[y * small.width + x] * Math.min(Math.max(percent, CLEAR), 100);
    }),
  );
}

/** The cheapest ways from the first row to each pixel, at most one column aside a row, and the steps back. */
function cheapestWays([first, ...rest]) {
  const [costs, steps] = [[first.map((price) => STRAIGHT * price)], [first.map(() => 0)]];
  for (const prices of rest) {
    const [before, cost, step] = [costs.at(-1), [], []];
    prices.forEach((price, x) => {
      const aside = ASIDE * price + DETOUR;
      const ways = [before[x] + STRAIGHT * price, (before[x - 1] ?? Infinity) + aside, (before[x + 1] ?? Infinity) + aside];
      cost.push(Math.min(...ways));
      step.push([0, -1, 1][ways.indexOf(cost[x])]);
    });
    costs.push(cost);
    steps.push(step);
  }
  return { costs, steps };
}

/** The columns of a way that enters these steps at `column`. */
function follow(steps, column) {
  return steps.map((step) => (column += step[column]));
}

/** The columns of the lowest of all values within `reach`; of equal neighbours the middle one. */
function lowest(values, reach, most) {
  const runs = [];
  for (let x = 2; x < values.length - 2; x++) {
    if (values[x] > most || values[x] > Math.min(...values.slice(Math.max(x - reach, 0), x + reach + 1))) continue;
    if (runs.at(-1)?.at(-1) === x - 1) runs.at(-1).push(x);
    else runs.push([x]);
  }
  return runs.map((run) => run[run.length >> 1]);
}

/** The first `most` with at least so much ink on either side of each, and between it and every one before it. */
function different({ width, height, pixels }, found, least, most) {
  const leftOf = (way) => way.map((end, y) => pixels.subarray(y * width, y * width + end).reduce((sum, ink) => sum + ink, 0));
  const edges = [new Array(height).fill(0), new Array(height).fill(width)];
  const lefts = edges.map(leftOf);
  return found.filter(({ way }) => {
    if (lefts.length - edges.length >= most) return false;
    const left = leftOf(way);
    const between = (other) => other.reduce((sum, ink, y) => sum + Math.abs(ink - left[y]), 0);
    if (lefts.some((other) => between(other) < least)) return false;
    lefts.push(left);
    return true;
  });
}
