// Gray pictures, {width, height, pixels}, and how OpenCV scales and smooths them, to the last bit where that matters.

/** A picture; `pixels` row by row, Uint8Array or Float32Array. */
export function raster(width, height, pixels = new Uint8Array(width * height)) {
  return { width, height, pixels };
}

/** The nearest whole number, and of two the even one, as Python and OpenCV round. */
export function round(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/** The same picture with each pixel changed by `change(value, index)`, in bytes. */
export function mapped(image, change) {
  const { width, height, pixels } = image;
  const changed = raster(width, height);
  for (let at = 0; at < pixels.length; at++) changed.pixels[at] = change(pixels[at], at); // Uint8Array.from is far slower
  return changed;
}

/** Columns `left` to `right` and rows `top` to `bottom`, the latter two not included; beyond the picture it is 0. */
export function cut(image, left, top, right, bottom) {
  const part = raster(right - left, bottom - top, new image.pixels.constructor((right - left) * (bottom - top)));
  for (let y = Math.max(top, 0); y < Math.min(bottom, image.height); y++) {
    const from = y * image.width + Math.max(left, 0);
    const row = image.pixels.subarray(from, from + Math.min(right, image.width) - Math.max(left, 0));
    part.pixels.set(row, (y - top) * part.width + Math.max(-left, 0));
  }
  return part;
}

/** Rows become columns. */
export function transposed(image) {
  const { width, height, pixels } = image;
  const turned = raster(height, width, new pixels.constructor(pixels.length));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) turned.pixels[x * height + y] = pixels[at];
  }
  return turned;
}

/** The tight box around what is not 0, [left, top, right, bottom]; null where there is nothing. */
export function boundsOf({ width, height, pixels }) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (!pixels[at]) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return bottom ? [left, top, right, bottom] : null;
}

/** The darkest and the lightest of bytes. */
export function extent(pixels) {
  return pixels.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [255, 0]);
}

/** An image `scale` times as large, by `resize`; itself where it would not get smaller. */
export function scaledBy(image, scale, resize = shrink) {
  if (scale >= 1) return image;
  return resize(image, Math.max(1, round(image.width * scale)), Math.max(1, round(image.height * scale)));
}

/** Scale down: each new pixel is the mean of what it covers. */
export function shrink(image, width, height) {
  if (width === image.width && height === image.height) return image;
  const [wide, high] = [image.width / width, image.height / height];
  const isBytes = image.pixels instanceof Uint8Array;
  if (isBytes && Number.isInteger(wide) && Number.isInteger(high)) return shrinkByBlocks(image, width, height, wide, high);
  const [across, down] = [shares(image.width, width), shares(image.height, height)];
  const sums = new Float32Array(width * height);
  const line = new Float32Array(width);
  for (const [to, from, share] of down) {
    line.fill(0);
    for (const one of across) line[one[0]] += image.pixels[from * image.width + one[1]] * one[2];
    for (let x = 0; x < width; x++) sums[to * width + x] += line[x] * share;
  }
  return raster(width, height, isBytes ? Uint8Array.from(sums, round) : sums);
}

function shrinkByBlocks(image, width, height, wide, high) {
  const part = Math.fround(1 / (wide * high));
  const small = raster(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let row = y * high; row < (y + 1) * high; row++) {
        for (let column = x * wide; column < (x + 1) * wide; column++) sum += image.pixels[row * image.width + column];
      }
      small.pixels[y * width + x] = wide === 2 && high === 2 ? (sum + 2) >> 2 : round(Math.fround(sum * part));
    }
  }
  return small;
}

/** Which old pixels make up the new ones: a list of [new, old, share], where the shares of a new one sum to 1. */
function shares(from, to) {
  const scale = from / to;
  const list = [];
  for (let at = 0; at < to; at++) {
    const [start, end] = [at * scale, at * scale + scale];
    const length = Math.min(scale, from - start);
    const last = Math.min(Math.floor(end), from - 1);
    const first = Math.min(Math.ceil(start), last);
    if (first - start > 1e-3) list.push([at, first - 1, Math.fround((first - start) / length)]);
    for (let old = first; old < last; old++) list.push([at, old, Math.fround(1 / length)]);
    if (end - last > 1e-3) list.push([at, last, Math.fround(Math.min(end - last, 1, length) / length)]);
  }
  return list;
}

