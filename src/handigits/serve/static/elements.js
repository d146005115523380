// Elements that several parts of the page make.

export function button(words, act) {
  const element = Object.assign(document.createElement("button"), { type: "button", textContent: words });
  element.addEventListener("click", act);
  return element;
}
