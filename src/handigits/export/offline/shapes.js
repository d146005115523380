// Shapes in pictures: growing and wearing them away, what hangs together, and how far it is to the edge. As OpenCV does.

import { mapped, raster, round } from "./raster.js";

/** A kernel is a list of rows [down, from, to]: the pixels around one that belong to it. */
export function rectangle(width, height = width) {
  const [left, top] = [width >> 1, height >> 1];
  return Array.from({ length: height }, (_, row) => [row - top, -left, width - 1 - left]);
}

export function ellipse(size) {
  const reach = size >> 1;
  return Array.from({ length: size }, (_, row) => {
    const half = reach ? round(reach * Math.sqrt((reach ** 2 - (row - reach) ** 2) * (1 / reach ** 2))) : 0;
    return [row - reach, -half, half];
  });
}

export const close = (image, kernel) => erode(dilate(image, kernel), kernel);
export const open = (image, kernel) => dilate(erode(image, kernel), kernel);

/** The smallest of the bytes under the kernel; those beyond the picture do not count. */
export function erode(image, kernel) {
  const negative = (value) => 255 - value;
  return mapped(dilate(mapped(image, negative), kernel), negative);
}

/** The largest of the pixels under the kernel; none is below 0. */
export function dilate(image, kernel) {
  const { width, height, pixels } = image;
  const found = new pixels.constructor(pixels.length);
  const spans = new Map(); // many rows of a kernel are alike
  for (const [down, from, to] of kernel) {
    const name = `${from} ${to}`;
    if (!spans.has(name)) spans.set(name, largestAcross(image, from, to));
    const lines = spans.get(name);
    const last = Math.min(height, height - down) * width;
    for (let at = Math.max(0, -down) * width, source = at + down * width; at < last; at++, source++) {
      found[at] = Math.max(found[at], lines[source]);
    }
  }
  return raster(width, height, found);
}

function largestAcross({ width, pixels }, from, to) {
  const length = to - from + 1;
  if (length === 1) return pixels;
  const found = new pixels.constructor(pixels.length);
  const line = new pixels.constructor(width + length - 1);
  for (let row = 0; row < pixels.length; row += width) {
    line.fill(0);
    line.set(pixels.subarray(row, row + width), -from);
    let span = 1; // line[at] is the largest of so many from there
    for (; 2 * span <= length; span *= 2) {
      for (let at = 0; at + span < line.length; at++) if (line[at + span] > line[at]) line[at] = line[at + span];
    }
    for (let x = 0; x < width; x++) found[row + x] = Math.max(line[x], line[x + length - span]);
  }
  return found;
}

/**
 * What hangs together in a mask, diagonals included or not: `labels` is Int32Array, 0 outside and 1.. inside; `boxes` are
 * [left, top, width, height] and `areas` are pixels, both with an entry 0 for the outside that says nothing.
 */
export function components({ width, height, pixels }, diagonals = true) {
  const labels = new Int32Array(pixels.length);
  const [boxes, areas] = [[[0, 0, 0, 0]], [0]];
  const waiting = [];
  for (let start = 0; start < pixels.length; start++) {
    if (!pixels[start] || labels[start]) continue;
    const label = boxes.length;
    let [left, top, right, bottom, area] = [width, height, 0, 0, 0];
    labels[start] = label;
    waiting.push(start);
    while (waiting.length) {
      const at = waiting.pop();
      const [x, y] = [at % width, Math.floor(at / width)];
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
      area++;
      for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
        for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) {
          const next = row * width + column;
          if (!pixels[next] || labels[next] || !(diagonals || row === y || column === x)) continue;
          labels[next] = label;
          waiting.push(next);
        }
      }
    }
    boxes.push([left, top, right - left + 1, bottom - top + 1]);
    areas.push(area);
  }
  return { labels, boxes, areas };
}

const FAR = 2 ** 29;
const [STRAIGHT, DIAGONAL, KNIGHT] = [65536, 91750, 143976]; // 1, 1.4 and 2.1969 in 1/65536 of a pixel

/** How far it is from each pixel of a mask to the nearest one outside; nothing lies beyond the picture. */
export function distances({ width, height, pixels }) {
  const wide = width + 4;
  const steps = [
    [-2 * wide - 1, KNIGHT], [-2 * wide + 1, KNIGHT], [-wide - 2, KNIGHT], [-wide - 1, DIAGONAL],
    [-wide, STRAIGHT], [-wide + 1, DIAGONAL], [-wide + 2, KNIGHT], [-1, STRAIGHT],
  ];
  const found = new Int32Array(wide * (height + 4)).fill(FAR);
  const visit = (x, y, sign) => {
    const at = (y + 2) * wide + x + 2;
    let least = pixels[y * width + x] ? found[at] : 0;
    for (const [step, length] of steps) least = Math.min(least, found[at + sign * step] + length);
    found[at] = least;
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) visit(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) visit(x, y, -1);
  const result = new Float32Array(width * height);
  for (let at = 0; at < result.length; at++) {
    result[at] = found[(Math.floor(at / width) + 2) * wide + (at % width) + 2] / 65536;
  }
  return raster(width, height, result);
}
