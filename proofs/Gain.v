(** Gain and misfit: what a student trained by least squares wins over its teacher.

    For the pages on when weak-to-strong pays, on the bias and on SGD. The inner product is the
    mean over the student's own sample, or over all inputs. F holds the student's functions, t is
    the teacher, s the student, f the target. Nothing is assumed of the teacher. *)
Require Import Reals Lra Psatz.
From W2S Require Import Space Shrinkage.
Open Scope R_scope.

Section Gain.
Variable H : Space.
Implicit Types f s t p : H.

(** The gain of a best approximation s of t, whatever teacher was drawn: ‖t − f‖² − ‖s − f‖² = ‖t − s‖² − 2⟨t − s, f − p⟩, where p is the best
    approximation of the target. *)
Theorem gain_of_best_approximation F f s t p :
  subspace H F -> best_approximation H F s t -> best_approximation H F p f ->
  sq (t -: f) - sq (s -: f) = sq (t -: s) - 2 * dot (t -: s) (f -: p).
Proof.
  intros S B C. assert (O := missing_part_is_orthogonal H F s t S B).
  assert (A := O s (proj1 B)). assert (P := O p (proj1 C)).
  expand. rewrite (dot_sym _ f s), (dot_sym _ f t), (dot_sym _ s t) in *. lra.
Qed.

(** So the student wins exactly if the misfit ‖t − s‖² exceeds twice that product. *)
Theorem gain_iff_misfit_exceeds F f s t p :
  subspace H F -> best_approximation H F s t -> best_approximation H F p f ->
  (sq (s -: f) < sq (t -: f) <-> 2 * dot (t -: s) (f -: p) < sq (t -: s)).
Proof.
  intros S B C. assert (G := gain_of_best_approximation F f s t p S B C). split; lra.
Qed.

(** The misfit identity: a target that the student can express, gain = misfit.
    Claims: discrepancy.when_w2s.misfit_path. *)
Theorem gain_is_misfit F f s t :
  subspace H F -> F f -> best_approximation H F s t ->
  sq (t -: f) - sq (s -: f) = sq (t -: s).
Proof.
  intros S Ff B. assert (O := missing_part_is_orthogonal H F s t S B).
  assert (A := O s (proj1 B)). assert (P := O f Ff).
  expand. rewrite (dot_sym _ f s), (dot_sym _ f t), (dot_sym _ s t) in *. lra.
Qed.

(** A teacher that the student can express is copied: nothing is won.
    Claims: discrepancy.when_w2s.self_distillation. *)
Theorem expressible_teacher_is_copied F s t :
  best_approximation H F s t -> F t -> sq (s -: t) = 0.
Proof.
  intros [_ least] Ft. assert (A := least t Ft). assert (B := sq_pos _ (s -: t)).
  assert (Z : sq (t -: t) = 0) by (rewrite sq_sub; unfold sq; ring). lra.
Qed.

(** With every two functions the class contains what lies between them. *)
Definition convex (F : H -> Prop) : Prop :=
  forall u v a, F u -> F v -> 0 <= a <= 1 -> F (u +: a *: (v -: u)).

(** Charikar et al.'s inequality: in a convex class that contains the target, gain ≥ misfit. *)
Theorem gain_is_at_least_misfit F f s t :
  convex F -> F f -> best_approximation H F s t -> sq (t -: s) <= sq (t -: f) - sq (s -: f).
Proof.
  intros C Ff [Fs least].
  assert (line : forall a, 0 < a <= 1 -> 0 <= 2 * dot (s -: t) (f -: s) + a * sq (f -: s)).
  { intros a A. assert (L := least _ (C s f a Fs Ff ltac:(lra))).
    assert (X : sq (s +: a *: (f -: s) -: t) - sq (s -: t)
                = a * (2 * dot (s -: t) (f -: s) + a * sq (f -: s))).
    { expand. rewrite (dot_sym _ f s), (dot_sym _ t s), (dot_sym _ t f). ring. }
    assert (Y : 0 <= a * (2 * dot (s -: t) (f -: s) + a * sq (f -: s))) by lra. nra. }
  assert (slope : 0 <= dot (s -: t) (f -: s)).
  { destruct (Rle_or_lt 0 (dot (s -: t) (f -: s))) as [ok | bad]; [exact ok | exfalso].
    assert (P := sq_pos _ (f -: s)). set (m := dot (s -: t) (f -: s)) in *.
    set (q := sq (f -: s)) in *.
    destruct (Rle_or_lt q (- m)) as [small | large]; [assert (L := line 1 ltac:(lra)); lra |].
    assert (Q : 0 < - m / q) by (apply Rdiv_lt_0_compat; lra).
    assert (E : - m / q * q = - m) by (field; lra).
    assert (L := line (- m / q)). nra. }
  assert (E : sq (t -: f) - sq (s -: f) - sq (t -: s) = 2 * dot (s -: t) (f -: s)).
  { expand. rewrite (dot_sym _ f s), (dot_sym _ t s), (dot_sym _ f t). ring. }
  lra.
Qed.

(** The floor of weak-to-strong learning with unlimited data: a student of the best teacher misses
    what the strong features miss, and what the teacher misses within them (the book's ρ_s + a).
    Claims: neighbours.sgd_teacher.consistency. *)
Theorem floor_is_ceiling_plus_inherited F f s t p :
  subspace H F -> best_approximation H F s t -> best_approximation H F p f ->
  sq (s -: f) = sq (p -: f) + sq (p -: s) /\ best_approximation H F (p -: s) (f -: t).
Proof.
  intros S B C. assert (O := missing_part_is_orthogonal H F s t S B).
  assert (O' := missing_part_is_orthogonal H F p f S C). destruct (S) as [_ [plus times]].
  assert (inside : F (p -: s)) by (apply plus; [apply C | apply times, B]).
  split; [| split; [exact inside |]].
  - assert (A := O' s (proj1 B)). assert (D := O' p (proj1 C)).
    expand. rewrite (dot_sym _ f s), (dot_sym _ f p), (dot_sym _ s p) in *. lra.
  - intros g G. assert (h : F (g -: (p -: s))) by (apply plus; [exact G | apply times, inside]).
    assert (A := O _ h). assert (D := O' _ h).
    (* g misses f − t by what p − s misses, and by g − (p − s), which is orthogonal to it. *)
    assert (E : sq (g -: (f -: t)) = sq (p -: s -: (f -: t)) + sq (g -: (p -: s))
                + 2 * dot (t -: s) (g -: (p -: s)) - 2 * dot (f -: p) (g -: (p -: s))).
    { expand. rewrite (dot_sym _ f g), (dot_sym _ f p), (dot_sym _ f s), (dot_sym _ t g),
        (dot_sym _ t p), (dot_sym _ t s), (dot_sym _ t f), (dot_sym _ s p), (dot_sym _ s g),
        (dot_sym _ p g). ring. }
    assert (P := sq_pos _ (g -: (p -: s))). lra.
Qed.
End Gain.
