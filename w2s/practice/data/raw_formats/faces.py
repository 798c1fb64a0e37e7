"""UTKFace: a folder of pictures whose names hold the labels."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.raw_formats.data import PathLike, RawData, digest_of, missing

_NAMED_BY_AGE = re.compile(r"(\d{1,3})_.*\.jpe?g", re.IGNORECASE)
_TAKEN = re.compile(r"_(\d+)[^_]*$")  # date and time, the last field
_OLDEST = 116  # years, of the published set


def utkface(folder: PathLike) -> RawData:
    """Read a folder of UTKFace pictures; the label is the age.

    Names are ``[age]_[gender]_[race]_[date&time].jpg``. Only the age is used: a name that does not
    begin with an age from 0 to 116, a file that is not a whole JPEG picture, a folder or a dead
    link is skipped and reported. A name whose later fields are missing or misspelt is kept, because
    its age is clear; the published set has a few of them. So is a whole picture whose EXIF or MPO
    note is cut, and every picture whose date and time come with two ages, which the report notes.
    Every picture is decoded once here, and again when read.

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
        If there is no such folder, no usable picture (the pictures of a folder in it are named),
        Pillow is missing, or, while reading, a picture has changed since it was listed.
    """
    place = Path(folder)
    if not place.is_dir():
        expected = "a folder of pictures [age]_[gender]_[race]_[date&time].jpg"
        source = "UTKFace.tar.gz from the data set's own page (for non-commercial research)"
        raise missing(place, expected, source)
    _pillow()
    contents: dict[str, str] = {}
    ages, skipped = [], []
    for path in sorted(place.iterdir(), key=lambda path: path.name):
        try:
            age, content = _face(path)
        except ValueError as fault:
            skipped.append(f"{path.name}: {fault}")
            continue
        contents[path.name] = hashlib.sha256(content).hexdigest()
        ages.append(age)
    if not contents:
        _look_below(place)
    names = list(contents)

    def read(start: int, stop: int) -> list[NDArray[np.uint8]]:
        return [_picture(place / name, contents[name]) for name in names[start:stop]]

    ids = np.array(names, dtype=np.str_)
    digest = digest_of("utkface", ids, *contents.values())
    labels, notes = np.array(ages, dtype=np.int64), _of_two_ages(names, ages)
    return RawData("utkface", ids, labels, read, digest, skipped, 23708, notes)


def _face(path: Path) -> tuple[int, bytes]:
    """Age and content of one picture; what else lies in the folder is a `ValueError`."""
    if path.is_dir():
        raise ValueError("a folder, not looked into")
    if not path.is_file():
        raise ValueError("a link to nothing" if path.is_symlink() else "not a file")
    found = _NAMED_BY_AGE.fullmatch(path.name)
    if not found or int(found[1]) > _OLDEST:
        raise ValueError("the name does not begin with an age and end in .jpg")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from error
    _decode(content)
    return int(found[1]), content


def _look_below(place: Path) -> None:
    """Refuse the folder above the pictures with a word on where they are."""
    for folder in sorted(path for path in place.iterdir() if path.is_dir()):
        try:
            inside = any(_NAMED_BY_AGE.fullmatch(path.name) for path in folder.iterdir())
        except OSError:
            continue
        if inside:
            raise ValueError(f"{place} holds no picture, its folder {folder.name} does: {folder}")


def _of_two_ages(names: Sequence[str], ages: Sequence[int]) -> list[str]:
    """Say which pictures, by their date and time, have names with several ages."""
    together: dict[str, dict[int, str]] = {}
    for name, age in zip(names, ages, strict=True):
        if found := _TAKEN.search(name):
            together.setdefault(found[1], {}).setdefault(age, name)
    several = {taken: by_age for taken, by_age in together.items() if len(by_age) > 1}
    return [
        f"the picture {taken} has {len(by_age)} ages: {', '.join(by_age.values())}"
        for taken, by_age in several.items()
    ]


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
            warnings.simplefilter("ignore")  # of a cut note beside a whole picture
            with image.open(BytesIO(content), formats=["JPEG"]) as picture:
                pixels, most = picture.width * picture.height, image.MAX_IMAGE_PIXELS
                if most and pixels > most:  # Pillow only warns up to twice as many
                    raise ValueError(f"its size, {pixels} pixels, exceeds limit of {most} pixels")
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
