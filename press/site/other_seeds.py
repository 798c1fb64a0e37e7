"""The section of the status page on other seeds: whether claims hang on the random numbers."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from press.site.lighten import shorter
from w2s._command import UserError
from w2s._display import numerals

RECORD = "book/reseed.json"
Escape = Callable[[Any], str]
_ALPHA = 1e-3
_SIZE = (4.4, 3.0)
_REPEAT = (
    "To repeat it: `make reseed` runs what is missing, seed by seed, goes on where it was "
    "interrupted, and writes the record shown here. All of it takes more than an hour.\n"
)


def read_record(root: Path) -> dict[str, Any] | None:
    """Return the committed record of other seeds, or None when there is none.

    Raises
    ------
    UserError
        When the file is damaged.
    """
    try:
        content = json.loads((root / RECORD).read_text(encoding="utf-8"))
        for name in ("pages", "claims", "cases", "expected", "p", "failed", "undecided", "certain",
                     "errors", "z", "tests", "off", "aside"):  # fmt: skip
            content[name]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{RECORD} is damaged ({error}): restore it from git") from None
    return dict(content)


def numbers_key(claims: Iterable[Mapping[str, Any]], page: str) -> str:
    """Hash the published numbers of a page's claims that know a standard error, to six digits.

    As long as they stay, the same code draws the same random numbers, whatever its text.
    """
    lines = [
        f"{one['id']} {one['mean_predicted']:.6g} {one['mean_measured']:.6g}"
        for one in claims
        if one["page"] == page and one.get("standard_error") is not None
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


def section(root: Path, claims: Iterable[Mapping[str, Any]] | None, escaped: Escape) -> str:
    """Return the section as MyST.

    Parameters
    ----------
    root : Path
        The checkout.
    claims : iterable of mapping, optional
        The claims of a run at paper scale; the record is older where their numbers differ.
    escaped : callable
        Escapes what MyST would read as markup.

    Returns
    -------
    str
        Sentences, the picture of the z-scores with its table, and what came out differently.
    """
    record = read_record(root)
    head = "## Other seeds\n"
    if record is None:
        return f"{head}\nThe claims have not been decided with other seeds yet.\n\n{_REPEAT}"
    parts = [head, _decisions(record)]
    if claims is not None:
        parts.append(_older(record, list(claims)))
    if record["tests"]:
        parts += [_scores(record), _picture(record["z"]), _table(record["z"])]
    parts += [_list(record, escaped), _REPEAT]
    return "\n".join(part for part in parts if part)


def _decisions(record: Mapping[str, Any]) -> str:
    counts = [len(page["seeds"]) for page in record["pages"].values()]
    seeds = str(max(counts)) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    seeds += f" other seed{'s' * (max(counts) > 1)}"
    failed, undecided = len(record["failed"]) or "none", len(record["undecided"])
    left = f" {undecided} more stayed undecided: their errors were too wide." if undecided else ""
    pages = f"each of {len(counts)} pages" if len(counts) > 1 else "one page"
    return numerals(
        f"The verdict on {record['claims']} of the claims rests on random numbers and their "
        "standard error. It was reached again at paper scale "
        f"with {seeds} on {pages}. Of {record['cases']} decisions "
        f"{failed} failed; the tolerance, one in a thousand for each, predicts "
        f"{record['expected']:.1f} at most (p = {record['p']:.2g}).{left}\n"
    )


def _scores(record: Mapping[str, Any]) -> str:
    z = record["z"]
    tests = "; ".join(
        f"{test['name']}: {test['value']:.3f} "
        f"(expected {test['expected']:.3g}, p = {test['p']:.2g})"
        for test in record["tests"]
    )
    good = all(test["p"] >= _ALPHA for test in record["tests"])
    verdict = "agree with" if good else "do not agree with"
    return numerals(
        f"{z['claims']} of these claims compare a mean with an exact prediction. Their "
        f"{z['entries']:,} z-scores, (measured − predicted) / standard error, {verdict} the "
        f"standard normal law: {tests}. The entries of one run depend on each other, "
        f"and the tests allow for it. {len(record['aside'])} further claims predict only up to an "
        "allowance, or are shown to fail; they are not in the picture.\n"
    )


def _picture(z: Mapping[str, Any]) -> str:
    from w2s.page.figures import BOUND, STUDENT, twins

    low, high = z["edges"]
    edges = np.linspace(low, high, len(z["counts"]) + 1)
    counts = np.asarray(z["counts"], dtype=float)
    density = counts / (counts.sum() * np.diff(edges))
    grid = np.linspace(low, high, 201)

    def panel(ax: Any) -> None:
        ax.stairs(density, edges, fill=True, color=STUDENT.color, alpha=0.25)
        ax.stairs(density, edges, color=STUDENT.color, label="z of the claims")
        normal = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
        ax.plot(grid, normal, **BOUND.line, label="standard normal")
        ax.set(xlabel="(measured − predicted) / standard error", ylabel="density")
        ax.set(xlim=(low, high), ylim=(0, 1.25 * max(density.max(), normal.max())))
        ax.legend(loc="upper right")

    alt = numerals(
        f"Histogram of {z['entries']} z-scores with the standard normal density; their mean is "
        f"{z['mean']:.2f} and their standard deviation {z['deviation']:.2f}."
    )
    images = "".join(
        f'<img class="only-{theme}"{hidden} alt="{html.escape(alt)}" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(shorter(picture).encode()).decode()}">'
        for (theme, picture), hidden in zip(
            twins(panel, _SIZE).items(), ("", " hidden"), strict=True
        )
    )
    return f'<div class="w2s-twin">{images}</div>\n'


def _table(z: Mapping[str, Any]) -> str:
    lines = ["How many lie beyond a level, and how many should:\n"]
    lines += ["| beyond | z-scores | normal law |", "|---|---|---|"]
    lines += [f"| ±{level:g} | {100 * found:.2g}% | {100 * normal:.2g}% |"
              for level, found, normal in z["beyond"]]  # fmt: skip
    return "\n".join(lines) + "\n"


def _list(record: Mapping[str, Any], escaped: Escape) -> str:
    """List what did not come out as on the page, and claims whose z-scores are off."""
    found = [*record["failed"], *record["undecided"], *record["certain"]["failed"]]
    lines = [
        f"- {escaped(one['id'])}, seed {one['seed']}: **{escaped(one['verdict'])}**; "
        f"{escaped(numerals(one['evidence']))}"
        for one in found
    ]
    lines += [
        numerals(
            f"- {escaped(name)}: its own z-scores have mean {off['mean']:.2f} and mean square "
            f"{off['square']:.2f} (p = {off['p']:.1g})"
        )
        for name, off in record["off"].items()
    ]
    lines += [
        f"- {escaped(one['page'])}, seed {one['seed']}: {escaped(one['says'])}"
        for one in record["errors"]
    ]
    return "\n".join([*lines, ""]) if lines else ""


def _older(record: Mapping[str, Any], claims: list[Mapping[str, Any]]) -> str:
    """Say for how many pages the published numbers are no longer those of the record."""
    old = [
        name
        for name, about in record["pages"].items()
        if numbers_key(claims, name) != about["numbers"]
    ]
    if not old:
        return ""
    return (
        f"On {len(old)} of these {len(record['pages'])} pages the numbers with the published seed "
        "have changed since: there the record is older than this run.\n"
    )
