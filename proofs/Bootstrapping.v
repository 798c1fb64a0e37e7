(** Theorem 4.2 and Corollary 2: bounded students, and chains of students.

    For the pages on Theorem 4.2 and on bootstrapping. Notation as in Limit.v. *)
Require Import Reals Lra Psatz PeanoNat.
From W2S Require Import Space Shrinkage Limit.
Open Scope R_scope.

(** (1 − √(1−L))². *)
Definition bound_bounded (L : R) : R := (1 - sqrt (1 - L)) ^ 2.

Section Bounded.
Variable H : Space.
Implicit Types f s t : H.

(** Theorem 4.2: a student that is no longer than its teacher, a best approximation of the target,
    has ‖s − f‖² ≥ (1 − √(1−L))².
    Claims: random_features.bootstrapping.theorem_4_2. *)
Theorem limit_of_bounded_student F f s t :
  sq f = 1 -> subspace H F -> best_approximation H F t f -> sq s <= sq t ->
  bound_bounded (sq (t -: f)) <= sq (s -: f).
Proof.
  intros one S B N. destruct (best_approximation_lengths H F t f S B one) as [E _].
  assert (P := sq_pos _ t). assert (Q := sq_pos _ (t -: f)).
  assert (T := triangle H s (f -: s)).
  assert (X : sq (s +: (f -: s)) = sq f) by (expand; rewrite (dot_sym _ f s); ring).
  assert (Y : sq (f -: s) = sq (s -: f)) by (rewrite !sq_sub, (dot_sym _ f s); ring).
  rewrite X, Y, one, sqrt_1 in T.
  assert (R : sqrt (sq s) <= sqrt (1 - sq (t -: f))) by (apply sqrt_le_1_alt; lra).
  assert (U : sqrt (1 - sq (t -: f)) <= 1) by (rewrite <- sqrt_1 at 2; apply sqrt_le_1_alt; lra).
  assert (V := sqrt_pos (sq (s -: f))).
  unfold bound_bounded. rewrite <- (sqrt_sqrt (sq (s -: f))) by apply sq_pos. simpl. nra.
Qed.

(** A chain: every student is shrinkage optimal for the one before. *)
Definition chain (s : nat -> H) (n : nat) : Prop :=
  forall k, (k < n)%nat -> shrinkage_optimal H (s (S k)) (s k).

Lemma chain_is_no_longer (s : nat -> H) n : chain s n -> sq (s n) <= sq (s O).
Proof.
  induction n as [| n IH]; intros C; [lra |].
  apply Rle_trans with (sq (s n)).
  - apply optimal_is_no_longer, C. apply le_n.
  - apply IH. intros k K. apply C. apply le_S, K.
Qed.

(** Corollary 2: however long the chain, its last student obeys Theorem 4.2.
    Claims: random_features.bootstrapping.corollary_2. *)
Theorem limit_of_chain F f (s : nat -> H) n :
  sq f = 1 -> subspace H F -> best_approximation H F (s O) f -> chain s n ->
  bound_bounded (sq (s O -: f)) <= sq (s n -: f).
Proof.
  intros one S B C. apply limit_of_bounded_student with F; auto. apply chain_is_no_longer, C.
Qed.
End Bounded.

(** The bound of Theorem 4.2 is at least ¼ L².
    Claims: random_features.bootstrapping.factor_four. *)
Theorem at_least_a_quarter L : 0 <= L <= 1 -> / 4 * L ^ 2 <= bound_bounded L.
Proof.
  intros [L0 L1]. unfold bound_bounded. assert (B := sqrt_pos (1 - L)).
  assert (D := sqrt_sqrt (1 - L) ltac:(lra)). set (b := sqrt (1 - L)) in *.
  (* L = (1 − b)(1 + b) with 1 + b ≤ 2. *)
  assert (b <= 1) by nra.
  assert (E : / 4 * L ^ 2 = (1 - b) ^ 2 * ((1 + b) ^ 2 / 4)).
  { replace L with (1 - b * b) by lra. field. }
  rewrite E. assert (X : 0 <= (1 - b) ^ 2) by apply pow2_ge_0.
  assert (Y : (1 + b) ^ 2 / 4 <= 1) by nra. nra.
