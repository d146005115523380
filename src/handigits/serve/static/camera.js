// Holds a sheet of paper before the camera instead of a pen: what it sees covers the pad until a picture is taken.

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
    if (this.#stream) return;
    this.#stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } },
    });
    this.#video.srcObject = this.#stream;
    await this.#video.play();
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
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = this.#video.srcObject = null;
    if (this.#panel.hidden) return;
    this.#panel.hidden = true;
    byId("camera").focus();
  }
}

function reasonOf({ name, message }) {
  if (name === "NotAllowedError") return "The camera may not be used here: allow it in your browser, or choose a picture.";
  if (name === "NotFoundError") return "There is no camera here. Choose a picture instead.";
  return `The camera cannot be used: ${message}.`;
}

function button(words, act) {
  const element = Object.assign(document.createElement("button"), { type: "button", textContent: words });
  element.addEventListener("click", act);
  return element;
}
