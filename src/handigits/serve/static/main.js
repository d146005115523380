// The pad in front of a service.

import { offerAbout } from "./about.js";
import { answer, correct, explain, model } from "./api.js";
import { offerCorrections } from "./corrections.js";
import { offerExamples } from "./examples.js";
import { offerExplanation } from "./explain.js";
import { start } from "./page.js";
import { offerScore } from "./score.js";

const page = start(answer);
offerExamples((file) => page.open(file), (words) => page.tellProblem(words));
offerExplanation(page, explain);
offerScore(page, answer);

const card = await model().catch(() => null);
if (card) {
  if (card.takes_corrections) offerCorrections(page, correct);
  offerAbout(document.getElementById("about"), card);
  const { accuracy } = card.metrics.test ?? {};
  const measured = accuracy ? `: ${(accuracy * 100).toFixed(2)} % of the test digits of ${card.data}` : "";
  document.getElementById("model").textContent = `Model “${card.recipe}”${measured}`;
}