/** Scale bytes up, or to nearly the same size: linear between the middles of the pixels, with 11 bits for the shares. */
export function enlarge(image, width, height) {
  if (width === image.width && height === image.height) return image;
  const [across, down] = [between(image.width, width), between(image.height, height)];
  const lines = new Int32Array(width * image.height);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const [first, second, a, b] = across[x];
      lines[y * width + x] = image.pixels[y * image.width + first] * a + image.pixels[y * image.width + second] * b;
    }
  }
  const large = raster(width, height);
  for (let y = 0; y < height; y++) {
    const [first, second, a, b] = down[y];
    for (let x = 0; x < width; x++) {
      const upper = (a * (lines[first * width + x] >> 4)) >> 16;
      const lower = (b * (lines[second * width + x] >> 4)) >> 16;
      large.pixels[y * width + x] = (upper + lower + 2) >> 2;
    }
  }
  return large;
}

function between(from, to) {
  return Array.from({ length: to }, (_, at) => {
    const place = Math.fround((at + 0.5) * (from / to) - 0.5);
    const first = Math.min(Math.max(Math.floor(place), 0), from - 1);
    const rest = place < 0 || first === from - 1 ? 0 : Math.fround(place - first);
    return [first, Math.min(first + 1, from - 1), round((1 - rest) * 2048), round(rest * 2048)];
  });
}

/** The median of each 3x3; the border is repeated. */
export function median3({ width, height, pixels }) {
  const around = new Uint8Array(9);
  const smooth = raster(width, height);
  for (let y = 0, at = 0; y < height; y++) {
    const rows = [Math.max(y - 1, 0) * width, y * width, Math.min(y + 1, height - 1) * width];
    for (let x = 0; x < width; x++, at++) {
      const [left, right] = [Math.max(x - 1, 0), Math.min(x + 1, width - 1)];
      let count = 0;
      for (const row of rows) {
        around[count++] = pixels[row + left];
        around[count++] = pixels[row + x];
        around[count++] = pixels[row + right];
      }
      smooth.pixels[at] = around.sort()[4];
    }
  }
  return smooth;
}

/** Smooth bytes by a Gaussian, whose weights have 8 bits; the picture is mirrored at its border. */
export function blurred(image, sigma) {
  const reach = (round(sigma * 6 + 1) | 1) >> 1;
  const bell = Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * sigma ** 2)));
  const sum = bell.reduce((total, each) => total + each);
  const kernel = new Int32Array(bell.length);
  let [error, left] = [0, 256];
  for (let at = 0; at < reach; at++) {
    const wanted = (256 * bell[at]) / sum + error; // what rounding took from one, the next one gets
    kernel[at] = kernel[2 * reach - at] = round(wanted);
    error = wanted - kernel[at];
    left -= 2 * kernel[at];
  }
  kernel[reach] = left;
  const once = blurredAcross(image, kernel);
  return mapped(transposed(blurredAcross(transposed(once), kernel)), (value) => (value + 32768) >> 16);
}

function blurredAcross({ width, height, pixels }, kernel) {
  const reach = kernel.length >> 1;
  const columns = Int32Array.from({ length: width + 2 * reach }, (_, at) => mirrored(at - reach, width));
  const smooth = new Int32Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let at = 0; at < kernel.length; at++) sum += kernel[at] * pixels[y * width + columns[x + at]];
      smooth[y * width + x] = sum;
    }
  }
  return raster(width, height, smooth);
}

function mirrored(at, length) {
  if (length === 1) return 0;
  const place = Math.abs(at) % (2 * length - 2);
  return Math.min(place, 2 * length - 2 - place);
}
