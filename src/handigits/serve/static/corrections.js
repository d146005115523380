// "This was a 7": what the digits really are, kept where the service takes it.

import { button } from "./elements.js";

const byId = (id) => document.getElementById(id);
const PROMISE = "Your picture and what you say it is are kept here, to learn from.";

/** Offer it below each answer. `correct(picture, digits)` gives a promise of how to take it back. */
export function offerCorrections(page, correct) {
  const tell = (...parts) => byId("kept").replaceChildren(...parts);
  const keep = async (digits) => {
    tell("Keeping it …");
    try {
      const takeBack = await correct(page.picture, digits);
      const undo = button("Delete it again", async () => {
        try {
          tell((await takeBack()) ? "Deleted." : "It was deleted already.");
        } catch (error) {
          tell(`It may still be kept: ${error.message} `, undo);
        }
      });
      tell(`Kept as ${digits.length > 1 ? digits : `a${digits === "8" ? "n" : ""} ${digits}`}. Thank you. `, undo);
    } catch (error) {
      tell(error.message);
    }
  };
  for (let digit = 0; digit < 10; digit++) {
    const choice = button(String(digit), () => keep(String(digit)));
    choice.setAttribute("aria-label", `It is ${digit === 8 ? "an" : "a"} ${digit}`);
    byId("choices").append(choice);
  }
  byId("correction").addEventListener("submit", (event) => {
    event.preventDefault();
    keep(byId("written").value);
  });
  document.addEventListener("handigits:answer", ({ detail: { digits } }) => {
    byId("choices").hidden = digits.length > 1;
    if (document.activeElement !== byId("written")) byId("written").value = digits;
    byId("correction").hidden = false;
    tell(PROMISE);
  });
  document.addEventListener("handigits:empty", () => (byId("correction").hidden = true));
}
