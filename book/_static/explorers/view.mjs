// Controls and pictures of the explorers: native range inputs, one SVG picture, a sentence, values as
// text.

import { fromAddress, intoAddress } from "./address.mjs";

const SVG = "http://www.w3.org/2000/svg";

export function shown(value) {
  if (Number.isNaN(value)) return "not defined";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "minus infinite";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2);
  return value.toLocaleString("en", { maximumSignificantDigits: 4, useGrouping: false });
}

export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  made.append(...children);
  return made;
}

function drawn(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  if (text !== undefined) made.textContent = text;
  return made;
}

// Words with subscripts: "d_s" and "L_TE", in HTML or in SVG.
function subscripted(text, plain, low) {
  return text.split(/_([A-Za-z∧]+)/).map((part, k) => (k % 2 ? low(part) : plain(part)));
}

const inHtml = (text) =>
  subscripted(text, (part) => part, (part) => element("sub", {}, [part]));

export function word(text, attributes) {
  const made = drawn("text", attributes);
  subscripted(
    text,
    (part) => made.append(drawn("tspan", {}, part)),
    (part) => made.append(drawn("tspan", { "baseline-shift": "sub", "font-size": "75%" }, part)),
  );
  return made;
}

// A labelled slider. `scale: "log"` moves on a geometric scale, in steps of four digits; the value
// is always shown as text.
function slider(name, about, changed) {
  const { label, low, high, start, step = 1, scale = "linear", whole = false } = about;
  const log = scale === "log";
  const id = `w2s-${name}-${Math.random().toString(36).slice(2, 8)}`;
  const to = (value) => (log ? Math.log(value / low) / Math.log(high / low) : value);
  const from = (place) => {
    const value = log ? low * (high / low) ** place : place;
    if (whole) return Math.round(value);
    return log ? Number(value.toPrecision(4)) : value;
  };
  const input = element("input", {
    type: "range",
    id,
    name,
    min: log ? 0 : low,
    max: log ? 1 : high,
    step: log ? "any" : step,
    value: to(start),
  });
  const output = element("output", { for: id });
  const tell = () => {
    const text = shown(from(Number(input.value)));
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  input.addEventListener("input", () => {
    tell();
    changed();
  });
  tell();
  const row = element("p", { class: "w2s-control" }, [
    element("label", { for: id }, inHtml(label)),
    input,
    output,
  ]);
  return {
    row,
    get: () => from(Number(input.value)),
    set: (value) => {
      input.value = to(value);
      tell();
    },
  };
}

// One explorer: a picture with its sentence, stories as buttons, sliders, values, redrawn once a frame.
// `settled` gives the nearest settings that are possible; `sentence` says in words what one sees.
export function mount(place, about) {
  const { name, title, controls, stories, values, sentence, draw } = about;
  const settled = about.settled ?? ((now) => ({ now, because: [] }));
  const starts = Object.fromEntries(Object.entries(controls).map(([key, { start }]) => [key, start]));
  let waiting = false;
  let saving = 0;
  const update = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      refresh();
      clearTimeout(saving);
      saving = setTimeout(() => intoAddress(name, controls, state()), 300);
    });
  };
  const sliders = Object.fromEntries(
    Object.entries(controls).map(([key, one]) => [key, slider(key, one, update)]),
  );
  const state = () =>
    Object.fromEntries(Object.entries(sliders).map(([key, one]) => [key, one.get()]));
  const put = (settings) =>
    Object.entries(settings).forEach(([key, value]) => sliders[key].set(value));

  const svg = drawn("svg", { viewBox: "0 -28 640 456", role: "img", class: "w2s-picture" });
  const description = drawn("title", {}, title);
  const told = element("p", { class: "w2s-sentence", "aria-live": "polite" });
  const list = element("dl", { class: "w2s-values" });
  const button = (label, settings) => {
    const made = element("button", { type: "button" }, [label]);
    made.addEventListener("click", () => {
      put({ ...starts, ...settings });
      update();
    });
    return made;
  };
  const chosen = stories.map((story) => [button(story.name, story.settings), story.settings]);

  let last = "";
  function refresh() {
    const { now, because } = settled(state());
    put(now);
    const rows = values(now);
    list.replaceChildren(
      ...rows.map(([name, value]) =>
        element("div", {}, [
          element("dt", {}, inHtml(name)),
          element("dd", {}, [typeof value === "string" ? value : shown(value)]),
        ]),
      ),
    );
    description.textContent = `${title}. ${rows
      .map(([name, value]) => `${name}: ${typeof value === "string" ? value : shown(value)}`)
      .join("; ")}.`;
    svg.replaceChildren(description, ...draw(now));
    // Announced where it changes only, not with every step of a slider.
    const words = [...sentence(now), ...because].join(" ");
    if (words !== last) told.replaceChildren(...inHtml(words));
    last = words;
    chosen.forEach(([made, settings]) => {
      const same = Object.entries({ ...starts, ...settings }).every(([key, v]) => now[key] === v);
      made.setAttribute("aria-pressed", same);
    });
  }

  const rows = (more) =>
    Object.entries(sliders)
      .filter(([key]) => Boolean(controls[key].more) === more)
      .map(([, one]) => one.row);
  const group = (kind, label, children) =>
    element("div", { class: kind, role: "group", "aria-label": label }, children);
  place.replaceChildren(
    element("div", { class: "w2s-stage" }, [svg, told]),
    group("w2s-stories", `Stories: ${title}`, [...chosen.map(([made]) => made), button("Reset", {})]),
    group("w2s-controls", title, rows(false)),
    element("details", { class: "w2s-more" }, [
      element("summary", {}, ["More settings"]),
      group("w2s-controls", `More settings: ${title}`, rows(true)),
    ]),
    list,
  );
  place.classList.add("w2s-live");
  put(fromAddress(name, controls));
  refresh();
  return { name, svg, state, refresh, set: (key, value) => sliders[key].set(value), update };
}

