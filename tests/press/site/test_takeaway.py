"""What a page gives away: files with an origin, pictures without twins inside, one archive."""

from __future__ import annotations

import base64
import json
import zipfile

import pytest

from press import UserError, read_book
from press.executed import read_edition, read_executed
from press.normalise import normalise
from press.site import takeaway
from tests.press.conftest import notebook, write_tree
from w2s.page.records import CLAIM, FIGURE

SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def markup(name: str) -> str:
    pictures = "".join(
        f'<img class="only-{theme}" alt="a & b" data-name="{name}-1-{theme}" style="x" '
        f'src="data:image/svg+xml;base64,{encoded(SVG + theme)}">'
        for theme in ("light", "dark")
    )
    table = encoded("x\n1\n")
    return (
        f'<div class="w2s-figure">{pictures}</div><p class="w2s-download"><a download="{name}.csv" '
        f'href="data:text/csv;base64,{table}">Data of this figure (CSV)</a></p>'
    )


def executed_page(page: str) -> str:
    record = {"name": "point", "alt": "What one sees.", "columns": ["x"], "csv": "# old\nx\n1\n"}
    data = {"text/html": markup("point"), "image/png": encoded("png"), FIGURE: record}
    claim = {"id": "a.b", "source": "dong2025, place", "says": "x"}
    outputs = [
        {"output_type": "display_data", "data": data, "metadata": {"scrapbook": {"name": "point"}}},
        {"output_type": "display_data", "data": {CLAIM: claim}, "metadata": {}},
    ]
    title = {"cell_type": "markdown", "source": f"(page-x)=\n# Title of {page}", "metadata": {}}
    code = {"cell_type": "code", "source": "", "metadata": {}, "execution_count": 1}
    about = {"page": page, "profile": "paper", "parameters": {"seed": 7}}
    return normalise({"cells": [title, code | {"outputs": outputs}]}, about)


@pytest.fixture
def book(tiny):
    files = {f"notebooks/part/{name}.ipynb": executed_page(f"part/{name}") for name in
             ("first", "second")}  # fmt: skip
    bib = "@article{dong2025,\n title = {T},\n}\n\n@book{other,\n title = {O},\n}\n"
    write_tree(tiny, files | {"book/references.bib": bib, "book/claims.json": "{}\n"})
    return read_book(tiny)


def test_the_data_of_a_figure_names_its_origin(book):
    (figure,) = takeaway.figures_of(read_executed(book, book.page("part/first")))
    assert sorted(figure.files) == [
        "point-1-dark.svg", "point-1-light.svg", "point.csv", "point.png",
    ]  # fmt: skip
    assert figure.files["point-1-dark.svg"].decode() == SVG + "dark"
    lines = figure.files["point.csv"].decode().splitlines()
    assert lines[0] == "# figure point of page part/first"
    assert "paper profile, seed 7" in lines[1]
    assert lines[-2:] == ["x", "1"]


def test_the_files_of_a_page_lie_beside_it_and_it_holds_no_picture(book, tmp_path):
    site = tmp_path / "html"
    page = f"<html><article><h1>T</h1>{markup('point')}</article></html>"
    write_tree(
        site,
        {
            "notebooks/part/first.html": page,
            "_sources/notebooks/part/first.ipynb": executed_page("part/first"),
        },
    )
    takeaway.take_away(read_edition(book, "paper"), site)
    text = (site / "notebooks/part/first.html").read_text(encoding="utf-8")
    assert "base64" not in text
    assert 'src="../../figures/part/first/point-1-light.svg"' in text
    assert 'href="../../figures/part/first/point.csv"' in text
    with zipfile.ZipFile(site / "figures/part/first.zip") as packed:
        assert packed.namelist() == [
            f"first/{name}" for name in ("point-1-light.svg", "point.csv", "point.png")
        ]
    source = (site / "notebooks/part/first.py").read_bytes()
    assert source == book.source(book.page("part/first")).read_bytes()
    cited = (site / "notebooks/part/first.bib").read_text(encoding="utf-8")
    assert "Title of part/first" in cited and "@article{dong2025" in cited and "other" not in cited
    copy = (site / "_sources/notebooks/part/first.ipynb").read_text(encoding="utf-8")
    assert "image/png" in copy and "svg" not in copy


def test_all_figures_come_in_one_folder_and_one_archive_with_the_same_bytes_twice(book, tmp_path):
    target = tmp_path / "figures"
    archives = []
    for _ in range(2):
        assert takeaway.pack(book, target) == 2
        archives.append((tmp_path / "figures.zip").read_bytes())
    assert archives[0] == archives[1]
    listed = json.loads((target / "figures.json").read_text(encoding="utf-8"))
    files = [name for one in listed for name in one["files"]]
    with zipfile.ZipFile(tmp_path / "figures.zip") as packed:
        assert sorted(packed.namelist()) == sorted(
            f"figures/{name}" for name in [*files, "figures.json"]
        )
    assert all((target / name).is_file() for name in files)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["book", "figures", "figures.zip"]


def test_packing_refuses_an_unfinished_book_and_another_folder(book, tiny, tmp_path):
    other = write_tree(tmp_path / "other", {"mine.txt": "x"})
    with pytest.raises(UserError, match=r"other: it holds mine\.txt, which no earlier run wrote"):
        takeaway.pack(book, other)
    write_tree(tiny, {"notebooks/part/second.py": notebook("second")})
    (tiny / "notebooks/part/second.ipynb").unlink()
    with pytest.raises(UserError, match="part/second was not executed yet: make book first"):
        takeaway.pack(book, tmp_path / "figures")
