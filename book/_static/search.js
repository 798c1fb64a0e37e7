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

  const text = Search.htmlToText;
  const reader = document.createElement("textarea");

  // Most letters and signs have the same name in TeX and in HTML; other commands are left out.
  function plain(tex) {
    reader.innerHTML = tex.replace(/\\(?:mathbb|mathcal|mathrm|text)\b/g, "")
      .replace(/\\([lr]?[vV]ert)\b/g, "|").replace(/\\infty\b/g, "∞").replace(/\\to\b/g, "→")
      .replace(/\\cdot\b/g, "·").replace(/\\([a-zA-Z]+)\s?/g, "&$1;");
    return reader.value.replace(/&\w+;|[\\{}$]/g, "").replace(/</g, "&lt;");
  }

  Search.htmlToText = (html, anchor) =>
    text(html.replace(/\\\[.*?\\\]/gs, "…").replace(/\\\((.*?)\\\)/gs, (_, tex) => plain(tex)), anchor);
})();
