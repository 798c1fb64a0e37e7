// The panel that diagnoses a reader's own files on this machine, as `w2s diagnose` does.
(() => {
  "use strict";
  const { hindrance, make } = window.w2sHere;

  const PARTS = [
    ["weak", "weak features", true],
    ["strong", "strong features", true],
    ["labels", "labels", false],
  ];
  const KINDS = ".npy,.npz,.safetensors,.csv,.tsv,.txt";
  const HEADS = [
    ["ridge", "ridge, its penalty by cross-validation"], ["logistic", "logistic, for classes"],
    ["ridgeless", "ridgeless"], ["official", "official: the authors' code"],
  ];
  const ON_DARK = "(prefers-color-scheme: dark)";

  class Files {
    constructor(place) {
      this.place = place;
      this.chosen = {};
      this.open_ = make("button", { type: "button", class: "w2s-files-start" }, "Diagnose your files here");
      this.note = make("span", { class: "w2s-here-note" },
        ` in your browser: the files never leave this machine; loads ${place.dataset.megabytes} MB once`);
      this.body = make("div", { class: "w2s-here-body", hidden: true });
      place.append(make("p", { class: "w2s-here-head" }, this.open_, this.note), this.body);
      this.open_.addEventListener("click", () => this.open());
      window.addEventListener("pagehide", () => this.end());
    }

    open() {
      const reason = hindrance();
      this.body.hidden = false;
      if (reason) {
        this.body.replaceChildren(make("p", { role: "alert" }, reason));
        return;
      }
      this.open_.hidden = this.note.hidden = true;
      this.build();
      this.begin();
      this.form.querySelector("input").focus();
    }

    build() {
      const text = (name, label, attributes = {}) => make("div", { class: "w2s-here-field" },
        make("label", { for: `w2s-files-${name}` }, label),
        make("input", { id: `w2s-files-${name}`, name, type: "text", autocomplete: "off", spellcheck: "false", ...attributes }));
      this.head = make("select", { id: "w2s-files-head", name: "head" },
        ...HEADS.map(([value, words]) => make("option", { value }, words)));
      this.go = make("button", { type: "submit" }, "Diagnose");
      this.halt = make("button", { type: "button", disabled: true }, "Stop");
      this.halt.addEventListener("click", () => this.stop());
      this.bar = make("progress", { max: "1", hidden: true, "aria-label": "progress of this diagnosis" });
      this.status = make("p", { role: "status", class: "w2s-here-status" });
      this.size = make("p", { class: "w2s-files-large", role: "note", hidden: true });
      this.alert = make("p", { role: "alert", class: "w2s-here-error" });
      this.report = make("div", { class: "w2s-files-report", hidden: true });
      this.form = make("form", { class: "w2s-here-form" },
        make("div", { class: "w2s-files-zones" }, ...PARTS.map((part) => this.zone(...part))),
        make("div", { class: "w2s-here-fields" },
          make("div", { class: "w2s-here-field" }, make("label", { for: "w2s-files-head" }, "head: what you train"), this.head),
          text("n", "n: labelled inputs", { inputmode: "numeric", placeholder: "proposed" }),
          text("N", "N: unlabelled inputs", { inputmode: "numeric", placeholder: "proposed" }),
          text("more", "further options, as on the command line", { placeholder: "--no-label=-1 --regression" })),
        make("p", { class: "w2s-here-actions" }, this.go, this.halt));
      this.form.addEventListener("submit", (event) => { event.preventDefault(); this.compute(); });
      this.body.replaceChildren(
        make("p", { class: "w2s-here-words" },
          "Row i of each file is the same input. The files are read by this page alone: they never leave this machine."),
        this.form, this.bar, this.status, this.size, this.alert, this.report);
    }

    /** A place for one file, by drag and drop or by the browser's own dialog, and what is meant in it. */
    zone(part, words) {
      const id = `w2s-files-${part}`;
      const input = make("input", { id, type: "file", accept: KINDS, "aria-describedby": `${id}-words` });
      const key = make("input", {
        name: `${part}_key`, type: "text", autocomplete: "off", spellcheck: "false",
        placeholder: "array or column, if several", "aria-label": `array or column of the ${words}`,
      });
      const shown = make("span", { id: `${id}-words`, class: "w2s-here-words" }, "drop a file here: .npy, .npz, .safetensors or CSV");
      const zone = make("div", { class: "w2s-files-zone", "data-part": part }, make("label", { for: id }, words), input, key, shown);
      this.chosen[part] = { input, take: (file) => {
        this.chosen[part].file = file;
        if (file && input.files[0] !== file) {
          const list = new DataTransfer();
          list.items.add(file);
          input.files = list.files;
        }
        shown.textContent = file ? `${file.name}, ${size(file.size)}` : "no file";
      } };
      input.addEventListener("change", () => this.chosen[part].take(input.files[0]));
      zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("w2s-files-over"); });
      zone.addEventListener("dragleave", () => zone.classList.remove("w2s-files-over"));
      zone.addEventListener("drop", (event) => {
        event.preventDefault();
        zone.classList.remove("w2s-files-over");
        // The file goes here; others that are dropped with it go to the next places that have none.
        const [first, ...others] = event.dataTransfer.files;
        if (first) this.chosen[part].take(first);
        for (const [name] of PARTS) if (name !== part && !this.chosen[name].file && others.length) this.chosen[name].take(others.shift());
      });
      return zone;
    }

    begin() {
      const full = (name) => new URL(this.place.dataset[name], document.baseURI).href;
      this.worker = new Worker(new URL(`${this.place.dataset.book}live-worker.js`, document.baseURI).href, { type: "module" });
      this.worker.onmessage = ({ data }) => this.told(data);
      this.worker.onerror = (event) => this.refused(event.message || "the worker cannot be loaded");
      this.worker.postMessage({ start: { runtime: full("runtime"), book: full("book"), page: this.place.dataset.page } });
    }

    compute() {
      this.alert.textContent = "";
      this.size.hidden = this.report.hidden = true;
      const files = {};
      for (const [part] of PARTS) if (this.chosen[part].file) files[part] = this.chosen[part].file;
      const given = Object.fromEntries([...new FormData(this.form)].filter(([, value]) => typeof value === "string"));
      if (!this.worker) this.begin();
      this.busy(true);
      this.say("loading");
      this.began = performance.now();
      this.worker.postMessage({ diagnose: { files, given } });
    }

    told(message) {
      const does = {
        progress: () => { this.bar.value = message.fraction; if (!this.halt.disabled) this.say(message.words); },
        ready: () => { this.bar.removeAttribute("value"); },
        doing: () => { this.bar.removeAttribute("value"); this.say(message.words); },
        large: () => { this.size.textContent = message.line; this.size.hidden = false; },
        refused: () => this.refused(message.line),
        failed: () => { this.refused(message.line); this.end(); },
        report: () => this.show(message),
      }[message.kind];
      does?.();
    }

    /** Show the report's own page in place, apart from the styles of this one. */
    show({ html, json, command }) {
      const page = new DOMParser().parseFromString(html, "text/html");
      const inner = make("div");
      const root = inner.attachShadow({ mode: "open" });
      const style = page.querySelector("style").textContent
        .replaceAll(":root", ":host").replaceAll("body {", ".report {");
      root.append(make("style", {}, `:host { display: block; background: var(--ground); color: var(--ink); }${style}`), make("div", { class: "report" }, ...page.querySelector("main").childNodes));
      this.root = root;
      this.follow();
      const link = (words, text, type, name) => make("a", {
        href: URL.createObjectURL(new Blob([text], { type })), download: name }, words);
      const seconds = Math.round((performance.now() - this.began) / 1000);
      this.report.replaceChildren(
        make("p", { class: "w2s-here-mark" }, "computed here, just now: ",
          link("the report as a page", html, "text/html", "report.html"), " · ",
          link("as JSON", json, "application/json", "report.json")),
        make("p", { class: "w2s-here-words" }, "The same on the command line: ", make("code", {}, command)),
        inner);
      this.report.hidden = false;
      this.busy(false);
      this.say(`diagnosed in ${seconds} s`);
    }

    /** Give the report the colours of the page, whatever the system prefers. */
    follow() {
      const dark = document.documentElement.dataset.theme === "dark";
      const style = this.root.querySelector("style");
      this.plain ??= style.textContent;
      style.textContent = this.plain.replaceAll("(prefers-color-scheme:dark)", dark ? "all" : "not all");
      for (const source of this.root.querySelectorAll("picture source")) source.media = dark ? "all" : "not all";
      if (this.watching) return;
      this.watching = new MutationObserver(() => this.follow());
      this.watching.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    }

    refused(line) {
      this.alert.textContent = line;
      this.say("");
      this.busy(false);
    }

    stop() {
      this.end();
      this.busy(false);
      this.say("stopped");
    }

    end() {
      this.worker?.terminate();
      this.worker = null;
    }

    busy(is) {
      this.go.disabled = is;
      this.halt.disabled = !is;
      this.bar.hidden = !is;
    }

    say(words) {
      if (this.status.textContent !== words) this.status.textContent = words;
    }
  }

  function size(bytes) {
    return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  }

  for (const place of document.querySelectorAll(".w2s-files")) new Files(place);
})();
