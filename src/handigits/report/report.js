// Looks through the digits behind the confusion matrix. The page is whole without this.
"use strict";
(() => {
  const element = (id) => document.getElementById(id);
  const PAGE = 24;
  const told = element("cell-told");

  // What a cell says when the mouse is over it, said below the matrix too: a phone has no mouse.
  for (const cell of document.querySelectorAll("#confusion td[title]")) {
    const tell = () => { told.textContent = cell.title; told.hidden = false; };
    cell.addEventListener("pointerenter", tell);
    cell.addEventListener("focusin", tell);
  }

  const lists = element("cells-lists");
  if (!lists) return;
  const digits = [];
  for (const list of lists.querySelectorAll("details"))
    for (const figure of list.querySelectorAll("figure"))
      digits.push({ figure, is: list.dataset.true, read: list.dataset.read });

  const filters = { is: element("filter-true"), read: element("filter-read") };
  let first = 0;

  function show() {
    const is = filters.is.value, read = filters.read.value;
    const wanted = digits.filter((digit) =>
      (!is || digit.is === is) && (!read || digit.read === read) &&
      (digit.is !== digit.read || (is && is === read))); // what is right is shown only when asked for
    first = Math.max(0, Math.min(first, Math.floor((wanted.length - 1) / PAGE) * PAGE));
    const shown = wanted.slice(first, first + PAGE);
    element("cells-shown").replaceChildren(...shown.map((digit) => digit.figure));
    element("cells-told").textContent =
      shown.length ? `${first + 1} to ${first + shown.length} of ${wanted.length}` : "none";
    element("cells-back").disabled = first === 0;
    element("cells-on").disabled = first + PAGE >= wanted.length;
  }

  function turn(by) { first += by; show(); }

  element("cells-back").addEventListener("click", () => turn(-PAGE));
  element("cells-on").addEventListener("click", () => turn(PAGE));
  for (const filter of Object.values(filters))
    filter.addEventListener("change", () => { first = 0; show(); });

  function follow() {
    const [, is, read] = /^#cell-(\d)-(\d)$/.exec(location.hash) ?? [];
    if (!is) return;
    filters.is.value = is;
    filters.read.value = read;
    first = 0;
    show();
    element("cells").scrollIntoView();
  }

  for (const link of document.querySelectorAll("#confusion td a"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", link.hash);
      follow();
    });
  window.addEventListener("hashchange", follow);

  lists.hidden = true;
  element("cells-tools").hidden = element("cells-shown").hidden = false;
  show();
  follow();
})();
