// White noise, in which no pixel knows its neighbours.

const DEVIATIONS = 3.5; // of what neighbours in noise have in common; digits in the strongest noise have more

/** Whether neighbours in a picture are as unlike as chance makes them. */
export function isNoise({ width, height, pixels }) {
  const mean = pixels.reduce((sum, tone) => sum + tone, 0) / pixels.length;
  let [spread, alike, pairs] = [0, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      spread += (pixels[at] - mean) ** 2 / pixels.length;
      for (const [right, down] of [[1, 0], [0, 1], [1, 1], [-1, 1]]) {
        if (x + right < 0 || x + right >= width || y + down >= height) continue;
        alike += (pixels[at] - mean) * (pixels[at + down * width + right] - mean);
        pairs++;
      }
    }
  }
  return spread > 0 && pairs > 0 && alike / spread < DEVIATIONS * Math.sqrt(pairs);
}
