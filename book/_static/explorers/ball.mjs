// The limit in the plane of f* and f_TE: bound (9), its square floor, and the chains of w2s.random_features.limits.
// Coordinates: f_TE = (√(1−L), 0) and f* = (√(1−L), √L).

export function lowerBound(loss) {
  return ((2 * loss) / (Math.sqrt(1 + 3 * loss) + Math.sqrt(1 - loss))) ** 2;
}

export const quadraticFloor = (loss) => 0.75 * loss * loss;

// Angle per step of the best chain and its error, by bisection; see w2s.random_features.limits.lower_bound_chain.
function chainOptimum(loss, students) {
  const phi = Math.atan2(Math.sqrt(loss), Math.sqrt(1 - loss));
  const logCosine = 0.5 * Math.log1p(-loss);
  let low = 0;
  let high = phi / (students + 1);
  for (let k = 0; k < 120; k += 1) {
    const rest = 0.5 * (low + high);
    const delta = (phi - rest) / students;
    const logRadius = logCosine + 0.5 * students * Math.log1p(-(Math.sin(delta) ** 2));
    const shortfall = -2 * Math.sin(0.5 * rest) ** 2 - Math.expm1(logRadius);
    if (Math.sin(delta) * shortfall > Math.cos(delta) * Math.sin(rest)) low = rest;
    else high = rest;
  }
  const rest = 0.5 * (low + high);
  const delta = (phi - rest) / students;
  const sine = Math.sin(delta);
  return { delta, error: sine > 0 ? (Math.sin(rest) / sine) ** 2 : 0 };
}

export const chainBound = (loss, students) => chainOptimum(loss, students).error;

export function chain(loss, students) {
  const { delta } = chainOptimum(loss, students);
  const points = [];
  for (let k = 0; k <= students; k += 1) {
    const radius = Math.sqrt(1 - loss) * Math.cos(delta) ** k;
    points.push([radius * Math.cos(k * delta), radius * Math.sin(k * delta)]);
  }
  return points;
}

export function judge(loss, [x, y]) {
  const radius = 0.5 * Math.sqrt(1 - loss);
  const target = [Math.sqrt(1 - loss), Math.sqrt(loss)];
  return {
    error: (x - target[0]) ** 2 + (y - target[1]) ** 2,
    margin: radius - Math.hypot(x - radius, y),
  };
}
