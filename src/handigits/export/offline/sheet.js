// The sheet that a picture shows with what it lies on, or the inside of a frame: what is around it is no writing.

import { countTones, divide } from "./levels.js";
import { BOX, SHEET, rimOf, withinOutline } from "./outlines.js";
import { blurred, cut, mapped, median3, raster, scaledBy } from "./raster.js";
import { components, dilate, distances, erode, rectangle } from "./shapes.js";

const LONGEST = 160; // pixels of the longer side of the copy in which it is looked for
const SMALLEST = 0.15; // of the picture
const ANOTHER = 0.03; // of the picture: beside a sheet there is no other, not even a small one
const BARE = 0.3; // of the picture: a sheet whose writing is too thin for the copy is at least as large, and is no bar
const NO_BAR = 2; // the longer side of such a sheet, of its shorter one
const CLOSED = 0.9; // of its outline is an edge, with its own tone on this side and the other tone on that
const STEP = 24; // of 255: tones near an edge differ by that
const AROUND = 5; // pixels of the copy: so near it there is no other area that is closed
const SAME = 0.5; // of what is farther away has the sheet's tone: lines were drawn on paper, and are no edge
const INK = 0.002; // of the picture: so much ink on that paper is writing
const SIDES = 1; // of the picture that it may reach to
const THINNER = 2; // times the thickest mark on it is as thick as it is itself
const RIM = 2; // pixels of the copy along its edges that are blurred, and cast shadows

/** The page as if its sheet went on beyond its edges, in their tones; null if it shows none, or several. */
export function spreadSheet(page) {
  const scale = Math.min(1, LONGEST / Math.max(page.width, page.height));
  const small = scaledBy(page, scale);
  const calm = median3(small);
  const [areas, sheets] = [[], []];
  for (const tone of divisions(small)) {
    for (const isLight of [true, false]) {
      const toned = (image) => mapped(image, (value) => value > tone === isLight);
      const paper = toned(calm);
      for (const area of rectangles(toned(small), small)) {
        areas.push(area);
        const isLarge = count(area) >= SMALLEST * small.pixels.length;
        if (isLarge && isWrittenOn(area, paper, scale < 0.5)) sheets.push(area);
      }
    }
  }
  if (!sheets.length) return null;
  const outermost = sheets.reduce((most, sheet) => (count(sheet) > count(most) ? sheet : most));
  const shared = (area) => count(mapped(area, (value, at) => value && outermost.pixels[at]));
  const isOne = areas.every((area) => 2 * shared(area) > count(area));
  return isOne ? spread(page, outermost) : null;
}

/** Tones that may lie between a sheet and what is around it: of all, of the darker, and of the lighter pixels. */
function divisions({ pixels }) {
  const otsu = (values) => divide(countTones(values), values.length);
  const between = otsu(pixels);
  const parts = [pixels.filter((value) => value <= between), pixels.filter((value) => value > between)];
  return [between, ...parts.filter((part) => part.length).map(otsu)];
}

/** The areas within the rims of what hangs together in a mask and may be a sheet by its outline. */
function rectangles(mask, small) {
  const { width, height, pixels } = mask;
  const around = rectangle(5);
  const [most, least] = [dilate(small, around).pixels, erode(small, around).pixels];
  const isEdge = (at) => !pixels[at] && most[at] - least[at] >= STEP;
  const { labels, boxes } = components(mask, false);
  const onSides = new Set(labels.filter((_, at) => at < width || at >= pixels.length - width || (at + 1) % width < 2));
  const found = [];
  boxes.forEach(([x, y, wide, high], label) => {
    if (!label || wide * high < ANOTHER * pixels.length) return;
    if ((x === 0) + (y === 0) + (x + wide === width) + (y + high === height) > SIDES) return;
    const own = mapped(mask, (_, at) => (labels[at] === label ? 255 : 0));
    const area = withinOutline(own, SHEET);
    if (!area) return;
    const near = dilate(area, rectangle(2 * AROUND + 1));
    const core = erode(area, rectangle(2 * RIM + 1));
    const far = [...pixels.keys()].filter((at) => !near.pixels[at]);
    const inked = far.filter((at) => !pixels[at]).length;
    const isBox = far.length > 0 && (far.length - inked) / far.length > SAME; // lines were drawn on its paper
    if (!count(core) || (isBox && (inked > INK * pixels.length || !withinOutline(own, BOX)))) return;
    const share = (part, isSo) => {
      const places = [...part.pixels.keys()].filter((at) => part.pixels[at]);
      return places.filter(isSo).length / places.length;
    };
    const beyond = (larger) => mapped(larger, (value, at) => value && !area.pixels[at]);
    const isOtherCell = (at) => pixels[at] && labels[at] !== label && !onSides.has(labels[at]);
    const closed = [
      share(rimOf(area), (at) => pixels[at]),
      share(beyond(dilate(area, rectangle(3))), isEdge),
      share(beyond(near), (at) => !isOtherCell(at)),
    ];
    if (Math.min(...closed) >= CLOSED) found.push(core);
  });
  return found;
}

/** Whether the marks on an area are thin beside it; `mayBeBare`: they may be too thin to be seen. */
function isWrittenOn(area, paper, mayBeBare) {
  const part = (isPaper) => mapped(area, (value, at) => value && Boolean(paper.pixels[at]) === isPaper);
  const [thickness, sheet] = [thicknessOf(part(false)), thicknessOf(part(true))];
  if (thickness >= 1) return sheet >= THINNER * thickness;
  const [rows, columns] = [new Set(), new Set()];
  area.pixels.forEach((value, at) => value && rows.add(Math.floor(at / area.width)) && columns.add(at % area.width));
  const [high, wide] = [rows.size - 1, columns.size - 1];
  const isBar = Math.max(high, wide) > NO_BAR * Math.min(high, wide);
  return mayBeBare && !isBar && count(area) >= BARE * area.pixels.length;
}

/** The farthest that it is from a pixel of a mask to the nearest one outside. */
function thicknessOf(mask) {
  const { pixels } = distances(cut(mask, -1, -1, mask.width + 1, mask.height + 1));
  return pixels.reduce((most, value) => Math.max(most, value), 0);
}

const count = ({ pixels }) => pixels.reduce((sum, value) => sum + (value > 0), 0);

/** The page, of which everything beyond an area of its copy has the tone that the nearest of it has in its row. */
function spread(page, area) {
  const { width, height } = page;
  const [wide, high] = [area.width, area.height];
  const rows = Array.from({ length: high }, (_, y) => area.pixels.subarray(y * wide, (y + 1) * wide));
  const isInside = (value) => value > 0;
  const [first, last] = [rows.findIndex((row) => row.some(isInside)), rows.findLastIndex((row) => row.some(isInside))];
  const clip = (value, from, to) => Math.min(Math.max(value, from), to);
  const start = (at, of, scaled) => Math.ceil((at * scaled) / of);
  const end = (at, of, scaled) => Math.floor(((at + 1) * scaled) / of) - 1;
  const smooth = blurred(page, Math.max(0.8, (0.5 * height) / high));
  const whole = raster(width, height);
  for (let y = 0; y < height; y++) {
    const down = clip(y, start(first, high, height), end(last, high, height));
    const row = rows[Math.floor((down * high) / height)];
    const [left, right] = [start(row.findIndex(isInside), wide, width), end(row.findLastIndex(isInside), wide, width)];
    for (let x = 0; x < width; x++) {
      const across = clip(x, left, right);
      const source = across !== x || down !== y ? smooth : page;
      whole.pixels[y * width + x] = source.pixels[down * width + across];
    }
  }
  return whole;
}
