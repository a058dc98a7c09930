"""`python -m scripts.voices FOLDER BOOK …`: makes the table of how each book sounds for a version without one.

The books must be those that the version was trained on; its `CARD.md` lists them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from model.corpus import Corpus
from model.errors import BadCorpus, ModelError
from model.files import read_books
from model.tokenizer import Tokenizer
from model.version import TOKENIZER_FILE, read_info
from model.voices import MOST_BOOKS, VOICES_FILE, voices_of


def make_voices(folder: Path, paths: Sequence[Path]) -> Path:
    """Make a version's table from the books that it was trained on. Raises ModelError."""
    info, tokenizer = read_info(folder), Tokenizer.load(folder / TOKENIZER_FILE)
    corpus = Corpus.of(read_books(paths))
    if corpus.manifest != info.corpus:
        raise BadCorpus(f"{folder.name!r} was trained on other books; name those that its CARD.md lists.")
    learned = corpus.books if info.metrics.finished else corpus.train
    voices = voices_of(learned, tokenizer)
    if voices is None:
        raise BadCorpus(f"There is a table for 2 to {MOST_BOOKS} books, not for {len(learned)}.")
    voices.save(folder)
    return folder / VOICES_FILE


def main() -> None:
    """Make it, or say what is wrong."""
    if len(sys.argv) < 3:
        sys.exit("Name the version's folder and the books that it was trained on.")
    try:
        sys.stdout.write(f"{make_voices(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])}\n")
    except ModelError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
