// Paper 2 in the browser: the typical ReLU teacher under the deterministic equivalent of
// w2s.random_features.universality, and the path of an infinitely wide student, w2s.random_features.gradient_flow.spectral_path.

const DEGREES = 40;

// c_l of the ReLU, by recurrences: Γ(d/2)/Γ((d+1)/2) steps in d, the even coefficients in l.
export function reluEigenvalues(d, last) {
  let gammas = Math.sqrt(Math.PI);
  for (let k = 1; k < d; k += 1) gammas = 2 / (k * gammas);
  const c = new Array(last + 1).fill(0);
  c[0] = gammas / (2 * Math.sqrt(Math.PI));
  if (last >= 1) c[1] = 0.5 / d;
  let even = gammas / (2 * Math.sqrt(Math.PI) * (d + 1));
  for (let l = 2; l <= last; l += 2) {
    c[l] = even;
    even *= -(l - 1) / (l + d + 1);
  }
  return c.map((value) => value * value);
}

function binomial(n, k) {
  let value = 1;
  for (let i = 1; i <= k; i += 1) value = (value * (n - k + i)) / i;
  return value;
}

export function multiplicities(d, last) {
  const counts = [];
  for (let l = 0; l <= last; l += 1) {
    counts.push(binomial(d + l - 1, l) - (l >= 2 ? binomial(d + l - 3, l - 2) : 0));
  }
  return counts;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

export function resolutionLevel(values, counts, rest, width) {
  const surplus = (kappa) =>
    sum(values.map((value, l) => (counts[l] * value) / (value + kappa))) + rest / kappa - width;
  let low = Math.log(1e-6 * values[values.length - 1]);
  let high = 0;
  for (let k = 0; k < 200 && high - low > 1e-16; k += 1) {
    const middle = 0.5 * (low + high);
    if (surplus(Math.exp(middle)) > 0) low = middle;
    else high = middle;
  }
  return Math.exp(0.5 * (low + high));
}

// Energies by eigenspace: degree 0, 1, 2, 4, ..., one above, and what no ReLU network sees.
export function typicalTeacher(d, width, coefficients) {
  const values = reluEigenvalues(d, DEGREES);
  const counts = multiplicities(d, DEGREES);
  const rest = Math.max(0.5 / d - sum(values.map((value, l) => value * counts[l])), 0);
  const squares = values.map((_, l) => (coefficients[l] ?? 0) ** 2);
  const kappa = resolutionLevel(values, counts, rest, width);
  const shape = values.map((value) => value / (value + kappa) ** 2);
  const spread = sum(counts.map((count, l) => count * shape[l])) + rest / kappa ** 2;
  const whole = sum(squares.map((square, l) => square * shape[l]));
  const own = sum(squares.map((square, l) => square * shape[l] ** 2));
  const noise = whole > 0 ? (kappa * whole) / (whole * spread + own) : 0;
  const missed = values.map((value) => kappa / (value + kappa));
  const cross = squares.map((square, l) => square * missed[l]);
  const residual = squares.map(
    (square, l) =>
      square * missed[l] ** 2 + noise * shape[l] * (counts[l] * whole + square * shape[l]),
  );
  const teacher = sum(squares.map((square, l) => square * (1 - missed[l])));
  const seen = squares.map((_, l) => l).filter((l) => l < 2 || l % 2 === 0);
  const higher = Math.max(
    teacher - sum(seen.map((l) => squares[l] - 2 * cross[l] + residual[l])),
    0,
  );
  const unseen = sum(squares) - sum(seen.map((l) => squares[l]));
  const beyond = reluEigenvalues(d, DEGREES + 2)[DEGREES + 2];
  return {
    eigenvalues: [...seen.map((l) => values[l]), beyond, 0],
    target_energy: [...seen.map((l) => squares[l]), 0, unseen],
    cross_energy: [...seen.map((l) => cross[l]), 0, unseen],
    residual_energy: [...seen.map((l) => residual[l]), higher, unseen],
  };
}

export const teacherError = (teacher) => sum(teacher.residual_energy);

export function studentError(teacher, time) {
  let total = 0;
  teacher.eigenvalues.forEach((value, j) => {
    const left = Math.exp(-time * value);
    const learned = -Math.expm1(-time * value);
    total +=
      left * left * teacher.target_energy[j] +
      2 * left * learned * teacher.cross_energy[j] +
      learned * learned * teacher.residual_energy[j];
  });
  return total;
}

// Best time on a geometric grid, refined by golden sections.
export function bestStop(teacher, shortest, longest) {
  const points = 401;
  const at = (k) => shortest * (longest / shortest) ** (k / (points - 1));
  let best = 0;
  for (let k = 1; k < points; k += 1) {
    if (studentError(teacher, at(k)) < studentError(teacher, at(best))) best = k;
  }
  let low = Math.log(at(Math.max(best - 1, 0)));
  let high = Math.log(at(Math.min(best + 1, points - 1)));
  const ratio = (Math.sqrt(5) - 1) / 2;
  for (let k = 0; k < 80; k += 1) {
    const left = high - ratio * (high - low);
    const right = low + ratio * (high - low);
    if (studentError(teacher, Math.exp(left)) < studentError(teacher, Math.exp(right))) high = right;
    else low = left;
  }
  const time = Math.exp(0.5 * (low + high));
  return { time, error: studentError(teacher, time) };
}
