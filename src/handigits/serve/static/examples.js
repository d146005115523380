// Pictures to try, for whoever has none at hand.

const EXAMPLES = {
  "2026.jpg": "A row of digits",
  "7.jpg": "A seven with a bar",
  "5.jpg": "Chalk on a blackboard",
  "letter.jpg": "A letter",
};

/** Offer them below the tools. `open(file)` takes one. */
export function offerExamples(open) {
  const strip = Object.assign(document.createElement("div"), { id: "examples" });
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", "Pictures to try");
  strip.append(Object.assign(document.createElement("span"), { className: "faint", textContent: "Or try" }));
  for (const [name, about] of Object.entries(EXAMPLES)) {
    const button = Object.assign(document.createElement("button"), { type: "button", title: about });
    button.append(Object.assign(new Image(), { src: `examples/${name}`, alt: about }));
    button.addEventListener("click", async () => {
      const picture = await (await fetch(`examples/${name}`)).blob();
      open(new File([picture], name, { type: picture.type }));
    });
    strip.append(button);
  }
  document.getElementById("tools").after(strip);
}
