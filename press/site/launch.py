"""Pages that open elsewhere: a branch of executed notebooks, and the links to Colab and Binder.

The branch lies at GitHub beside the sources. It is made anew for each published site, whose pages
alone link it: no other copy of the book can know that it is there.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from press.files import write_json
from press.owned import written_anew
from press.pages import Book, Page
from press.site.jupyter_book import site_profile
from press.sources import read_source
from w2s._command import UserError
from w2s._files import write_atomically

LAUNCHED = "notebooks"
BINDER = {
    "binder/runtime.txt": "python-3.12\n",
    "binder/requirements.txt": "-e .[book,real]\n",
}
"""What mybinder.org builds the branch from, instead of the Dockerfile, which starts no Jupyter."""

_PLACE = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9._-]+)@([A-Za-z0-9._/-]+)")
_LIST = re.compile(r'(<nav class="w2s-out"[^>]*><ul>.*?)</ul></nav>', re.DOTALL)
_INSTALL = """\
# Where the module is not there yet, as on Colab, it comes from the commit that made this notebook.
import importlib.util

if importlib.util.find_spec("w2s") is None:
    %pip install --quiet "w2s[real] @ git+https://github.com/{repository}@{ref}" myst-nb
"""


@dataclass(frozen=True)
class Place:
    """A branch or a commit of a repository at GitHub."""

    repository: str
    ref: str

    def links(self, entry: str) -> dict[str, str]:
        """Return the addresses that open a notebook of the branch, by the name of the service.

        Examples
        --------
        >>> for name, address in Place("us/book", "notebooks").links("notebooks/a/b").items():
        ...     print(f"{name}: {address}")
        Colab: https://colab.research.google.com/github/us/book/blob/notebooks/notebooks/a/b.ipynb
        Binder: https://mybinder.org/v2/gh/us/book/notebooks?labpath=notebooks%2Fa%2Fb.ipynb
        """
        ref, path = quote(self.ref, safe=""), f"{entry}.ipynb"
        where = f"github/{self.repository}/blob/{ref}/{quote(path)}"
        return {
            "Colab": f"https://colab.research.google.com/{where}",
            "Binder": f"https://mybinder.org/v2/gh/{self.repository}/{ref}"
            f"?labpath={quote(path, safe='')}",
        }


def check_place(text: str) -> Place:
    """Read ``OWNER/NAME@REF``; refuse anything else."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise UserError(f"a branch or commit is named like OWNER/NAME@REF, got {text!r}")
    return Place(found[1], found[2])


def runs_alone(book: Book, page: Page) -> bool:
    """Whether a page needs nothing beside the module: no table of the book, no record of numbers.

    A notebook that is opened by itself has neither.
    """
    source = read_source(book, page)
    return not (source.gathers or source.measures or source.reads)


def write_branch(book: Book, target: Path, source: Place) -> int:
    """Write what the branch holds beside the sources: notebooks that install, and Binder's files.

    Parameters
    ----------
    book : Book
        The checkout, its site rendered.
    target : Path
        The folder, made anew.
    source : Place
        The commit that made the notebooks.

    Returns
    -------
    int
        Number of notebooks.

    Raises
    ------
    UserError
        When there is no site of paper scale, or the folder holds what no earlier run wrote.
    """
    profile = site_profile(book.site)
    if profile != "paper":
        raise UserError(f"only notebooks of a paper site are launched, not {profile or 'none'}")
    pages = [page for page in book.notebooks if runs_alone(book, page)]
    with written_anew(target, LAUNCHED, book.build) as folder:
        for page in pages:
            shown = book.site / "_sources" / f"{page.entry}.ipynb"
            notebook = json.loads(shown.read_text(encoding="utf-8"))
            notebook["cells"].insert(0, _install_cell(source))
            write_json(folder / f"{page.entry}.ipynb", notebook)
        for name, text in BINDER.items():
            write_atomically(folder / name, text)
    return len(pages)


def _install_cell(source: Place) -> dict[str, Any]:
    text = _INSTALL.format(repository=source.repository, ref=source.ref)
    return {
        "cell_type": "code", "execution_count": None, "id": "install", "metadata": {},
        "outputs": [], "source": text.rstrip().splitlines(keepends=True),
    }  # fmt: skip


def link_launchers(book: Book, site: Path, branch: Place) -> int:
    """Link Colab and Binder under the title of every page that runs alone; return their number."""
    count = 0
    for page in book.notebooks:
        path = site / f"{page.entry}.html"
        if path.is_file() and runs_alone(book, page):
            items = "".join(
                f'<li><a class="external" href="{html.escape(address)}">open in {name}</a></li>'
                for name, address in branch.links(page.entry).items()
            )
            text = path.read_text(encoding="utf-8")
            if found := _LIST.search(text):
                write_atomically(path, text[: found.end(1)] + items + text[found.end(1) :])
                count += 1
    return count
