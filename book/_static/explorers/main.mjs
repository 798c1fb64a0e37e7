// The three explorers, put in the places that a page offers. Without this script those places
// keep their static figures.

import { chain, chainBound, judge, lowerBound, quadraticFloor } from "./ball.mjs";
import { geometry, impossible, risks, settled, singleRisk, studentRisk } from "./ridgeless.mjs";
import { bestStop, reluEigenvalues, studentError, teacherError, typicalTeacher } from "./stopping.mjs";
import { axes, dot, drawn, line, mount, note, remarks, upright, word } from "./view.mjs";

const geometric = (low, high, count) =>
  Array.from({ length: count }, (_, k) => low * (high / low) ** (k / (count - 1)));

const decade = (value, round) => 10 ** round(Math.log10(value));

// What has no curve at these settings, and why: for the picture, and in a sentence.
function missing({ n, N, d_strong, d_weak }) {
  const about = (what, samples, d, given) => {
    if (samples > d + 1) return [];
    const why = samples < d - 1 ? "this formula does not hold" : "the expected risk is infinite";
    return [`${what}: with ${given} for ${d} features ${why}.`];
  };
  return [
    ...about("Teacher and student have no curve", n, d_weak, `n = ${n} labels`),
    ...about("Fine-tuning has no line", n, d_strong, `n = ${n} labels`),
    ...about("The student has no dot", N, d_strong, `N = ${N} pseudo-labels`),
  ];
}

function verdict({ teacher, student, sft }) {
  if (!Number.isFinite(student)) return [];
  const first = student < teacher;
  if (Number.isNaN(sft)) return [`The student ${first ? "beats" : "does not beat"} its teacher.`];
  const second = student < sft;
  if (first && second) return ["The student beats its teacher, and fine-tuning on the same labels too."];
  if (first) return ["The student beats its teacher, not fine-tuning on the same labels."];
  if (second) return ["The student beats fine-tuning on the same labels, not its teacher."];
  return ["The student beats neither its teacher nor fine-tuning on the same labels."];
}

function twoSubspaces(place) {
  const values = (now) => {
    const g = geometry(now);
    const r = risks(g, now.n, now.N, now.noise);
    return [
      ["overlap d_s∧w", g.overlap],
      ["weak teacher", r.teacher],
      ["student", r.student],
      ["SFT baseline", r.sft],
      ["strong ceiling", r.ceiling],
      ["PGR", r.pgr],
      ["OPR", r.opr],
    ];
  };
  const sentence = (now) => [
    ...verdict(risks(geometry(now), now.n, now.N, now.noise)),
    ...missing(now),
  ];
  const draw = (now) => {
    const g = geometry(now);
    const grid = geometric(Math.max(now.d_strong + 2, 10), 20000, 160);
    const here = risks(g, now.n, now.N, now.noise);
    const student = (N) => studentRisk(g, now.n, N, now.noise);
    const ceiling = (N) => singleRisk(now.d_strong, now.n + N, now.noise, now.rho_strong);
    // All four are seen at the chosen N and at the largest; the student's rise to its edge is cut.
    const curves = [student(20000), ceiling(20000), ceiling(2 * now.d_strong + 1)];
    const seen = [here.teacher, here.student, here.ceiling, here.sft, ...curves];
    const finite = seen.filter((value) => Number.isFinite(value) && value > 0);
    const frame = axes({
      x: { low: 10, high: 20000, scale: "log", label: "unlabelled samples N" },
      y: {
        low: decade(0.8 * Math.min(...finite), Math.floor),
        high: decade(1.6 * Math.max(...finite), Math.ceil),
        scale: "log",
        label: "excess risk",
      },
    });
    const flat = (value) => [[10, value], [20000, value]];
    const without = [
      ...(now.n <= now.d_weak + 1 ? ["no teacher, no student: n ≤ d_w + 1"] : []),
      ...(now.n <= now.d_strong + 1 ? ["no fine-tuning: n ≤ d_s + 1"] : []),
    ];
    return [
      ...frame.parts,
      upright(frame, now.d_strong + 1, "d_s + 1", 0, true),
      upright(frame, 2 * now.d_strong + 1, "2 d_s + 1", 1),
      line(frame, flat(here.teacher), "weak"),
      line(frame, flat(here.sft), "sft"),
      line(frame, grid.map((N) => [N, ceiling(N)]), "ceiling"),
      line(frame, grid.map((N) => [N, student(N)]), "student"),
      dot(frame, [now.N, here.student], "student"),
      note(frame, [12, here.teacher], "teacher", "weak"),
      note(frame, [12, here.sft], "fine-tuning", "sft"),
      note(frame, [9000, student(2500)], "student", "student"),
      note(frame, [9000, ceiling(9000)], "ceiling", "ceiling", [8, 20]),
      ...remarks(without),
    ];
  };
  return mount(place, {
    name: "subspaces",
    title: "Excess risks of the four models against N",
    values,
    sentence,
    settled,
    draw,
    stories: [
      { name: "Nothing shared", settings: {} },
      { name: "Much shared", settings: { shared: 60, angle: 30 } },
      { name: "Few pseudo-labels", settings: { N: 150 } },
    ],
    controls: {
      shared: { label: "shared directions", low: 0, high: 200, start: 0, whole: true },
      N: { label: "unlabelled N", low: 10, high: 20000, start: 2000, scale: "log", whole: true },
      n: { label: "labelled n", low: 10, high: 5000, start: 600, scale: "log", whole: true },
      angle: { label: "angle of shared directions, degrees", low: 0, high: 90, start: 30, step: 0.5, more: true },
      d_strong: { label: "strong dimension d_s", low: 2, high: 200, start: 100, whole: true, more: true },
      d_weak: { label: "weak dimension d_w", low: 2, high: 400, start: 200, whole: true, more: true },
      noise: { label: "label noise σ²", low: 1e-3, high: 10, start: 0.1, scale: "log", more: true },
      rho_strong: { label: "student's ρ_s", low: 0, high: 0.2, start: 0, step: 0.002, more: true },
      rho_weak: { label: "teacher's ρ_w", low: 0, high: 0.2, start: 0.02, step: 0.002, more: true },
      inherited_share: { label: "share of ρ_w inherited", low: 0, high: 1, start: 0.2, step: 0.01, more: true },
    },
  });
}

