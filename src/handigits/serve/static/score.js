// How well is your own handwriting read? Thirty digits are asked for, and the answers counted. Knows no HTTP.

import { button } from "./elements.js";

const byId = (id) => document.getElementById(id);
const EACH = 3; // times that each digit is asked for
const Z = 1.959964; // of a 95 % interval
const [COLUMNS, TILE, HEAD] = [6, 120, 96]; // of the picture to keep, in pixels

/** Offer the test beside the page's answer. `page.picture` is what is on the pad, `answer(picture)` reads it. */
export function offerScore(page, answer) {
  const begin = button("Score my handwriting", () => new Score(page, answer, begin).ask());
  begin.id = "score-begin";
  document.querySelector("header").append(begin);
}

/** Wilson's 95 % interval of a share, as [low, high]. */
export function wilson(right, count) {
  const [share, square] = [right / count, (Z * Z) / count];
  const middle = (share + square / 2) / (1 + square);
  const reach = (Z * Math.sqrt((share * (1 - share)) / count + square / (4 * count))) / (1 + square);
  return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
}

class Score {
  #page;
  #answer;
  #begin;
  #digits = shuffled([...Array(10 * EACH).keys()].map((each) => each % 10));
  #written = []; // {asked, read, picture} each
  #panel = document.createElement("section");
  #ending = new AbortController();
  #hint = byId("hint").textContent;
  #next = button("Next", () => this.#take());
  #enable = () => (this.#next.disabled = !byId("paper").classList.contains("drawn"));
  #hurry = ({ key, target }) => key === "Enter" && target === byId("pad") && !this.#next.disabled && this.#take();

