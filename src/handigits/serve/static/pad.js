// Drawing: a canvas, strokes, and a pen that mouse, finger, stylus and keyboard can hold.
// Knows nothing of digits. Says "stroke" while one grows and "change" when one is done, or taken back.

const PEN = 0.055; // width of the pen, in heights of the pad
const STEP = 0.03; // of the keyboard's pen, in heights
const PICTURE_HEIGHT = 240; // pixels of what is handed out; enough for a line of digits

export class Pad extends EventTarget {
  #canvas;
  #strokes = []; // each a list of [x, y], in heights of the pad
  #pointer = null; // the pointer that draws
  #image = null; // a picture that lies below the strokes
  #cursor = null; // the keyboard's pen: {x, y, down}

  constructor(canvas) {
    super();
    this.#canvas = canvas;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => this.#end(event));
    }
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#layPenDown());
    new ResizeObserver(() => this.#draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  get isEmpty() {
    return !this.#strokes.length && !this.#image;
  }

  get hasStrokes() {
    return this.#strokes.length > 0;
  }

  undo() {
    if (!this.#strokes.pop()) this.#image = null;
    this.#changed();
  }

  clear() {
    this.#strokes = [];
    this.#image = null;
    this.#changed();
  }

  /** Lay a picture (an ImageBitmap) on the pad in place of what is there. */
  show(image) {
    this.#strokes = [];
    this.#image = image;
    this.#changed();
  }

  /** What is on the pad: a canvas with black ink on white paper, whatever colours the page has. */
  picture() {
    const canvas = document.createElement("canvas");
    canvas.height = PICTURE_HEIGHT;
    canvas.width = Math.round(PICTURE_HEIGHT * this.#aspect);
    this.#paint(canvas, "#000", "#fff");
    return canvas;
  }

  get #aspect() {
    return this.#canvas.clientWidth / this.#canvas.clientHeight || 4 / 3;
  }

  #begin(event) {
    const isOther = this.#pointer !== null || event.button !== 0;
    if (isOther) return;
    event.preventDefault();
    this.#canvas.focus({ preventScroll: true, focusVisible: false });
    this.#canvas.setPointerCapture(event.pointerId);
    this.#layPenDown();
    this.#cursor = null;
    this.#pointer = event.pointerId;
    this.#strokes.push([this.#place(event)]);
    this.#grown();
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) this.#strokes.at(-1).push(this.#place(each));
    this.#grown();
  }

  #end(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#changed();
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.height, (event.clientY - box.top) / box.height];
  }

  #key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in moves) this.#moveCursor(...moves[event.key]);
    else if (event.key === " ") this.#dipCursor();
    else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) this.undo();
    else return;
    event.preventDefault();
  }

  #moveCursor(right, down) {
    const cursor = (this.#cursor ??= { x: this.#aspect / 2, y: 0.25, down: false });
    cursor.x = Math.min(Math.max(cursor.x + right * STEP, 0), this.#aspect);
    cursor.y = Math.min(Math.max(cursor.y + down * STEP, 0), 1);
    if (cursor.down) {
      this.#strokes.at(-1).push([cursor.x, cursor.y]);
      this.#grown();
    } else this.#draw();
  }

  #dipCursor() {
    this.#cursor ??= { x: this.#aspect / 2, y: 0.25, down: false };
    if (this.#cursor.down) return this.#layPenDown();
    this.#cursor.down = true;
    this.#strokes.push([[this.#cursor.x, this.#cursor.y]]);
    this.#grown();
  }

  #layPenDown() {
    if (!this.#cursor?.down) return;
    this.#cursor.down = false;
    this.#changed();
  }

  #grown() {
    this.#draw();
    this.dispatchEvent(new Event("stroke"));
  }

  #changed() {
    if (this.#cursor) this.#cursor.down = false;
    this.#pointer = null;
    this.#draw();
    this.dispatchEvent(new Event("change"));
  }

  #draw() {
    const canvas = this.#canvas;
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * scale);
    canvas.height = Math.round(canvas.clientHeight * scale);
    this.#paint(canvas, getComputedStyle(canvas).color, null);
    if (this.#cursor) this.#paintCursor(canvas);
  }

  #paint(canvas, ink, paper) {
    const context = canvas.getContext("2d");
    if (paper) {
      context.fillStyle = paper;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }
    if (this.#image) this.#paintImage(context, canvas);
    context.strokeStyle = ink;
    context.lineWidth = PEN * canvas.height;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.#strokes) {
      context.beginPath();
      trace(context, stroke.map(([x, y]) => [x * canvas.height, y * canvas.height]));
      context.stroke();
    }
  }

  #paintImage(context, { width, height }) {
    const scale = Math.min(width / this.#image.width, height / this.#image.height);
    const [wide, high] = [this.#image.width * scale, this.#image.height * scale];
    context.drawImage(this.#image, (width - wide) / 2, (height - high) / 2, wide, high);
  }

  #paintCursor(canvas) {
    const { x, y, down } = this.#cursor;
    const context = canvas.getContext("2d");
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--first");
    context.lineWidth = canvas.height / 150;
    context.beginPath();
    context.arc(x * canvas.height, y * canvas.height, (down ? 0.022 : 0.034) * canvas.height, 0, 7);
    context.stroke();
  }
}

/** A smooth line: through the middles between points, with the points as what pulls it. */
function trace(context, points) {
  const [first, ...rest] = points;
  context.moveTo(...first);
  if (!rest.length) context.lineTo(first[0] + 0.01, first[1]); // a dot
  let before = first;
  for (const point of rest) {
    context.quadraticCurveTo(...before, (before[0] + point[0]) / 2, (before[1] + point[1]) / 2);
    before = point;
  }
  context.lineTo(...before);
}
