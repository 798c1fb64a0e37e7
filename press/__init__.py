"""The press: from notebook sources to a checked site.

Every step is a module that can be used alone: `pages` reads the table of contents, `sources` and
`parameters` a notebook, `worker` and `pool` execute, `outputs` checks, `normalise` makes the same
run give the same bytes, `stale` says what must run again, `claims_record` collects and compares,
`status` writes the generated pages, `render` and `check_site` make and check the site, and
`build` does all of it.
"""

from press.pages import Book, Page, find_root, read_book
from w2s._command import UserError

__all__ = ["Book", "Page", "UserError", "find_root", "read_book"]
