"""What the caller of a diagnosis asked for, checked."""

from __future__ import annotations

from dataclasses import dataclass

from w2s._checks import above, between, integer, one_of
from w2s.practice.data.classes import PSEUDO
from w2s.practice.diagnosis.heads import HEADS


@dataclass(frozen=True)
class Options:
    """What the caller asked for, checked.

    Attributes
    ----------
    n_labelled, n_unlabelled : int or None
        The sizes.
    budget, label_cost, unlabelled_cost : float or None
        Money and prices.
    head : str
        One of `HEADS`.
    ridge : float or None
        A penalty in place of a choice.
    pseudo_labels : str
        One of `PSEUDO`.
    energy, heldout, confidence : float
        Cut-off, withheld share, level of the intervals.
    seed : int
        Root of all random choices.
    """

    n_labelled: int | None
    n_unlabelled: int | None
    budget: float | None
    label_cost: float | None
    unlabelled_cost: float | None
    head: str
    ridge: float | None
    pseudo_labels: str
    energy: float
    heldout: float
    confidence: float
    seed: int

    def __post_init__(self) -> None:
        keep = object.__setattr__
        sizes = self.n_labelled, self.n_unlabelled
        if (sizes[0] is None) != (sizes[1] is None):
            raise ValueError("n_labelled and n_unlabelled go together: give both or neither")
        for name in ("n_labelled", "n_unlabelled"):
            if getattr(self, name) is not None:
                keep(self, name, integer(name, getattr(self, name)))
        money = self.budget, self.label_cost, self.unlabelled_cost
        if any(m is not None for m in money) and None in money:
            raise ValueError("budget, label_cost and unlabelled_cost go together: give all or none")
        for name in ("budget", "label_cost", "unlabelled_cost"):
            if getattr(self, name) is not None:
                keep(self, name, float(above(name, getattr(self, name), 0)))
        one_of("head", self.head, HEADS)
        if self.ridge is not None:
            if not self.whole:
                raise ValueError(
                    f"ridge is a penalty of the heads ridge and logistic, got head {self.head}"
                )
            keep(self, "ridge", float(above("ridge", self.ridge, 0)))
        one_of("pseudo_labels", self.pseudo_labels, PSEUDO)
        keep(self, "energy", float(between("energy", above("energy", self.energy, 0), 0, 1)))
        keep(self, "heldout", float(between("heldout", self.heldout, 0, 0.9)))
        keep(self, "seed", integer("seed", self.seed, low=0))

    @property
    def intercept(self) -> bool:
        """Whether features are centred and models have an intercept."""
        return self.head != "official"

    @property
    def whole(self) -> bool:
        """Whether models are trained on all columns, with a penalty that matters."""
        return self.head in ("ridge", "logistic")

    def fit(self, classes: bool) -> None:
        """Refuse labels that the head cannot learn."""
        if classes and not self.whole:
            raise ValueError(
                f"labels are classes, which head {self.head} cannot tell: use ridge or logistic"
            )
        if not classes and self.head == "logistic":
            raise ValueError("head logistic tells classes, but the labels are numbers: use ridge")
        if not classes and self.pseudo_labels == "hard":
            raise ValueError(
                "hard pseudo-labels are decisions for a class, but the labels are numbers: use soft"
            )

    @property
    def money(self) -> tuple[float, float, float] | None:
        """Budget and prices."""
        if self.budget is None or self.label_cost is None or self.unlabelled_cost is None:
            return None
        return self.budget, self.label_cost, self.unlabelled_cost
