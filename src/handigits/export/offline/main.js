// The pad without a service: the model is in this file, and is asked its golden examples before anybody else's digits.

import { firstDifference } from "./check.js";
import { fromHalf } from "./half.js";
import { network } from "./network.js";
import { SIZE } from "./normalize.js";
import { start } from "./page.js";
import { grayOf, pngOf } from "./pictures.js";
import { read } from "./recognizer.js";
import { offerScore } from "./score.js";

const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const opened = ({ layers, precision, weights }) => network(layers, numbers(bytes(weights).buffer, precision));
const numbers = (buffer, precision) =>
  precision === "half" ? Float32Array.from(new Uint16Array(buffer), fromHalf) : new Float32Array(buffer);

const given = JSON.parse(document.getElementById("handigits").textContent);
const model = opened(given.model);
const gate = given.gate && gateOf(given.gate);

function gateOf({ output, threshold, ...judge }) {
  const outputs = opened(judge);
  return { novelty: (image) => outputs(image)[output], threshold };
}

/** What the page asks for; the same fields as from the service. */
async function answer(picture, signal) {
  const began = performance.now();
  const { gray, notes } = await grayOf(picture);
  signal?.throwIfAborted();
  const { images, ...found } = read(gray, model, gate);
  return { ...found, notes, seen: images.map((image) => pngOf(image, SIZE)), milliseconds: performance.now() - began };
}

const difference = firstDifference({ ...given.golden, images: bytes(given.golden.images) }, model, gate);
document.getElementById("model").textContent = given.about;
document.documentElement.dataset.check = difference ? "failed" : "passed";
offerScore(start(answer), answer);
if (difference) {
  for (const part of document.querySelectorAll("main > section, header button")) part.inert = true;
  const problem = document.getElementById("problem");
  document.querySelector("main").before(problem);
  problem.textContent = `Nothing is read here, since ${difference}. Try another browser, or export the page again.`;
  problem.hidden = false;
}
window.handigits = { model, gate, read: (gray) => read(gray, model, gate) }; // for whoever wants to ask from the console
