// Which candidates of a row are its digits: the way through them that a model and the shapes explain best.

// Mean and standard deviation of the logarithm of width / height over MNIST's training digits.
const ASPECT_OF_ONES = [-0.91, 0.45];
const ASPECT = [-0.2, 0.25];
const HEIGHT_SD = 0.25; // of the logarithm of a digit's height in its row
const [WIDE_PRICE, NARROW_PRICE, HEIGHT_PRICE] = [0.2, 0.03, 0.2]; // for the squares of how many deviations it is off
const STRANGENESS_PRICE = 0.5; // for each unit by which it is less plausible
const GAP_PRICE = 12; // for a gap as wide as the row is high
const CUT_PRICE = 0.75; // for each width of a stroke that a cut crosses
const REWARD = 1; // for each digit: more of them have more that may be doubted
const DROP_PRICE = 1; // for each small mark that no digit owns
const STRANGE = Math.log(0.1); // a mark less plausible than that may be a sign between digits
const SIGN_PRICE = 2; // for each such mark that no digit owns; one wider than the row is high costs as many times more
const PLAIN = -0.6; // a single mark that costs less is one digit
const MOST_DOUBT = 8; // a probability below exp(-8) says no more than that the model does not know the shape

export const digitOf = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

/** Whether a picture, all of its ink asked about, or a mark is so plainly one digit that no other way need be looked for. */
export const isPlain = (whole) => whole.parts === 1 && costOf(whole) < PLAIN;

/** The digits of a picture in reading order, or all of its ink as one; each candidate has its `probabilities` and `plausibility`. */
export function readRows(whole, rows) {
  const ways = rows.map(readRow);
  const digits = ways.flatMap(([, way]) => way);
  const total = ways.reduce((sum, [price]) => sum + price, 0);
  return digits.length && total < costOf(whole) ? digits : [whole];
}

/** The cheapest way through a row: [price, candidates that are digits, from left to right]. */
function readRow({ end: last, candidates }) {
  const best = Array.from({ length: last + 1 }, (_, end) => [end ? Infinity : 0, []]);
  const plain = candidates.filter((mark) => !mark.cut && isPlain(mark));
  const isClosed = (boundary) => plain.some(({ first, end }) => first < boundary && boundary < end);
  for (const candidate of candidates) {
    if (isClosed(candidate.first) || isClosed(candidate.end)) continue; // no way begins or ends in a plain digit
    const [before, way] = best[candidate.first];
    const ends = [[before + costOf(candidate), [...way, candidate]]];
    if (!candidate.cut) {
      if (candidate.isSmall && candidate.parts === 1) ends.push([before + DROP_PRICE, way]);
      else if (candidate.plausibility < STRANGE) ends.push([before + SIGN_PRICE * Math.max(1, widthInRow(candidate)), way]);
    }
    for (const end of ends) if (end[0] < best[candidate.end][0]) best[candidate.end] = end;
  }
  return best[last];
}

/** The width of a candidate, of its row's height. */
const widthInRow = ({ box, height }) => (height * box[2]) / box[3];

/** What it costs to take a candidate for a digit: a negative log-likelihood up to a constant. */
function costOf({ box, height, gap, cut, probabilities, plausibility }) {
  const digit = digitOf(probabilities);
  const doubt = Math.min(-Math.log(Math.max(probabilities[digit], 1e-9)), MOST_DOUBT);
  const [mean, deviation] = digit === 1 ? ASPECT_OF_ONES : ASPECT;
  const wide = (Math.log(box[2] / box[3]) - mean) / deviation;
  const narrowPrice = digit === 1 ? 0 : NARROW_PRICE; // a pen can draw a one as thin as it likes
  const tall = Math.log(height) / HEIGHT_SD;
  const shape = (wide > 0 ? WIDE_PRICE : narrowPrice) * wide ** 2 + HEIGHT_PRICE * tall ** 2;
  return doubt - STRANGENESS_PRICE * plausibility + shape + GAP_PRICE * gap + CUT_PRICE * cut - REWARD;
}
