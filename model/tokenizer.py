"""Tokens in which structure is kept: a chapter break, a paragraph break and a line break are one token each.

Here byte-level BPE is learned, in `words` whole words; either way the tokenizer itself is Hugging Face `tokenizers`,
any text can be encoded, and `decode(encode(text)) == text`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as HuggingFaceTokenizer

from model.books import CHAPTER_BREAK, PARAGRAPH_BREAK, is_unspaced
from model.errors import BadModel
from model.version import write_beside

STRUCTURE = (CHAPTER_BREAK, PARAGRAPH_BREAK, "\n")
_WORDS = (
    r"""'(?:s|t|re|ve|m|ll|d)\b| ?\p{Han}{1,64}| ?[\p{L}\p{M}]{1,64}| ?\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{M}\p{N}]{1,64}|\s{1,64}(?!\S)|\s{1,64}"""
)
"""Words of bounded length: a word of megabytes would take hours to learn merges from."""
MIN_VOCAB = 320
PART_CHARS = 1 << 18
"""Half of the characters that are encoded in one go: the library takes some hundred bytes for each."""
_BETWEEN_WORDS = re.compile(r"(?<=\w)(?= \w)|(?<=\n)(?=\w)")


class Tokenizer:
    """Text ↔ token ids, with the few ids the rest of the model must know."""

    def __init__(self, inner: HuggingFaceTokenizer) -> None:
        self._inner = inner
        ids = [token for text in STRUCTURE if (token := inner.token_to_id(text)) is not None]
        if len(ids) < len(STRUCTURE):
            raise BadModel("The tokenizer lacks the structure tokens of Greenbeard; it is from another program.")
        self.chapter, self.paragraph, self.line = ids
        self.vocab: int = inner.get_vocab_size()
        self.bytes: tuple[bytes, ...] = self._byte_table()
        self.joining = tuple(token for token, text in enumerate(self.bytes) if _joins(text))
        """Tokens that go on with the word before them."""

    def _byte_table(self) -> tuple[bytes, ...]:
        latin = {ord(char): byte for byte, char in _byte_characters().items()}
        table = [b""] * self.vocab
        for text, token in self._inner.get_vocab().items():
            table[token] = text.encode() if text in STRUCTURE else text.translate(latin).encode("latin-1")
        return tuple(table)

    @classmethod
    def train(cls, texts: Iterable[str], vocab: int) -> Tokenizer:
        """Learn a byte-level BPE from canonical texts. A small corpus may support fewer than `vocab` tokens."""
        inner = HuggingFaceTokenizer(models.BPE())
        inner.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(_WORDS), behavior="isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        inner.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=max(vocab, MIN_VOCAB),
            min_frequency=2,
            show_progress=False,
            special_tokens=[AddedToken(text, normalized=False, special=True) for text in STRUCTURE],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        )
        pieces = (piece for text in texts for part in parts(text) for piece in part.split(PARAGRAPH_BREAK))
        inner.train_from_iterator(pieces, trainer)
        return cls(inner)

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read a tokenizer's JSON. Raises BadModel."""
        try:
            return cls(HuggingFaceTokenizer.from_str(path.read_text(encoding="utf-8")))
        except BadModel:
            raise
        except Exception as error:  # the Rust library raises plain Exception for any fault in the JSON
            raise BadModel(f"{path} is damaged: {error}.") from error

    def save(self, path: Path) -> None:
        """Write the tokenizer's JSON, beside and renamed."""
        write_beside(path, self._inner.to_str().encode())

    def encode(self, text: str) -> NDArray[np.int64]:
        """Text → ids, shape [tokens]."""
        ids = [self._inner.encode(part, add_special_tokens=False).ids for part in parts(text)]
        return np.concatenate([np.asarray(of_part, dtype=np.int64) for of_part in ids])

    def decode(self, ids: Sequence[int] | NDArray[np.int64]) -> str:
        """Ids → text; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self.bytes[i] for i in ids).decode("utf-8", errors="replace")


class StreamDecoder:
    """Turns tokens into text as they come, holding back the bytes of an unfinished character."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._bytes = tokenizer.bytes
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def whole(self) -> bool:
        """Whether no character is unfinished."""
        return not self._utf8.getstate()[0]

    def feed(self, token: int) -> str:
        """The whole characters that `token` completes."""
        return self._utf8.decode(self._bytes[token])


def parts(text: str) -> Iterator[str]:
    """A text in parts that are encoded as they would be in one, so that memory stays bounded; "" is one part.

    They end where a word does. Only a text without any such place is cut through a word.
    """
    begin = 0
    while len(text) - begin > 2 * PART_CHARS:
        place = _BETWEEN_WORDS.search(text, begin + PART_CHARS, begin + 2 * PART_CHARS)
        end = place.start() if place else begin + 2 * PART_CHARS
        yield text[begin:end]
        begin = end
    yield text[begin:]


def _joins(text: bytes) -> bool:
    first = text.decode("utf-8", errors="replace")[:1]
    return first.isalnum() and not is_unspaced(first)


def _byte_characters() -> dict[int, str]:
    """The printable stand-ins that byte-level BPE uses for bytes (Radford et al. 2019)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    table = {byte: chr(byte) for byte in printable}
    for offset, byte in enumerate(b for b in range(256) if b not in table):
        table[byte] = chr(256 + offset)
    return table
