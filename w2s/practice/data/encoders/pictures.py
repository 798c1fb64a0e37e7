"""From pictures of any size to the block of numbers that a vision model reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import above, finite, integer, one_of, whole

_FILTERS = ("nearest", "bilinear", "bicubic", "lanczos")


@dataclass(frozen=True)
class Pictures:
    """Resize, crop the centre, divide by 255, subtract `mean`, divide by `std`.

    Parameters
    ----------
    resize : int or (int, int), optional
        A number: of pixels of the shorter side. Two: height and width. None: leave the size.
    crop : int, optional
        Side of the centred square that is kept.
    mean, std : sequence of float
        One value, or one per channel, for pixels in [0, 1].
    channels : {1, 3}
        Grey or colour; grey pictures fill three channels with the same values.
    method : {"nearest", "bilinear", "bicubic", "lanczos"}
        How Pillow resizes.

    Raises
    ------
    ValueError
        If a size is not positive, a `std` is not positive or the numbers of values do not fit;
        when called, if a picture is not of uint8, is smaller than `crop`, has colour where grey is
        wanted or sizes differ.

    Examples
    --------
    >>> block = Pictures(mean=(0.5,), std=(0.5,))([np.full((2, 2, 3), 255, np.uint8)])
    >>> block["pixels"].shape, float(block["pixels"].max())
    ((1, 3, 2, 2), 1.0)
    """

    resize: int | tuple[int, int] | None = None
    crop: int | None = None
    mean: Sequence[float] = (0.0,)
    std: Sequence[float] = (1.0,)
    channels: int = 3
    method: str = "bilinear"

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            values = tuple(float(x) for x in finite(name, getattr(self, name), ndim=1))
            object.__setattr__(self, name, values)
            if len(values) not in (1, self.channels):
                wanted = f"1 or {self.channels} values"
                raise ValueError(f"{name} must have {wanted}, got {len(values)}")
        above("std", self.std, 0)
        one_of("method", self.method, _FILTERS)
        if self.channels not in (1, 3):
            raise ValueError(f"channels must be 1 or 3, got {self.channels}")
        sides = self.resize if isinstance(self.resize, tuple) else (self.resize,)
        for side in (*sides, self.crop):
            if side is not None:
                integer("resize and crop", side)
        if isinstance(self.resize, tuple) and len(self.resize) != 2:
            raise ValueError(f"resize must be a number, or height and width, got {self.resize}")

    @property
    def key(self) -> str:
        """Everything that decides the numbers, as text; Pillow counts because it resizes."""
        return f"{self!r} pillow {metadata.version('pillow')}" if self.resize else repr(self)

    def __call__(self, inputs: Sequence[Any]) -> dict[str, NDArray[Any]]:
        """Return ``{"pixels": block}``, block of float32, shape (b, channels, height, width)."""
        pictures = [self._fitted(whole("a picture", picture)) for picture in inputs]
        sizes = {picture.shape for picture in pictures}
        if len(sizes) > 1:
            raise ValueError(f"pictures have different sizes, give resize: {sorted(sizes)[:2]}")
        block = np.stack(pictures).astype(np.float32).transpose(0, 3, 1, 2) / np.float32(255)
        mean = np.array(self.mean, dtype=np.float32)[:, None, None]
        std = np.array(self.std, dtype=np.float32)[:, None, None]
        return {"pixels": np.ascontiguousarray((block - mean) / std)}

    def _fitted(self, picture: NDArray[Any]) -> NDArray[np.uint8]:
        """One picture with its channels last, resized and cropped."""
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3):
            kind = f"{picture.dtype} {picture.shape}"
            raise ValueError(f"a picture must be uint8, (height, width) or with 3 colours, {kind}")
        if picture.ndim == 2:
            picture = np.repeat(picture[:, :, None], self.channels, axis=2)
        if picture.shape[2] != self.channels:
            raise ValueError(f"a picture has {picture.shape[2]} channels, wanted {self.channels}")
        if self.resize:
            picture = self._resized(picture)
        if not self.crop:
            return picture
        height, width = picture.shape[:2]
        if min(height, width) < self.crop:
            raise ValueError(f"a picture of {height} x {width} is smaller than crop {self.crop}")
        top, left = round((height - self.crop) / 2), round((width - self.crop) / 2)
        return picture[top : top + self.crop, left : left + self.crop]

    def _resized(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        try:
            from PIL import Image
        except ImportError as error:
            raise ValueError("resizing needs Pillow: install the extra w2s[vision]") from error
        height, width = picture.shape[:2]
        if isinstance(self.resize, tuple):
            target = self.resize
        else:
            side = int(self.resize or 0)
            shorter = min(height, width)
            target = side * height // shorter, side * width // shorter
        if target == (height, width):
            return picture
        image = Image.fromarray(picture[:, :, 0] if self.channels == 1 else picture)
        method = Image.Resampling[self.method.upper()]
        resized = np.asarray(image.resize(target[::-1], method))
        return resized.reshape(*target, self.channels)
