// Colours to gray: by their brightness, or, where that hides what was drawn, by the channel that shows it.

export const CHANNELS = ["red", "green", "blue"];
const SAMPLE = 64; // pixels a side of the copy that is looked at
const HIDDEN = 0.25; // of the range of the best channel: brightness whose range is smaller hides what was drawn

/** Which channel of the pixels shows what their luminance, `gray`, hides: 0, 1 or 2; -1 where it hides nothing. */
export function telling({ width, height, pixels }, rgba) {
  const along = (length) => Array.from({ length: SAMPLE }, (_, at) => Math.floor(((at + 0.5) * length) / SAMPLE));
  const columns = along(width);
  const places = along(height).flatMap((y) => columns.map((x) => y * width + x));
  const ranges = CHANNELS.map((_, channel) => range(places.map((at) => rgba[4 * at + channel])));
  const most = Math.max(...ranges);
  return range(places.map((at) => pixels[at])) < HIDDEN * most ? ranges.indexOf(most) : -1;
}

const range = (values) => Math.max(...values) - Math.min(...values);
