// What the search of the site does beyond Sphinx's: pages named like the query come first, and
// excerpts show formulas in plain characters. The page of results loads this after Sphinx's script.
Object.assign(Scorer, {
  score: ([, title, , , score]) => {
    const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+(?:\.\p{N}+)?/gu) || [];
    const asked = words(new URLSearchParams(window.location.search).get("q") || "");
    const named = new Set(words(title));
    return score + (asked.length && asked.every((word) => named.has(word)) ? 50 : 0);
  },
});

(() => {
  "use strict";

  const reader = document.createElement("textarea");
  const left = ".headerlink, script, style, h1, .cell_input, .w2s-download, .w2s-where";

  // Most letters and signs have the same name in TeX and in HTML; other commands are left out.
  function plain(tex) {
    const named = tex.replace(/\\(?:[()]|(?:mathbb|mathcal|mathrm|text)\b)/g, "")
      .replace(/\\[lr]?[vV]ert\b/g, "|").replace(/\\infty\b/g, "∞").replace(/\\to\b/g, "→")
      .replace(/\\cdot\b/g, "·").replace(/</g, "&lt;").replace(/\\([a-zA-Z]+)\s?/g, "&$1;");
    reader.innerHTML = named;
    return reader.value.replace(/&\w+;|[\\{}]/g, "");
  }

  // The words of an article, or of the entry at an anchor; a displayed formula is a gap.
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const article = page.querySelector(".bd-article") || page.body;
    article.querySelectorAll(left).forEach((element) => element.remove());
    for (const formula of article.querySelectorAll(".math")) {
      formula.textContent = formula.matches("span") ? plain(formula.textContent) : "…";
    }
    const found = anchor ? article.querySelector(anchor) : null;
    const shown = found?.matches("dt") ? found.nextElementSibling : found;
    // The target of an index entry is empty: its section speaks for it.
    const said = [shown, found?.closest("section"), article].find((e) => e?.textContent.trim());
    return (said || article).textContent.replace(/\s+/g, " ").trim();
  };
})();
