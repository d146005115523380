// Pictures of few pixels: those that were enlarged pixel by pixel are made small again, and small ones twice as large.

import { raster, transposed } from "./raster.js";

const FEWEST = 8; // borders between squares, up and across together: fewer are those of a drawing with straight edges
const MIDDLE = 255 * 32768; // of all tones, times 65536
const SHARE = 0.7; // of the places where there may be a border, between the first and the last

/** How many times a picture was enlarged pixel by pixel: 1 where it was not. */
export function findEnlargement(gray) {
  const borders = [bordersOf(gray), bordersOf(transposed(gray))];
  const factor = [gray.width, gray.height, ...borders.flat()].reduce(gcd);
  if (factor === 1) return 1;
  const places = (along) => (along.length ? (along[along.length - 1] - along[0]) / factor + 1 : 0);
  const possible = places(borders[0]) + places(borders[1]);
  return borders.flat().length >= Math.max(FEWEST, SHARE * possible) ? factor : 1;
}

const gcd = (a, b) => (b ? gcd(b, a % b) : a);

/** Where along the rows any of them changes. */
function bordersOf({ width, height, pixels }) {
  const changes = (x) => {
    for (let at = x; at < width * height; at += width) if (pixels[at] !== pixels[at - 1]) return true;
    return false;
  };
  return Array.from({ length: width - 1 }, (_, before) => before + 1).filter(changes);
}

/** The first pixel of each square of so many pixels a side. */
export function everyNth(image, factor) {
  const small = raster(image.width / factor, image.height / factor);
  for (let y = 0, to = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++, to++) small.pixels[to] = image.pixels[(y * image.width + x) * factor];
  }
  return small;
}

/** Twice as large, by cubic interpolation. */
export function doubled(image) {
  const large = transposed(doubledAcross(transposed(doubledAcross(image))));
  const rounded = (value) => (value + 32768 - (value > MIDDLE)) >> 16; // a half towards the middle tone
  return raster(large.width, large.height, Uint8Array.from(large.pixels, (value) => Math.min(Math.max(rounded(value), 0), 255)));
}

/** Twice as wide, times 256. */
function doubledAcross({ width, height, pixels }) {
  const wide = raster(2 * width, height, new Int32Array(2 * pixels.length));
  for (let y = 0, to = 0; y < height; y++) {
    const at = (x) => pixels[y * width + Math.min(Math.max(x, 0), width - 1)];
    for (let x = 0; x < width; x++) {
      wide.pixels[to++] = -9 * at(x - 2) + 67 * at(x - 1) + 225 * at(x) - 27 * at(x + 1); // a quarter before the pixel
      wide.pixels[to++] = -27 * at(x - 1) + 225 * at(x) + 67 * at(x + 1) - 9 * at(x + 2); // and behind it
    }
  }
  return wide;
}
