// Where the lines of ruled and squared paper run: thin, straight, from edge to edge, found by vote.

import { countTones, middleOf } from "./levels.js";
import { raster, round, shrink } from "./raster.js";
import { open, rectangle } from "./shapes.js";

const STRIPS = 64; // a power of two
const THICKEST = 0.02; // of the longer side of the picture
const FAINTEST = 5; // of 255, above the paper around it, on the mean of a strip
const GRAINS = 4; // standard deviations of the grain, on the mean of a strip
const SUPPORT = 0.6; // of the strips that a line passes have to vote for it
const SHORTEST = 12; // strips: a line may cut a corner of the picture
const END = 6; // strips, the first or the last of a line: one of them has to vote for it
const APART = 3; // pairs of rows: lines do not come closer, nor do they cross
const WANDER = 4; // rows that a line may be off a straight one
const CALM = 9; // strips over which its wandering is evened out
const AROUND = 12; // rows above and below a line that it is compared with
const RIM = 0.2; // of a line's tone: what of its sides is darker than that belongs to it
const STANDS_OUT = 0.5; // of a line's tone: what is around it is lighter by that much

/** The lines from left to right: {rows, above, below, missing}, see `Line` in ruling.py. */
export function findRules(depth) {
  const { width, height } = depth;
  const strips = shrink(depth, STRIPS, height);
  const thickest = round(THICKEST * Math.max(width, height));
  const levelled = open(strips, rectangle(1, (thickest | 1) + 2)).pixels;
  const thin = strips.pixels.map((value, at) => value - levelled[at]);
  const least = Math.max(FAINTEST, GRAINS * 1.4826 * middleOf(countTones(thin)));
  const seen = raster(STRIPS, height, thin.map((value) => (value > least ? value : 0)));
  const pairs = Array.from({ length: STRIPS }, (_, strip) =>
    Array.from({ length: (height + 1) >> 1 }, (_, row) => {
      const at = 2 * row * STRIPS + strip;
      return seen.pixels[at] || seen.pixels[at + STRIPS] ? 1 : 0;
    }),
  );
  if (!mayReachFar(pairs.map((strip) => strip.includes(1)))) return [];
  const found = [];
  for (const [first, rise] of elect(pairs)) {
    const middles = Array.from({ length: STRIPS }, (_, strip) => 2 * first + 0.5 + (2 * rise * strip) / (STRIPS - 1));
    const line = follow(strips, seen, middles, width);
    if (line && line.above + line.below <= thickest + 2) found.push(line);
  }
  return found;
}

/** Whether enough strips vote at all, from the left or the right edge on, for one line: in most pictures not. */
function mayReachFar(voting) {
  const isEnough = (strips) => {
    let count = 0;
    return strips.some((votes, strip) => (count += votes) >= SUPPORT * strip && strip >= SHORTEST - 1);
  };
  return isEnough(voting) || isEnough(voting.toReversed());
}

/** The lines that enough strips vote for, as [first row, rise]. */
function elect(votes) {
  const rows = votes[0].length;
  const likely = [];
  const add = (first, rise, count) => {
    const [top, bottom] = [Math.min(first, first + rise), Math.max(first, first + rise)];
    const passed = (STRIPS * (Math.min(bottom, rows - 1) - Math.max(top, 0) + 1)) / (bottom - top + 1);
    if (passed >= SHORTEST && count >= SUPPORT * passed) likely.push([first, rise, count]);
  };
  countVotes(votes).forEach((counts, rise) => counts.forEach((count, at) => add(at - STRIPS, rise, count)));
  const upside = votes.map((strip) => strip.toReversed());
  countVotes(upside).forEach((counts, rise) =>
    counts.forEach((count, at) => add(rows - 1 - (at - STRIPS), -rise, count)),
  );
  let left = likely.sort((a, b) => b[2] - a[2]);
  const found = [];
  while (left.length) {
    const [first, rise] = left[0];
    found.push([first, rise]);
    left = left.filter((each) => {
      const [start, end] = [each[0] - first, each[0] + each[1] - first - rise];
      return Math.min(start, end) > APART || Math.max(start, end) < -APART;
    });
  }
  return found;
}

