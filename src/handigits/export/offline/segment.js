// The ink of a picture as rows of candidates: whatever lies between two of its boundaries may be one digit.

import { cutsOf, findBoundaries, maskOf, partsBetween } from "./boundaries.js";
import { INK, findMarks } from "./marks.js";
import { normalize } from "./normalize.js";
import { boundsOf, cut, mapped, raster, round } from "./raster.js";
import { median } from "./ruling.js";
import { dilate, rectangle } from "./shapes.js";

const MAX_MARKS = 60; // more are a texture or a page of text
const MAX_PARTS = 5; // of one digit
const TEXTURE = 0.9; // of either side of a picture: more marks than a digit has on a strip that fills it are the paper's
const CROWD = 30; // marks on a strip that fills but one side: so many are
const STRIP = 2.5; // times as long as it is wide
const MAX_CANDIDATES = 720; // of a picture: twice what rows of eight digits have at most
const MAX_PIXELS = 5_000_000; // of all candidates' boxes together: twice what rows of eight digits have at most
const [WIDEST, WIDEST_CUT] = [2, 1.5]; // of the row's height: a digit of whole marks, and one that was cut out
const SMALL = 0.45; // of the row's height: shorter marks do not make a row by themselves
const FAR = 1; // of a digit's height: a small mark that is farther away from it is no part of its row
const OVERLAP = 0.4; // of the shorter of two neighbours' heights

/**
 * Everything that may be read in a picture: {whole, findRows}; null where there is no ink. Rows are most of the work and
 * seldom needed; each is {end, candidates}, the number of its last boundary.
 * A candidate has its `image`, `box`, the numbers of the boundaries at which it is `first` and at its `end`, its `height`,
 * widest `gap` and `cut`, how many `parts` of marks it has, and `isSmall`; the whole, whether it `isTexture`: too many marks
 * for a digit, on a strip that fills the picture.
 */
export function findLayout({ strength, scale, strokeWidth }) {
  if (!boundsOf(mapped(strength, (value) => value >= INK))) return null;
  const marks = fromLeftToRight(findMarks(strength));
  const boxes = marks.boxes.slice(1);
  const [left, top, right, bottom] = around(boxes);
  const isText = boxes.length > MAX_MARKS;
  const filled = (right - left >= TEXTURE * strength.width) + (bottom - top >= TEXTURE * strength.height);
  const [longer, shorter] = [Math.max(right - left, bottom - top), Math.min(right - left, bottom - top)];
  const isStrip = longer >= STRIP * shorter;
  const whole = {
    first: 0,
    end: 0,
    image: normalize(strength, strokeWidth),
    box: boxInPicture([left, top, right, bottom], scale),
    height: 1,
    gap: isText ? 0 : Math.max(widestGap(boxes, 0), widestGap(boxes, 1)) / (bottom - top),
    cut: 0,
    parts: boxes.length,
    isSmall: false,
    isTexture: isStrip && filled > 0 && boxes.length > (filled === 2 ? MAX_PARTS : CROWD),
  };
  return { whole, findRows: () => (isText ? [] : rowsOf({ strength, scale, strokeWidth }, marks)) };
}

function rowsOf({ strength, scale, strokeWidth }, marks) {
  const labels = raster(strength.width, strength.height, marks.labels);
  const rims = dilate(labels, rectangle(3)).pixels;
  const rimmed = { ...labels, pixels: marks.labels.map((label, at) => label || rims[at]) };
  const page = { strength, scale, strokeWidth, marks, rimmed, cuts: cutsOf(marks, rimmed.width, strokeWidth), boxes: new Map() };
  const grouped = groups(marks.boxes.slice(1));
  const found = grouped.map((group) => proposalsOf(page, group));
  const limit = affordable(found.flatMap(({ proposals }) => proposals));
  const rows = found.map(({ end, proposals }) => ({
    end,
    candidates: proposals.filter(({ dearest }) => dearest < limit).map((each) => candidate(page, each)),
  }));
  const isAll = grouped.flat().length === marks.boxes.length - 1;
  return rows.reduce((sum, row) => sum + row.end, 0) > 1 || !isAll ? rows : [];
}