function whenToStop(place) {
  const solve = (now) => {
    const quadratic = Math.sqrt(now.quadratic);
    const teacher = typicalTeacher(now.d, now.width, [0, Math.sqrt(1 - now.quadratic), quadratic]);
    const clock = 1 / reluEigenvalues(now.d, 1)[1];
    return { teacher, clock, loss: teacherError(teacher) };
  };
  const values = (now) => {
    const { teacher, clock, loss } = solve(now);
    const best = bestStop(teacher, 1e-2 * clock, 1e8 * clock);
    return [
      ["teacher L_TE", loss],
      ["student now, L_ST", studentError(teacher, now.time * clock)],
      ["best student", best.error],
      ["best time tλ₁", best.time / clock],
      ["bound (9)", lowerBound(loss)],
      ["best over bound", best.error / lowerBound(loss)],
    ];
  };
  const sentence = (now) => {
    const { teacher, clock, loss } = solve(now);
    const best = bestStop(teacher, 1e-2 * clock, 1e8 * clock);
    const error = studentError(teacher, now.time * clock);
    const early = now.time * clock < best.time;
    if (error <= 1.1 * best.error) return ["Well stopped: the student's error is at most a tenth above its best."];
    if (early && error >= loss) {
      return ["Too early: the student has not learned the target yet, and does not beat its teacher."];
    }
    if (early) return ["The student beats its teacher, and will do better: it should train on."];
    if (error < 0.9 * loss) {
      return ["The student beats its teacher, but it has begun to learn the teacher's errors: too late."];
    }
    return ["Too late: the student has learned nearly all of the teacher's errors."];
  };
  const draw = (now) => {
    const { teacher, clock, loss } = solve(now);
    const low = Math.min(decade(lowerBound(loss), Math.floor), 1e-2);
    const frame = axes({
      x: { low: 1e-2, high: 1e6, scale: "log", label: "time tλ₁" },
      y: { low, high: 1, scale: "log", label: "student's error L_ST" },
    });
    const path = geometric(1e-2, 1e6, 240).map((t) => [t, studentError(teacher, t * clock)]);
    const best = bestStop(teacher, 1e-2 * clock, 1e8 * clock);
    const flat = (value) => [[1e-2, value], [1e6, value]];
    return [
      ...frame.parts,
      line(frame, flat(loss), "weak"),
      line(frame, flat(lowerBound(loss)), "bound"),
      line(frame, path, "student"),
      upright(frame, best.time / clock, "best"),
      dot(frame, [now.time, studentError(teacher, now.time * clock)], "student"),
      note(frame, [3e4, loss], "teacher", "weak"),
      note(frame, [3e4, lowerBound(loss)], "bound (9)", "bound", [8, 16]),
    ];
  };
  return mount(place, {
    name: "stopping",
    title: "Error of an infinitely wide student along gradient flow",
    values,
    sentence,
    draw,
    stories: [
      { name: "Well stopped", settings: {} },
      { name: "Too early", settings: { time: 0.5 } },
      { name: "Overtrained", settings: { time: 1e6 } },
    ],
    controls: {
      time: { label: "time tλ₁", low: 1e-2, high: 1e6, start: 6.4, scale: "log" },
      width: { label: "teacher width M_TE", low: 8, high: 1024, start: 128, scale: "log", whole: true },
      d: { label: "input dimension d", low: 8, high: 64, start: 32, whole: true },
      quadratic: { label: "quadratic share of f*", low: 0, high: 0.5, start: 0, step: 0.01, more: true },
    },
  });
}

