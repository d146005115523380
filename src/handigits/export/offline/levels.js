// Which tones of a picture are paper, and which are ink.

const MIN_CONTRAST = 20; // of 255: fainter marks are not ink
const MUCH = 0.25; // of a picture: less ink than that does not hide the paper's grain from a median
const APART = 0.8; // of the variance of all tones is between paper and ink; for grain alone it is 0.64
const GRAINS = 4; // standard deviations of the paper's grain that a pixel of ink has to stand out by

/** Up to `paper` it is paper, above `sure` it is ink, from `full` on it is all ink; null where nothing stands out. */
export function levelsOf(depth) {
  const counts = countTones(depth.pixels);
  const between = divide(counts, depth.pixels.length);
  const paper = onlyPaper(counts, between, depth.pixels.length);
  const tone = middleOf(paper);
  const deviations = new Float64Array(256);
  paper.forEach((count, value) => (deviations[Math.abs(value - tone)] += count));
  const grain = 1.4826 * middleOf(deviations);
  const sure = Math.max(between, MIN_CONTRAST, tone + GRAINS * grain);
  const first = Math.floor(sure) + 1;
  if (!counts.subarray(first).some(Boolean)) return null;
  const full = first + middleOf(counts.subarray(first));
  return { paper: middleOf(counts.subarray(0, first)) + Math.min(Math.max(grain, 2), 0.25 * full), sure, full };
}

/** The counts of the tones by which paper is known: of all, since ink is rare, unless it plainly is not. */
function onlyPaper(counts, between, total) {
  const sum = (of) => counts.reduce((all, count, tone) => all + (count / total) * of(tone), 0);
  const isDark = (tone) => (tone > between ? 1 : 0);
  const ink = sum(isDark);
  if (ink < MUCH) return counts;
  const mean = sum((tone) => tone);
  const apart = sum((tone) => tone * isDark(tone)) / ink - mean;
  const explained = (apart ** 2 * ink) / Math.max(1 - ink, 1e-9);
  if (explained <= APART * sum((tone) => (tone - mean) ** 2)) return counts; // both are 0 where all is of one tone
  return counts.map((count, tone) => (tone <= between ? count : 0));
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
export function divide(counts, total) {
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