Qed.

(** * The bound is reached in the limit of long chains *)

(** The k-th student of a chain in the plane: the teacher cos φ · e₁ (k = 0) turns to the target
    (cos φ, sin φ) by projections, each of which turns by δ and costs a factor cos δ in length. *)
Definition turned (phi delta : R) (k : nat) : coordinates 2 :=
  let r := cos phi * cos delta ^ k in pair (r * cos (INR k * delta)) (r * sin (INR k * delta)).

Lemma turned_is_chain phi delta n : chain (coordinates 2) (turned phi delta) n.
Proof.
  intros k _. apply optimal_iff_slope. unfold turned. rewrite S_INR.
  set (x := INR k * delta). replace ((INR k + 1) * delta) with (x + delta) by (unfold x; ring).
  rewrite cos_plus, sin_plus. simpl.
  assert (A := sin2_cos2 x). assert (B := sin2_cos2 delta). unfold Rsqr in A, B.
  set (cx := cos x) in *. set (sx := sin x) in *. set (c := cos delta) in *.
  set (d := sin delta) in *. set (r := cos phi * c ^ k). apply Req_le. symmetry.
  transitivity (r * r * c * ((sx * sx + cx * cx) * c - c * (sx * sx + cx * cx) * (d * d + c * c)));
    [unfold r; ring | rewrite A, B; ring].
Qed.

(** After n turns by φ/n the error is (1 − cos φ cosⁿ(φ/n))². *)
Theorem error_of_turned phi n : (0 < n)%nat ->
  sq (turned phi (phi / INR n) n -: pair (cos phi) (sin phi))
  = (1 - cos phi * cos (phi / INR n) ^ n) ^ 2.
Proof.
  intros N. assert (M : INR n <> 0) by (apply not_0_INR; intros ->; inversion N).
  unfold turned. replace (INR n * (phi / INR n)) with phi by (field; exact M).
  assert (A := sin2_cos2 phi). unfold Rsqr in A. unfold sq. simpl.
  set (c := cos phi) in *. set (d := sin phi) in *. set (p := cos (phi / INR n) ^ n).
  transitivity ((d * d + c * c) * (1 - c * p) * (1 - c * p)); [ring | rewrite A; ring].
Qed.

(** Bernoulli: 1 − n x ≤ (1 − x)ⁿ for 0 ≤ x ≤ 1. *)
Lemma bernoulli x n : 0 <= x <= 1 -> 1 - INR n * x <= (1 - x) ^ n.
Proof.
  intros X. induction n as [| n IH]; [simpl; lra |].
  rewrite S_INR. simpl. assert (A := pos_INR n).
  assert (B : 0 <= (1 - x) ^ n) by (apply pow_le; lra). nra.
Qed.

(** cosⁿ(φ/n) ≥ 1 − φ²/n: what turning in n steps costs. *)
Lemma cost_of_turning phi n : (0 < n)%nat -> 0 <= phi / INR n <= 1 ->
  1 - phi ^ 2 / INR n <= cos (phi / INR n) ^ n <= 1.
Proof.
  intros N D. assert (M : 0 < INR n) by apply lt_0_INR, N. set (d := phi / INR n) in *.
  assert (S : 0 <= sin d <= d).
  { split; [apply sin_ge_0; [lra | assert (X := PI2_1); lra] |].
    destruct (Req_dec d 0) as [-> | Z]; [rewrite sin_0; lra | left; apply sin_lt_x; lra]. }
  (* cos d = √(1 − sin² d) ≥ 1 − sin² d ≥ 1 − d². *)
  assert (C : 1 - d ^ 2 <= cos d <= 1).
  { assert (A := sin2_cos2 d). unfold Rsqr in A.
    assert (Q : 0 <= cos d) by (apply cos_ge_0; assert (X := PI2_1); lra).
    assert (W := COS_bound d). nra. }
  split.
  - apply Rle_trans with ((1 - d ^ 2) ^ n).
    + apply Rle_trans with (1 - INR n * d ^ 2).
      * unfold d. apply Req_le. field. lra.
      * apply bernoulli. nra.
    + apply pow_incr. nra.
  - rewrite <- (pow1 n). apply pow_incr. nra.
