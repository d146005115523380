// Holds a sheet of paper before the camera instead of a pen: what it sees covers the pad until a picture is taken.

import { button } from "./elements.js";

const byId = (id) => document.getElementById(id);

/** Offer it where the browser has cameras to give. `open(file)` takes the picture. */
export function offerCamera(open, tellProblem) {
  if (!navigator.mediaDevices?.getUserMedia) return;
  const finder = new Finder(open);
  byId("camera").hidden = false;
  byId("camera").addEventListener("click", () => finder.show().catch((error) => tellProblem(reasonOf(error))));
}

class Finder {
  #open;
  #opening = null; // a token of what is being opened or open; another one, or none, once it is hidden
  #stream = null;
  #video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  #panel = Object.assign(document.createElement("div"), { id: "finder", hidden: true });
  #shutter = button("Take the picture", () => this.#take());

  constructor(open) {
    this.#open = open;
    this.#shutter.className = "primary";
    const tools = Object.assign(document.createElement("div"), { className: "tools" });
    tools.append(this.#shutter, button("Cancel", () => this.#hide()));
    this.#panel.append(this.#video, tools);
    this.#panel.addEventListener("keydown", ({ key }) => key === "Escape" && this.#hide());
    byId("paper").append(this.#panel);
    addEventListener("pagehide", () => this.#hide());
  }

  async show() {
    if (this.#opening) return;
    const opening = (this.#opening = Symbol());
    const isCancelled = () => this.#opening !== opening;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } },
      });
      if (isCancelled()) return stop(stream);
      this.#stream = this.#video.srcObject = stream;
      await this.#video.play();
    } catch (error) {
      if (isCancelled()) return;
      this.#hide();
      throw error;
    }
    if (isCancelled()) return;
    this.#panel.hidden = false;
    this.#shutter.focus();
  }

  async #take() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(this.#video, 0, 0);
    this.#hide();
    const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
    this.#open(new File([picture], "camera.jpg", { type: picture.type }));
  }

  #hide() {
    stop(this.#stream);
    this.#opening = this.#stream = this.#video.srcObject = null;
    if (this.#panel.hidden) return;
    this.#panel.hidden = true;
    byId("camera").focus();
  }
}

function stop(stream) {
  stream?.getTracks().forEach((track) => track.stop());
}

function reasonOf({ name, message }) {
  if (name === "NotAllowedError") return "The camera may not be used here: allow it in your browser, or choose a picture.";
  if (name === "NotFoundError") return "There is no camera here. Choose a picture instead.";
  return `The camera cannot be used: ${message}.`;
}
