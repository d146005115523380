// What is the matter with the picture, told after each answer; and on demand, which of its ink spoke for the answer.

const byId = (id) => document.getElementById(id);
const PAUSE = 400; // milliseconds without a new answer, before it is asked what is the matter

/** Offer both below the answer. `explain(picture, {evidence, signal})` gives a promise of an explanation. */
export function offerExplanation(page, explain) {
  const panel = Object.assign(document.createElement("div"), { id: "why" });
  const ask = Object.assign(document.createElement("button"), { type: "button", textContent: "Why?", disabled: true });
  const findings = Object.assign(document.createElement("ul"), { id: "findings" });
  const told = Object.assign(document.createElement("div"), { id: "why-told" });
  told.setAttribute("role", "status");
  panel.append(ask, told);
  byId("bars").after(panel);
  byId("reason").after(findings);

  let asking = new AbortController(); // all that is asked about one answer
  let timer = 0;
  const forget = () => {
    asking.abort();
    asking = new AbortController();
    clearTimeout(timer);
    findings.replaceChildren();
    told.replaceChildren();
  };
  const examine = async () => {
    const { signal } = asking;
    const found = await explain(page.picture, { evidence: false, signal }).catch(() => ({ findings: [] }));
    if (!signal.aborted) findings.replaceChildren(...found.findings.map((each) => line("li", sentence(each))));
  };
  document.addEventListener("handigits:answer", ({ detail }) => {
    forget();
    ask.disabled = detail.seen.length > 1; // it is about one digit
    timer = setTimeout(examine, PAUSE);
  });
  document.addEventListener("handigits:empty", () => {
    forget();
    ask.disabled = true;
  });
  ask.addEventListener("click", async () => {
    ask.disabled = true;
    told.replaceChildren(line("p", "A thousand readings of it, each with some ink away …"));
    const { signal } = asking;
    try {
      const found = await explain(page.picture, { evidence: true, signal });
      if (!signal.aborted) told.replaceChildren(...shown(found));
    } catch (error) {
      if (!signal.aborted) told.replaceChildren(line("p", error.message));
    } finally {
      if (!signal.aborted) ask.disabled = false;
    }
  });
}

function shown({ digit, evidence }) {
  const image = Object.assign(new Image(112, 112), { src: `data:image/png;base64,${evidence}` });
  image.alt = `What speaks for ${named(digit)}, and what against it`;
  const legend = line("p", "");
  legend.append(swatch("for"), `Blue speaks for ${named(digit)}:`, document.createElement("br"));
  legend.append("without it the model would be less sure. ", document.createElement("br"));
  legend.append(swatch("against"), "Orange speaks against it.");
  return [image, legend];
}

const named = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;
const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1)}.`;

function line(kind, words) {
  return Object.assign(document.createElement(kind), { textContent: words });
}

function swatch(side) {
  return Object.assign(document.createElement("i"), { className: `swatch ${side}` });
}
