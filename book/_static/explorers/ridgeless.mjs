// Paper 1 in the browser: the exact population risks of w2s.discrepancy.ridgeless for spaces that share
// `shared` directions at one canonical angle (in degrees); all other directions are orthogonal.

const ROUNDING = 1e-9; // as in w2s.discrepancy.subspaces
const LEAST_ANGLE = 0.5;

export function geometry({ shared, angle, d_strong, d_weak, rho_strong, rho_weak, inherited_share }) {
  const cosine = Math.cos((angle * Math.PI) / 180);
  const inherited = inherited_share * rho_weak;
  const removed = rho_weak - inherited;
  // The parts of the target that the student cannot express are taken as uncorrelated.
  const invisible = rho_strong + removed;
  const overlap = shared * cosine * cosine;
  return { d_strong, d_weak, overlap, rho_strong, rho_weak, inherited, removed, invisible };
}

const nested = (overlap, size) => size - overlap <= 2 * ROUNDING * size;

// Whether no two spaces and no target have these constants: the rule of Geometry._check_nested.
export function impossible({ d_strong, d_weak, overlap, rho_strong, inherited, removed, invisible }) {
  const scale = Math.max(rho_strong, inherited, removed, invisible);
  const room = (size) => 2 * ROUNDING * size;
  const rest = Math.abs(rho_strong - removed - invisible);
  return (
    (nested(overlap, d_weak) && invisible > room(d_weak) * scale) ||
    (nested(overlap, d_strong) &&
      (inherited > room(d_strong) * scale || rest > 2 * Math.sqrt(room(d_strong)) * scale))
  );
}

// The nearest settings that two spaces can have, and what had to give, in words.
export function settled(now) {
  const most = Math.min(now.d_strong, now.d_weak);
  const shared = Math.min(now.shared, most);
  const because = [];
  if (shared < now.shared) because.push(`The smaller space has ${most} directions to share.`);
  let { angle } = now;
  if (impossible(geometry({ ...now, shared }))) {
    angle = LEAST_ANGLE;
    because.push(
      "At an angle of 0 one space would lie in the other, which these ρ_w and ρ_s do not allow: " +
        "the angle stays at half a degree.",
    );
  }
  return { now: { ...now, shared, angle }, because };
}

// 1/(m-d-1), infinite on d-1 <= m <= d+1; with fewer samples the risk has another formula.
function inverseExcess(samples, dimension) {
  if (samples < dimension - 1) return NaN;
  const excess = samples - dimension - 1;
  return excess > 0 ? 1 / excess : Infinity;
}

// ∞ · 0 = 0: an infinite rate of nothing is nothing.
const product = (rate, amount) => (rate === 0 || amount === 0 ? 0 : rate * amount);

export function singleRisk(dimension, samples, noise, rho) {
  return rho + product(dimension * inverseExcess(samples, dimension), noise + rho);
}

export function studentRisk(g, n, N, noise) {
  const rate = g.d_strong * inverseExcess(N, g.d_strong);
  const spread = product(inverseExcess(n, g.d_weak), noise + g.rho_weak);
  const dimension = g.overlap + product(rate, g.d_weak - g.overlap);
  return g.rho_strong + g.inherited + product(rate, g.invisible) + product(spread, dimension);
}

export function risks(g, n, N, noise) {
  const teacher = singleRisk(g.d_weak, n, noise, g.rho_weak);
  const student = studentRisk(g, n, N, noise);
  const sft = singleRisk(g.d_strong, n, noise, g.rho_strong);
  const ceiling = singleRisk(g.d_strong, n + N, noise, g.rho_strong);
  const gap = teacher - ceiling;
  const clear = Number.isFinite(gap) && gap > 1e-9 * Math.abs(teacher);
  return {
    teacher,
    student,
    sft,
    ceiling,
    pgr: clear ? (teacher - student) / gap : NaN,
    opr: Number.isFinite(student) && student > 0 ? sft / student : NaN,
  };
}
