// Other looks at a picture of MNIST's very size: without specks, without grain, without splashes, without bands.

import { dropShortMarks } from "./marks.js";
import { asShare, lightOnDark, SIZE } from "./normalize.js";
import { blurred, mapped, median3, transposed } from "./raster.js";

const BLUR = 1; // pixels, standard deviation
const SPLASH = 0.5; // of the longest mark's longer side: a shorter mark may be a splash
const BAND = 0.25; // of a picture's side: paper in each of two tones takes that much of it, so that no stroke is a band
const INK = 0.97; // of the pixels are no brighter than full ink

/** The looks at a picture, each Float32Array (28 * 28) in [0, 1], white ink on black; none of other sizes. */
export function findViews(gray) {
  if (gray.width !== SIZE || gray.height !== SIZE) return [];
  const light = lightOnDark(gray);
  const calm = median3(light);
  const even = withoutBands(gray);
  const rest = [dropShortMarks(light, SPLASH), dropShortMarks(calm, SPLASH), even && lightOnDark(even)];
  return [asShare(calm), withoutGrain(light), withoutGrain(calm), ...rest.filter(Boolean).map(asShare)];
}

/** Blurred, and stretched until paper is black and ink is white again. */
function withoutGrain(light) {
  const { pixels } = blurred(light, BLUR);
  const tones = Float64Array.from(pixels).sort();
  const [paper, ink] = [tones[tones.length >> 1], tones[Math.floor(INK * tones.length)]];
  return Float32Array.from(pixels, (value) => Math.min(Math.max((value - paper) / Math.max(ink - paper, 1), 0), 1));
}

/** The picture with its bands of light paper negated, if there are bands of dark paper as well; else null. */
function withoutBands(gray) {
  const middle = (Math.min(...gray.pixels) + Math.max(...gray.pixels)) / 2;
  for (const turn of [(image) => image, transposed]) {
    const upright = turn(gray);
    const edge = (row) => Array.from({ length: SIZE }, (_, x) => upright.pixels[row * SIZE + x] > middle);
    const [above, below] = [edge(0), edge(SIZE - 1)];
    const isBanded = above.every((each, x) => each === below[x]) && above[0] === above[SIZE - 1];
    const light = above.filter(Boolean).length / SIZE;
    if (isBanded && light >= BAND && light <= 1 - BAND) {
      return turn(mapped(upright, (value, at) => (above[at % SIZE] ? 255 - value : value)));
    }
  }
  return null;
}
