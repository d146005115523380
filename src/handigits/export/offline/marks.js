// Connected marks: which of them are writing, and which are specks or the edge of the paper.

import { boundsOf, cut, mapped, raster, round } from "./raster.js";
import { components, dilate, distances, rectangle } from "./shapes.js";

export const INK = 64; // of 255: what hangs together from here up is one mark
const SPECK_SIDE = 0.12; // of the largest mark's longer side: a shorter mark is a speck, if it is small too
const SPECK_AREA = 0.01; // of the largest mark's area
const FAINT = 0.6; // of the darkest mark's tone: a fainter mark is a blot of the paper, if it is short too
const BLOT_SIDE = 0.5; // of the largest mark's longer side
const BREAK = 0.5; // of the strokes' width: a faint mark that is no farther from the writing is a piece of it
const EDGE_SHARE = 0.5; // of a side of the picture: a mark that follows it that far is not writing
const [MARGIN_SHARE, MARGIN_REACH] = [0.8, 0.25]; // a mark along so much of a side that reaches in no farther is never writing
const EDGE_THICK = 2; // times the thickest mark that stands free: a thicker one at the edge is not writing

export const findMarks = (strength) => components(mapped(strength, (value) => value >= INK));

/** Keep the marks that are writing; of those without any pixel of `sure`, a mask, nothing is. */
export function keepMarks(strength, sure) {
  const marks = findMarks(strength);
  const { labels, areas } = marks;
  const margins = marginsOf(marks, strength);
  let found = new Set(labels.filter((label, at) => label && sure.pixels[at] && !margins.has(label)));
  if (!found.size) return raster(strength.width, strength.height);
  const sums = new Float64Array(areas.length);
  strength.pixels.forEach((value, at) => (sums[labels[at]] += value));
  const tones = sums.map((sum, mark) => sum / Math.max(areas[mark], 1));
  const edges = alongTheEdge(marks, strength, tones);
  const free = [...found].filter((mark) => !edges.has(mark));
  if (free.length) found = new Set(free);
  const sides = marks.boxes.map(([, , width, height]) => Math.max(width, height));
  const largest = (list) => Math.max(...[...found].map((mark) => list[mark]));
  const [small, short] = [Math.max(SPECK_AREA * largest(areas), 3), Math.max(SPECK_SIDE * largest(sides), 3)];
  const isSpeck = (mark) => areas[mark] < small && sides[mark] < short;
  found = new Set([...found].filter((mark) => !isSpeck(mark)));
  const blots = blotsOf(marks, strength, found, tones);
  found = new Set([...found].filter((mark) => !blots.has(mark)));
  const kept = mapped(strength, (_, at) => found.has(labels[at]));
  const near = dilate(kept, rectangle(3)); // with their soft rims
  return mapped(strength, (value, at) => (labels[at] ? kept.pixels[at] : near.pixels[at]) * value);
}

/** The strength without the marks that are shorter than a share of the longest one; null if none is. */
export function dropShortMarks(strength, share) {
  const { labels, boxes } = findMarks(strength);
  const sides = boxes.map(([, , width, height], mark) => (mark ? Math.max(width, height) : 0));
  const least = share * Math.max(...sides);
  if (sides.every((side, mark) => !mark || side >= least)) return null;
  const kept = mapped(strength, (_, at) => labels[at] > 0 && sides[labels[at]] >= least);
  const near = dilate(kept, rectangle(3)); // with their soft rims
  return mapped(strength, (value, at) => (labels[at] ? kept.pixels[at] : near.pixels[at]) * value);
}

/** What lies along the edges of a picture: for each, top, bottom, left, right, the labels of its pixels. */
function edgesOf({ labels }, { width, height }) {
  const row = (y) => labels.slice(y * width, (y + 1) * width);
  const column = (x) => Int32Array.from({ length: height }, (_, y) => labels[y * width + x]);
  return [row(0), row(height - 1), column(0), column(width - 1)];
}

