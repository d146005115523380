// The page: what happens on the pad is asked about, and the answer is shown. Who answers is given, so that the same page
// works with a service and without one.

import { offerCamera } from "./camera.js";
import { Pad } from "./pad.js";
import { View } from "./view.js";

const byId = (id) => document.getElementById(id);
const PAUSE = 120; // milliseconds between questions while a stroke grows

/**
 * Make the page live.
 * `answer(picture, signal)`: a promise of an answer; `picture` is a canvas, or the File that somebody chose.
 * Others hear of it on the document: "handigits:answer", with the answer, and "handigits:empty".
 */
export function start(answer) {
  const pad = new Pad(byId("pad"));
  const view = new View();
  const page = new Page(pad, view, answer);
  pad.addEventListener("stroke", () => page.drawn({ isFinal: false }));
  pad.addEventListener("change", () => page.drawn({ isFinal: true }));
  byId("undo").addEventListener("click", () => pad.undo());
  byId("clear").addEventListener("click", () => pad.clear());
  byId("file").addEventListener("change", (event) => page.open(event.target.files[0]));
  byId("file").addEventListener("click", (event) => (event.target.value = "")); // the same file may be chosen twice
  document.addEventListener("paste", (event) => page.open(pictureIn(event.clipboardData)));
  takeDrops(byId("paper"), (file) => page.open(file));
  offerCamera((file) => page.open(file), (words) => page.tellProblem(words));
  view.empty();
  return page;
}

class Page {
  #pad;
  #view;
  #answer;
  #file = null; // what was chosen, as long as nothing was drawn on it
  #image = null; // that file as the browser shows it, or null where it cannot
  #asking = null; // the question that is open
  #timer = 0;
  #askedAt = 0;

  constructor(pad, view, answer) {
    this.#pad = pad;
    this.#view = view;
    this.#answer = answer;
  }

  get picture() {
    return this.#file && !this.#pad.hasStrokes ? this.#file : this.#pad.picture();
  }

  /** Read a picture file. It is sent as it is: the service knows more formats than browsers do. */
  async open(file) {
    if (!file) return;
    this.#image = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
    this.#file = file;
    this.#pad.show(this.#image ?? (await createImageBitmap(new ImageData(1, 1))));
  }

  /** Tell what went wrong, until the next answer. */
  tellProblem(words) {
    this.#view.problem(words);
  }

  drawn({ isFinal }) {
    const { isEmpty } = this.#pad;
    byId("paper").classList.toggle("drawn", !isEmpty);
    byId("undo").disabled = byId("clear").disabled = isEmpty;
    clearTimeout(this.#timer);
    if (isEmpty) {
      this.#asking?.abort();
      this.#file = null;
      this.#view.empty();
      document.dispatchEvent(new Event("handigits:empty"));
    } else if (isFinal) this.#ask(true);
    else {
      const wait = Math.max(0, this.#askedAt + PAUSE - performance.now());
      this.#timer = setTimeout(() => this.#asking || this.#ask(false), wait);
    }
  }

  async #ask(isFinal) {
    this.#asking?.abort();
    const question = (this.#asking = new AbortController());
    const { picture } = this;
    const place = this.#placeOf(picture);
    this.#askedAt = performance.now();
    try {
      const answer = await this.#answer(picture, question.signal);
      if (question.signal.aborted) return;
      this.#view.show(answer, { place, isFinal, milliseconds: performance.now() - this.#askedAt });
      document.dispatchEvent(new CustomEvent("handigits:answer", { detail: answer }));
    } catch (error) {
      if (!question.signal.aborted) this.#view.problem(error.message);
    } finally {
      if (this.#asking === question) this.#asking = null;
    }
  }

  /** Where the pixels of what is sent lie on the pad, in shares of its sides. */
  #placeOf(picture) {
    if (picture !== this.#file) return { left: 0, top: 0, scaleX: 1 / picture.width, scaleY: 1 / picture.height };
    if (!this.#image) return null;
    const { width, height } = byId("pad").getBoundingClientRect();
    const scale = Math.min(width / this.#image.width, height / this.#image.height);
    const [scaleX, scaleY] = [scale / width, scale / height];
    return { left: (1 - this.#image.width * scaleX) / 2, top: (1 - this.#image.height * scaleY) / 2, scaleX, scaleY };
  }
}

function pictureIn(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

function takeDrops(target, open) {
  const mark = (event, isOver) => {
    event.preventDefault();
    target.classList.toggle("target", isOver);
  };
  target.addEventListener("dragover", (event) => mark(event, true));
  target.addEventListener("dragleave", (event) => mark(event, false));
  target.addEventListener("drop", (event) => {
    mark(event, false);
    open(pictureIn(event.dataTransfer));
  });
}
