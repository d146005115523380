// Where a digit of a row may end: between two marks, or at a cut through one. And what lies between two such places.

import { effortOf, findCuts } from "./cuts.js";
import { raster } from "./raster.js";

const MAX_CUTS = 120; // of a picture: rows of eight digits that touch have 50 at most
const MAX_EFFORT = 60 * 64 * 64; // pixels that are looked at for cuts: a page with as many digits as are read at all
const CROSSING = 0.5; // squares of a stroke's width: cuts with more ink than that on the wrong sides are not in order

/** A mark cut out of the picture, {width, height, pixels} of 255 and 0. */
export function maskOf(marks, pictureWidth, mark) {
  const [x, y, width, height] = marks.boxes[mark];
  const mask = raster(width, height);
  for (let at = 0; at < mask.pixels.length; at++) {
    const place = (y + Math.floor(at / width)) * pictureWidth + x + (at % width);
    mask.pixels[at] = marks.labels[place] === mark ? 255 : 0;
  }
  return mask;
}

/** The cuts through each mark that has some, a map, of all of them the cheapest; large marks are left whole where there are many. */
export function cutsOf(marks, pictureWidth, strokeWidth) {
  const efforts = marks.boxes.map(([, , width, height], mark) => ({ mark, effort: mark && effortOf(width, height) }));
  let left = MAX_EFFORT;
  const found = [];
  for (const { mark, effort } of efforts.slice(1).sort((a, b) => a.effort - b.effort)) {
    left -= effort;
    if (!effort || left < 0) continue;
    for (const cut of findCuts(maskOf(marks, pictureWidth, mark), strokeWidth)) found.push({ mark, cut });
  }
  const cuts = new Map();
  for (const { mark, cut } of found.sort((a, b) => a.cut.ink - b.cut.ink).slice(0, MAX_CUTS)) {
    cuts.set(mark, [...(cuts.get(mark) ?? []), cut]);
  }
  return cuts;
}

/**
 * The boundaries of a row, each before those that it may be the beginning for. Each holds the set `left` of the marks
 * that lie left of it as a whole, the `mark` that it cuts, 0 for none, the `cut`, its `ink`, and for each row of the mark
 * how many pixels lie left of the cut, `inked`.
 */
export function findBoundaries(marks, pictureWidth, row, cuts) {
  const middle = (mark) => marks.boxes[mark][0] + marks.boxes[mark][2] / 2;
  const areaOf = (list) => list.reduce((sum, mark) => sum + marks.areas[mark], 0);
  const found = [{ left: new Set(), mark: 0, ink: 0, area: 0 }];
  row.forEach((mark, at) => {
    const before = row.slice(0, at + 1);
    found.push({ left: new Set(before), mark: 0, ink: 0, area: areaOf(before) });
    const mask = maskOf(marks, pictureWidth, mark);
    for (const cut of cuts.get(mark) ?? []) {
      const inked = Array.from(cut.ends, (end, y) => {
        const line = mask.pixels.subarray(y * mask.width, y * mask.width + end);
        return line.reduce((count, pixel) => count + (pixel ? 1 : 0), 0);
      });
      const place = marks.boxes[mark][0] + cut.ends.reduce((sum, end) => sum + end, 0) / mask.height;
      const left = row.filter((each) => each !== mark && middle(each) < place);
      const area = areaOf(left) + inked.reduce((sum, count) => sum + count, 0);
      found.push({ left: new Set(left), mark, cut, ink: cut.ink, inked, area });
    }
  });
  return found.sort((a, b) => a.area - b.area);
}

/** What lies between two boundaries: parts {mark, begin, end} between two cuts; nothing where they are not in order. */
export function partsBetween(begin, end, strokeWidth) {
  if ([...begin.left].some((mark) => !end.left.has(mark))) return [];
  const marks = [...end.left].filter((mark) => !begin.left.has(mark)).sort((a, b) => a - b);
  if (!begin.mark || marks.includes(begin.mark)) {
    const parts = marks.map((mark) => ({ mark, begin: mark === begin.mark ? begin.cut : undefined }));
    return end.mark ? [...parts, { mark: end.mark, end: end.cut }] : parts;
  }
  if (begin.mark !== end.mark) return [];
  const wrong = begin.inked.reduce((sum, count, y) => sum + Math.max(count - end.inked[y], 0), 0);
  if (wrong > CROSSING * strokeWidth ** 2) return [];
  return [...marks.map((mark) => ({ mark })), { mark: begin.mark, begin: begin.cut, end: end.cut }];
}