/** Which marks are strips along a side of the picture, such as the desk beside a page. */
function marginsOf(marks, { width, height }) {
  const margins = new Set();
  const [top, bottom, left, right] = edgesOf(marks, { width, height });
  const isAlong = (edge, mark) => edge.filter((label) => label === mark).length >= MARGIN_SHARE * edge.length;
  marks.boxes.forEach(([x, y, wide, high], mark) => {
    if (!mark) return;
    const sides = [[top, y + high, height], [bottom, height - y, height], [left, x + wide, width], [right, width - x, width]];
    if (sides.some(([edge, depth, side]) => depth <= MARGIN_REACH * side && isAlong(edge, mark))) margins.add(mark);
  });
  return margins;
}

/** Which marks are short beside the largest of `found`, far fainter, and apart from it: dark places of the paper. */
function blotsOf({ labels, boxes }, { width, height }, found, tones) {
  const side = (mark) => Math.max(boxes[mark][2], boxes[mark][3]);
  const long = BLOT_SIDE * Math.max(...[...found].map(side));
  const dark = FAINT * Math.max(...[...found].filter((mark) => side(mark) >= long).map((mark) => tones[mark]));
  const blots = new Set([...found].filter((mark) => side(mark) < long && tones[mark] < dark));
  if (!blots.size) return blots;
  const isWriting = (label) => found.has(label) && !blots.has(label);
  const paper = raster(width, height, labels.map((label) => (isWriting(label) ? 0 : 1)));
  const reach = BREAK * typicalWidth(mapped(paper, (is) => !is));
  distances(paper).pixels.forEach((distance, at) => distance <= reach && blots.delete(labels[at]));
  return blots;
}

/** Which marks run along an edge of the picture, or touch it and are far thicker or fainter than what stands free of it. */
function alongTheEdge(marks, { width, height }, tones) {
  const { labels, areas } = marks;
  const [along, touching] = [new Set(), new Set()];
  for (const edge of edgesOf(marks, { width, height })) {
    const counts = new Map();
    for (const label of edge) if (label) counts.set(label, (counts.get(label) ?? 0) + 1);
    for (const [label, count] of counts) {
      touching.add(label);
      if (count >= EDGE_SHARE * edge.length) along.add(label);
    }
  }
  const least = SPECK_AREA * Math.max(...areas.slice(1));
  const free = areas.map((_, mark) => mark).filter((mark) => mark && !touching.has(mark) && areas[mark] >= least);
  if (!touching.size || !free.length) return along;
  const thickness = new Float32Array(areas.length);
  distances(raster(width, height, labels)).pixels.forEach((distance, at) => {
    if (distance > 1) thickness[labels[at]] = Math.max(thickness[labels[at]], distance);
  });
  const most = EDGE_THICK * Math.max(...free.map((mark) => thickness[mark]));
  const faintest = FAINT * Math.max(...free.map((mark) => tones[mark]));
  for (const mark of touching) if (thickness[mark] > most || tones[mark] < faintest) along.add(mark);
  return along;
}

/** Typical width of the strokes of a mask: twice the distance to the paper on their middle lines; 0 of an empty one. */
export function typicalWidth(mask) {
  const bounds = boundsOf(mask);
  if (!bounds) return 0;
  const [left, top, right, bottom] = bounds;
  const distance = distances(cut(mask, left - 1, top - 1, right + 1, bottom + 1));
  distance.pixels.forEach((value, at) => (distance.pixels[at] = round(16 * value) / 16)); // as Python rounds
  const highest = dilate(distance, rectangle(3)).pixels;
  const ridge = distance.pixels.filter((value, at) => value > 0 && value === highest[at]).sort();
  const covered = new Float32Array(ridge.length);
  ridge.forEach((value, at) => (covered[at] = value + (covered[at - 1] ?? 0)));
  const middle = covered.findIndex((sum) => sum >= covered.at(-1) / 2);
  return Math.max(1, 2 * ridge[middle] - 1);
}
