// Which tones of a picture are paper, and which are ink.

const MIN_CONTRAST = 20; // of 255: fainter marks are not ink
const GRAINS = 4; // standard deviations of the paper's grain that a pixel of ink has to stand out by

/** Up to `paper` it is paper, above `sure` it is ink, from `full` on it is all ink; null where nothing stands out. */
export function levelsOf(depth) {
  const counts = countTones(depth.pixels);
  const tone = middleOf(counts);
  const deviations = new Float64Array(256);
  counts.forEach((count, value) => (deviations[Math.abs(value - tone)] += count));
  const grain = 1.4826 * middleOf(deviations);
  const sure = Math.max(divide(counts, depth.pixels.length), MIN_CONTRAST, tone + GRAINS * grain);
  const first = Math.floor(sure) + 1;
  if (!counts.subarray(first).some(Boolean)) return null;
  const full = first + middleOf(counts.subarray(first));
  return { paper: middleOf(counts.subarray(0, first)) + Math.min(Math.max(grain, 2), 0.25 * full), sure, full };
}

/** How many pixels have each tone. */
export function countTones(pixels) {
  const counts = new Float64Array(256);
  for (const value of pixels) counts[value]++;
  return counts;
}

/** The index at which half of the counts are reached. */
export function middleOf(counts) {
  const half = counts.reduce((sum, count) => sum + count, 0) / 2;
  let reached = 0;
  return counts.findIndex((count) => (reached += count) >= half);
}

/** The tone up to which and above which the tones differ most. Reference: N. Otsu, 1979. */
function divide(counts, total) {
  const mean = counts.reduce((sum, count, tone) => sum + tone * count, 0) / total;
  let [best, widest, share, sum] = [0, 0, 0, 0];
  for (let tone = 0; tone < 256; tone++) {
    share += counts[tone] / total;
    sum += (tone * counts[tone]) / total;
    if (Math.min(share, 1 - share) < 1.2e-7) continue;
    const apart = share * (1 - share) * (sum / share - (mean - sum) / (1 - share)) ** 2;
    if (apart > widest) [best, widest] = [tone, apart];
  }
  return best;
}

/** The value below which that share of sorted bytes lies, or the right mixture of two. */
export function percentile(pixels, share) {
  const sorted = pixels.slice().sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]) * (place - below);
}
