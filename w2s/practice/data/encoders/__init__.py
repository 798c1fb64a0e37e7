"""Frozen features from any image or text model that was exported to ONNX.

`encode` runs a model over raw data and leaves a ``.npy`` with ids beside it, ready for
`feature_files`. `Pictures`, `Tokens` and `WordPiece` say how inputs become arrays. Needs the
extra ``w2s[vision]``.
"""

from w2s.practice.data.encoders.encoding import encode
from w2s.practice.data.encoders.model import OnnxModel
from w2s.practice.data.encoders.pictures import Pictures
from w2s.practice.data.encoders.tokens import Tokens, WordPiece

__all__ = ["OnnxModel", "Pictures", "Tokens", "WordPiece", "encode"]
