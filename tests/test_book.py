"""The book as a whole: same bytes twice, and a wrong formula cannot pass."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.conftest import copy_sources, press
from tests.planted import named, planted, samplers_depend_on, stated

pytestmark = pytest.mark.book


def digests(root: Path) -> dict[str, str]:
    files = [*root.glob("notebooks/**/*.ipynb"), *(root / "_build" / "html").rglob("*")]
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file()
    }


# One page of each kind: sampled, exact, real data, gathered from all others.
AGAIN = [
    "discrepancy/subspaces",
    "random_features/shrinkage",
    "practice/digits",
    "random_features/limit",
]


def test_pages_executed_again_by_one_process_and_a_site_rendered_elsewhere_give_the_same_bytes(
    smoke_book, tmp_path
):
    # All pages, with 1 and 2 processes and threads: python -m trust bytes.
    second = tmp_path / "second"
    shutil.copytree(smoke_book, second, ignore=shutil.ignore_patterns("html", "html.json"))
    for page in AGAIN:
        (second / f"notebooks/{page}.ipynb").unlink()
        (second / f"_build/run/smoke/{page}.json").unlink()
    done = press(second, "book", "--profile", "smoke", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("running (re-run: never run)") == len(AGAIN)
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


# One term changed at a time, in the source text of a module; a claim of the book must notice, by
# name. The judge is the page's own claim, reached by running the page's own code (smoke scale).
PLANTED = [
    # The student's risk on fresh points: ρ_s + a + κ_N c + τ² D(κ_N), τ² = (σ²+ρ_w)/(n-d_w-1).
    ("ridgeless", "= g.rho_strong + g.inherited + product(k, g.invisible)",
     "= g.inherited + product(k, g.invisible)",
     "discrepancy/chains", "discrepancy.chains.two_models"),
    ("ridgeless", "g.rho_strong + g.inherited + product(k, g.invisible)",
     "g.rho_strong + product(k, g.invisible)",
     "discrepancy/subspaces", "discrepancy.subspaces.bias"),
    ("ridgeless", "g.inherited + product(k, g.invisible)", "g.inherited",
     "discrepancy/bias", "discrepancy.bias.exact_population"),
    ("ridgeless", "spread = teacher_spread(g, n_labelled, g.rho_weak)",
     "spread = teacher_spread(g, n_labelled, 0.0)",
     "discrepancy/bias", "discrepancy.bias.exact_population"),
    ("ridgeless", "rate = inverse_excess(n, geometry.d_weak,",
     "rate = inverse_excess(n + 1, geometry.d_weak,",
     "discrepancy/variance_theorem", "discrepancy.variance.labels"),
    ("ridgeless", "geometry.overlap + product(rate, geometry.discrepancy)",
     "product(rate, geometry.discrepancy)",
     "discrepancy/variance_theorem", "discrepancy.variance.in_sample"),
    ("ridgeless", "geometry.overlap + product(rate, geometry.discrepancy)",
     "geometry.overlap + 1.5 * product(rate, geometry.discrepancy)",
     "discrepancy/variance_theorem", "discrepancy.variance.in_sample"),
    ("ridgeless", "d_s * inverse_excess(big_n, d_s,", "d_s * inverse_excess(big_n + 1, d_s,",
     "discrepancy/chains", "discrepancy.chains.two_models"),
    ("ridgeless", "d_s * inverse_excess(big_n, d_s, \"n_unlabelled\", \"d_strong\")", "d_s / big_n",
     "discrepancy/variance_theorem", "discrepancy.variance.population"),
    ("ridgeless", "return variance + student_bias(", "return variance + 0 * student_bias(",
     "discrepancy/chains", "discrepancy.chains.two_models"),
    ("ridgeless", "return variance + student_bias(", "return 0 * variance + student_bias(",
     "discrepancy/chains", "discrepancy.chains.two_models"),
    # The student's risk on its sample: ρ_s (1-k_N) + a + k_N b + τ² D(k_N).
    ("ridgeless", "g.rho_strong * (1 - k) + g.inherited + k * g.removed",
     "g.rho_strong + g.inherited + k * g.removed",
     "discrepancy/bias", "discrepancy.bias.exact_in_sample"),
    ("ridgeless", "g.rho_strong * (1 - k) + g.inherited + k * g.removed",
     "g.rho_strong * (1 - k) + k * g.removed",
     "discrepancy/bias", "discrepancy.bias.exact_in_sample"),
    ("ridgeless", "g.rho_strong * (1 - k) + g.inherited + k * g.removed",
     "g.rho_strong * (1 - k) + g.inherited",
     "discrepancy/bias", "discrepancy.bias.exact_in_sample"),
    ("ridgeless", "return np.asarray(np.minimum(d_s / big_n, 1.0))",
     "return np.asarray(np.minimum(d_s / (big_n - d_s - 1), 1.0))",
     "discrepancy/variance_theorem", "discrepancy.variance.in_sample"),
    # A single model: ρ + (σ²+ρ) d/(m-d-1), and ρ (1-d/m) + σ² d/m on its own inputs.
    ("ridgeless", "error + product(d * inverse_excess(m, d,", "product(d * inverse_excess(m, d,",
     "discrepancy/single_models", "discrepancy.single_models.population"),
    ("ridgeless", '"n_samples", "d"), s2 + error)', '"n_samples", "d"), s2)',
     "discrepancy/single_models", "discrepancy.single_models.population"),
    ("ridgeless", '"n_samples", "d"), s2 + error)', '"n_samples", "d"), error)',
     "discrepancy/single_models", "discrepancy.single_models.population"),
    ("ridgeless", "excess = samples - dimension - 1", "excess = samples - dimension",
     "discrepancy/single_models", "discrepancy.single_models.population"),
    ("ridgeless", "error * (1 - k) + s2 * k", "error + s2 * k",
     "discrepancy/single_models", "discrepancy.single_models.own_inputs"),
    ("ridgeless", "error * (1 - k) + s2 * k", "error * (1 - k) + s2",
     "discrepancy/single_models", "discrepancy.single_models.own_inputs"),
    # The four models together: whose features, whose error, whose labels, seen where.
    ("ridgeless", "total = n + at_least(", "total = 0 * n + at_least(",
     "discrepancy/single_models", "discrepancy.single_models.together"),
    ("ridgeless", "total = n + at_least(", "total = n + 0 * at_least(",
     "discrepancy/single_models", "discrepancy.single_models.together"),
    ("ridgeless", "single_risk(g.d_strong, total, noise, g.rho_strong,",
     "single_risk(g.d_strong, total, noise, g.rho_weak,",
     "discrepancy/single_models", "discrepancy.single_models.together"),
    ("ridgeless", "single_risk(g.d_strong, total, noise, g.rho_strong,",
     "single_risk(g.d_weak, total, noise, g.rho_strong,",
     "discrepancy/single_models", "discrepancy.single_models.together"),
    ("ridgeless", "total, noise, g.rho_strong, evaluation=evaluation)",
     "total, noise, g.rho_strong)",
     "discrepancy/single_models", "discrepancy.single_models.together"),
    ("ridgeless", "single_risk(g.d_strong, n, noise, g.rho_strong)",
     "single_risk(g.d_weak, n, noise, g.rho_strong)",
     "discrepancy/single_models", "discrepancy.single_models.together"),
    ("ridgeless", "single_risk(g.d_strong, n, noise, g.rho_strong)",
     "single_risk(g.d_strong, n, noise, g.rho_weak)",
     "discrepancy/single_models", "discrepancy.single_models.together"),
    ("ridgeless", "single_risk(g.d_weak, n, noise, g.rho_weak)",
     "single_risk(g.d_weak, n, noise, g.rho_strong)",
     "discrepancy/single_models", "discrepancy.single_models.together"),
    # The gain and the geometry behind all of it.
    ("gain", "+ g.removed - g.rho_strong - product(k, g.invisible)",
     "+ g.removed - g.rho_strong",
     "discrepancy/when_w2s", "discrepancy.when_w2s.gain"),
    ("gain", "product(1 - k, discrepant) + g.removed", "product(1 - k, discrepant)",
     "discrepancy/when_w2s", "discrepancy.when_w2s.gain"),
    ("subspaces", "float(np.sum(self.cross**2))", "float(np.sum(self.cross**4))",
     "discrepancy/chains", "discrepancy.chains.two_models"),
    # Chains and budgets.
    ("overparametrised", "np.trace(second, axis1=-2, axis2=-1) - np.trace(seen,",
     "np.trace(second, axis1=-2, axis2=-1) - 0 * np.trace(seen,",
     "discrepancy/chains", "discrepancy.chains.recursion"),
    ("budget", "others = both + g.d_strong", "others = both + 2 * g.d_strong",
     "discrepancy/budget", "discrepancy.budget.exact_share"),
    # The second paper: limit, path, spectrum of the ReLU, factor d of the Gram.
    ("limits", "(2.0 * loss / (np.sqrt(1.0 + 3.0 * loss)",
     "(2.2 * loss / (np.sqrt(1.0 + 3.0 * loss)",
     "random_features/limit", "random_features.limit.tight"),
    ("gradient_flow", "signal**2 + np.expm1(-s * t) ** 2 * loss * (1.0 - loss)",
     "signal**2 + np.expm1(-s * t) ** 2 * loss",
     "random_features/fig3", "random_features.fig3.path"),
    ("sphere", "c[even] = np.where(even % 4 == 2, 1.0, -1.0) * np.exp(logs)",
     "c[even] = np.where(even == 2, 2**0.5, np.where(even % 4 == 2, 1.0, -1.0)) * np.exp(logs)",
     "random_features/relu_spectrum", "random_features.relu_spectrum.coefficients"),
    ("sphere", "    return c\n", "    c[3::2] = c[1] / 10\n    return c\n",
     "random_features/relu_spectrum", "random_features.relu_spectrum.coefficients"),
    ("relu_network",
     "arc_cosine(u @ v.T) / u.shape[1]\n"
     "    if others is None:\n        np.fill_diagonal(gram, 0.5 / u.shape[1])",
     "arc_cosine(u @ v.T)\n    if others is None:\n        np.fill_diagonal(gram, 0.5)",
     "random_features/relu_spectrum", "random_features.relu_spectrum.gram"),
]  # fmt: skip
PAGES = sorted({page for *_, page, _ in PLANTED})


@pytest.mark.parametrize("page", PAGES)
def test_without_a_mistake_the_same_claims_hold(page):
    wanted = {noticed_by for *_, where, noticed_by in PLANTED if where == page}
    records = stated(page, wanted)
    assert wanted <= set(records)
    assert [name for name, record in records.items() if not record["passed"]] == []


@pytest.mark.parametrize(("module", "right", "wrong", "page", "noticed_by"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(module, right, wrong, page, noticed_by):
    with planted(named(module), right, wrong):
        records = stated(page, {noticed_by}, remember=not samplers_depend_on(named(module)))
    assert not records[noticed_by]["passed"]


def test_a_student_that_shares_its_teachers_features_fails_a_named_claim():
    shared = ("for s in child.spawn(2))", "for s in (child, child))")
    noticed_by = "random_features.fig2.end_predicted"
    assert stated("random_features/fig2", {noticed_by})[noticed_by]["passed"]
    records = stated("random_features/fig2", {noticed_by}, changed=shared)
    assert not records[noticed_by]["passed"]


def test_a_failed_claim_fails_the_build_by_name(tmp_path):
    module, right, wrong, page, noticed_by = PLANTED[6]
    root = copy_sources(tmp_path / "planted")
    _keep_one_page(root, page)
    source = root / f"{named(module).replace('.', '/')}.py"
    source.write_text(source.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")
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