/** Number marks by the middle of their boxes. */
function fromLeftToRight({ labels, boxes, areas }) {
  const middle = (mark) => 2 * boxes[mark][0] + boxes[mark][2];
  const order = [0, ...boxes.map((_, mark) => mark).slice(1).sort((a, b) => middle(a) - middle(b))];
  const ranks = new Int32Array(order.length);
  order.forEach((mark, rank) => (ranks[mark] = rank));
  return {
    labels: labels.map((label) => ranks[label]),
    boxes: order.map((mark) => boxes[mark]),
    areas: order.map((mark) => areas[mark]),
  };
}

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

/** Numbers of the marks of each row; rows from top to bottom. Some marks may be in none. */
function groups(boxes) {
  const rowOfMark = rowOfEach(boxes.map(([x, y, width, height]) => [x, y, x + width, y + height]));
  const rows = [...new Set(rowOfMark)].filter((row) => row >= 0).sort((a, b) => a - b);
  const members = rows.map((row) => boxes.map((_, at) => at).filter((at) => rowOfMark[at] === row));
  const middle = (group) => group.reduce((sum, at) => sum + boxes[at][1] + boxes[at][3] / 2, 0) / group.length;
  return members.sort((a, b) => middle(a) - middle(b)).map((group) => group.map((at) => at + 1));
}

/**
 * The number of each mark's row, or -1. A tall mark belongs to the row of its nearest neighbour on either side that it
 * shares enough height with; a small one to the nearest of these; what is farther from it than it is high to none.
 */
function rowOfEach(boxes) {
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
    if (isTall(mark)) return;
    const away = (other) => Math.hypot(apart(mark, other, 0), apart(mark, other, 1));
    const nearest = leastBy(tall, away);
    row[mark] = away(nearest) <= FAR * height[nearest] ? row[nearest] : -1;
  });
  return row;
}

const leastBy = (list, price) => list.reduce((best, each) => (price(each) < price(best) ? each : best));

/** The number of a row's last boundary, `end`, and what lies between two of them and may be a digit by its size. */
function proposalsOf(page, group) {
  const { marks, rimmed, strokeWidth, cuts } = page;
  const boundaries = findBoundaries(marks, rimmed.width, group, cuts);
  const rowHeight = typicalHeight(marks, rimmed.width, group);
  const proposals = [];
  boundaries.forEach((begin, first) => {
    for (let end = first + 1; end < boundaries.length; end++) {
      const last = boundaries[end];
      if (last.left.size - begin.left.size > MAX_PARTS) continue;
      const parts = partsBetween(begin, last, strokeWidth);
      if (!parts.length || parts.length > MAX_PARTS) continue;
      const boxes = parts.map((part) => knownBoxOf(part, page));
      const edges = around(boxes);
      const isSmall = edges[3] - edges[1] < SMALL * rowHeight;
      const [ink, dearest] = [(begin.ink + last.ink) / 2, Math.max(begin.ink, last.ink)];
      const proposal = { first, end, parts, boxes, edges, rowHeight, ink, dearest, isSmall };
      if (mayBeDigit(proposal)) proposals.push(proposal);
    }
  });
  return { end: boundaries.length - 1, proposals };
}

/** The box of a part, which many candidates may share. */
function knownBoxOf(part, { marks, rimmed, boxes }) {
  const key = part.begin ?? marks.boxes[part.mark]; // one object for each place where a part may begin
  if (!boxes.has(key)) boxes.set(key, new Map());
  const known = boxes.get(key);
  if (!known.has(part.end)) known.set(part.end, boxOf(part, marks, rimmed.width));
  return known.get(part.end);
}

