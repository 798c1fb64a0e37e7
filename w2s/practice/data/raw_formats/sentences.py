"""GLUE's SST-2: sentences and labels in a table with tabs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from w2s.practice.data.raw_formats.data import PathLike, RawData, Reader, digest_of, missing


def sst2(path: PathLike) -> RawData:
    r"""Read GLUE's SST-2 from its ``train.tsv``, header ``sentence\tlabel``.

    A line that is not a sentence, a tab and 0 or 1, in UTF-8, is skipped and reported with its
    number.

    Parameters
    ----------
    path : path
        The file, or the folder that holds it.

    Returns
    -------
    RawData
        Ids are the numbers of the lines, the header being line 1; inputs are the sentences.

    Raises
    ------
    ValueError
        If there is no such file, or it begins with another header.
    """
    place = Path(path)
    if not place.is_file() and place.suffix != ".tsv":
        place /= "train.tsv"
    if not place.is_file():
        raise missing(place, "GLUE's SST-2, header sentence<TAB>label", "SST-2.zip of GLUE")
    lines, labels, sentences, skipped = [], [], [], []
    with place.open("rb") as file:
        head = file.readline(200).removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
        if head != b"sentence\tlabel":
            raise ValueError(f"{place} must begin with 'sentence<TAB>label', got {head[:60]!r}")
        for number, line in enumerate(file, start=2):
            fields = line.rstrip(b"\r\n").split(b"\t")
            try:
                sentence = fields[0].strip().decode("utf-8")
            except UnicodeDecodeError:
                sentence = ""
            if len(fields) != 2 or not sentence or fields[1] not in (b"0", b"1"):
                skipped.append(f"line {number}: not a sentence, a tab and 0 or 1, in UTF-8")
                continue
            lines.append(number)
            labels.append(int(fields[1]))
            sentences.append(sentence)
    ids = np.array([f"{number:06d}" for number in lines], dtype=np.str_)
    digest = digest_of("sst2", ids, *sentences)
    read: Reader = lambda start, stop: sentences[start:stop]  # noqa: E731
    return RawData("sst2", ids, np.array(labels, dtype=np.int64), read, digest, skipped, 67349)
