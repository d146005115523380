// Which candidates of a row are its digits: the way through them that a model and the shapes explain best.

// Mean and standard deviation of the logarithm of width / height over MNIST's training digits.
const ASPECT_OF_ONES = [-0.91, 0.45];
const ASPECT = [-0.2, 0.25];
const HEIGHT_SD = 0.25; // of the logarithm of a digit's height in its row
const GAP_PRICE = 12; // for a gap as wide as the row is high
const CUT_PRICE = 0.8; // for each width of a stroke that a cut crosses
const DROP_PRICE = 2; // for each small piece that no digit owns
const STRANGE = Math.log(0.1); // a mark less plausible than that may be a sign between digits
const STRANGE_PRICE = 6; // for each such mark that no digit owns; one wider than the row is high costs as many times more
const MOST_DOUBT = 8; // a probability below exp(-8) says no more than that the model does not know the shape

export const digitOf = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

/**
 * The digits of a picture in reading order, as numbers of the candidates, of which 0 is the whole.
 * `probabilities` and `plausibility` are of the candidates in their order.
 */
export function readLayout({ whole, rows }, probabilities, plausibility) {
  let [first, total, digits] = [1, 0, []];
  for (const row of rows) {
    const end = first + row.candidates.length;
    const [price, way] = readRow(row, probabilities.slice(first, end), plausibility.slice(first, end));
    digits = digits.concat(way.map((number) => first + number));
    total += price;
    first = end;
  }
  return digits.length && total < costOf(whole, probabilities[0], plausibility[0]) ? digits : [0];
}

/** The cheapest way that uses each piece of a row once: [price, numbers of the candidates]. */
function readRow({ count, candidates }, probabilities, plausibility) {
  const best = Array.from({ length: count + 1 }, (_, end) => [end ? Infinity : 0, []]);
  candidates.forEach((candidate, number) => {
    const [before, way] = best[candidate.first];
    const ends = [[before + costOf(candidate, probabilities[number], plausibility[number]), [...way, number]]];
    if (!candidate.cut) {
      if (candidate.isSmall && candidate.end === candidate.first + 1) ends.push([before + DROP_PRICE, way]);
      else if (plausibility[number] < STRANGE) ends.push([before + STRANGE_PRICE * Math.max(1, widthInRow(candidate)), way]);
    }
    for (const end of ends) if (end[0] < best[candidate.end][0]) best[candidate.end] = end;
  });
  return best[count];
}

/** The width of a candidate, of its row's height. */
const widthInRow = ({ box, height }) => (height * box[2]) / box[3];

/** What it costs to take a candidate for a digit: a negative log-likelihood up to a constant. */
function costOf({ box, height, gap, cut }, probabilities, plausibility) {
  const digit = digitOf(probabilities);
  const doubt = Math.min(-Math.log(Math.max(probabilities[digit], 1e-9)), MOST_DOUBT);
  const [mean, deviation] = digit === 1 ? ASPECT_OF_ONES : ASPECT;
  let wide = (Math.log(box[2] / box[3]) - mean) / deviation;
  if (digit === 1) wide = Math.max(wide, 0); // a pen can draw it as thin as it likes
  const tall = Math.log(height) / HEIGHT_SD;
  return doubt - plausibility + (wide ** 2 + tall ** 2) / 2 + GAP_PRICE * gap + CUT_PRICE * cut;
}
