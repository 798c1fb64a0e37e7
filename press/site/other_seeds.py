"""The section of the status page on other seeds: whether claims hang on the random numbers."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from press.seeds.record import outdated, read_record
from press.site.lighten import shorter
from w2s._display import numerals

Escape = Callable[[Any], str]
_SIZE = (4.4, 3.0)
_REPEAT = (
    "To go on with it: `make reseed` runs what the record lacks, seed by seed, adds it and judges "
    "the whole again. All pages with all seeds take hours, in any number of pieces.\n"
)


def section(root: Path, claims: Iterable[Mapping[str, Any]] | None, escaped: Escape) -> str:
    """Return the section as MyST.

    Parameters
    ----------
    root : Path
        The checkout.
    claims : iterable of mapping, optional
        The claims of a run at paper scale; recorded runs count beside these numbers only.
    escaped : callable
        Escapes what MyST would read as markup.

    Returns
    -------
    str
        Sentences, the picture of the z-scores with its table, and what came out differently.
    """
    from press.seeds.summary import read_notes, summary  # loads SciPy

    record = read_record(root)
    published = None if claims is None else list(claims)
    old = [] if published is None else outdated(record, published)
    runs = [run for page in record if page not in old for run in record[page].runs.values()]
    parts = ["## Other seeds\n"]
    if not runs:
        parts.append("The claims have not been decided with other seeds yet.\n")
        return "\n".join([*parts, _REPEAT])
    found = summary(runs, read_notes(root))
    parts += [_decisions(found), _lacking(found["pages"], old, published or [], escaped)]
    if found["tests"]:
        parts += [_scores(found), _picture(found["z"]), _table(found["z"])]
    parts += [_list(found, escaped), _REPEAT]
    return "\n".join(part for part in parts if part)


def _decisions(found: Mapping[str, Any]) -> str:
    counts = [len(numbers) for numbers in found["pages"].values()]
    least, most = min(counts), max(counts)
    seeds = f"{most}" if least == most else f"between {least} and {most}"
    seeds += f" other seed{'s' * (most > 1)}"
    failed, undecided = len(found["failed"]) or "none", len(found["undecided"])
    left = f" {undecided} more stayed undecided: their errors were too wide." if undecided else ""
    pages = f"each of {len(counts)} pages" if len(counts) > 1 else "one page"
    return numerals(
        f"The verdict on {found['claims']} of the claims rests on random numbers and their "
        "standard error. It was reached again at paper scale "
        f"with {seeds} on {pages}. Of {found['cases']} decisions "
        f"{failed} failed; the tolerance, one in a thousand for each, predicts "
        f"{found['expected']:.1f} at most (p = {found['p']:.2g}).{left}\n"
    )


def _lacking(
    there: Iterable[str], old: list[str], claims: list[Mapping[str, Any]], escaped: Escape
) -> str:
    """Name the pages whose claims rest on random numbers and have no runs beside these numbers."""
    noisy = {str(one["page"]) for one in claims if one.get("standard_error") is not None}
    names = sorted(noisy - set(there))
    if not names:
        return ""
    pages, changed = f"page{'s' * (len(names) > 1)}", len({*names} & {*old})
    why = f" ({changed} of them only before the published numbers changed)" if changed else ""
    return (
        f"The record lacks {len(names)} {pages} with such claims{why}: "
        f"{', '.join(escaped(name) for name in names)}.\n"
    )


def _scores(found: Mapping[str, Any]) -> str:
    from press.seeds.zscores import ALPHA

    z = found["z"]
    tests = "; ".join(
        f"{test['name']}: {test['value']:.3f} "
        f"(expected {test['expected']:.3g}, p = {test['p']:.2g})"
        for test in found["tests"]
    )
    good = not any(test["p"] < ALPHA for test in found["tests"])
    verdict = "agree with" if good else "do not agree with"
    return numerals(
        f"{z['claims']} of these claims compare a mean with an exact prediction. Their "
        f"{z['entries']:,} z-scores, (measured − predicted) / standard error, {verdict} the "
        f"standard normal law: {tests}. The entries of one run depend on each other, "
        f"and the tests allow for it. {len(found['aside'])} further claims predict only up to an "
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


def _list(found: Mapping[str, Any], escaped: Escape) -> str:
    """List what did not come out as on the page, and claims whose z-scores are off."""
    different = [*found["failed"], *found["undecided"], *found["certain"]["failed"]]
    lines = [
        f"- {escaped(one['id'])}, seed {one['seed']}: **{escaped(one['verdict'])}**; "
        f"{escaped(numerals(one['evidence']))}"
        for one in different
    ]
    lines += [
        numerals(
            f"- {escaped(name)}: its own z-scores have mean {off['mean']:.2f} and mean square "
            f"{off['square']:.2f} (p = {off['p']:.1g})"
        )
        for name, off in found["off"].items()
    ]
    lines += [
        f"- {escaped(one['page'])}, seed {one['seed']}: {escaped(one['says'])}"
        for one in found["errors"]
    ]
    return "\n".join([*lines, ""]) if lines else ""