  constructor(page, answer, begin) {
    [this.#page, this.#answer, this.#begin] = [page, answer, begin];
    this.#panel.id = "score";
    this.#panel.setAttribute("aria-label", "Score of your handwriting");
    byId("answer").hidden = begin.disabled = true; // whoever sees the answer writes for the model
    byId("answer").before(this.#panel);
    byId("paper").classList.add("scoring");
    this.#next.className = "primary";
    this.#next.append(text("kbd", "Enter"));
    const { signal } = this.#ending;
    document.addEventListener("handigits:answer", this.#enable, { signal });
    document.addEventListener("keydown", this.#hurry, { signal });
  }

  ask() {
    byId("clear").click();
    this.#next.disabled = true;
    const [count, all] = [this.#written.length, this.#digits.length];
    const digit = this.#digits[count];
    const prompt = Object.assign(text("p", digit === 8 ? "Write an " : "Write a "), { className: "asked" });
    prompt.setAttribute("role", "status");
    prompt.append(text("strong", digit));
    byId("hint").textContent = prompt.textContent;
    const progress = Object.assign(document.createElement("progress"), { value: count, max: all });
    progress.setAttribute("aria-label", "Digits written");
    const told = text("p", `${count + 1} of ${all}. Write as you always do.`);
    told.className = "faint";
    this.#panel.replaceChildren(prompt, progress, told, row(this.#next, button("Stop", () => this.#end())));
    byId("pad").focus({ preventScroll: true });
  }

  async #take() {
    this.#next.disabled = true;
    const { picture } = this.#page;
    const { signal } = this.#ending;
    try {
      const { digits, boxes } = await this.#answer(picture, signal);
      if (signal.aborted) return;
      this.#written.push({ asked: String(this.#digits[this.#written.length]), read: digits, boxes, picture });
    } catch (error) {
      if (signal.aborted) return;
      this.#next.disabled = false;
      this.#panel.append(text("p", error.message));
      return;
    }
    if (this.#written.length < this.#digits.length) this.ask();
    else this.#show();
  }

  #show() {
    byId("clear").click();
    byId("hint").textContent = this.#hint;
    const { length } = this.#written;
    const right = this.#written.filter(({ asked, read }) => asked === read).length;
    const [low, high] = wilson(right, length).map((share) => Math.round(share * 100));
    const result = text("p", `${right} of ${length}`);
    result.className = "result";
    const interval = text("p", `were read rightly. With 95 % confidence, ${low} to ${high} % of your digits are.`);
    interval.setAttribute("role", "status");
    const picture = this.#draw(`${right} of ${length} digits read rightly (${low} to ${high} %)`);
    const keep = text("a", "Keep the picture");
    Object.assign(keep, { className: "button primary", href: picture.toDataURL("image/png"), download: "my-digits.png" });
    const shown = Object.assign(new Image(), { src: keep.href, alt: "Your digits; those misread are framed" });
    const done = button("Done", () => this.#end());
    this.#panel.replaceChildren(result, interval, this.#confusions(), shown, row(keep, done));
    done.focus({ preventScroll: true });
  }

  #confusions() {
    const counts = new Map();
    for (const { asked, read } of this.#written) {
      const mistake = read ? `${asked} as ${read}` : `${asked} not read`;
      if (asked !== read) counts.set(mistake, (counts.get(mistake) ?? 0) + 1);
    }
    const sorted = [...counts].sort(([, one], [, other]) => other - one);
    const told = sorted.map(([mistake, count]) => (count > 1 ? `${mistake} (${count} times)` : mistake)).join(", ");
    return text("p", told ? `Confused: ${told}.` : "No digit was confused with another.");
  }

  #draw(title) {
    const rows = Math.ceil(this.#written.length / COLUMNS);
    const canvas = Object.assign(document.createElement("canvas"), { width: COLUMNS * TILE, height: HEAD + rows * TILE });
    const context = canvas.getContext("2d");
    const write = (words, font, color, x, y) => {
      Object.assign(context, { font: `${font} system-ui, sans-serif`, fillStyle: color });
      context.fillText(words, x, y);
    };
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    write(title, "600 26px", "#16181d", 16, 44);
    write("handigits", "16px", "#646873", 16, 74);
    this.#written.forEach(({ asked, read, boxes, picture }, index) => {
      const [x, y] = [(index % COLUMNS) * TILE, HEAD + Math.floor(index / COLUMNS) * TILE];
      const isRight = asked === read;
      context.drawImage(picture, ...squareAround(boxes, picture), x + 12, y + 8, TILE - 24, TILE - 24);
      Object.assign(context, { strokeStyle: isRight ? "#dcdee4" : "#a84600", lineWidth: isRight ? 1 : 3 });
      context.beginPath();
      context.roundRect(x + 5, y + 5, TILE - 10, TILE - 10, 10);
      context.stroke();
      if (!isRight) write(read ? `${asked} as ${read}` : `${asked} not read`, "600 14px", "#a84600", x + 13, y + TILE - 13);
    });
    return canvas;
  }

  #end() {
    this.#ending.abort();
    byId("paper").classList.remove("scoring");
    byId("hint").textContent = this.#hint;
    this.#panel.remove();
    byId("answer").hidden = this.#begin.disabled = false;
    byId("clear").click();
    this.#begin.focus();
  }
}

/** Where to look at what was written, as x, y, width and height: the digits with some paper around them. */
function squareAround(boxes, { width, height }) {
  if (!boxes.length) return [(width - height) / 2, 0, height, height];
  const [left, top] = [0, 1].map((axis) => Math.min(...boxes.map((box) => box[axis])));
  const [right, bottom] = [0, 1].map((axis) => Math.max(...boxes.map((box) => box[axis] + box[axis + 2])));
  const side = 1.3 * Math.max(right - left, bottom - top);
  return [(left + right - side) / 2, (top + bottom - side) / 2, side, side];
}

function shuffled(values) {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [values[last], values[other]] = [values[other], values[last]];
  }
  return values;
}

function text(kind, words) {
  return Object.assign(document.createElement(kind), { textContent: words });
}

function row(...children) {
  const element = Object.assign(document.createElement("div"), { className: "tools" });
  element.append(...children);
  return element;
}
