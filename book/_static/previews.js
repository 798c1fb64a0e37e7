// Previews of what a link leads to: under the mouse, at keyboard focus, and where a finger first
// taps a dotted term or symbol; a second tap follows it. Other links follow the first tap.
// The press writes previews-data.js; it is loaded when a reader first rests on a link.
// Besides, on a narrow screen, formulas that are a little too wide for it are set smaller.
(() => {
  "use strict";

  const root = new URL(document.documentElement.dataset.content_root || "./", document.baseURI);
  const own = document.currentScript.src;
  const article = document.querySelector(".bd-article");
  if (!article) return;

  const links = "a.reference.internal, a.w2s-symbol, a.w2s-term, [data-preview]";
  const dotted = "a.w2s-symbol, a.w2s-term, [data-preview]";
  const box = document.createElement("div");
  box.id = "w2s-preview";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  article.append(box);

  let data = null;
  let shown = null;
  let timer = 0;
  let finger = false;

  function load() {
    data ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = own.replace("previews.js", "previews-data.js");
      script.onload = () => resolve(window.w2sPreviews || {});
      script.onerror = () => resolve({});
      document.head.append(script);
    });
    return data;
  }

  function key(link) {
    const to = new URL(link.dataset.preview || link.getAttribute("href"), document.baseURI);
    const path = to.pathname.startsWith(root.pathname) ? to.pathname.slice(root.pathname.length) : "";
    return decodeURIComponent(path) + decodeURIComponent(to.hash || "#");
  }

  function place(link) {
    const at = [...link.getClientRects()].at(-1) || link.getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(at.left, wide - box.offsetWidth - 8));
    // Below the link where it fits, else above, else on the larger side, where it scrolls.
    box.style.maxHeight = "";
    const room = { below: window.innerHeight - at.bottom - 14, above: at.top - 14 };
    const tall = box.offsetHeight;
    const under = tall <= room.below || (tall > room.above && room.below >= room.above);
    box.style.maxHeight = `${Math.max(under ? room.below : room.above, 80)}px`;
    box.style.left = `${left}px`;
    box.style.top = `${under ? at.bottom + 6 : at.top - box.offsetHeight - 6}px`;
  }

  async function open(link) {
    const html = (await load())[key(link)];
    if (shown !== link || !html) return;
    if (link.title) link.removeAttribute("title");
    if (window.MathJax?.typesetClear) MathJax.typesetClear([box]);
    box.innerHTML = html.replaceAll("{root}", root.href);
    if (finger && link.href) box.insertAdjacentHTML("beforeend", "<p class='w2s-note'>Tap again to go there.</p>");
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    place(link);
    if (!window.MathJax?.startup) return;
    await MathJax.startup.promise;
    if (shown !== link) return;
    await MathJax.typesetPromise([box]);
    for (const formula of box.querySelectorAll("[tabindex]")) formula.removeAttribute("tabindex");
    if (shown === link) place(link);
  }

  function want(link, delay) {
    clearTimeout(timer);
    if (shown === link) return;
    close();
    shown = link;
    timer = setTimeout(() => open(link), delay);
  }

  function close() {
    clearTimeout(timer);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  }

  function leave() {
    clearTimeout(timer);
    timer = setTimeout(close, 200);
  }

  article.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const link = event.target.closest?.(links);
    if (link) want(link, 150);
    else if (box.contains(event.target)) clearTimeout(timer);
    else if (shown && document.activeElement !== shown) leave();
  });
  article.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse" && shown && document.activeElement !== shown) leave();
  });
  document.addEventListener("pointerdown", (event) => {
    finger = event.pointerType !== "mouse";
    if (finger && shown && !shown.contains(event.target) && !box.contains(event.target)) close();
  });
  article.addEventListener("click", (event) => {
    const link = event.target.closest?.(dotted);
    if (!finger || !link || shown === link) return;
    event.preventDefault();
    want(link, 0);
  });
  article.addEventListener("focusin", (event) => {
    const link = event.target.closest?.(links);
    if (link?.matches(":focus-visible")) want(link, 0);
  });
  article.addEventListener("focusout", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !box.hidden) close();
  });
  window.addEventListener("scroll", () => {
    if (shown && !box.hidden) place(shown);
  }, { passive: true });

  window.addEventListener("load", async () => {
    if (!window.matchMedia("(max-width: 576px)").matches) return;
    await window.MathJax?.startup?.promise;
    article.querySelectorAll('mjx-container[display="true"]').forEach((one) => {
      const share = one.clientWidth / one.scrollWidth;
      if (share < 1) one.style.fontSize = `${Math.max(share, 0.75) * parseFloat(one.style.fontSize)}%`;
    });
  });
})();