const BOX = { left: 62, right: 622, top: 14, bottom: 372 };

export function axes({ x, y }) {
  const span = (axis, from, to) => {
    const log = axis.scale === "log";
    const [low, high] = [axis.low, axis.high].map((value) => (log ? Math.log10(value) : value));
    return (value) => {
      const place = log ? Math.log10(value) : value;
      return from + ((place - low) / (high - low)) * (to - from);
    };
  };
  const px = span(x, BOX.left, BOX.right);
  const py = span(y, BOX.bottom, BOX.top);
  const parts = [];
  ticks(x).forEach((value) => {
    const at = px(value).toFixed(1);
    parts.push(drawn("path", { d: `M${at} ${BOX.top}V${BOX.bottom}`, class: "w2s-grid" }));
    parts.push(
      drawn("text", { x: at, y: BOX.bottom + 24, "text-anchor": "middle" }, power(value, x)),
    );
  });
  ticks(y).forEach((value) => {
    const at = py(value).toFixed(1);
    parts.push(drawn("path", { d: `M${BOX.left} ${at}H${BOX.right}`, class: "w2s-grid" }));
    parts.push(
      drawn("text", { x: BOX.left - 8, y: Number(at) + 4, "text-anchor": "end" }, power(value, y)),
    );
  });
  parts.push(
    word(x.label, { x: 342, y: 420, "text-anchor": "middle" }),
    word(y.label, { x: 8, y: -8 }),
  );
  return { px, py, parts };
}

function ticks({ low, high, scale }) {
  if (scale === "log") {
    const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
    const step = Math.max(1, Math.ceil((last - first) / 6));
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, k) => 10 ** (first + k * step));
  }
  return Array.from({ length: 6 }, (_, k) => low + ((high - low) * k) / 5);
}

function power(value, { scale }) {
  if (scale !== "log") return shown(value);
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -2 && exponent <= 4) return String(Number(value.toPrecision(1)));
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const up = [...String(Math.abs(exponent))].map((digit) => digits[Number(digit)]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${up}`;
}

const within = (value, [one, other]) =>
  Math.min(Math.max(value, Math.min(one, other)), Math.max(one, other));

// The part of a segment between the upper and the lower edge of the plot, if there is one.
function clipped([x0, y0], [x1, y1]) {
  if (Math.max(y0, y1) < BOX.top || Math.min(y0, y1) > BOX.bottom) return null;
  return [[x0, y0], [x1, y1]].map(([x, y]) => {
    const height = within(y, [BOX.top, BOX.bottom]);
    return height === y ? [x, y] : [x0 + ((height - y0) / (y1 - y0)) * (x1 - x0), height];
  });
}

// A curve, cut where it leaves the plot or is not defined.
export function line({ px, py }, points, role) {
  let path = "";
  let pen = "";
  let before = null;
  points.forEach(([x, y]) => {
    const here = Number.isFinite(y) && y > 0 ? [px(x), py(y)] : null;
    const part = before && here && clipped(before, here);
    if (part) {
      const [from, to] = part.map(([u, v]) => `${u.toFixed(1)} ${v.toFixed(1)}`);
      path += from === pen ? `L${to}` : `M${from}L${to}`;
      pen = to;
    }
    before = here;
  });
  return drawn("path", { d: path || "M0 0", class: `w2s-line w2s-${role}` });
}

const inside = (height) => height >= BOX.top && height <= BOX.bottom;

export function dot({ px, py }, [x, y], role) {
  if (!(y > 0 && inside(py(y)))) return drawn("g", {});
  const at = { cx: px(x).toFixed(1), cy: py(y).toFixed(1) };
  return drawn("circle", { ...at, r: 6, class: `w2s-dot w2s-${role}` });
}

// Why there is no curve, where it would be.
export const remarks = (lines) =>
  lines.map((text, k) =>
    word(text, { x: BOX.left + 12, y: BOX.bottom - 14 - 30 * k, class: "w2s-remark" }),
  );

export function upright({ px }, x, name, row = 0, left = false) {
  const at = px(x);
  if (!(at >= BOX.left && at <= BOX.right)) return drawn("g", {});
  const group = drawn("g", {});
  const side = at > 480 || (left && at > 160) ? { x: at - 5, "text-anchor": "end" } : { x: at + 5 };
  group.append(
    drawn("path", { d: `M${at.toFixed(1)} ${BOX.top}V${BOX.bottom}`, class: "w2s-mark" }),
    word(name, { ...side, y: BOX.top + 12 + 26 * row }),
  );
  return group;
}

export function note({ px, py }, [x, y], name, role, shift = [8, -6]) {
  if (!inside(py(y))) return drawn("g", {});
  const height = within(py(y), [BOX.top + 14, BOX.bottom - 4]);
  const end = px(x) > 440;
  return word(name, {
    x: px(x) + (end ? -shift[0] : shift[0]),
    y: height + shift[1],
    "text-anchor": end ? "end" : "start",
    class: `w2s-word w2s-${role}`,
  });
}

export { drawn };
