// The code of a page, cell by cell, to be edited: what is changed here runs in place of the page's own.
//
// A plain text area: screen readers, phones and the keyboard know it, and it costs nothing to load.
// Whatever is typed, and whatever Python says of it, is text and never markup.

/** Return the cells of a page that it shows, each with its number and where it stands. */
function shown(page) {
  const places = [...document.querySelectorAll(".bd-article .cell_input")];
  const found = [];
  page.cells.forEach(({ source }, number) => {
    const at = places.findIndex((place) => place.querySelector("pre")?.textContent.trim() === source.trim());
    if (at >= 0 && number !== page.parameters) found.push({ number, source, place: places[at] });
    if (at >= 0) places.splice(0, at + 1);
  });
  return found;
}

class Cell {
  constructor({ number, source, place }, make, does) {
    Object.assign(this, { number, source, place, make, does });
    this.name = `cell ${number + 1}`;
    this.edit = make("button", { type: "button", "aria-expanded": "false", "aria-label": `Edit ${this.name}` }, "Edit");
    this.edit.addEventListener("click", () => this.open());
    place.before(make("p", { class: "w2s-here-cell" }, this.name, " ", this.edit));
  }

  /** Put a text area in the place of the code. */
  open() {
    const { make, name } = this;
    this.area = make("textarea", {
      class: "w2s-here-source", rows: this.source.split("\n").length + 1, wrap: "off", spellcheck: "false",
      autocapitalize: "off", autocomplete: "off", "aria-label": `Source of ${name}`, "aria-describedby": `w2s-here-keys-${this.number}`,
    });
    this.area.value = this.source;
    this.area.addEventListener("input", () => this.does.changed());
    this.area.addEventListener("keydown", (event) => this.pressed(event));
    const run = make("button", { type: "button", "aria-label": "Run this page with its edited cells" }, "Run");
    const restore = make("button", { type: "button", "aria-label": `Restore ${name}` }, "Restore");
    run.addEventListener("click", () => this.does.run());
    restore.addEventListener("click", () => { this.restore(); this.edit.focus(); });
    this.told = make("span", { class: "w2s-here-words" });
    const keys = make("span", { class: "w2s-here-words", id: `w2s-here-keys-${this.number}` }, "Ctrl+Enter or Shift+Enter runs, Tab leaves");
    this.editor = make("div", { class: "w2s-here-editor" }, this.area, make("p", { class: "w2s-here-actions" }, run, restore, keys, this.told));
    this.place.after(this.editor);
    this.place.hidden = this.edit.hidden = true;
    this.area.focus();
  }

  pressed(event) {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.shiftKey || event.metaKey) {
      event.preventDefault();
      this.does.run();
      return;
    }
    // The next line begins where this one does; the browser can undo it.
    const line = this.area.value.slice(0, this.area.selectionStart).split("\n").pop();
    if (document.execCommand("insertText", false, `\n${/^ */.exec(line)[0]}`)) event.preventDefault();
  }

  /** The source where it was changed; nothing where it was not. */
  get edited() {
    return this.area && this.area.value !== this.source ? this.area.value : null;
  }

  failed(detail) {
    this.error = this.make("pre", { class: "w2s-here-failed", tabindex: "0", "aria-label": `Error of ${this.name}` }, detail.trimEnd());
    this.editor.append(this.error);
    this.area.setAttribute("aria-invalid", "true");
    this.place.closest("details")?.setAttribute("open", "");
  }

  clear() {
    this.error?.remove();
    this.area?.removeAttribute("aria-invalid");
  }

  restore() {
    if (!this.area) return;
    this.editor.remove();
    this.area = this.error = null;
    this.place.hidden = this.edit.hidden = false;
    this.does.changed();
  }
}

/** The cells of a page; `does` is told that one has changed, and to run the page. */
export class Cells {
  constructor(page, make, does) {
    this.all = shown(page).map((one) => new Cell(one, make, does));
  }

  /** What runs in place of the page's own cells, by the number of the cell. */
  get edited() {
    return Object.fromEntries(this.all.filter((cell) => cell.edited !== null).map((cell) => [cell.number, cell.edited]));
  }

  get names() {
    return this.all.filter((cell) => cell.edited !== null).map((cell) => cell.name);
  }

  /** Show an error at its cell; whether that was edited. */
  failed(number, detail) {
    const cell = this.all.find((one) => one.number === number && one.edited !== null);
    cell?.failed(detail);
    return Boolean(cell);
  }

  say(words) {
    for (const cell of this.all) if (cell.area) cell.told.textContent = words;
  }

  clear() {
    for (const cell of this.all) cell.clear();
  }

  restore() {
    for (const cell of this.all) cell.restore();
  }
}
