(** Theorem 4.1 and Corollary 1: the limit that no shrinkage-optimal student can beat.

    For the page on Theorem 4.1. f is the target with ‖f‖ = 1, t the teacher, s the student;
    L = ‖t − f‖² is the teacher's error. *)
Require Import Reals Lra Psatz.
From W2S Require Import Space Shrinkage.
Open Scope R_scope.

(** The bound (9), ((√(1+3L) − √(1−L)) / 2)². *)
Definition bound9 (L : R) : R := ((sqrt (1 + 3 * L) - sqrt (1 - L)) / 2) ^ 2.

(** The bound for a teacher of any length ρ = ‖t‖, (√((1+L)/2 − ρ²/4) − ρ/2)₊². *)
Definition bound_any_teacher (L rho2 : R) : R :=
  (Rmax 0 (sqrt ((1 + L) / 2 - rho2 / 4) - sqrt rho2 / 2)) ^ 2.

Section Limit.
Variable H : Space.
Implicit Types f s t : H.

(** The target is at least as far from the student as from the ball: centre t/2, radius ‖t‖/2. *)
Lemma distance_from_ball f s t :
  shrinkage_optimal H s t -> sqrt (sq (/ 2 *: t -: f)) - sqrt (sq t) / 2 <= sqrt (sq (s -: f)).
Proof.
  intros O. apply optimal_iff_ball in O.
  assert (T := triangle H (s -: f) (/ 2 *: t -: s)).
  assert (E : sq (s -: f +: (/ 2 *: t -: s)) = sq (/ 2 *: t -: f)).
  { expand. rewrite (dot_sym _ f s), (dot_sym _ t s), (dot_sym _ f t). ring. }
  assert (F : sq (/ 2 *: t -: s) = sq (s -: / 2 *: t)).
  { rewrite !sq_sub, (dot_sym _ s). ring. }
  rewrite E, F in T.
  assert (R2 : sqrt (sq (s -: / 2 *: t)) <= sqrt (sq t / 4)) by (apply sqrt_le_1_alt; exact O).
  assert (four : sqrt (sq t / 4) = sqrt (sq t) / 2).
  { replace (sq t / 4) with (sq t * (/ 2 * / 2)) by field.
    rewrite sqrt_mult_alt, sqrt_square by (try apply sq_pos; lra). reflexivity. }
  lra.
Qed.

(** Any teacher, noisy ones too, leaves a shrinkage-optimal student at least the norm-aware bound:
    ‖s − f‖² ≥ (√((1+L)/2 − ‖t‖²/4) − ‖t‖/2)₊².
    Claims: random_features.noisy_teacher.norm_aware. *)
Theorem limit_for_any_teacher f s t :
  sq f = 1 -> shrinkage_optimal H s t ->
  bound_any_teacher (sq (t -: f)) (sq t) <= sq (s -: f).
Proof.
  intros one O. assert (D := distance_from_ball f s t O).
  assert (C : sq (/ 2 *: t -: f) = (1 + sq (t -: f)) / 2 - sq t / 4).
  { rewrite !sq_sub, sq_scale, dot_scale, one. field. }
  rewrite C in D. unfold bound_any_teacher.
  set (x := sqrt _ - _) in D |- *. assert (S := sqrt_pos (sq (s -: f))).
  rewrite <- (sqrt_sqrt (sq (s -: f))) by apply sq_pos.
  assert (M : 0 <= Rmax 0 x <= sqrt (sq (s -: f))).
  { split; [apply Rmax_l | apply Rmax_lub; lra]. }
  simpl. nra.
Qed.

Lemma bound_from_length f s t L :
  sq f = 1 -> 0 <= L <= 1 -> sq (t -: f) = L -> sq t <= 1 - L -> shrinkage_optimal H s t ->
  bound9 L <= sq (s -: f).
Proof.
  intros one [L0 L1] E N O.
  assert (D := distance_from_ball f s t O).
  assert (C : sq (/ 2 *: t -: f) = (1 + L) / 2 - sq t / 4).
  { rewrite <- E, !sq_sub, sq_scale, dot_scale, one. field. }
  assert (A : sqrt (1 + 3 * L) / 2 <= sqrt (sq (/ 2 *: t -: f))).
  { replace (sqrt (1 + 3 * L) / 2) with (sqrt ((1 + 3 * L) * (/ 2 * / 2))).
    - apply sqrt_le_1_alt. rewrite C. lra.
    - rewrite sqrt_mult_alt, sqrt_square by lra. reflexivity. }
  assert (B : sqrt (sq t) <= sqrt (1 - L)) by (apply sqrt_le_1_alt; exact N).
  assert (S := sqrt_pos (sq (s -: f))).
  assert (P : sqrt (1 - L) <= sqrt (1 + 3 * L)) by (apply sqrt_le_1_alt; lra).
  unfold bound9. rewrite <- (sqrt_sqrt (sq (s -: f))) by apply sq_pos. simpl. nra.
Qed.

(** Theorem 4.1 (9): if the teacher is the best approximation of the target in the span of its
    features, and the student is shrinkage optimal for it, then
    ‖s − f‖² ≥ ((√(1+3L) − √(1−L)) / 2)².
    Claims: random_features.limit.corollary_1, random_features.limit.whole_book,
    random_features.shrinkage.limit. *)
Theorem limit_of_any_student F f s t :
  sq f = 1 -> subspace H F -> best_approximation H F t f -> shrinkage_optimal H s t ->
  bound9 (sq (t -: f)) <= sq (s -: f).
Proof.
  intros one S B O. destruct (best_approximation_lengths H F t f S B one) as [N _].
  assert (P := sq_pos _ t). assert (Q := sq_pos _ (t -: f)).
  apply bound_from_length with t; auto; lra.
Qed.

(** The same bound (9) for every teacher that is itself shrinkage optimal for the target: stopped early,
    or regularised.
    Claims: random_features.noisy_teacher.early_stopped_teacher. *)
Theorem limit_for_shrunken_teacher f s t :
  sq f = 1 -> shrinkage_optimal H t f -> shrinkage_optimal H s t ->
  bound9 (sq (t -: f)) <= sq (s -: f).
Proof.
  intros one T O. apply optimal_iff_slope in T.
  rewrite dot_add_r, dot_scale_r in T. fold (sq t) in T.
  assert (P := sq_pos _ t). assert (Q := sq_pos _ (t -: f)).
  assert (E : sq (t -: f) = sq t - 2 * dot t f + 1) by (rewrite sq_sub, one; ring).
  apply bound_from_length with t; auto; lra.
Qed.
End Limit.

(** (9) is at least ¾ L² for every error L of a teacher.
    Claims: random_features.limit.quadratic. *)
Theorem at_least_three_quarters L : 0 <= L <= 1 -> 3 / 4 * L ^ 2 <= bound9 L.
Proof.
  intros [L0 L1]. unfold bound9.
  assert (A := sqrt_pos (1 + 3 * L)). assert (B := sqrt_pos (1 - L)).
  assert (C := sqrt_sqrt (1 + 3 * L) ltac:(lra)). assert (D := sqrt_sqrt (1 - L) ltac:(lra)).
  set (a := sqrt (1 + 3 * L)) in *. set (b := sqrt (1 - L)) in *.
  (* With 4 L = a² − b² this is (a − b)² (4 − ¾ (a + b)²) ≥ 0, and 4 − ¾ (a + b)² = (a − 3b)²/4. *)
  assert (E : (a - b) ^ 2 * ((a - 3 * b) ^ 2 / 4) = (a - b) ^ 2 * 4 - 3 / 4 * (4 * L) ^ 2).
  { replace (4 * L) with (a * a - b * b) by lra.
    replace ((a - b) ^ 2 * 4) with ((a - b) ^ 2 * (a * a + 3 * (b * b))) by (rewrite C, D; ring).
    field. }
  assert (0 <= (a - b) ^ 2 * ((a - 3 * b) ^ 2 / 4)).
  { apply Rmult_le_pos; [apply pow2_ge_0 |]. assert (X := pow2_ge_0 (a - 3 * b)). lra. }
  lra.
Qed.

(** Equality holds at L = ⅔, where both are ⅓.
    Claims: random_features.limit.constant. *)
Theorem three_quarters_is_attained : bound9 (2 / 3) = / 3 /\ 3 / 4 * (2 / 3) ^ 2 = / 3.
Proof.
  split; [unfold bound9 | field].
  assert (A := sqrt_sqrt (1 + 3 * (2 / 3)) ltac:(lra)).
  assert (E : sqrt (1 + 3 * (2 / 3)) = 3 * sqrt (1 - 2 / 3)).
  { replace (1 + 3 * (2 / 3)) with (3 * 3 * (1 - 2 / 3)) by field.
    rewrite sqrt_mult_alt, sqrt_square by lra. reflexivity. }
  assert (B := sqrt_sqrt (1 - 2 / 3) ltac:(lra)). rewrite E. simpl. lra.
Qed.

(** The norm-aware bound is (9) for a best approximation, ‖t‖² = 1 − L, and vanishes for the target
    plus orthogonal noise, ‖t‖² = 1 + L.
    Claims: random_features.noisy_teacher.contains_limit. *)
Theorem any_teacher_contains_limit L : 0 <= L <= 1 ->
  bound_any_teacher L (1 - L) = bound9 L /\ bound_any_teacher L (1 + L) = 0.
Proof.
  intros [L0 L1]. unfold bound_any_teacher, bound9.
  assert (half : forall x, sqrt (x * (/ 2 * / 2)) = sqrt x / 2).
  { intros x. rewrite (Rmult_comm x), sqrt_mult_alt, sqrt_square by lra. field. }
  replace ((1 + L) / 2 - (1 - L) / 4) with ((1 + 3 * L) * (/ 2 * / 2)) by field.
  replace ((1 + L) / 2 - (1 + L) / 4) with ((1 + L) * (/ 2 * / 2)) by field. rewrite !half.
  assert (M : sqrt (1 - L) <= sqrt (1 + 3 * L)) by (apply sqrt_le_1_alt; lra). split.
  - rewrite Rmax_right by lra. field.
  - replace (sqrt (1 + L) / 2 - sqrt (1 + L) / 2) with 0 by ring. rewrite Rmax_left by lra. ring.
Qed.

(** Corollary 1: no law L_ST ≤ c L_TE^η with η > 2, as L_TE → 0. *)
Theorem no_exponent_above_two c eta :
  0 < c -> 2 < eta -> exists small, 0 < small /\
  forall L, 0 < L < small -> L <= 1 -> c * Rpower L eta < bound9 L.
Proof.
  intros C E. exists (Rpower (3 / (4 * c)) (/ (eta - 2))). split; [apply exp_pos |].
  intros L [L0 near] L1. apply Rlt_le_trans with (3 / 4 * L ^ 2);
    [| apply at_least_three_quarters; lra].
  assert (X : Rpower L (eta - 2) < 3 / (4 * c)).
  { assert (P : 0 < 3 / (4 * c)) by (apply Rdiv_lt_0_compat; lra).
    replace (3 / (4 * c)) with (Rpower (Rpower (3 / (4 * c)) (/ (eta - 2))) (eta - 2)).
    - apply Rlt_Rpower_l; lra.
    - rewrite Rpower_mult, Rinv_l, Rpower_1 by lra. reflexivity. }
  replace eta with (eta - 2 + INR 2) by (simpl; ring).
  rewrite Rpower_plus, Rpower_pow by exact L0.
  assert (Y : 0 < L ^ 2) by (apply pow_lt; exact L0).
  rewrite <- Rmult_assoc. apply Rmult_lt_compat_r; [exact Y |].
  replace (3 / 4) with (c * (3 / (4 * c))) by (field; lra). apply Rmult_lt_compat_l; assumption.
Qed.

(** * Both bounds are attained *)

(** The vector (x, y) of the plane. *)
Definition pair (x y : R) : coordinates 2 := fun i => match i with O => x | _ => y end.

(** Vectors along the first axis: one feature. *)
Definition first_axis (v : coordinates 2) : Prop := v 1%nat = 0.

Lemma first_axis_is_subspace : subspace (coordinates 2) first_axis.
Proof.
  unfold first_axis. simpl. split; [reflexivity |].
  split; [intros u v U V | intros a u U]; simpl; rewrite ?U, ?V; ring.
Qed.

Lemma foot_is_best x y : best_approximation (coordinates 2) first_axis (pair x 0) (pair x y).
Proof.
  split; [reflexivity |]. intros g G. unfold first_axis in G. unfold sq. simpl. rewrite G.
  assert (P := Rle_0_sqr (g 0%nat + -1 * x)). unfold Rsqr in P. lra.
Qed.

(** For every L there are a target, a teacher with one feature and a student that attain (9).
    Claims: random_features.limit.tight. *)
Theorem limit_is_attained L : 0 <= L <= 1 ->
  exists f s t : coordinates 2,
    sq f = 1 /\ best_approximation (coordinates 2) first_axis t f /\ sq (t -: f) = L /\
    shrinkage_optimal (coordinates 2) s t /\ sq (s -: f) = bound9 L.
Proof.
  intros [L0 L1]. set (a := sqrt (1 + 3 * L)). set (b := sqrt (1 - L)). set (r := sqrt L).
  assert (A : a * a = 1 + 3 * L) by (apply sqrt_sqrt; lra).
  assert (B : b * b = 1 - L) by (apply sqrt_sqrt; lra).
  assert (C : r * r = L) by (apply sqrt_sqrt; lra).
  assert (P : 0 < a) by (apply sqrt_lt_R0; lra).
  exists (pair b r), (pair (b / 2 + b * b / (2 * a)) (b * r / a)), (pair b 0).
  split; [unfold sq; simpl; lra |]. split; [apply foot_is_best |].
  split; [unfold sq; simpl; lra |].
  (* In units of a the student is (b (a + b)/2, b r), and a² = b² + 4 r². *)
  assert (R2 : r * r = (a * a - b * b) / 4) by lra.
  split.
  - apply optimal_iff_slope. simpl. apply Req_le. symmetry.
    transitivity ((b * b * (a * a - b * b) / 4 - b * b * (r * r)) / (a * a)); [field; lra |].
    rewrite R2. field. lra.
  - unfold bound9. fold a b. unfold sq. simpl.
    transitivity ((b * b * (a - b) * (a - b) / 4 + (b - a) * (b - a) * (r * r)) / (a * a)); [field; lra |].
    rewrite R2. field. lra.
Qed.

(** The hypothesis on the teacher is needed: some teacher that is no best approximation has a
    shrinkage-optimal student below (9). (In the proof it is the target plus orthogonal noise.)
    Claims: random_features.limit.noisy_teacher, random_features.noisy_teacher.any_teacher. *)
Theorem noisy_teacher_escapes : exists f s t : coordinates 2,
  sq f = 1 /\ shrinkage_optimal (coordinates 2) s t /\ sq (s -: f) < bound9 (sq (t -: f)).
Proof.
  exists (pair 1 0), (pair 1 0), (pair 1 (/ 2)).
  split; [unfold sq; simpl; lra |]. split; [apply optimal_iff_slope; simpl; lra |].
  apply Rlt_le_trans with (3 / 4 * sq (pair 1 (/ 2) -: pair 1 0) ^ 2).
  - unfold sq. simpl. lra.
  - apply at_least_three_quarters. unfold sq. simpl. lra.
Qed.