/** Not where no digit would be as wide, or a part of a mark as small. */
function mayBeDigit({ parts, edges: [left, , right], rowHeight, ink, isSmall }) {
  if (ink && (isSmall || right - left > WIDEST_CUT * rowHeight)) return false;
  return parts.length === 1 || right - left <= WIDEST * rowHeight;
}

/** The price of the cheapest cut that is too dear if no picture is to take more time than another. */
function affordable(proposals) {
  let [count, pixels] = [0, 0];
  for (const { edges: [left, top, right, bottom], dearest } of [...proposals].sort((a, b) => a.dearest - b.dearest)) {
    [count, pixels] = [count + 1, pixels + (right - left) * (bottom - top)];
    if (dearest && (count > MAX_CANDIDATES || pixels > MAX_PIXELS)) return dearest;
  }
  return Infinity;
}

/** The height of a row's digits: the median over its marks, of wide ones over each stretch as wide as high. */
function typicalHeight(marks, pictureWidth, group) {
  const heights = group.flatMap((mark) => {
    const mask = maskOf(marks, pictureWidth, mark);
    const count = Math.max(1, round(mask.width / mask.height));
    const [each, more] = [Math.floor(mask.width / count), mask.width % count]; // the first ones are wider by one
    const startOf = (at) => at * each + Math.min(at, more);
    return Array.from({ length: count }, (_, at) => {
      const [, top, , bottom] = boundsOf(cut(mask, startOf(at), 0, startOf(at + 1), mask.height));
      return bottom - top;
    });
  });
  return median(heights.filter((each) => each >= SMALL * Math.max(...heights)));
}

function candidate({ strength, scale, strokeWidth, marks, rimmed }, { first, end, parts, boxes, edges, rowHeight, ink, isSmall }) {
  const [left, top, right, bottom] = edges;
  const [x, y] = [Math.max(left - 1, 0), Math.max(top - 1, 0)];
  const area = [x, y, Math.min(right + 1, strength.width), Math.min(bottom + 1, strength.height)];
  const [labels, inks] = [cut(rimmed, ...area), cut(strength, ...area)];
  const partOf = new Map(parts.map((part) => [part.mark, part]));
  const mine = (value, at) => {
    const part = partOf.get(labels.pixels[at]);
    return part && isWithin(part, marks.boxes[part.mark], x + (at % inks.width), y + Math.floor(at / inks.width)) && value;
  };
  return {
    first,
    end,
    image: normalize(mapped(inks, mine), strokeWidth),
    box: boxInPicture([left, top, right, bottom], scale),
    height: (bottom - top) / rowHeight,
    gap: widestGap(boxes, 0) / rowHeight,
    cut: ink,
    parts: parts.length,
    isSmall,
  };
}

/** Whether a pixel of a mark, or of its rim, lies within a part of it. */
function isWithin({ begin, end }, [left, top, , height], x, y) {
  const row = Math.min(Math.max(y - top, 0), height - 1);
  return (!begin || x - left >= begin.ends[row]) && (!end || x - left < end.ends[row]);
}

/** [x, y, width, height] of a part of a mark. */
function boxOf(part, marks, pictureWidth) {
  const box = marks.boxes[part.mark];
  if (!part.begin && !part.end) return box;
  const [x, y, width, height] = box;
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (let row = y; row < y + height; row++) {
    const from = x + (part.begin ? part.begin.ends[row - y] : 0);
    const to = x + (part.end ? part.end.ends[row - y] : width);
    for (let column = from; column < to; column++) {
      if (marks.labels[row * pictureWidth + column] !== part.mark) continue;
      [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
      [top, bottom] = [Math.min(top, row), row + 1];
    }
  }
  if (!right) return [x + (part.begin ? Math.min(...part.begin.ends) : 0), y, 0, 0];
  return [left, top, right - left, bottom - top];
}
