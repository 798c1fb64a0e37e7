(** What the exact risks use beyond expectations.

    For the pages on the variance theorem, on when weak-to-strong pays, on the bounds of PGR and
    OPR, on mixing and on the teacher's ball. Sizes are real numbers here. *)
Require Import Reals Lra Psatz.
From W2S Require Import Space.
Open Scope R_scope.

(** D(κ) = d_{s∧w} + κ (d_w − d_{s∧w}), the effective dimension of the student's variance. *)
Definition effective_dimension (overlap d_weak kappa : R) : R := overlap + kappa * (d_weak - overlap).

(** κ_N = d_s / (N − d_s − 1), the share of a discrepant error that the student keeps. *)
Definition kept_share (d_strong N : R) : R := d_strong / (N - d_strong - 1).

(** For 0 ≤ κ ≤ 1, D is the mean of the overlap and d_w with weights 1 − κ and κ, so between them. *)
Theorem dimension_is_between overlap d_weak kappa : overlap <= d_weak -> 0 <= kappa <= 1 ->
  effective_dimension overlap d_weak kappa = (1 - kappa) * overlap + kappa * d_weak /\
  overlap <= effective_dimension overlap d_weak kappa <= d_weak.
Proof. unfold effective_dimension. intros O K. split; [ring | split; nra]. Qed.

(** κ_N < 1 exactly past N = 2 d_s + 1: there a gain (1 − κ_N) V with V > 0 changes its sign.
    Claims: discrepancy.when_w2s.sign. *)
Theorem gain_changes_sign d_strong N V : 0 < d_strong -> d_strong + 1 < N -> 0 < V ->
  (0 < (1 - kept_share d_strong N) * V <-> 2 * d_strong + 1 < N).
Proof.
  intros D M P. unfold kept_share. set (m := N - d_strong - 1). assert (0 < m) by (unfold m; lra).
  assert (E : 1 - d_strong / m = (m - d_strong) / m) by (field; lra). rewrite E. split; intros G.
  - destruct (Rle_or_lt (m - d_strong) 0) as [bad | ok]; [exfalso | unfold m in *; lra].
    assert (I : 0 < / m) by (apply Rinv_0_lt_compat; lra). unfold Rdiv in G.
    assert (0 <= (d_strong - m) * / m) by (apply Rmult_le_pos; lra). nra.
  - apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; unfold m in *; lra | exact P].
Qed.

(** Both lower bounds, of PGR and of OPR, are largest where A n/(n − e) + B n is least, with
    e = d_w + 1, A = σ² D_N and B = ρ_s + ρ_w. *)
Definition paid (A B e n : R) : R := A * (n / (n - e)) + B * n.

Definition best_n (A B e : R) : R := e + sqrt (e * A / B).

(** n_opt = d_w + 1 + √((d_w + 1) σ² D_N / (ρ_s + ρ_w)) is where A n/(n − e) + B n, the loss in both
    lower bounds, is least over all real n > e.
    Claims: discrepancy.bounds.n_opt. *)
Theorem n_opt_is_best A B e n : 0 < A -> 0 < B -> 0 < e -> e < n ->
  e < best_n A B e /\ paid A B e (best_n A B e) <= paid A B e n.
Proof.
  intros PA PB Pe M. unfold best_n, paid.
  assert (Q : 0 < e * A / B) by (apply Rdiv_lt_0_compat; nra).
  assert (R := sqrt_lt_R0 _ Q). assert (S := sqrt_sqrt (e * A / B) ltac:(lra)).
  set (r := sqrt (e * A / B)) in *. split; [lra |].
  assert (X : e * A = B * (r * r)) by (rewrite S; field; lra).
  set (m := n - e). assert (P : 0 < m) by (unfold m; lra).
  replace n with (m + e) by (unfold m; ring).
  replace (A * ((e + r) / (e + r - e)) + B * (e + r)) with (A + e * A / r + B * (e + r)) by (field; lra).
  replace (A * ((m + e) / m) + B * (m + e)) with (A + e * A / m + B * (m + e)) by (field; lra).
  rewrite X. replace (B * (r * r) / r) with (B * r) by (field; lra).
  (* What is left is B (r − m)²/m ≥ 0. *)
  assert (Y : B * (r * r) / m = B * ((r - m) * (r - m)) / m + 2 * B * r - B * m) by (field; lra).
  rewrite Y. assert (Z : 0 <= B * ((r - m) * (r - m)) / m).
  { apply Rmult_le_pos; [apply Rmult_le_pos; [lra | apply Rle_0_sqr] |].
    left. apply Rinv_0_lt_compat, P. }
  lra.
Qed.

(** * The mixture of student and SFT baseline *)

(** Error of (1 − ξ) f_s + ξ f_w2s: errors E and W of its parts, cross term X. *)
Definition mixed (E W X xi : R) : R := (1 - xi) ^ 2 * E + xi ^ 2 * W + 2 * xi * (1 - xi) * X.

(** Where E + W − 2X > 0: the optimum ξ* = (E − X)/(E + W − 2X), and the error (E W − X²)/(E + W − 2X) there.
    Claims: neighbours.mixing.weight. *)
Theorem best_mixture E W X xi : 0 < E + W - 2 * X ->
  let best := (E - X) / (E + W - 2 * X) in
  mixed E W X best = (E * W - X ^ 2) / (E + W - 2 * X) /\ mixed E W X best <= mixed E W X xi.
Proof.
  intros P best. unfold mixed. set (c := E + W - 2 * X) in *.
  assert (V : mixed E W X best = (E * W - X ^ 2) / c).
  { unfold mixed, best. replace W with (c - E + 2 * X) by (unfold c; ring). field. lra. }
  unfold mixed in V. split; [exact V |]. rewrite V.
  assert (D : (1 - xi) ^ 2 * E + xi ^ 2 * W + 2 * xi * (1 - xi) * X
              = (E * W - X ^ 2) / c + c * (xi - best) ^ 2).
  { unfold best. replace W with (c - E + 2 * X) by (unfold c; ring). field. lra. }
  rewrite D. assert (0 <= c * (xi - best) ^ 2) by (apply Rmult_le_pos; [lra | apply pow2_ge_0]). lra.
Qed.

(** Mixing beats both parts where the cross term is below both errors.
    Claims: neighbours.mixing.always. *)
Theorem mixture_beats_both E W X : X < E -> X < W ->
  let best := (E - X) / (E + W - 2 * X) in
  0 < best < 1 /\ mixed E W X best < E /\ mixed E W X best < W.
Proof.
  intros P Q best. destruct (best_mixture E W X 0 ltac:(lra)) as [V _]. fold best in V.
  assert (D : 0 < E + W - 2 * X) by lra.
  assert (I : 0 < / (E + W - 2 * X)) by (apply Rinv_0_lt_compat; lra).
  split; [split |].
  - apply Rdiv_lt_0_compat; lra.
  - apply (Rmult_lt_reg_r (E + W - 2 * X)); [lra |].
    replace (best * (E + W - 2 * X)) with (E - X) by (unfold best; field; lra). lra.
  - rewrite V. split.
    + replace E with ((E * W - X ^ 2 + (E - X) ^ 2) / (E + W - 2 * X)) at 3 by (field; lra).
      apply Rmult_lt_compat_r; [exact I | nra].
    + replace W with ((E * W - X ^ 2 + (W - X) ^ 2) / (E + W - 2 * X)) at 3 by (field; lra).
      apply Rmult_lt_compat_r; [exact I | nra].
Qed.

(** A cross term equal to one of the errors leaves the other part without weight, as where spaces are
    nested. *)
Theorem nested_spaces_need_no_mixture E W : E < W ->
  (E - E) / (E + W - 2 * E) = 0 /\ (W - E) / (W + E - 2 * E) = 1.
Proof. intros P. split; field; lra. Qed.

(** * The sign rule of self-distillation *)

Section Distillation.
Variable H : Space.
Implicit Types u d : H.

(** u = θ̂ − β is the error of ridge and d = λ dθ̂/dλ what pure self-distillation adds to θ̂. The
    student with weight ξ on it has, for d ≠ 0, its least error at ξ* = −⟨u, d⟩/‖d‖², lower by ⟨u, d⟩²/‖d‖². *)
Theorem best_self_distillation u d xi : 0 < sq d ->
  let best := - dot u d / sq d in
  sq (u +: best *: d) = sq u - dot u d ^ 2 / sq d /\ sq (u +: best *: d) <= sq (u +: xi *: d).
Proof.
  intros P best. assert (F : forall a, sq (u +: a *: d) = sq u + 2 * a * dot u d + a * a * sq d).
  { intros a. expand. rewrite (dot_sym _ d u). ring. }
  assert (V : sq (u +: best *: d) = sq u - dot u d ^ 2 / sq d).
  { rewrite F. unfold best. field. lra. }
  split; [exact V |]. rewrite V, F.
  assert (D : 2 * xi * dot u d + xi * xi * sq d = sq d * (xi - best) ^ 2 - dot u d ^ 2 / sq d).
  { unfold best. field. lra. }
  assert (0 <= sq d * (xi - best) ^ 2) by (apply Rmult_le_pos; [lra | apply pow2_ge_0]). lra.
Qed.

(** Write R' for 2⟨u, dθ̂/dλ⟩, which is the slope of the risk along λ: ξ* is positive exactly where the risk
    still falls, and nothing is won exactly where R' = 0.
    Claims: neighbours.teachers_ball.sign, neighbours.teachers_ball.mixture,
    neighbours.teachers_ball.stationary. *)
Theorem sign_of_self_distillation u (derivative : H) lambda :
  0 < lambda -> 0 < sq derivative ->
  let d := lambda *: derivative in let slope := 2 * dot u derivative in
  let best := - dot u d / sq d in
  (0 < best <-> slope < 0) /\ (best = 0 <-> slope = 0) /\
  sq u - sq (u +: best *: d) = lambda ^ 2 / 4 * slope ^ 2 / sq d.
Proof.
  intros L P d slope best.
  assert (Q : sq d = lambda * lambda * sq derivative) by (unfold d; apply sq_scale).
  assert (S : 0 < sq d) by (rewrite Q; apply Rmult_lt_0_compat; nra).
  assert (D : dot u d = lambda * (slope / 2)) by (unfold d, slope; rewrite dot_scale_r; field).
  assert (B : best * sq d = - lambda * (slope / 2)) by (unfold best; rewrite D; field; lra).
  split; [| split].
  - split; intros G; [assert (0 < best * sq d) by nra; nra |].
    apply (Rmult_lt_reg_r (sq d)); [exact S |]. rewrite B. nra.
  - split; intros G; [rewrite G in B; nra |]. unfold best. rewrite D, G. field. lra.
  - destruct (best_self_distillation u d 0 S) as [V _]. fold best in V. rewrite V, D. field. lra.
Qed.
End Distillation.
