// Pictures to try, for whoever has none at hand.

const EXAMPLES = {
  "2026.jpg": "A row of digits",
  "7.jpg": "A seven with a bar",
  "5.jpg": "Chalk on a blackboard",
  "letter.jpg": "A letter",
};

/** Offer them below the tools. `open(file)` takes one, `tellProblem(words)` hears why there is none. */
export function offerExamples(open, tellProblem) {
  const strip = Object.assign(document.createElement("div"), { id: "examples" });
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", "Pictures to try");
  strip.append(Object.assign(document.createElement("span"), { className: "faint", textContent: "Or try" }));
  for (const [name, about] of Object.entries(EXAMPLES)) {
    const button = Object.assign(document.createElement("button"), { type: "button", title: about });
    button.append(Object.assign(new Image(), { src: `examples/${name}`, alt: about }));
    button.addEventListener("click", () => fetched(name).then(open).catch(({ message }) => tellProblem(message)));
    strip.append(button);
  }
  document.getElementById("tools").after(strip);
}

async function fetched(name) {
  const response = await fetch(`examples/${name}`).catch(() => {
    throw new Error("The picture cannot be fetched. Is the service still running?");
  });
  if (!response.ok) throw new Error(`The picture cannot be fetched: the service answered ${response.status}.`);
  const picture = await response.blob();
  return new File([picture], name, { type: picture.type });
}
