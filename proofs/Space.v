(** Inner products, which most theorems are about.

    A space is a record of the laws that a real inner product obeys, so that each theorem holds for
    vectors of numbers and for functions of random inputs alike, where ⟨u, v⟩ = E u(x) v(x). *)
Require Import Reals Lra Psatz.
Open Scope R_scope.

Record Space := {
  vec :> Type;
  zero : vec;
  add : vec -> vec -> vec;
  scale : R -> vec -> vec;
  dot : vec -> vec -> R;
  dot_sym : forall u v, dot u v = dot v u;
  dot_add : forall u v w, dot (add u v) w = dot u w + dot v w;
  dot_scale : forall a u v, dot (scale a u) v = a * dot u v;
  dot_zero : forall u, dot zero u = 0;
  dot_pos : forall u, 0 <= dot u u }.

Arguments zero {s}. Arguments add {s}. Arguments scale {s}. Arguments dot {s}.

Declare Scope space_scope.
Delimit Scope space_scope with V.
Notation "u +: v" := (add u v) (at level 50, left associativity).
Notation "a *: u" := (scale a u) (at level 40, left associativity).
Notation "u -: v" := (add u (scale (-1) v)) (at level 50, left associativity).

(** The squared length, ‖u‖². *)
Definition sq {H : Space} (u : H) : R := dot u u.

Section Laws.
Variable H : Space.
Implicit Types u v w : H.

Lemma dot_add_r u v w : dot u (v +: w) = dot u v + dot u w.
Proof. now rewrite dot_sym, dot_add, !(dot_sym _ u). Qed.

Lemma dot_scale_r a u v : dot u (a *: v) = a * dot u v.
Proof. now rewrite dot_sym, dot_scale, (dot_sym _ u). Qed.

Lemma dot_zero_r u : dot u zero = 0.
Proof. now rewrite dot_sym, dot_zero. Qed.

End Laws.

(** Multiplies out: only products of single vectors stay. *)
Ltac expand :=
  unfold sq in *;
  repeat (rewrite dot_add in * || rewrite dot_add_r in * ||
          rewrite dot_scale in * || rewrite dot_scale_r in * ).

Section Geometry.
Variable H : Space.
Implicit Types u v w : H.

Lemma sq_pos u : 0 <= sq u.
Proof. apply dot_pos. Qed.

Lemma sq_scale a u : sq (a *: u) = a * a * sq u.
Proof. expand. ring. Qed.

(** ‖u − v‖² = ‖u‖² − 2⟨u, v⟩ + ‖v‖². *)
Lemma sq_sub u v : sq (u -: v) = sq u - 2 * dot u v + sq v.
Proof. expand. rewrite (dot_sym _ v u). ring. Qed.

Lemma sq_add u v : sq (u +: v) = sq u + 2 * dot u v + sq v.
Proof. expand. rewrite (dot_sym _ v u). ring. Qed.

(** Cauchy–Schwarz: ⟨u, v⟩² ≤ ‖u‖² ‖v‖². *)
Theorem cauchy_schwarz u v : dot u v * dot u v <= sq u * sq v.
Proof.
  assert (P := sq_pos (sq v *: u -: dot u v *: v)).
  rewrite sq_sub, !sq_scale, dot_scale, dot_scale_r in P.
  destruct (Req_dec (sq v) 0) as [Z | Z].
  - (* v has no length: the parabola ‖u − a v‖² is a line that is never negative. *)
    assert (L : forall a, 0 <= sq u - 2 * (a * dot u v)).
    { intros a. assert (Q := sq_pos (u -: a *: v)).
      rewrite sq_sub, dot_scale_r, sq_scale, Z in Q. lra. }
    assert (N := sq_pos u). assert (one := L (dot u v)).
    destruct (Req_dec (dot u v) 0) as [D | D]; [rewrite D, Z; lra |].
    assert (A := L ((sq u + 1) / dot u v)). field_simplify in A; lra.
  - assert (S : 0 < sq v) by (assert (N := sq_pos v); lra). nra.
