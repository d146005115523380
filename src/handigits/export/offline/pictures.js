// A canvas or a picture's file to gray pixels as a person sees them, and what a model sees to a PNG.

import { CHANNELS, telling } from "./colours.js";
import { raster } from "./raster.js";

const MAX_PIXELS = 25_000_000;

/** {gray, notes} of a canvas, or of a File that this browser can show. */
export async function grayOf(picture) {
  if (picture instanceof HTMLCanvasElement) return flattened(picture.getContext("2d"), picture);
  const image = await createImageBitmap(picture, { imageOrientation: "from-image" }).catch(() => {
    throw new Error(`${picture.name}: this browser cannot show it as a picture.`);
  });
  const { width, height } = image;
  if (width * height > MAX_PIXELS) {
    throw new Error(`${picture.name}: has ${width} x ${height} pixels; at most ${MAX_PIXELS} are read. Scale it down.`);
  }
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  context.drawImage(image, 0, 0);
  image.close();
  return flattened(context, { width, height });
}

function flattened(context, { width, height }) {
  return flatten(width, height, context.getImageData(0, 0, width, height).data);
}

/** Luminance, or the channel that tells more; where it is transparent, on the paper that the picture brings or on black or white, whichever shows it. */
export function flatten(width, height, rgba) {
  const gray = raster(width, height);
  const alpha = new Uint8Array(gray.pixels.length);
  const tones = new Uint32Array(256); // of the pixels that are not wholly transparent
  for (let at = 0; at < alpha.length; at++) {
    const [red, green, blue] = [rgba[4 * at], rgba[4 * at + 1], rgba[4 * at + 2]];
    gray.pixels[at] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    alpha[at] = rgba[4 * at + 3];
    if (alpha[at]) tones[gray.pixels[at]]++;
  }
  if (alpha.every((each) => each === 255)) {
    const channel = telling(gray, rgba);
    if (channel < 0) return { gray, notes: [] };
    gray.pixels.forEach((_, at) => (gray.pixels[at] = rgba[4 * at + channel]));
    return { gray, notes: [`its colours are equally bright: ${CHANNELS[channel]} alone was read`] };
  }
  const visible = tones.reduce((sum, count) => sum + count);
  if (!visible) return { gray: raster(width, height, gray.pixels.fill(255)), notes: ["wholly transparent"] };
  const toneAt = (share) => {
    let reached = 0;
    return tones.findIndex((count) => (reached += count) >= share * visible);
  };
  const [dark, middle, light] = [0.05, 0.5, 0.95].map(toneAt);
  const hasPaper = visible > alpha.length / 2 && light - dark > 64;
  const paper = hasPaper ? middle : middle > 127 ? 0 : 255;
  gray.pixels.forEach((value, at) => (gray.pixels[at] = Math.round((value * alpha[at] + paper * (255 - alpha[at])) / 255)));
  return { gray, notes: [] };
}

/** Pixels in [0, 1] as a PNG in base64. */
export function pngOf(image, size) {
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const rgba = Uint8ClampedArray.from({ length: 4 * image.length }, (_, at) => (at % 4 === 3 ? 255 : image[at >> 2] * 255));
  canvas.getContext("2d").putImageData(new ImageData(rgba, size, size), 0, 0);
  return canvas.toDataURL("image/png").split(",")[1];
}
