// What is known of the model, in words; the link it hangs on leads to the same as JSON where there is no script.

const percent = (share) => `${(share * 100).toFixed(2)} %`;
const count = (number) => number.toLocaleString("en");

/** Show it when the link is followed. `card` is what the service says of its model. */
export function offerAbout(link, card) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "about-title");
  const title = Object.assign(element("h2", "About the model"), { id: "about-title" });
  const facts = document.createElement("dl");
  for (const [name, value] of factsOf(card)) facts.append(element("dt", name), element("dd", value));
  const close = Object.assign(element("button", "Close"), { type: "button" });
  close.addEventListener("click", () => dialog.close());
  const json = Object.assign(element("a", "All of it, as JSON"), { href: link.href });
  const foot = Object.assign(document.createElement("div"), { className: "tools" });
  foot.append(close, json);
  dialog.append(title, facts, foot);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  document.body.append(dialog);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.showModal();
  });
}

function* factsOf(card) {
  yield ["Recipe", card.recipe];
  yield ["Trained on", `${card.data}, in ${Math.round(card.training_seconds)} s`];
  const { accuracy, interval, count: images } = card.metrics.test ?? {};
  if (accuracy) yield ["Test digits read rightly", `${percent(accuracy)} of ${count(images)}`];
  if (interval) yield ["With 95 % confidence", `${percent(interval[0])} to ${percent(interval[1])}`];
  yield ["Weights", count(card.parameters)];
  yield ["Multiplications a digit", count(card.macs)];
  yield ["handigits", card.handigits_version];
}

function element(kind, words) {
  return Object.assign(document.createElement(kind), { textContent: words });
}
