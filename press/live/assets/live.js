// The panel of a page that reruns it here: a button, then a form, and results beside the accepted ones.
(() => {
  "use strict";
  const HERE = "computed here, just now";

  /** Return an element with attributes, and children that are elements or texts. */
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== false) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  }

  /** Return what keeps this browser from running a page, in words; nothing if it can. */
  function hindrance() {
    const command = "make live";
    if (location.protocol === "file:") {
      return `A page that was opened from a disk may not start what runs it. Serve the book with “${command}”, or open it where it is published.`;
    }
    const lacks = [["WebAssembly", "WebAssembly"], ["Worker", "web workers"], ["DecompressionStream", "DecompressionStream"]]
      .filter(([name]) => !(name in window)).map(([, words]) => words);
    return lacks.length ? `This browser has no ${lacks.join(", no ")}. Open the page in a newer one, or run it as the guide says.` : "";
  }

  class Panel {
    constructor(place) {
      this.place = place;
      this.run = { here: [], edited: [], differing: 0, claims: 0 };
      this.start = make("button", { type: "button", class: "w2s-here-start" }, "Run this page here");
      this.note = make("span", { class: "w2s-here-note" },
        ` in your browser, at smoke scale: loads ${place.dataset.megabytes} MB once${place.dataset.takes && `, then takes ${place.dataset.takes}`}`);
      this.body = make("div", { class: "w2s-here-body", hidden: true });
      place.append(make("p", { class: "w2s-here-head" }, this.start, this.note), this.body);
      this.start.addEventListener("click", () => this.open());
      // A page that is left, also one that is kept to be gone back to, runs no further.
      window.addEventListener("pagehide", () => this.stop());
    }

    async open() {
      const reason = hindrance();
      if (reason) {
        this.body.replaceChildren(make("p", { role: "alert" }, reason));
        this.body.hidden = false;
        return;
      }
      if (!this.form) {
        this.start.disabled = true;
        this.begin();
        try {
          const [response, { Cells }] = await Promise.all([
            fetch(this.address(this.place.dataset.page)), import(this.address("live-cells.js"))]);
          this.page = await response.json();
          this.cells = new Cells(this.page, make, { run: () => this.compute(), changed: () => this.changed() });
        } catch (error) {
          this.failed(`the cells of this page cannot be loaded: ${error.message}`);
          return;
        }
        this.build();
        this.body.hidden = false;
        this.start.hidden = this.note.hidden = true;
        this.compute();
        this.form.querySelector("button").focus();
      }
    }

    address(name) {
      return new URL(this.place.dataset.book + name, document.baseURI).href;
    }

    /** Build the form: a field for each parameter, the scale, and what to do. */
    build() {
      const rows = this.page.form.map((one) => {
        const id = `w2s-here-${one.name}`;
        const input = make("input", {
          id, name: one.name, type: "text", autocomplete: "off", spellcheck: "false",
          inputmode: ["int", "float"].includes(one.kind) ? "decimal" : "text",
          "aria-describedby": `${id}-words ${id}-bound`,
        });
        input.value = one.smoke;
        const label = make("label", { for: id }, make("code", {}, one.name), make("span", { class: "w2s-here-words" }, ` ${one.kind}`));
        return make("div", { class: "w2s-here-field" }, label, input, make("span", { id: `${id}-words`, class: "w2s-here-words" }, one.words),
          make("span", { id: `${id}-bound`, class: "w2s-here-words w2s-here-bound" }, one.bound));
      });
      const takes = (scale) => this.page.takes[scale] && `, ${this.page.takes[scale]}`;
      this.scale = make("select", { id: "w2s-here-scale" },
        make("option", { value: "smoke" }, `smoke: small and quick${takes("smoke")}`),
        make("option", { value: "paper" }, `paper: as accepted${takes("paper")}`));
      this.scale.addEventListener("change", () => this.fill());
      this.go = make("button", { type: "submit" }, "Run");
      this.halt = make("button", { type: "button" }, "Stop");
      const reset = make("button", { type: "button" }, "Reset");
      this.halt.addEventListener("click", () => this.stop("stopped: Run starts it again"));
      reset.addEventListener("click", () => this.reset());
      this.bar = make("progress", { max: "1", "aria-label": "progress of this run" });
      this.status = make("p", { role: "status", class: "w2s-here-status" });
      this.alert = make("p", { role: "alert", class: "w2s-here-error" });
      this.edits = make("p", { class: "w2s-here-edits" });
      this.outcome = make("ul", { class: "w2s-here-outcome" });
      this.log = make("pre", { tabindex: "0", "aria-label": "output of the cells" });
      this.printed = make("details", { hidden: true }, make("summary", {}, "Output of the cells"), this.log);
      this.about = make("p", { class: "w2s-here-words" });
      // On a phone the parameters are folded, so that the results stay near.
      const open = window.matchMedia("(min-width: 577px)").matches;
      this.form = make("form", { class: "w2s-here-form" },
        make("p", { class: "w2s-here-actions" }, this.go, this.halt, reset,
          make("label", { for: "w2s-here-scale" }, "scale"), this.scale),
        make("details", { open }, make("summary", {}, "Parameters of this page"),
          make("div", { class: "w2s-here-fields" }, ...rows)));
      this.form.addEventListener("submit", (event) => { event.preventDefault(); this.compute(); });
      this.form.firstChild.after(this.bar, this.status, this.edits, this.alert, this.outcome);
      this.body.replaceChildren(this.form, this.printed, this.about);
    }

    /** Fill in the page's own values of the scale, and what is known to be asked of them. */
    fill() {
      for (const one of this.page.form) this.form.elements.namedItem(one.name).value = one[this.scale.value];
      const known = this.scale.value === "smoke" ? this.page.form : [];  // other values may be asked otherwise
      this.bounds({ words: Object.fromEntries(known.map(({ name, bound }) => [name, bound])), whole: true });
    }

    /** Say which cells are not the page's own. */
    changed() {
      const names = this.cells.names;
      this.edits.textContent = names.length ? `Edited: ${names.join(", ")}. Reset restores the page.` : "";
    }

    /** Start the worker, which loads all it needs. */
    begin() {
      this.worker = new Worker(this.address("live-worker.js"), { type: "module" });
      this.worker.onmessage = ({ data }) => this.told(data);
      this.worker.onerror = (event) => this.failed(event.message || "the worker cannot be loaded");
      const full = (name) => new URL(this.place.dataset[name], document.baseURI).href;
      this.worker.postMessage({ start: { runtime: full("runtime"), book: full("book"), page: this.place.dataset.page } });
    }

    compute() {
      if (this.go.disabled) return;  // it runs already
      this.clear();
      if (!this.worker) this.begin();
      const default_ = this.scale.value;
      const given = {};
      for (const one of this.page.form) {
        const field = this.form.elements.namedItem(one.name);
        field.removeAttribute("aria-invalid");
        if (field.value.trim() !== one[default_]) given[one.name] = field.value.trim();
      }
      const edited = this.cells.edited;
      this.run = { profile: default_, changed: Object.keys(given), edited: this.cells.names, here: [], differing: 0, claims: 0 };
      this.busy(true);
      this.say("loading");
      this.worker.postMessage({ run: { given, profile: default_, edited } });
    }

    told(message) {
      const does = {
        progress: () => { this.bar.value = message.fraction; this.say(message.words); },
        ready: () => this.ready(message),
        cell: () => { this.bar.value = message.number / message.count; this.say(`cell ${message.number + 1} of ${message.count}`); },
        output: () => { this.printed.hidden = false; this.log.append(message.text); },
        html: () => { this.printed.hidden = false; this.log.append(parsed(message.html)); },
        figure: () => this.figure(message),
        claim: () => this.claim(message),
        bounds: () => this.bounds(message),
        error: () => this.failed(message.line, message.detail, message),
        failed: () => { this.failed(message.line); this.end(); },
        done: () => this.done(message),
      }[message.kind];
      does?.();
    }

    ready({ versions }) {
      const list = (of) => Object.entries(of).map(([name, version]) => `${name} ${version}`).join(", ");
      this.about.textContent = `Runs with ${list(versions)}; the accepted record was made with ${list(this.page.versions)}. `
        + "Claims are decided by their own tolerances. Nothing leaves this machine. Edit, above each cell of code, changes the code that Run computes with.";
    }

    /** What stands beside a result: where and when it was computed, and at which scale. */
    mark() {
      const changed = this.run.changed.length ? `, with ${this.run.changed.join(", ")} changed` : "";
      const edited = this.run.edited.length ? `, from edited cells (${this.run.edited.join(", ")})` : "";
      return `${HERE}${edited}, ${this.run.profile} scale${changed}`;
    }

    /** Say at the fields what the code asked of their values, in its own words. */
    bounds({ words, whole }) {
      for (const { name } of this.page.form) {
        // A run that failed did not come to all of the code.
        if (whole || name in words) document.getElementById(`w2s-here-${name}-bound`).textContent = words[name] ?? "";
      }
    }

    figure({ name, html }) {
      const shown = make("div", { class: "w2s-here-result", "data-figure": name },
        make("p", { class: "w2s-here-mark" }, this.mark()), parsed(html));
      for (const link of shown.querySelectorAll("a[download]")) link.textContent = "Data of this run (CSV)";
      const accepted = [...document.querySelectorAll(`.w2s-figure img[data-name="${name}-1-light"]`)]
        .find((image) => !image.closest(".w2s-here-result"))?.closest(".w2s-figure");
      if (accepted) {
        const rest = accepted.nextElementSibling?.matches(".w2s-download") ? accepted.nextElementSibling : accepted;
        this.under(rest, shown);
        const button = make("button", { type: "button", class: "w2s-here-toggle", "aria-pressed": "false" }, "Hide the accepted one");
        button.addEventListener("click", () => {
          const hidden = accepted.toggleAttribute("hidden");
          button.setAttribute("aria-pressed", String(hidden));
        });
        shown.firstChild.append(" ", button);
        this.run.here.push(() => accepted.removeAttribute("hidden"));
      } else {
        this.under(this.printed, shown);
      }
    }

    claim({ record, html }) {
      const accepted = [...document.querySelectorAll(".w2s-claim-source code")]
        .filter((code) => code.textContent === record.id && !code.closest(".w2s-here-result"))
        .map((code) => code.closest(".w2s-claim"))[0];
      const known = this.page.verdicts[record.id];
      const same = known === record.verdict;
      this.run.claims += 1;
      const shown = make("div", { class: `w2s-here-result${same ? "" : " w2s-here-differs"}`, "data-claim": record.id, "data-verdict": record.verdict },
        make("p", { class: "w2s-here-mark" }, this.mark() + (same ? "" : `: decided otherwise than the record, where it is “${known ?? "not there"}”`)),
        parsed(html));
      shown.querySelector(".w2s-claim")?.setAttribute("aria-label", `Claim ${record.id}, ${this.mark()}: ${record.verdict}`);
      this.under(accepted ?? this.printed, shown);
      if (!same) {
        this.run.differing += 1;
        accepted?.closest("details")?.setAttribute("open", "");
        this.outcome.append(make("li", {}, make("code", {}, record.id), `: “${record.verdict}” here, “${known ?? "not there"}” in the record`));
      }
    }

    under(place, shown) {
      place.after(shown);
      this.run.here.push(() => shown.remove());
    }

    done({ seconds }) {
      const { claims, differing } = this.run;
      const words = differing ? `${differing} of ${claims} claims decided otherwise than the record` : `all ${claims} claims as in the record`;
      const edited = this.run.edited.length ? ", with edited cells" : "";
      this.say(`ran in ${seconds} s, ${this.run.profile} scale${edited}: ${claims ? words : "this page has no claims"}`);
      this.bar.value = 1;
      this.busy(false);
    }

    failed(line, detail = "", { cell, parameter } = {}) {
      if (!this.form) {
        this.body.replaceChildren(make("p", { role: "alert" }, line));
        this.body.hidden = false;
        this.start.disabled = false;
        this.end();
        return;
      }
      this.alert.textContent = line;
      const named = parameter || /parameter '(\w+)'/.exec(line)?.[1];
      const field = named && this.form.elements.namedItem(named);
      if (field) {
        field.setAttribute("aria-invalid", "true");
        field.closest("details").open = true;
        field.focus();
      }
      if (detail && !this.cells.failed(cell, detail)) { this.printed.hidden = false; this.log.append(detail); }
      this.say("");
      this.busy(false);
    }

    end() {
      this.worker?.terminate();
      this.worker = null;
    }

    stop(words = "stopped") {
      if (!this.worker) return;
      const working = this.halt && !this.halt.disabled;
      this.end();
      if (this.form) { this.busy(false); if (working) this.say(words); }
    }

    reset() {
      if (!this.halt.disabled) this.stop();
      this.scale.value = "smoke";
      this.fill();
      this.cells.restore();
      this.clear();
      this.say("");
    }

    clear() {
      for (const undo of this.run.here) undo();
      this.run.here = [];
      this.cells.clear();
      this.alert.textContent = "";
      this.outcome.replaceChildren();
      this.log.replaceChildren();
      this.printed.hidden = true;
    }

    busy(is) {
      this.go.disabled = is;
      this.halt.disabled = !is;
      this.bar.hidden = !is;
    }

    say(words) {
      if (this.status.textContent !== words) this.status.textContent = words;
      this.cells.say(words);
    }
  }

  function parsed(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  }

  window.w2sHere = { hindrance, make };  // for the panel of files
  for (const place of document.querySelectorAll(".w2s-here:not(.w2s-files)")) new Panel(place);
})();
