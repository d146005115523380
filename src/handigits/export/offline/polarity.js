// Which of the two tones of a picture is the ink.

import { percentile } from "./levels.js";
import { blurred, cut, enlarge, extent, mapped, median3, round, scaledBy } from "./raster.js";
import { close, open, rectangle } from "./shapes.js";

const RULES = 0.7; // share of the outermost ring that one tone has to have to be the paper's
const INSET = 20; // of the shorter side, one part: a ring so far within has the paper's tone too, where there is no frame
const CLEAR = 0.15; // of the way from the darkest to the lightest tone: the ring's lies so far from the middle
const LONGEST = 160; // of the copy in which marks are looked for
const LIGHT_LONGEST = 40; // the same for the light around them
const AROUND = 0.1; // of its shorter side: light varies more slowly than that, standard deviation
const THIN = 0.05; // of its shorter side: marks narrower than that are thin
const WIDE = 0.8; // of its shorter side: marks narrower than that are marks
const SCANT = 0.03; // of a tone's marks: where no larger share is thin, the ring is believed if one tone rules it

/** Whether the ink is darker than the paper. The answer for the negative is always the opposite one. */
export function isInkDark(gray) {
  const small = median3(scaledBy(gray, Math.min(1, LONGEST / Math.max(gray.width, gray.height))));
  const negative = mapped(small, (value) => 255 - value);
  const inner = rulingTone(gray, Math.ceil(Math.min(gray.width, gray.height) / INSET));
  let paper = rulingTone(gray);
  if (!paper || [inner, rulingTone(unlit(small)), -rulingTone(unlit(negative))].includes(-paper)) {
    const [dark, light] = thinShares(small);
    if (!paper || Math.max(dark, light) >= SCANT) paper = Math.sign(dark - light);
  }
  const mean = gray.pixels.reduce((sum, value) => sum + value, 0) / gray.pixels.length;
  return (paper || mean - 127.5) > 0;
}

/** How much lighter each pixel is than those around it; 128 is as light as they are. */
function unlit(image) {
  const tiny = scaledBy(image, Math.min(1, LIGHT_LONGEST / Math.max(image.width, image.height)));
  const smooth = blurred(tiny, Math.max(1, AROUND * Math.min(tiny.width, tiny.height)));
  const light = enlarge(smooth, image.width, image.height).pixels;
  return mapped(image, (value, at) => Math.min(255, round((value * 128) / Math.max(light[at], 1))));
}

/** The tone of a ring, so many pixels within the outermost one: 1 light, -1 dark, 0 where neither rules it. */
function rulingTone({ width, height, pixels }, inset = 0) {
  const [right, bottom] = [width - 1 - inset, height - 1 - inset];
  if (right < inset || bottom < inset) return 0;
  const tones = extent(pixels);
  const middle = (tones[0] + tones[1]) / 2;
  const isRing = (x, y) => x >= inset && x <= right && y >= inset && y <= bottom && (x === inset || x === right || y === inset || y === bottom);
  const ring = pixels.filter((_, at) => isRing(at % width, Math.floor(at / width)));
  const lighter = ring.filter((value) => value > middle).length / ring.length;
  const darker = ring.filter((value) => value < middle).length / ring.length;
  const isClear = Math.abs(percentile(ring, 0.5) - middle) >= CLEAR * (tones[1] - tones[0]);
  return isClear && Math.max(lighter, darker) >= RULES ? Math.sign(lighter - darker) : 0;
}

/** Which share of the dark marks is thin, and of the light ones: those that a small kernel changes too. */
function thinShares(small) {
  const shorter = Math.min(small.width, small.height);
  const edge = Math.min(Math.ceil(shorter / INSET), (shorter - 1) >> 1); // there may be a frame
  const inside = (image) => cut(image, edge, edge, small.width - edge, small.height - edge).pixels;
  const kernels = [THIN, WIDE].map((part) => rectangle(Math.max(3, round(part * shorter)) | 1));
  return [close, open].map((change) => {
    const [thin, all] = kernels.map((kernel) => {
      const changed = change(small, kernel).pixels;
      return inside(mapped(small, (value, at) => Math.abs(value - changed[at]))).reduce((sum, value) => sum + value, 0);
    });
    return thin / Math.max(all, 1);
  });
}
