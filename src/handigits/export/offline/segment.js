// The ink of a picture as rows of candidates: every group of neighbouring pieces that may be one digit.

import { median } from "./ruling.js";
import { INK } from "./marks.js";
import { normalize } from "./normalize.js";
import { findPieces } from "./pieces.js";
import { boundsOf, cut, mapped, round } from "./raster.js";

const MAX_PIECES = 5; // of one digit
const WIDEST = 2; // of the row's height
const SMALL = 0.45; // of the row's height: shorter pieces do not make a row by themselves
const OVERLAP = 0.4; // of the shorter of two neighbours' heights

/**
 * Everything that may be read in a picture: {whole, rows}, each row {count, candidates}; null where there is no ink.
 * A candidate has its `image`, `box`, the numbers of its `first` piece and of the `end`, its `height`, widest `gap`
 * and `cut`, and `isSmall`.
 */
export function findLayout({ strength, scale, strokeWidth }) {
  const bounds = boundsOf(mapped(strength, (value) => value >= INK));
  if (!bounds) return null;
  const found = findPieces(strength, strokeWidth);
  const boxes = found ? found.pieces.map(({ box }) => box) : [];
  const inPicture = (box) => boxInPicture(box, scale);
  const whole = {
    first: 0,
    end: boxes.length,
    image: normalize(strength, strokeWidth),
    box: inPicture(bounds),
    height: 1,
    gap: found ? Math.max(widestGap(boxes, 0), widestGap(boxes, 1)) / (bounds[3] - bounds[1]) : 0,
    cut: 0,
    isSmall: false,
  };
  if (boxes.length < 2) return { whole, rows: [] };
  const rows = groups(found.pieces).map((group) => rowOf(group, { strength, strokeWidth, inPicture, ...found }));
  return { whole, rows };
}

export const candidatesOf = ({ whole, rows }) => [whole, ...rows.flatMap(({ candidates }) => candidates)];

/** The widest space between boxes, across (axis 0) or down (1); 0 if they all touch or overlap. */
function widestGap(boxes, axis) {
  let [reached, widest] = [Infinity, 0];
  for (const box of [...boxes].sort((a, b) => a[axis] - b[axis])) {
    widest = Math.max(widest, box[axis] - reached);
    reached = Math.max(reached === Infinity ? 0 : reached, box[axis] + box[axis + 2]);
  }
  return widest;
}

/** [left, top, right, bottom] of ink to [x, y, width, height] in pixels of the picture. */
function boxInPicture(edges, scale) {
  const [left, top, right, bottom] = edges.map((edge) => round(edge / scale));
  return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
}

/** [left, top, right, bottom] around boxes. */
function around(boxes) {
  return [
    Math.min(...boxes.map(([x]) => x)),
    Math.min(...boxes.map(([, y]) => y)),
    Math.max(...boxes.map(([x, , width]) => x + width)),
    Math.max(...boxes.map(([, y, , height]) => y + height)),
  ];
}

/** Numbers of the pieces of each row, from left to right; rows from top to bottom. */
function groups(pieces) {
  const marks = [...new Set(pieces.map(({ mark }) => mark))].sort((a, b) => a - b);
  const boxes = marks.map((mark) => around(pieces.filter((piece) => piece.mark === mark).map(({ box }) => box)));
  const rowOfMark = rowsOf(boxes);
  const rowOfPiece = pieces.map(({ mark }) => rowOfMark[marks.indexOf(mark)]);
  const rows = [...new Set(rowOfPiece)].sort((a, b) => a - b);
  const members = rows.map((row) => pieces.map((_, at) => at).filter((at) => rowOfPiece[at] === row));
  const middle = (group) => group.reduce((sum, at) => sum + pieces[at].box[1] + pieces[at].box[3] / 2, 0) / group.length;
  return members.sort((a, b) => middle(a) - middle(b));
}

/**
 * A number for each mark, the same for all of one row. A tall mark belongs to the row of its nearest neighbour on either
 * side that it shares enough height with; a small one belongs to the nearest mark.
 */
function rowsOf(boxes) {
  const height = boxes.map(([, top, , bottom]) => bottom - top);
  const middle = boxes.map(([left, , right]) => (left + right) / 2);
  const row = boxes.map((_, mark) => mark);
  const usual = [...height].sort((a, b) => a - b)[Math.ceil(0.75 * (boxes.length - 1))];
  const isTall = (mark) => height[mark] >= SMALL * usual;
  const tall = boxes.map((_, mark) => mark).filter(isTall);
  const shared = (a, b) => Math.min(boxes[a][3], boxes[b][3]) - Math.max(boxes[a][1], boxes[b][1]);
  for (const mark of tall) {
    const beside = tall.filter((other) => shared(mark, other) >= OVERLAP * Math.min(height[mark], height[other]));
    for (const side of [-1, 1]) {
      const others = beside.filter((other) => Math.sign(middle[other] - middle[mark]) === side);
      if (!others.length) continue;
      const joined = row[leastBy(others, (other) => Math.abs(middle[other] - middle[mark]))];
      row.forEach((each, at) => each === joined && (row[at] = row[mark]));
    }
  }
  const apart = (a, b, axis) => Math.max(boxes[b][axis] - boxes[a][axis + 2], boxes[a][axis] - boxes[b][axis + 2], 0);
  boxes.forEach((_, mark) => {
    if (!isTall(mark)) row[mark] = row[leastBy(tall, (other) => apart(mark, other, 0) ** 2 + apart(mark, other, 1) ** 2)];
  });
  return row;
}

const leastBy = (list, price) => list.reduce((best, each) => (price(each) < price(best) ? each : best));

function rowOf(group, found) {
  const boxes = group.map((at) => found.pieces[at].box);
  const heights = boxes.map((box) => box[3]);
  const height = median(heights.filter((each) => each >= SMALL * Math.max(...heights)));
  const candidates = [];
  for (let first = 0; first < group.length; first++) {
    for (let end = first + 1; end <= Math.min(first + MAX_PIECES, group.length); end++) {
      const [left, , right] = around(boxes.slice(first, end));
      if (end > first + 1 && right - left > WIDEST * height) break;
      candidates.push(candidate(group, first, end, height, found));
    }
  }
  return { count: group.length, candidates };
}

function candidate(group, first, end, rowHeight, { strength, strokeWidth, inPicture, labels, pieces }) {
  const members = new Set(group.slice(first, end).map((at) => at + 1));
  const boxes = group.slice(first, end).map((at) => pieces[at].box);
  const [left, top, right, bottom] = around(boxes);
  const part = [Math.max(left - 1, 0), Math.max(top - 1, 0)];
  part.push(Math.min(right + 1, strength.width), Math.min(bottom + 1, strength.height));
  const mine = cut(labels, ...part).pixels;
  const cutAfter = (number) => {
    const [before, after] = [pieces[group[number]], pieces[group[number + 1]]];
    return before && after && before.mark === after.mark ? before.cut / 2 : 0;
  };
  return {
    first,
    end,
    image: normalize(mapped(cut(strength, ...part), (value, at) => members.has(mine[at]) && value), strokeWidth),
    box: inPicture([left, top, right, bottom]),
    height: (bottom - top) / rowHeight,
    gap: widestGap(boxes, 0) / rowHeight,
    cut: cutAfter(first - 1) + cutAfter(end - 1),
    isSmall: bottom - top < SMALL * rowHeight,
  };
}