Qed.

(** ⟨u, v⟩ ≤ ‖u‖ ‖v‖. *)
Lemma dot_le u v : dot u v <= sqrt (sq u) * sqrt (sq v).
Proof.
  rewrite <- sqrt_mult by apply sq_pos. apply Rle_trans with (Rabs (dot u v)); [apply Rle_abs |].
  rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt. apply cauchy_schwarz.
Qed.

(** The triangle inequality. *)
Lemma triangle u v : sqrt (sq (u +: v)) <= sqrt (sq u) + sqrt (sq v).
Proof.
  assert (A := sqrt_pos (sq u)). assert (B := sqrt_pos (sq v)).
  assert (C := sqrt_sqrt (sq u) (sq_pos u)). assert (D := sqrt_sqrt (sq v) (sq_pos v)).
  rewrite <- (sqrt_Rsqr (sqrt (sq u) + sqrt (sq v))) by lra.
  apply sqrt_le_1_alt. rewrite sq_add. assert (E := dot_le u v). unfold Rsqr. nra.
Qed.

(** A set of vectors that is closed under sums and multiples: the span of some features. *)
Definition subspace (F : H -> Prop) : Prop :=
  F zero /\ (forall u v, F u -> F v -> F (u +: v)) /\ (forall a u, F u -> F (a *: u)).

(** p is a best approximation of t in F: no element of F is closer. *)
Definition best_approximation (F : H -> Prop) (p t : H) : Prop :=
  F p /\ forall g, F g -> sq (p -: t) <= sq (g -: t).

(** What is missing from a best approximation p of t is orthogonal to all features:
    ⟨t − p, g⟩ = 0 for every g in F. *)
Theorem missing_part_is_orthogonal F p t :
  subspace F -> best_approximation F p t -> forall g, F g -> dot (t -: p) g = 0.
Proof.
  intros [_ [plus times]] [inside least] g Fg.
  assert (line : forall a, 0 <= 2 * a * dot (p -: t) g + a * a * sq g).
  { intros a. assert (L := least (p +: a *: g) (plus _ _ inside (times a g Fg))).
    rewrite !sq_sub, sq_add, sq_scale, dot_scale_r, dot_add, dot_scale in L.
    rewrite dot_add, dot_scale, (dot_sym _ t g). lra. }
  assert (E : dot (t -: p) g = - dot (p -: t) g) by (rewrite !dot_add, !dot_scale; ring).
  rewrite E. set (m := dot (p -: t) g) in *. assert (S := sq_pos g).
  destruct (Req_dec m 0) as [-> | M]; [ring | exfalso].
  (* A step of length −m/(‖g‖² + 1) along g would come closer. *)
  assert (L := line (- m / (sq g + 1))).
  assert (K : 2 * (- m / (sq g + 1)) * m + - m / (sq g + 1) * (- m / (sq g + 1)) * sq g
              = - (m * m) * (sq g + 2) / ((sq g + 1) * (sq g + 1))) by (field; lra).
  rewrite K in L.
  assert (0 < m * m) by nra.
  assert (0 < m * m * (sq g + 2) / ((sq g + 1) * (sq g + 1)))
    by (apply Rdiv_lt_0_compat; nra).
  unfold Rdiv in *. nra.
Qed.

(** The lengths of a best approximation p of t with ‖t‖ = 1 and error L: ‖p‖² = ⟨p, t⟩ = 1 − L. *)
Theorem best_approximation_lengths F p t :
  subspace F -> best_approximation F p t -> sq t = 1 ->
  sq p = 1 - sq (p -: t) /\ dot p t = 1 - sq (p -: t).
Proof.
  intros S B one. destruct (B) as [inside _].
  assert (O := missing_part_is_orthogonal F p t S B p inside).
  rewrite dot_add, dot_scale, (dot_sym _ t p) in O. fold (sq p) in O.
  rewrite !sq_sub, one. split; lra.
Qed.
End Geometry.