Qed.

(** For every error L = sin² φ and every ε > 0 there is a chain from a best approximation of the target
    whose last student comes within ε of (1 − √(1−L))². *)
Theorem chains_reach_the_bound phi eps : 0 <= phi <= PI / 2 -> 0 < eps ->
  exists n, chain (coordinates 2) (turned phi (phi / INR n)) n /\
    best_approximation (coordinates 2) first_axis
      (turned phi (phi / INR n) O) (pair (cos phi) (sin phi)) /\
    sq (turned phi (phi / INR n) O -: pair (cos phi) (sin phi)) = sin phi ^ 2 /\
    sq (turned phi (phi / INR n) n -: pair (cos phi) (sin phi)) <= bound_bounded (sin phi ^ 2) + eps.
Proof.
  intros P E. assert (least : 0 < Rmin (eps / 8) (/ 2)) by (apply Rmin_glb_lt; lra).
  destruct (archimed_cor1 _ least) as [n [M N]]. exists n.
  assert (M8 : / INR n < eps / 8) by (apply Rlt_le_trans with (1 := M); apply Rmin_l).
  assert (M2 : / INR n < / 2) by (apply Rlt_le_trans with (1 := M); apply Rmin_r).
  assert (J : 0 < / INR n) by (apply Rinv_0_lt_compat, lt_0_INR, N).
  assert (two : PI / 2 <= 2) by (assert (X := PI_4); lra).
  assert (S : 0 <= phi / INR n <= 1) by (unfold Rdiv; nra).
  split; [apply turned_is_chain |]. split.
  { split.
    - unfold first_axis, turned. simpl. rewrite Rmult_0_l, sin_0. ring.
    - intros g G. unfold first_axis in G. unfold turned, sq. simpl.
      rewrite G, Rmult_0_l, sin_0, cos_0.
      assert (K := Rle_0_sqr (g 0%nat + -1 * cos phi)). unfold Rsqr in K. lra. }
  split.
  { unfold turned, sq. simpl. rewrite Rmult_0_l, cos_0, sin_0. ring. }
  rewrite (error_of_turned phi n N).
  assert (Q : 0 <= cos phi) by (apply cos_ge_0; lra).
  assert (A := sin2_cos2 phi). unfold Rsqr in A.
  assert (B : sqrt (1 - sin phi ^ 2) = cos phi).
  { replace (1 - sin phi ^ 2) with (cos phi * cos phi) by (simpl; lra). apply sqrt_square, Q. }
  unfold bound_bounded. rewrite B.
  destruct (cost_of_turning phi n N S) as [low high].
  assert (D : phi ^ 2 / INR n <= eps / 2).
  { unfold Rdiv at 1. assert (0 <= phi ^ 2 <= 4) by (simpl; nra). nra. }
  assert (W := COS_bound phi). set (p := cos (phi / INR n) ^ n) in *.
  set (c := cos phi) in *.
  assert (c * (1 - p) <= eps / 2) by nra. assert (0 <= c * (1 - p)) by nra.
  assert (0 <= p).
  { apply pow_le, cos_ge_0; assert (X := PI2_1); lra. }
  assert (x2 : c * (1 - p) <= c) by nra. set (x := c * (1 - p)) in *.
  replace (1 - c * p) with (1 - c + x) by (unfold x; ring).
  assert (0 <= x * (c - x)) by nra. assert (0 <= c) by (unfold x in x2; nra). simpl. nra.
Qed.
