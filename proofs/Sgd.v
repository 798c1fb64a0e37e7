(** One instance against Theorem 4 of Wu, Zhang, Zhang and Fang (2026), as we read it.

    For the page on SGD teachers. One coordinate with eigenvalue 1 and a Gaussian feature, the
    target 1, label noise of variance 1/100. The teacher takes two steps, of 1/20 and 1/40 (step
    decay with N = 2). All quantities are second moments, by their exact recursions. That these recursions
    are the moments of SGD, and that the instance meets the hypotheses, is argued on the page. *)
Require Import Reals Lra Psatz.
Open Scope R_scope.

Definition noise : R := 1 / 100.

(** One step of the mean μ of the teacher's coefficient, and of m = E (coefficient − 1)². *)
Definition mean_step (g mu : R) : R := mu + g * (1 - mu).
Definition error_step (g m : R) : R := m * (1 - 2 * g + 2 * g * g) + g * g * (m + noise).

Definition mu : R := mean_step (1 / 40) (mean_step (1 / 20) 0).
Definition m : R := error_step (1 / 40) (error_step (1 / 20) 1).

(** E coefficient² of the teacher, and its risk. *)
Definition second : R := m + 2 * (mu - 1) + 1.
Definition teacher_risk : R := m / 2.

(** The student learns from the fixed teacher: s is the second moment of what it has not yet learned,
    g how much of the start is left, after n steps of any lengths. *)
Fixpoint left_over (steps : nat -> R) (n : nat) : R * R :=
  match n with
  | O => (second, 1)
  | S k => let (s, g) := left_over steps k in
           let a := steps k in (s * (1 - 2 * a + 3 * a * a), g * (1 - a))
  end.

Definition student_risk (steps : nat -> R) (n : nat) : R :=
  let (s, g) := left_over steps n in (m - 2 * g * (second - mu) + s) / 2.

Lemma under_trained : 0 < second < mu.
Proof. unfold second, m, mu, error_step, mean_step, noise. lra. Qed.

Lemma something_is_left steps n : (forall k, 0 < steps k < 1) ->
  0 < fst (left_over steps n) /\ 0 < snd (left_over steps n).
Proof.
  intros P. induction n as [| n [A B]]; simpl; [assert (U := under_trained); lra |].
  destruct (left_over steps n) as [s g]. simpl in *. assert (X := P n).
  split; apply Rmult_lt_0_compat; nra.
Qed.

(** After any number of steps of any lengths in (0, 1) the student is worse than its teacher.
    Claims: neighbours.sgd_teacher.never. *)
Theorem student_never_wins steps n : (forall k, 0 < steps k < 1) ->
  teacher_risk < student_risk steps n.
Proof.
  intros P. assert (A := something_is_left steps n P). unfold student_risk, teacher_risk.
  destruct (left_over steps n) as [s g]. simpl in A. assert (U := under_trained). nra.
Qed.

(** So there is no n₀ past which it wins, whatever the schedule of steps for each n.
    Claims: neighbours.sgd_teacher.always. *)
Theorem guarantee_fails_as_written (steps : nat -> nat -> R) : (forall n k, 0 < steps n k < 1) ->
  ~ exists n0, forall n, (n0 < n)%nat -> student_risk (steps n) n < teacher_risk.
Proof.
  intros P [n0 wins]. assert (W := wins (S n0) (le_n _)).
  assert (N := student_never_wins (steps (S n0)) (S n0) (P (S n0))). lra.
Qed.
