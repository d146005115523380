// A band or a block that may have been a 1 before it was stretched to a square: as slim as a 1 again.

import { findMarks } from "./marks.js";
import { cut, enlarge } from "./raster.js";

const SQUARE = 0.9; // of the longer side of a mark: the shorter one, at least
const BROAD = 0.25; // of the same: a stroke as broad as that is no pen's
const SLIM = 4; // heights of a 1 in widths

/** The strength of the one broad mark, as wide as high, four times as high as wide; null if there is no such mark. */
export function squeeze({ strength, strokeWidth }) {
  const { boxes } = findMarks(strength);
  if (boxes.length !== 2) return null;
  const [x, y, width, height] = boxes[1];
  const longer = Math.max(width, height);
  if (Math.min(width, height) < SQUARE * longer || strokeWidth < BROAD * longer) return null;
  return enlarge(cut(strength, x, y, x + width, y + height), width, SLIM * width);
}
