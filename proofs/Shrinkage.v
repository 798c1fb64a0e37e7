(** Definition 1 and Lemma 1: which students are shrinkage optimal.

    For the pages on Theorem 4.1 and on shrinkage optimality. s is the student, t its teacher. *)
Require Import Reals Lra Psatz.
From W2S Require Import Space.
Open Scope R_scope.

Section Ball.
Variable H : Space.
Implicit Types s t g : H.

(** Definition 1: ‖s − t‖ ≤ ‖α s − t‖ for all 0 ≤ α ≤ 1. *)
Definition shrinkage_optimal s t : Prop :=
  forall a, 0 <= a <= 1 -> sq (s -: t) <= sq (a *: s -: t).

Lemma slope_from_optimality s t : shrinkage_optimal s t -> 0 <= dot s (t -: s).
Proof.
  intros opt. rewrite dot_add_r, dot_scale_r. fold (sq s).
  assert (key : forall a, 0 <= a <= 1 -> 0 <= (1 - a) * (2 * dot s t - (1 + a) * sq s)).
  { intros a Ha. assert (O := opt a Ha).
    rewrite !sq_sub, sq_scale, dot_scale in O. nra. }
  destruct (Rle_or_lt 0 (dot s t + -1 * sq s)) as [ok | bad]; [exact ok | exfalso].
  assert (P := sq_pos _ s). destruct (Req_dec (sq s) 0) as [Z | Z].
  - assert (K := key 0 ltac:(lra)). rewrite Z in *. lra.
  - (* A step back of d / ‖s‖², where d is by how much the slope is wrong, comes closer. *)
    set (d := sq s - dot s t) in *. assert (D : 0 < d) by (unfold d; lra).
    assert (X : 0 < d / sq s) by (apply Rdiv_lt_0_compat; lra).
    assert (Y : d / sq s * sq s = d) by (field; exact Z).
    destruct (Rle_or_lt (d / sq s) 1) as [small | large].
    + assert (K := key (1 - d / sq s) ltac:(lra)). unfold d in *. nra.
    + assert (K := key 0 ltac:(lra)). unfold d in *. nra.
Qed.

Lemma optimality_from_slope s t : 0 <= dot s (t -: s) -> shrinkage_optimal s t.
Proof.
  rewrite dot_add_r, dot_scale_r. fold (sq s). intros slope a [low high].
  rewrite !sq_sub, sq_scale, dot_scale. assert (P := sq_pos _ s).
  assert (A : 0 <= (1 - a) * (dot s t - sq s)) by (apply Rmult_le_pos; lra).
  assert (B : 0 <= (1 - a) * (1 - a) * sq s) by (apply Rmult_le_pos; nra).
  lra.
Qed.

(** Shrinkage optimality is a slope: ⟨s, t − s⟩ ≥ 0. *)
Theorem optimal_iff_slope s t : shrinkage_optimal s t <-> 0 <= dot s (t -: s).
Proof. split; [apply slope_from_optimality | apply optimality_from_slope]. Qed.

(** And it is a ball, whose diameter is the segment from 0 to t: ‖s − t/2‖² ≤ ‖t‖²/4.
    Claims: random_features.shrinkage.ball, random_features.limit.definition_1. *)
Theorem optimal_iff_ball s t : shrinkage_optimal s t <-> sq (s -: / 2 *: t) <= sq t / 4.
Proof.
  rewrite optimal_iff_slope, sq_sub, sq_scale, dot_add_r, !dot_scale_r. fold (sq s). lra.
Qed.

(** A shrinkage-optimal student is no longer than its teacher.
    Claims: random_features.bootstrapping.norms_fall. *)
Theorem optimal_is_no_longer s t : shrinkage_optimal s t -> sq s <= sq t.
Proof.
  rewrite optimal_iff_slope, dot_add_r, dot_scale_r. fold (sq s). intros slope.
  assert (A := sq_pos _ (s -: t)). rewrite sq_sub in A. lra.
Qed.

