"""Frozen features from any image or text model that was exported to ONNX.

`encode` runs a model over raw data and leaves a ``.npy`` with ids beside it, ready for
`w2s.feature_files`. `Pictures`, `Tokens` and `WordPiece` say how inputs become arrays. Needs the
extra ``w2s[vision]``.
"""

from w2s.encoders.encoding import encode
from w2s.encoders.model import OnnxModel
from w2s.encoders.pictures import Pictures
from w2s.encoders.tokens import Tokens, WordPiece

__all__ = ["OnnxModel", "Pictures", "Tokens", "WordPiece", "encode"]
