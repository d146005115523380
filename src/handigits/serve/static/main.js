// The pad in front of a service.

import { answer, correct, explain, model } from "./api.js";
import { offerExplanation } from "./explain.js";
import { start } from "./page.js";
import { offerScore } from "./score.js";

const about = await model().catch(() => ({}));
const page = start(answer, about.takes_corrections ? correct : null);
offerExplanation(page, explain);
offerScore(page, answer);

const { accuracy } = about.metrics?.test ?? {};
if (accuracy) {
  const line = `Model “${about.recipe}”: ${(accuracy * 100).toFixed(2)} % of the test digits of ${about.data}`;
  document.getElementById("model").textContent = line;
}
