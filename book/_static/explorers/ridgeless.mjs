// Paper 1 in the browser: the exact population risks of w2s.discrepancy.ridgeless for spaces that share
// `shared` directions at one canonical angle (in degrees); all other directions are orthogonal.

export function geometry({ shared, angle, d_strong, d_weak, rho_strong, rho_weak, inherited }) {
  const cosine = Math.cos((angle * Math.PI) / 180);
  const overlap = Math.min(shared, d_strong, d_weak) * cosine * cosine;
  const a = inherited * rho_weak;
  const b = rho_weak - a;
  // The parts of the target that the student cannot express are taken as uncorrelated: c = ρ_s + b.
  return { d_strong, d_weak, overlap, rho_strong, rho_weak, a, b, c: rho_strong + b };
}

const excess = (samples, d) => (samples - d - 1 > 0 ? d / (samples - d - 1) : Infinity);
const times = (factor, value) => (value === 0 ? 0 : factor * value);

export function singleRisk(d, samples, noise, rho) {
  return rho + times(excess(samples, d), noise + rho);
}

export function studentRisk(g, n, N, noise) {
  const kappa = excess(N, g.d_strong);
  const room = n - g.d_weak - 1;
  const spread = room > 0 ? (noise + g.rho_weak) / room : Infinity;
  const dimension = g.overlap + times(kappa, g.d_weak - g.overlap);
  return g.rho_strong + g.a + times(kappa, g.c) + times(dimension, spread);
}

export function risks(g, n, N, noise) {
  const weak = singleRisk(g.d_weak, n, noise, g.rho_weak);
  const student = studentRisk(g, n, N, noise);
  const sft = singleRisk(g.d_strong, n, noise, g.rho_strong);
  const ceiling = singleRisk(g.d_strong, n + N, noise, g.rho_strong);
  const gap = weak - ceiling;
  const clear = Number.isFinite(gap) && gap > 1e-9 * Math.abs(weak);
  return {
    weak,
    student,
    sft,
    ceiling,
    gain: weak - student,
    pgr: clear ? (weak - student) / gap : NaN,
    opr: Number.isFinite(student) && student > 0 && Number.isFinite(sft) ? sft / student : NaN,
  };
}
