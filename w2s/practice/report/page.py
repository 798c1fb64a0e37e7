"""The report as one page that needs nothing else: no script, no network, no second file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from w2s import __version__
from w2s._display import visible
from w2s.page.figures import GRID, GROUND, INK, ROLE_COLOURS, twins
from w2s.practice.diagnosis import Diagnosis
from w2s.practice.report import words
from w2s.practice.report.look import tone, typeset
from w2s.practice.report.panels import Picture, pictures

_SIZE = (4.4, 3.4)


def _variables(theme: str) -> str:
    amber, _, green, _, soft, red = ROLE_COLOURS[theme]
    colours = {
        "ground": GROUND[theme], "ink": INK[theme], "edge": GRID[theme], "soft": soft,
        "good": green, "poor": amber, "bad": red,
    }  # fmt: skip
    return "".join(f"--{name}:{value};" for name, value in colours.items())


_STYLE = (
    f":root{{color-scheme:light dark;{_variables('light')}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_variables('dark')}}}}}"
    """
body { background: var(--ground); color: var(--ink); margin: 0 auto; padding: 1rem 1rem 3rem;
  max-width: 62rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: .5rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.verdict { border: 1px solid var(--edge); border-inline-start: .4rem solid var(--soft);
  border-radius: .4rem; padding: .6rem 1rem; }
.good { border-inline-start-color: var(--good); }
.poor { border-inline-start-color: var(--poor); }
.bad { border-inline-start-color: var(--bad); }
.verdict p { margin: 0 0 .4rem; }
.verdict p:first-child { font-size: 1.2rem; }
sub, sup { font-size: .75em; line-height: 0; }
ul { margin: .3rem 0; padding-inline-start: 1.3rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: start; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--edge);
  vertical-align: top; overflow-wrap: normal; }
th { font-weight: 600; }
td.number, th.number { text-align: end; white-space: nowrap; }
.differs { color: var(--bad); font-weight: 700; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: 1rem; }
figure { margin: 0; flex: 1 1 20rem; min-width: 0; max-width: 30rem; }
figure img { width: 100%; height: auto; display: block; }
pre { white-space: pre-wrap; margin: 0; }
figcaption, .soft { font-size: .875rem; color: var(--soft); }
td:first-child { min-width: 7rem; }
@media (max-width: 30rem) { table { font-size: .82rem; } th, td { padding-inline-end: .4rem; }
  td.number, th.number { white-space: normal; } td:first-child { min-width: 0; } }
"""
)


def page(found: Diagnosis, command: str | None = None) -> str:
    """Return the report as an HTML document, with the command that made it at its foot."""
    shown = pictures(found)
    verdict, point = found.verdict, found.point
    sizes = words.sizes(point)
    level = f"{found.inputs.confidence:.0%} interval"
    checks = [
        (found.inputs.measure, "predicted", "measured", "deviation", ""),
        *words.check_rows(found),
    ]
    body = [
        "<h1>Will weak-to-strong help on these models?</h1>",
        f'<div class="verdict {tone(verdict)}"><p>'
        f"<strong>{words.heading(verdict)}.</strong> "
        f"<strong>{typeset(verdict.action)}</strong></p><p>{typeset(verdict.headline)}</p>"
        f"{_list(verdict.because)}</div>",
        _warnings(found),
        "<h2>Check on held-out rows</h2>",
        _table(checks, numbers={1, 2, 3}) if len(checks) > 1 else "",
        _list(words.check_lines(found)),
        f"<h2>Predicted at {typeset(sizes)}</h2>",
        _table([("", "± standard error", level), *words.forecast_rows(found)], numbers={1, 2}),
        _figures(shown["risks"]),
        '<p class="soft">Lines: predictions with bands of their uncertainty. Points: measured on '
        "held-out rows, side by side, where the rows reach for these sizes.</p>",
        "<h2>Over both sizes</h2>",
        _figures(shown["surface"]),
        '<p class="soft">Lines: equal predicted PGR and OPR. Star: the sizes asked for. Shaded: '
        "the student loses to its teacher. Where OPR = 1, it is as good as the strong model "
        "fine-tuned on the same labels.</p>",
        "<h2>What to buy next</h2>",
        _list(words.purchase_lines(found)),
        "<h2>Geometry</h2>",
        _table([("", "", "estimate", level), *words.geometry_rows(found)], numbers={2, 3}),
        _figures(shown["geometry"]),
        "<h2>What this cannot know</h2>",
        _list(found.unknown),
        "<h2>Input</h2>",
        _table([("", "source", "size"), *words.source_rows(found)], numbers={2}, symbols=False),
        f'<p class="soft">{typeset(words.option_line(found))}</p>',
        _foot(command),
    ]
    return _document("".join(body))


def _foot(command: str | None) -> str:
    made = f"Made by w2s {__version__}"
    if command is None:
        return f'<p class="soft">{made}.</p>'
    return f'<p class="soft">{made}, with</p><pre class="soft">{escape(visible(command))}</pre>'


def _document(body: str) -> str:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Weak-to-strong diagnosis</title><style>{_STYLE}</style></head>\n"
        f"<body><main>{body}</main></body></html>\n"
    )


def _warnings(found: Diagnosis) -> str:
    return f"<h2>Warnings</h2>{_list(found.warnings)}" if found.warnings else ""


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{typeset(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _table(rows: Sequence[tuple[str, ...]], numbers: set[int], symbols: bool = True) -> str:
    lines = []
    for k, row in enumerate(rows):
        tag = "td" if k else "th"
        cells = []
        for column, text in enumerate(row):
            kinds = ["number"] if column in numbers else []
            kinds += ["differs"] if text == "DIFFERS" else []
            attribute = f' class="{" ".join(kinds)}"' if kinds else ""
            # Where a phone breaks a number from its error, it breaks before the sign.
            cell = text.strip().replace("± ", "±\u00a0").replace(" to ", " to\u00a0")
            shown = typeset(cell) if symbols else escape(text.strip())
            cells.append(f"<{tag}{attribute}>{shown}</{tag}>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    head, *rest = lines
    return (
        f'<div class="scroll" tabindex="0"><table><thead>{head}</thead>'
        f"<tbody>{''.join(rest)}</tbody></table></div>"
    )


def _figures(shown: list[Picture]) -> str:
    return f'<div class="figures">{"".join(map(_figure, shown))}</div>'


def _figure(picture: Picture) -> str:
    twin = {theme: _address(svg) for theme, svg in twins(picture.panel, _SIZE).items()}
    return (
        '<figure><picture><source media="(prefers-color-scheme: dark)" '
        f'srcset="{twin["dark"]}"><img src="{twin["light"]}" alt="{escape(picture.alt)}">'
        f"</picture><figcaption>{typeset(picture.title)}</figcaption></figure>"
    )


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
