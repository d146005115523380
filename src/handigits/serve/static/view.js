// Shows an answer: the digits, how sure they are, what the model saw. Asks nobody and draws nothing.

const byId = (id) => document.getElementById(id);
const percent = (share) => (share >= 0.9995 ? "> 99.9 %" : `${(share * 100).toFixed(share < 0.0995 ? 1 : share > 0.99 ? 1 : 0)} %`);
const short = (share) => (share < 0.005 ? "" : share >= 0.995 ? "99+" : String(Math.round(share * 100)));

const NOTABLE = 0.02; // probability from which on a second digit is named

export class View {
  #answer = null;
  #chosen = 0;
  #place = null; // of the picture on the pad, to draw boxes at

  constructor() {
    for (let digit = 0; digit < 10; digit++) byId("bars").append(bar(digit));
  }

  /** Show that there is nothing to read. */
  empty() {
    this.#answer = null;
    byId("answer").dataset.state = "empty";
    byId("digits").value = "?";
    byId("sureness").textContent = "Nothing drawn yet.";
    byId("reason").textContent = byId("timing").textContent = byId("spoken").textContent = "";
    byId("seen").replaceChildren();
    byId("boxes").replaceChildren();
    byId("bars-title").textContent = "How likely each digit is";
    this.problem("");
    this.#showBars(null);
  }

  /**
   * Show an answer of the service.
   * `place`: how its boxes lie on the pad, as {left, top, scale} in shares of the pad's width, height and pixels.
   * `isFinal`: whether to tell screen readers; not while a stroke still grows.
   */
  show(answer, { place, isFinal, milliseconds }) {
    const isSame = this.#answer?.digits.length === answer.digits.length;
    this.#answer = answer;
    this.#place = place;
    this.#chosen = isSame ? this.#chosen : 0;
    this.problem("");
    byId("answer").dataset.state = answer.abstained ? "abstained" : "read";
    byId("digits").value = answer.abstained ? "–" : answer.digits;
    byId("digits").style.setProperty("--length", answer.digits.length || 1);
    byId("sureness").textContent = answer.abstained ? sentence(answer.reason) : `${percent(answer.probability)} sure`;
    byId("reason").textContent = [runnerUp(answer), ...answer.notes.map(sentence)].filter(Boolean).join(" ");
    byId("timing").textContent = `Read in ${answer.milliseconds.toFixed(1)} ms, answered in ${Math.round(milliseconds)} ms.`;
    this.#showSeen();
    this.#choose(this.#chosen);
    if (isFinal) byId("spoken").textContent = spoken(answer);
  }

  /** Tell what went wrong; "" takes it back. */
  problem(text) {
    byId("problem").textContent = text;
    byId("problem").hidden = !text;
  }

  #showSeen() {
    const several = this.#answer.seen.length > 1;
    const shown = this.#answer.seen.map((png, index) => {
      const image = Object.assign(new Image(84, 84), { src: `data:image/png;base64,${png}` });
      image.alt = `What the model sees${several ? ` of digit ${index + 1}` : ""}: 28 by 28 pixels`;
      if (!several) return image;
      const button = Object.assign(document.createElement("button"), { type: "button" });
      const read = this.#answer.digits[index];
      const share = short(this.#answer.probabilities[index][read]);
      button.append(image, Object.assign(document.createElement("span"), { textContent: `${read} · ${share} %` }));
      button.addEventListener("click", () => this.#choose(index));
      return button;
    });
    byId("seen").replaceChildren(...shown);
  }

  /** Show the probabilities of one of several digits. */
  #choose(index) {
    this.#chosen = Math.min(index, this.#answer.probabilities.length - 1);
    this.#showBars(this.#answer.probabilities[this.#chosen]);
    const several = this.#answer.probabilities.length > 1;
    byId("bars-title").textContent = several
      ? `How likely each digit is, for the ${ordinal(this.#chosen + 1)}`
      : this.#answer.abstained
        ? "If it had to be a digit"
        : "How likely each digit is";
    byId("seen").querySelectorAll("button").forEach((button, at) => {
      button.setAttribute("aria-pressed", String(at === this.#chosen));
    });
    this.#showBoxes();
  }

  #showBoxes() {
    const { boxes } = this.#answer;
    const marks = boxes.length < 2 || !this.#place ? [] : boxes.map((box, at) => mark(box, this.#place, at === this.#chosen));
    byId("boxes").replaceChildren(...marks);
  }

  #showBars(probabilities) {
    const highest = probabilities ? Math.max(...probabilities) : NaN;
    [...byId("bars").children].forEach((item, digit) => {
      const share = probabilities?.[digit] ?? 0;
      item.querySelector(".bar").style.setProperty("--p", share);
      item.querySelector(".percent").textContent = probabilities ? short(share) : "";
      item.classList.toggle("top", share === highest);
      item.setAttribute("aria-label", probabilities ? `${digit}: ${percent(share)}` : `${digit}`);
    });
  }
}

function bar(digit) {
  const item = document.createElement("li");
  for (const part of ["percent", "bar", "label"]) {
    const span = Object.assign(document.createElement("span"), { className: part, ariaHidden: "true" });
    if (part === "label") span.textContent = digit;
    item.append(span);
  }
  return item;
}

function mark([x, y, width, height], { left, top, scaleX, scaleY }, isChosen) {
  const element = document.createElement("i");
  element.classList.toggle("chosen", isChosen);
  const sides = { left: left + x * scaleX, top: top + y * scaleY, width: width * scaleX, height: height * scaleY };
  for (const [side, share] of Object.entries(sides)) element.style[side] = `${share * 100}%`;
  return element;
}

/** What else it may be, where that is not far from as likely. */
function runnerUp({ digits, probabilities: [shares] }) {
  if (digits.length !== 1) return "";
  const [next] = shares.map((_, digit) => digit).filter((digit) => String(digit) !== digits).sort((a, b) => shares[b] - shares[a]);
  return shares[next] < NOTABLE ? "" : `Otherwise ${next === 8 ? "an" : "a"} ${next}: ${percent(shares[next])}.`;
}

const sentence = (words) => words && `${words[0].toUpperCase()}${words.slice(1)}.`;

function spoken(answer) {
  if (answer.abstained) return `Nothing is read: ${answer.reason}.`;
  return `Reads ${[...answer.digits].join(" ")}, ${percent(answer.probability)} sure.`;
}

function ordinal(number) {
  return ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"][number - 1] ?? `${number}th`;
}
