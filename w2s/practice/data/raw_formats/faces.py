"""UTKFace: a folder of pictures whose names hold the labels."""

from __future__ import annotations

import hashlib
import re
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.raw_formats.data import PathLike, RawData, digest_of, missing

_NAMED_BY_AGE = re.compile(r"(\d{1,3})_.*\.jpe?g", re.IGNORECASE)
_OLDEST = 116  # years, of the published set


def utkface(folder: PathLike) -> RawData:
    """Read a folder of UTKFace pictures; the label is the age.

    Names are ``[age]_[gender]_[race]_[date&time].jpg``. Only the age is used: a name that does not
    begin with an age from 0 to 116, or a file that is not a whole JPEG picture, is skipped and
    reported. A name whose later fields are missing or misspelt is kept, because its age is clear;
    the published set has a few of them. Every picture is decoded once here, and again when read.

    Parameters
    ----------
    folder : path
        The folder with the pictures (the aligned and cropped ones for Dong et al. 2025).

    Returns
    -------
    RawData
        Ids are the file names; inputs are arrays (height, width, 3), decoded when read.

    Raises
    ------
    ValueError
        If there is no such folder, no usable picture, Pillow is missing, or, while reading, a
        picture has changed since it was listed.
    """
    place = Path(folder)
    if not place.is_dir():
        expected = "a folder of pictures [age]_[gender]_[race]_[date&time].jpg"
        source = "UTKFace.tar.gz from the data set's own page (for non-commercial research)"
        raise missing(place, expected, source)
    _pillow()
    contents: dict[str, str] = {}
    ages, skipped = [], []
    for name in sorted(path.name for path in place.iterdir() if path.is_file()):
        found = _NAMED_BY_AGE.fullmatch(name)
        if not found or int(found[1]) > _OLDEST:
            skipped.append(f"{name}: the name does not begin with an age and end in .jpg")
            continue
        content = (place / name).read_bytes()
        try:
            _decode(content)
        except ValueError as fault:
            skipped.append(f"{name}: {fault}")
            continue
        contents[name] = hashlib.sha256(content).hexdigest()
        ages.append(int(found[1]))
    names = list(contents)

    def read(start: int, stop: int) -> list[NDArray[np.uint8]]:
        return [_picture(place / name, contents[name]) for name in names[start:stop]]

    ids = np.array(names, dtype=np.str_)
    digest = digest_of("utkface", ids, *contents.values())
    return RawData("utkface", ids, np.array(ages, dtype=np.int64), read, digest, skipped, 23708)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise ValueError("pictures need Pillow: install the extra w2s[vision]") from error
    return Image


def _decode(content: bytes) -> NDArray[np.uint8]:
    """Decode a JPEG picture; whatever is wrong with it is a `ValueError`."""
    image = _pillow()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a picture of absurd size is a warning of Pillow
            with image.open(BytesIO(content), formats=["JPEG"]) as picture:
                return np.asarray(picture.convert("RGB"))
    except Exception as error:  # Pillow lets through whatever a damaged file leads to
        unknown = "cannot identify" in str(error)
        raise ValueError("not a JPEG picture" if unknown else str(error)) from error


def _picture(path: Path, known: str) -> NDArray[np.uint8]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != known:
        raise ValueError(f"{path} has changed since the folder was listed")
    return _decode(content)
