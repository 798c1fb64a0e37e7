// The filters above the table of all claims; without this script the table stands as it is.
(() => {
  "use strict";

  const form = document.querySelector(".w2s-filters");
  const rows = [...document.querySelectorAll("table.w2s-claims tbody tr")];
  if (!form) return;

  // What can be chosen is what occurs in the rows, in their words.
  for (const [name, cell] of [["kind", 3], ["verdict", 0]]) {
    const found = new Map(rows.map((row) => [row.dataset[name], row.cells[cell].textContent]));
    for (const [value, words] of found) form.elements[name].add(new Option(words, value));
  }
  const texts = rows.map((row) => row.textContent.toLowerCase());

  function apply() {
    const wanted = ["paper", "kind", "verdict"].filter((name) => form.elements[name].value);
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, k) => {
      const fits = wanted.every((name) => row.dataset[name] === form.elements[name].value)
        && words.every((word) => texts[k].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    form.querySelector("output").textContent = `${shown} of ${rows.length} claims`;
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
})();