(** Whoever minimises the loss plus a penalty that shrinking does not raise is shrinkage optimal:
    ridge and all convex penalties that are least at 0. (Sets that are closed under shrinking are
    the case of a penalty of 0 inside, and of more than the student's loss outside.)
    Claims: random_features.shrinkage.regularised. *)
Theorem penalised_loss_is_optimal (penalty : H -> R) s t :
  (forall a g, 0 <= a <= 1 -> penalty (a *: g) <= penalty g) ->
  (forall g, sq (s -: t) + penalty s <= sq (g -: t) + penalty g) ->
  shrinkage_optimal s t.
Proof. intros shrinks least a Ha. assert (A := least (a *: s)). assert (B := shrinks a s Ha). lra. Qed.

(** Averages of shrinkage-optimal students are shrinkage optimal: the ball is convex.
    Claims: random_features.shrinkage.ensemble. *)
Theorem average_is_optimal s g t a : 0 <= a <= 1 ->
  shrinkage_optimal s t -> shrinkage_optimal g t -> shrinkage_optimal (a *: s +: (1 - a) *: g) t.
Proof.
  intros A. rewrite !optimal_iff_slope. intros S G.
  assert (E : dot (a *: s +: (1 - a) *: g) (t -: (a *: s +: (1 - a) *: g))
              = a * dot s (t -: s) + (1 - a) * dot g (t -: g) + a * (1 - a) * sq (s -: g)).
  { expand. rewrite (dot_sym _ g s). ring. }
  rewrite E. assert (P := sq_pos _ (s -: g)).
  assert (0 <= a * (1 - a) * sq (s -: g)) by (apply Rmult_le_pos; nra).
  assert (0 <= a * dot s (t -: s)) by (apply Rmult_le_pos; lra).
  assert (0 <= (1 - a) * dot g (t -: g)) by (apply Rmult_le_pos; lra). lra.
Qed.

(** A best approximation in the span of some features, as of a student trained to its end, is
    shrinkage optimal. *)
Theorem best_approximation_is_optimal F s t :
  subspace H F -> best_approximation H F s t -> shrinkage_optimal s t.
Proof.
  intros S B. apply optimal_iff_slope. rewrite dot_sym.
  rewrite (missing_part_is_orthogonal H F s t S B s (proj1 B)). lra.
Qed.
End Ball.

(** * Filters on a finite spectrum *)

(** f 0 + … + f (n−1). *)
Fixpoint sum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S k => sum k f + f k end.

Lemma sum_pos n f : (forall i, 0 <= f i) -> 0 <= sum n f.
Proof. intros P. induction n; simpl; [lra | assert (A := P n); lra]. Qed.

Lemma sum_ext n f g : (forall i, f i = g i) -> sum n f = sum n g.
Proof. intros E. induction n; simpl; [reflexivity | now rewrite IHn, E]. Qed.

Lemma sum_add n f g : sum n (fun i => f i + g i) = sum n f + sum n g.
Proof. induction n; simpl; lra. Qed.

Lemma sum_scale n a f : sum n (fun i => a * f i) = a * sum n f.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.

Lemma products_sym n (u v : nat -> R) : sum n (fun i => u i * v i) = sum n (fun i => v i * u i).
Proof. apply sum_ext. intros i. ring. Qed.

Lemma products_add n (u v w : nat -> R) :
  sum n (fun i => (u i + v i) * w i) = sum n (fun i => u i * w i) + sum n (fun i => v i * w i).
Proof. rewrite <- sum_add. apply sum_ext. intros i. ring. Qed.

Lemma products_scale n a (u v : nat -> R) :
  sum n (fun i => a * u i * v i) = a * sum n (fun i => u i * v i).
Proof. rewrite <- sum_scale. apply sum_ext. intros i. ring. Qed.

Lemma products_zero n (u : nat -> R) : sum n (fun i => 0 * u i) = 0.
Proof. rewrite sum_scale. ring. Qed.

Lemma products_pos n (u : nat -> R) : 0 <= sum n (fun i => u i * u i).
Proof. apply sum_pos. intros i. nra. Qed.

(** n coordinates in the eigenbasis of the student's kernel. *)
Definition coordinates (n : nat) : Space := {|
  vec := nat -> R; zero := fun _ => 0; add := fun u v i => u i + v i;
  scale := fun a u i => a * u i; dot := fun u v => sum n (fun i => u i * v i);
  dot_sym := products_sym n; dot_add := products_add n; dot_scale := products_scale n;
  dot_zero := products_zero n; dot_pos := products_pos n |}.

(** What a filter learns of a teacher: f_i of its coordinate i. *)
Definition filtered {n} (f : nat -> R) (t : coordinates n) : coordinates n := fun i => f i * t i.

(** Lemma 1: filters with values in [0, 1] are shrinkage optimal, since ⟨s, t − s⟩ is the sum of
    f_i (1 − f_i) t_i². That the algorithms below have the filters named is derived on the page. *)
Theorem filter_is_optimal n f (t : coordinates n) :
  (forall i, 0 <= f i <= 1) -> shrinkage_optimal _ (filtered f t) t.
Proof.
  intros F. apply optimal_iff_slope. simpl. apply sum_pos. intros i. unfold filtered.
  assert (A := F i). assert (0 <= f i * (1 - f i) * (t i * t i)).
  { apply Rmult_le_pos; [apply Rmult_le_pos; lra | nra]. } nra.
Qed.

(** Gradient flow from zero up to any time, f = 1 − e^{−λ time}.
    Claims: random_features.shrinkage.lemma_1, random_features.limit.lemma_1. *)
Theorem gradient_flow_is_optimal n (l : nat -> R) time (t : coordinates n) :
  (forall i, 0 <= l i) -> 0 <= time ->
  shrinkage_optimal _ (filtered (fun i => 1 - exp (- (l i * time))) t) t.
Proof.
  intros P T. apply filter_is_optimal. intros i. assert (A := exp_pos (- (l i * time))).
  assert (B : exp (- (l i * time)) <= exp 0).
  { assert (C := P i). destruct (Req_dec (l i * time) 0) as [-> | N].
    - rewrite Ropp_0. lra.
    - left. apply exp_increasing. nra. }
  rewrite exp_0 in B. lra.
Qed.

(** Ridge regression with any positive penalty, f = λ / (λ + κ).
    Claims: random_features.shrinkage.ridge. *)
Theorem ridge_is_optimal n (l : nat -> R) k (t : coordinates n) :
  (forall i, 0 <= l i) -> 0 < k -> shrinkage_optimal _ (filtered (fun i => l i / (l i + k)) t) t.
Proof.
  intros P K. apply filter_is_optimal. intros i. assert (A := P i).
  assert (E : l i / (l i + k) = 1 - k / (l i + k)) by (field; lra).
  assert (B : 0 < k / (l i + k)) by (apply Rdiv_lt_0_compat; lra).
  assert (C : 0 <= l i / (l i + k)) by (apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  lra.
Qed.

(** Gradient descent with steps of at most 1/λ_max, f = 1 − (1 − ηλ)^k.
    Claims: random_features.shrinkage.short_steps. *)
Theorem short_steps_are_optimal n (l : nat -> R) step k (t : coordinates n) :
  (forall i, 0 <= step * l i <= 1) ->
  shrinkage_optimal _ (filtered (fun i => 1 - (1 - step * l i) ^ k) t) t.
Proof.
  intros P. apply filter_is_optimal. intros i. assert (A := P i).
  assert (B : 0 <= (1 - step * l i) ^ k) by (apply pow_le; lra).
  assert (C : (1 - step * l i) ^ k <= 1 ^ k) by (apply pow_incr; lra).
  rewrite pow1 in C. lra.
Qed.

(** Control: one step of length 1.9/λ_max is not shrinkage optimal.
    Claims: random_features.shrinkage.long_steps. *)
Theorem long_step_is_not_optimal :
  exists t : coordinates 1, ~ shrinkage_optimal _ (filtered (fun _ => 1 - (1 - 19 / 10) ^ 1) t) t.
Proof.
  exists (fun _ => 1). rewrite optimal_iff_slope. simpl. unfold filtered. lra.
Qed.

(** Momentum, x_{k+1} = x_k + ηλ(1 − x_k) + β(x_k − x_{k−1}): the share that is learned. *)
Fixpoint heavy_ball (rate momentum : R) (k : nat) : R * R :=
  match k with
  | O => (0, 0)
  | S j => let (now, before) := heavy_ball rate momentum j in
           (now + rate * (1 - now) + momentum * (now - before), now)
  end.

(** Control: with momentum 9/10 the second step of length 1/(2 λ_max) is not shrinkage optimal.
    Claims: random_features.shrinkage.heavy_ball. *)
Theorem momentum_is_not_optimal :
  exists t : coordinates 1,
    ~ shrinkage_optimal _ (filtered (fun _ => fst (heavy_ball (/ 2) (9 / 10) 2)) t) t.
Proof.
  exists (fun _ => 1). rewrite optimal_iff_slope. simpl. unfold filtered. lra.
Qed.