function theBall(place) {
  const at = (now) => [now.along, now.across];
  const values = (now) => {
    const found = judge(now.loss, at(now));
    const students = Math.round(now.students);
    return [
      ["your student's error", found.error],
      ["shrinkage optimal", found.margin >= 0 ? "yes" : "no"],
      ["bound (9)", lowerBound(now.loss)],
      ["¾ L²", quadraticFloor(now.loss)],
      [`best after ${students} student${students > 1 ? "s" : ""}`, chainBound(now.loss, students)],
    ];
  };
  const sentence = (now) => {
    const { error, margin } = judge(now.loss, at(now));
    if (margin >= 0 && error < now.loss) return ["Your student gains nothing by shrinking, and it beats its teacher."];
    if (margin >= 0) return ["Your student gains nothing by shrinking, but it does not beat its teacher."];
    const outside = "Outside the disc a shrunken copy of your student fits the teacher better";
    if (error < lowerBound(now.loss)) return [`${outside}: only so can it be below the bound (9).`];
    return [`${outside}: the bound (9) does not hold for it.`];
  };
  const scale = 255;
  const px = (x) => 170 + x * scale;
  const py = (y) => 282 - y * scale;
  const mark = ([x, y], role, name, shift) => [
    drawn("circle", { cx: px(x), cy: py(y), r: 6, class: `w2s-dot w2s-${role}` }),
    word(name, {
      x: px(x) + shift[0],
      y: py(y) + shift[1],
      "text-anchor": shift[0] < 0 ? "end" : "start",
      class: `w2s-word w2s-${role}`,
    }),
  ];
  const draw = (now) => {
    const radius = 0.5 * Math.sqrt(1 - now.loss);
    const target = [Math.sqrt(1 - now.loss), Math.sqrt(now.loss)];
    const steps = chain(now.loss, Math.round(now.students));
    const best = chain(now.loss, 1)[1];
    const joined = steps.map(([x, y]) => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join("L");
    return [
      drawn("circle", { cx: px(radius), cy: py(0), r: radius * scale, class: "w2s-disc w2s-bound" }),
      drawn("path", {
        d: `M${px(target[0])} ${py(target[1])}L${px(best[0])} ${py(best[1])}`,
        class: "w2s-line w2s-accent",
      }),
      drawn("path", { d: `M${joined}`, class: "w2s-line w2s-sft" }),
      ...steps.slice(1).flatMap((point) => mark(point, "sft", "", [0, 0])),
      ...mark([0, 0], "bound", "0", [-10, 5]),
      ...mark([target[0], 0], "weak", "f_TE", [10, 5]),
      ...mark(target, "ceiling", "f*", [10, -4]),
      ...mark(at(now), "student", "your student", [-10, -4]),
    ];
  };
  const explorer = mount(place, {
    name: "ball",
    title: "The disc of shrinkage-optimal students",
    values,
    sentence,
    draw,
    stories: [
      { name: "In the disc", settings: {} },
      { name: "At the limit", settings: { along: 0.59, across: 0.33 } },
      { name: "A chain of five", settings: { students: 5, along: 0.59, across: 0.45 } },
    ],
    controls: {
      loss: { label: "teacher's error L", low: 0.01, high: 0.99, start: 0.4, step: 0.01 },
      along: { label: "your student, along f_TE", low: -0.1, high: 1.1, start: 0.5, step: 0.005 },
      across: { label: "your student, across", low: -0.5, high: 1.05, start: 0.2, step: 0.005 },
      students: { label: "length of the chain", low: 1, high: 8, start: 1, whole: true, more: true },
    },
  });
  // The student can be dragged in the picture as well; a finger that moves up or down scrolls the page.
  const moved = (event) => {
    const box = explorer.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 640;
    const y = ((event.clientY - box.top) / box.height) * 456 - 28;
    explorer.set("along", (x - 170) / scale);
    explorer.set("across", (282 - y) / scale);
    explorer.update();
  };
  let before = {};
  explorer.svg.addEventListener("pointerdown", () => (before = explorer.state()));
  explorer.svg.addEventListener("pointercancel", () => {
    ["along", "across"].forEach((key) => explorer.set(key, before[key]));
    explorer.update();
  });
  explorer.svg.addEventListener("click", moved);
  explorer.svg.addEventListener("pointermove", (event) => event.buttons === 1 && moved(event));
  explorer.svg.classList.add("w2s-draggable");
  return explorer;
}

const EXPLORERS = { subspaces: twoSubspaces, stopping: whenToStop, ball: theBall };

globalThis.w2s = {
  bestStop, chainBound, geometry, impossible, judge, lowerBound, reluEigenvalues, risks, settled,
  studentError, teacherError, typicalTeacher, explorers: {},
};
document.querySelectorAll("[data-explorer]").forEach((place) => {
  const name = place.getAttribute("data-explorer");
  globalThis.w2s.explorers[name] = EXPLORERS[name](place);
});
