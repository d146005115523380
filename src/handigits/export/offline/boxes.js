// Boxes and tables that somebody wrote into: their lines go, and what stands in them stays.

import { BOX, RING, rimOf, withinOutline } from "./outlines.js";
import { cut, mapped, raster } from "./raster.js";
import { components } from "./shapes.js";

const SMALLEST = 0.01; // of the picture
const MOST = 40; // boxes: more are rings within rings, or another pattern
const SPARSE = 0.4; // of the rectangle around it is ink, at most
const CELL = 0.002; // of the box: a smaller area within it is no place to write in
const STRAIGHT = 0.8; // of a rectangle's rim is paper
const MOSTLY = 0.8; // of what a box encloses is in rectangles
const WRITTEN = 0.2; // of a rectangle's height: the height of a mark in one of them, at least
const ENCIRCLED = 0.3; // the same of a circle: a zero may have a dot in it, or a dash
const CIRCLE = 0.8; // of its longer side is its shorter one, at least

/** The strength without the lines of boxes that are written in; itself where there are none. */
export function dropBoxes(strength, marks) {
  let kept = strength;
  for (const mark of mayBeBoxes(strength, marks)) {
    const [x, y, wide, high] = marks.boxes[mark];
    const labels = cut({ ...strength, pixels: marks.labels }, x, y, x + wide, y + high);
    const cells = cellsOf(labels, mark, marks.boxes);
    if (!cells) continue;
    if (kept === strength) kept = mapped(strength, (value) => value);
    labels.pixels.forEach((label, at) => {
      if (label !== mark || cells.pixels[at]) return;
      kept.pixels[(y + Math.floor(at / wide)) * strength.width + x + (at % wide)] = 0;
    });
  }
  return kept;
}

/** Numbers of the marks that are large and sparse enough, and have others within their box. */
function mayBeBoxes({ width, height }, { boxes, areas }) {
  const isWithin = ([x, y, wide, high], [left, top, across, down]) =>
    x > left && y > top && x + wide < left + across && y + high < top + down;
  const isLarge = ([, , wide, high], mark) =>
    mark && wide * high >= SMALLEST * width * height && areas[mark] <= SPARSE * wide * high;
  const numbers = boxes.map((_, mark) => mark).filter((mark) => isLarge(boxes[mark], mark));
  const found = numbers.filter((mark) => boxes.some((box, other) => other && isWithin(box, boxes[mark])));
  return found.length <= MOST ? found : [];
}

/** Where one may write within a mark, and somebody did; null if it is no box. */
function cellsOf(labels, mark, boxes) {
  const [wide, high] = [labels.width, labels.height];
  const padded = cut(labels, -1, -1, wide + 1, high + 1);
  const areas = components(mapped(padded, (label) => label !== mark), false);
  const outside = areas.labels[0];
  const cells = raster(padded.width, padded.height);
  let [all, enclosed, isWritten] = [0, 0, false];
  areas.boxes.forEach(([x, y, across, down], area) => {
    if (!area || area === outside) return;
    all += areas.areas[area];
    if (areas.areas[area] < CELL * wide * high) return;
    const part = (pixels) => cut({ ...padded, pixels }, x, y, x + across, y + down);
    const own = mapped(part(areas.labels), (label) => label === area);
    const box = withinOutline(own, BOX);
    const within = box ?? (Math.min(across, down) >= CIRCLE * Math.max(across, down) ? withinOutline(own, RING) : null);
    if (!within) return;
    const rim = rimOf(within).pixels;
    const count = (list) => list.reduce((sum, value) => sum + (value > 0), 0);
    if (count(own.pixels.filter((_, at) => rim[at])) < STRAIGHT * count(rim)) return;
    enclosed += areas.areas[area];
    const there = part(padded.pixels).pixels;
    const needed = (box ? WRITTEN : ENCIRCLED) * down;
    within.pixels.forEach((value, at) => {
      if (!value) return;
      const row = Math.floor(at / across);
      cells.pixels[(y + row) * padded.width + x + (at % across)] = 1;
      isWritten ||= there[at] > 0 && there[at] !== mark && boxes[there[at]][3] >= needed;
    });
  });
  return isWritten && enclosed >= MOSTLY * all ? cut(cells, 1, 1, wide + 1, high + 1) : null;
}
