// Controls and pictures of the explorers: native range inputs, one SVG picture, values as text.

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

// A labelled slider. `scale: "log"` moves on a geometric scale; the value is always shown as text.
function slider(name, about, changed) {
  const { label, low, high, start, step = 1, scale = "linear", whole = false } = about;
  const log = scale === "log";
  const id = `w2s-${name}-${Math.random().toString(36).slice(2, 8)}`;
  const to = (value) => (log ? Math.log(value / low) / Math.log(high / low) : value);
  const from = (place) => {
    const value = log ? low * (high / low) ** place : place;
    return whole ? Math.round(value) : value;
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

// One explorer: sliders on one side, picture and values on the other, redrawn once a frame.
export function mount(place, { name, title, controls, values, draw }) {
  let waiting = false;
  const update = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      refresh();
    });
  };
  const sliders = Object.fromEntries(
    Object.entries(controls).map(([key, about]) => [key, slider(key, about, update)]),
  );
  const svg = drawn("svg", { viewBox: "0 -28 640 456", role: "img", class: "w2s-picture" });
  const description = drawn("title", {}, title);
  const list = element("dl", { class: "w2s-values" });
  const state = () =>
    Object.fromEntries(Object.entries(sliders).map(([key, one]) => [key, one.get()]));
  function refresh() {
    const now = state();
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
  }
  const panel = element("div", { class: "w2s-controls", role: "group", "aria-label": title }, [
    ...Object.values(sliders).map((one) => one.row),
    list,
  ]);
  place.replaceChildren(svg, panel);
  place.classList.add("w2s-live");
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

export function line({ px, py }, points, role) {
  let path = "";
  let pen = "M";
  points.forEach(([x, y]) => {
    if (Number.isFinite(y) && y > 0) {
      const height = within(py(y), [BOX.top, BOX.bottom]);
      path += `${pen}${px(x).toFixed(1)} ${height.toFixed(1)}`;
      pen = "L";
    } else pen = "M";
  });
  return drawn("path", { d: path || "M0 0", class: `w2s-line w2s-${role}` });
}

export function dot({ px, py }, [x, y], role) {
  if (!Number.isFinite(y)) return drawn("g", {});
  const at = { cx: px(x).toFixed(1), cy: within(py(y), [BOX.top, BOX.bottom]).toFixed(1) };
  return drawn("circle", { ...at, r: 6, class: `w2s-dot w2s-${role}` });
}

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
