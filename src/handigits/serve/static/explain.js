// "Why?": what is the matter with the picture, and which of its ink spoke for the answer. Asked for only on demand.

const byId = (id) => document.getElementById(id);

/** Offer it below the answer. `explain(picture)` gives a promise of an explanation. */
export function offerExplanation(page, explain) {
  const panel = Object.assign(document.createElement("div"), { id: "why" });
  const ask = Object.assign(document.createElement("button"), { type: "button", textContent: "Why?" });
  const told = Object.assign(document.createElement("div"), { id: "why-told" });
  told.setAttribute("role", "status");
  panel.append(ask, told);
  byId("bars").after(panel);
  const forget = () => told.replaceChildren();
  document.addEventListener("handigits:answer", () => forget(), true);
  byId("clear").addEventListener("click", forget);
  ask.addEventListener("click", async () => {
    if (!byId("paper").classList.contains("drawn")) return told.replaceChildren(line("Draw something first."));
    ask.disabled = true;
    try {
      told.replaceChildren(...shown(await explain(page.picture)));
    } catch (error) {
      told.replaceChildren(line(error.message));
    } finally {
      ask.disabled = false;
    }
  });
}

function shown({ findings, digit, evidence }) {
  const found = findings.length ? findings.map(line) : [line("Nothing is the matter with the picture.")];
  if (digit === null) return found;
  const image = Object.assign(new Image(140, 140), { src: `data:image/png;base64,${evidence}` });
  image.alt = `What speaks for a ${digit}, and what against it`;
  return [image, line(`Blue speaks for a ${digit}, orange against it.`), ...found];
}

function line(words) {
  return Object.assign(document.createElement("p"), { textContent: words });
}
