"""How the book is cited, from ``CITATION.cff``: its version, and the metadata that Zenodo wants."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from press.pages import load_yaml
from w2s._command import UserError

CITATION = "CITATION.cff"
_NEEDED = ("title", "abstract", "authors", "license", "keywords", "version", "date-released")
_ORCID = "https://orcid.org/"


def read_citation(root: Path) -> dict[str, Any]:
    """Return the content of the citation file of a checkout.

    Raises
    ------
    UserError
        When it is missing or lacks what a release tells; the message names the field.
    """
    told = load_yaml(root / CITATION)
    if not isinstance(told, dict):
        raise UserError(f"{CITATION} must be a mapping, as the Citation File Format wants it")
    lacking = next((name for name in _NEEDED if not told.get(name)), None)
    if lacking is not None:
        raise UserError(f"{CITATION} lacks {lacking!r}, which a release tells")
    return told


def zenodo(citation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a deposit at Zenodo, the content of ``.zenodo.json``.

    Parameters
    ----------
    citation : mapping
        What `read_citation` returned.

    Returns
    -------
    dict
        Fields of Zenodo's deposit metadata. Papers under ``references`` that have an identifier
        become related ones, which the book references.

    Examples
    --------
    >>> told = {"title": "T", "abstract": "A < B.", "authors": [{"name": "Us"}], "keywords": ["k"],
    ...         "license": "BSD-3-Clause", "version": "1.2.0", "date-released": "2026-11-22"}
    >>> found = zenodo(told)
    >>> found["creators"], found["license"], found["description"]
    ([{'name': 'Us'}], 'BSD-3-Clause', '<p>A &lt; B.</p>')
    """
    return {
        "upload_type": "software",
        "access_right": "open",
        "title": str(citation["title"]),
        "creators": [_creator(one) for one in citation["authors"]],
        "description": f"<p>{html.escape(' '.join(str(citation['abstract']).split()))}</p>",
        "license": str(citation["license"]),
        "keywords": [str(one) for one in citation["keywords"]],
        "version": str(citation["version"]),
        "publication_date": str(citation["date-released"]),
        "related_identifiers": [
            _related(one, identifier)
            for one in citation.get("references", ())
            for identifier in one.get("identifiers", ())
        ],
    }


def _creator(author: Mapping[str, Any]) -> dict[str, str]:
    """Return a person as ``Family, Given``, a group by its name."""
    named = ", ".join(str(author[one]) for one in ("family-names", "given-names") if one in author)
    found = {"name": named or str(author["name"])}
    if "affiliation" in author:
        found["affiliation"] = str(author["affiliation"])
    if "orcid" in author:
        found["orcid"] = str(author["orcid"]).removeprefix(_ORCID)
    return found


def _related(paper: Mapping[str, Any], identifier: Mapping[str, Any]) -> dict[str, str]:
    value = str(identifier["value"])
    scheme = "arxiv" if value.lower().startswith("arxiv:") else str(identifier["type"])
    kind = "conferencepaper" if paper["type"] == "conference-paper" else "article"
    return {
        "identifier": value,
        "relation": "references",
        "scheme": scheme,
        "resource_type": f"publication-{kind}",
    }
