// The pad in front of a service.

import { answer, correct, model } from "./api.js";
import { start } from "./page.js";

const about = await model().catch(() => ({}));
start(answer, about.takes_corrections ? correct : null);

const { accuracy } = about.metrics?.test ?? {};
if (accuracy) {
  const line = `Model “${about.recipe}”: ${(accuracy * 100).toFixed(2)} % of the test digits of ${about.data}`;
  document.getElementById("model").textContent = line;
}
