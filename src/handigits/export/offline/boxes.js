// Boxes and tables that somebody wrote into: their lines go, and what stands in them stays.

import { BOX, coreOf, rimOf, sidesAround, withinOutline } from "./outlines.js";
import { cut, mapped, raster, round } from "./raster.js";
import { components } from "./shapes.js";

const SMALLEST = 0.01; // of the picture
const MOST = 40; // boxes: more are rings within rings, or another pattern
const SPARSE = 0.4; // of the rectangle around it is ink, at most
const CELL = 0.002; // of the box: a smaller area within it is no place to write in
const UNEVEN = 0.04; // of the shorter side of what is enclosed: so far in, a line drawn by hand has waves
const STRAIGHT = 0.8; // of the rim within them is paper
const MOSTLY = 0.8; // of what a box encloses is in rectangles, or in a loop
const WRITTEN = 0.2; // of a rectangle's height: the height of a mark in one of them, at least
const LOOP = 0.5; // of the box: a loop of any shape encloses so much
const ENCIRCLED = 0.3; // of a loop's height: the height of a mark in it, at least: a zero may have a dot in it
const WIDE = 0.8; // of its height is the width of a loop that is no zero, whatever it encloses
const BROAD = 0.3; // of a mark's length is its width, if it is not the dash in a zero

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
    const outline = withinOutline(own, 0);
    if (!outline) return;
    const within = coreOf(outline, round(UNEVEN * Math.min(across, down)));
    const rim = rimOf(within).pixels;
    const count = (list) => list.reduce((sum, value) => sum + (value > 0), 0);
    const isEven = count(own.pixels.filter((_, at) => rim[at])) >= STRAIGHT * count(rim);
    const others = mapped(part(padded.pixels), (label) => (label === mark ? 0 : label));
    if (isEven && withinOutline(own, BOX)) {
      isWritten ||= others.pixels.some((label, at) => within.pixels[at] && boxes[label][3] >= WRITTEN * down && label);
    } else if (areas.areas[area] >= LOOP * wide * high && isEncircled(mapped(others, (label, at) => own.pixels[at] && label), boxes)) {
      isWritten = true;
    } else return;
    enclosed += areas.areas[area];
    within.pixels.forEach((value, at) => {
      if (value && isEven) cells.pixels[(y + Math.floor(at / across)) * padded.width + x + (at % across)] = 1;
    });
  });
  return isWritten && enclosed >= MOSTLY * all ? cut(cells, 1, 1, wide + 1, high + 1) : null;
}

/** Whether writing stands in a loop, and not the dash of a zero; `there`: the number of the mark at each pixel within it. */
function isEncircled(there, boxes) {
  const numbers = [...new Set(there.pixels)].filter((number) => number && boxes[number][3] >= ENCIRCLED * there.height);
  const isBroad = (number) => {
    const [shorter, longer] = sidesAround(mapped(there, (label) => label === number));
    return shorter >= BROAD * longer;
  };
  return numbers.length > 0 && (there.width >= WIDE * there.height || numbers.some(isBroad));
}
