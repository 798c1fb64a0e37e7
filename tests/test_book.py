"""The book as a whole: same bytes twice, and a wrong formula cannot pass."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import yaml

from tests.conftest import copy_sources, press

pytestmark = pytest.mark.book


def digests(root: Path) -> dict[str, str]:
    files = [*root.glob("notebooks/**/*.ipynb"), *(root / "_build" / "html").rglob("*")]
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file()
    }


def test_two_builds_from_nothing_give_the_same_bytes(smoke_book, tmp_path):
    second = copy_sources(tmp_path / "second")
    done = press(second, "book", "--profile", "smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    first, again = digests(smoke_book), digests(second)
    assert len(first) > 20
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []


def test_a_second_build_does_nothing_and_says_why(smoke_book):
    before = digests(smoke_book)
    done = press(smoke_book, "book", "--profile", "smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "up to date" in done.stdout
    assert digests(smoke_book) == before


def test_the_status_table_lists_every_claim(smoke_book):
    done = press(smoke_book, "status", "--json")
    assert done.returncode == 0, done.stderr
    claims = json.loads(done.stdout)["claims"]
    assert len(claims) >= 15
    assert all(c["verdict"] in ("holds", "fails as expected") for c in claims)
    assert len({c["id"] for c in claims}) == len(claims)


# One term of the exact risk changed at a time; a claim of the book must notice, by name.
PLANTED = [
    (
        "ridgeless.py",
        "geometry.overlap + times(rate, geometry.discrepancy)",
        "geometry.overlap + 1.5 * times(rate, geometry.discrepancy)",
        "discrepancy/variance_theorem",
        "discrepancy.variance.in_sample",
    ),
    (
        "ridgeless.py",
        "g.rho_strong + g.inherited + times(k, g.invisible)",
        "g.rho_strong + times(k, g.invisible)",
        "discrepancy/subspaces",
        "discrepancy.subspaces.bias",
    ),
    (
        "limits.py",
        "(2.0 * loss / (np.sqrt(1.0 + 3.0 * loss)",
        "(2.2 * loss / (np.sqrt(1.0 + 3.0 * loss)",
        "random_features/limit",
        "random_features.limit.tight",
    ),
    (
        "gradient_flow.py",
        "signal**2 + np.expm1(-s * t) ** 2 * loss * (1.0 - loss)",
        "signal**2 + np.expm1(-s * t) ** 2 * loss",
        "random_features/fig3",
        "random_features.fig3.path",
    ),
    (
        "ridgeless.py",
        "excess = samples - dimension - 1",
        "excess = samples - dimension",
        "discrepancy/single_models",
        "discrepancy.single_models.population",
    ),
    (
        "ridgeless.py",
        "g.rho_strong * (1 - k) + g.inherited + k * g.removed",
        "g.rho_strong * (1 - k) + g.inherited",
        "discrepancy/bias",
        "discrepancy.bias.exact_in_sample",
    ),
    (
        "sphere.py",
        "c[even] = np.where(even % 4 == 2, 1.0, -1.0) * np.exp(logs)",
        "c[even] = np.where(even == 2, 2**0.5, np.where(even % 4 == 2, 1.0, -1.0)) * np.exp(logs)",
        "random_features/relu_spectrum",
        "random_features.relu_spectrum.coefficients",
    ),
    (
        "sphere.py",
        "    return c[: last + 1]",
        "    c[3::2] = c[1] / 10\n    return c[: last + 1]",
        "random_features/relu_spectrum",
        "random_features.relu_spectrum.coefficients",
    ),
    (
        "relu_network.py",
        "arc_cosine(u @ v.T) / u.shape[1]\n"
        "    if others is None:\n        np.fill_diagonal(gram, 0.5 / u.shape[1])",
        "arc_cosine(u @ v.T)\n    if others is None:\n        np.fill_diagonal(gram, 0.5)",
        "random_features/relu_spectrum",
        "random_features.relu_spectrum.gram",
    ),
]


@pytest.mark.parametrize(("module", "right", "wrong", "page", "noticed_by"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(tmp_path, module, right, wrong, page, noticed_by):
    root = copy_sources(tmp_path / "planted")
    _keep_one_page(root, page)
    source = root / "w2s" / module
    text = source.read_text(encoding="utf-8")
    assert text.count(right) == 1, f"{right!r} stands {text.count(right)} times in {module}"
    source.write_text(text.replace(right, wrong), encoding="utf-8")
    done = press(root, "book", "--profile", "smoke")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"claim {noticed_by}" in done.stderr


def _keep_one_page(root: Path, page: str) -> None:
    """Reduce a copy of the book to one page, so that a build takes seconds."""
    for source in (root / "notebooks").rglob("*.py"):
        if source != root / "notebooks" / f"{page}.py":
            source.unlink()
    toc = {"format": "jb-book", "root": "book/intro", "chapters": [{"file": f"notebooks/{page}"}]}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (root / "book" / "results.yml").write_text("[]\n", encoding="utf-8")
