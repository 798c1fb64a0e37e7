"""The press: from notebook sources to a checked site.

Every step is a module that can be used alone: `pages` reads the table of contents, `sources` and
`parameters` a notebook, `schemas` says what people may write, `worker` and `pool` execute, in
processes that `warm` and `seat` fork, `outputs` checks, `normalise` makes the same run give the
same bytes and folds code as `folds` says, `stale` says what must run again, `executed` reads what
ran, `claims_record` collects and compares. `seeds` keeps runs with other seeds and says what they
show together.
In `site`, `status` writes the generated pages, `jupyter_book` renders, `steps` lists what is done
to the pages then, and `check_site` checks them. `build` does all of it; `pdf` prints the site.
"""

from press.pages import Book, Page, find_root, read_book
from w2s._command import UserError

__all__ = ["Book", "Page", "UserError", "find_root", "read_book"]