/** The votes for each line that falls by 0 to 63 rows; place 64 is the first row. See `_count` in ruling.py. */
function countVotes(votes) {
  const length = votes[0].length + 2 * STRIPS;
  let counts = votes.map((strip) => {
    const padded = new Int16Array(length);
    padded.set(strip, STRIPS);
    return [padded];
  });
  while (counts.length > 1) {
    const pairs = [];
    for (let at = 0; at < counts.length; at += 2) {
      const [left, right] = [counts[at], counts[at + 1]];
      pairs.push(Array.from({ length: 2 * left.length }, (_, rise) => {
        const [step, sum, other] = [(rise + 1) >> 1, left[rise >> 1].slice(), right[rise >> 1]];
        for (let row = 0; row + step < length; row++) sum[row] += other[row + step];
        return sum;
      }));
    }
    counts = pairs;
  }
  return counts[0];
}

/** Where a line really runs that goes through `middles`, and how thick it is; null if it is none. */
function follow(strips, seen, middles, width) {
  const height = strips.height;
  const each = middles.map((_, strip) => strip);
  const rows = middles.map(round);
  const steps = Array.from({ length: 2 * WANDER + 1 }, (_, at) => at - WANDER);
  const tones = each.map((strip) => steps.map((step) => seen.pixels[(rows[strip] + step) * STRIPS + strip] || 0));
  const votes = each.filter((strip) => tones[strip].some(Boolean));
  const inside = each.filter((strip) => rows[strip] >= 0 && rows[strip] < height);
  const [before, after] = [votes[0] - inside[0], inside.at(-1) - votes.at(-1)];
  if (!votes.length || Math.min(before, after) >= END) return null;
  const off = votes.map((strip) => {
    const sum = tones[strip].reduce((total, tone) => total + tone);
    return rows[strip] - middles[strip] + tones[strip].reduce((total, tone, at) => total + tone * steps[at], 0) / sum;
  });
  const every = each.map((strip) => between(strip, votes, off));
  const near = (strip) => steps.map((step) => every[Math.min(Math.max(strip + step, 0), STRIPS - 1)]);
  const real = middles.map((middle, strip) => middle + median(near(strip)));
  const profile = Array.from({ length: 2 * AROUND + 1 }, (_, at) =>
    median(votes.map((strip) => {
      const row = Math.min(Math.max(round(real[strip]) + at - AROUND, 0), height - 1);
      return strips.pixels[row * STRIPS + strip];
    })),
  );
  const tone = Math.max(...profile.slice(AROUND - 1, AROUND + 2));
  const paper = Math.max(Math.min(...profile.slice(0, AROUND + 1)), Math.min(...profile.slice(AROUND)));
  if (tone - paper < STANDS_OUT * tone) return null;
  const light = profile.map((value) => value - paper <= Math.max(2, RIM * (tone - paper)));
  light[0] = light[2 * AROUND] = true;
  return {
    rows: Array.from({ length: width }, (_, x) => between(((x + 0.5) * STRIPS) / width - 0.5, each, real)),
    above: Math.max(light.slice(0, AROUND + 1).toReversed().indexOf(true), 1),
    below: Math.max(light.slice(AROUND).indexOf(true), 1),
    missing: (before + after) / STRIPS,
  };
}

/** The value at a place, on straight lines between values at rising places. */
function between(place, places, values) {
  if (place <= places[0]) return values[0];
  if (place >= places.at(-1)) return values.at(-1);
  let next = 1;
  while (places[next] <= place) next++;
  const slope = (values[next] - values[next - 1]) / (places[next] - places[next - 1]);
  return slope * (place - places[next - 1]) + values[next - 1];
}

/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
