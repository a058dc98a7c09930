"""Word-level tokens: a word with the space before it, a run of punctuation or, in scripts without spaces, a character.

What the vocabulary does not hold is spelled in pieces (at the least, bytes), so nothing is unknown and an unknown word
pays for its spelling. To the tokenizer library this is a byte-level BPE that takes whole words first (`ignore_merges`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as HuggingFaceTokenizer

from model.books import PARAGRAPH_BREAK
from model.tokenizer import MIN_VOCAB, STRUCTURE, Tokenizer, parts

MAX_VOCAB = 1_000_000
MAX_PIECES = 512
_ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
_UNITS = (
    rf"""['’](?:s|t|re|ve|m|ll|d)\b| ?[{_UNSPACED}]\p{{M}}{{0,8}}| ?(?:(?![{_UNSPACED}])[\p{{L}}\p{{M}}]){{1,64}}"""
    r"""| ?\p{N}{1,3}| ?[^\s\p{L}\p{M}\p{N}]{1,64}|\s{1,64}(?!\S)|\s{1,64}"""
)


def learn_words(texts: Sequence[str], vocab: int | None) -> Tokenizer:
    """A tokenizer of the words that occur at least twice in canonical texts: of the most frequent, for `vocab` tokens.

    Words that occur once teach how words are spelled. Ids: structure, bytes, pieces, then words by falling frequency.
    A small corpus may support fewer than `vocab` tokens.
    """
    size = max(vocab or MAX_VOCAB, MIN_VOCAB)
    words = _words(texts, at_least=2)
    known = set(words)
    pieces, merges = _pieces([word for word in _words(texts, at_least=1) if word not in known], size)
    ordered = dict.fromkeys([*STRUCTURE, *pieces, *words])
    ids = {token: number for number, token in enumerate(list(ordered)[:size])}
    inner = HuggingFaceTokenizer(models.BPE(vocab=ids, merges=merges, ignore_merges=True))
    inner.pre_tokenizer, inner.decoder = _units(), decoders.ByteLevel()
    inner.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in STRUCTURE])
    return Tokenizer(inner)


def _units() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_UNITS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def _words(texts: Iterable[str], at_least: int) -> list[str]:
    """Words that occur so often, by falling frequency; a character stands for each byte."""
    counter = HuggingFaceTokenizer(models.WordLevel())
    counter.pre_tokenizer = _units()
    trainer = trainers.WordLevelTrainer(vocab_size=MAX_VOCAB, min_frequency=at_least, show_progress=False)
    pieces = (piece for text in texts for part in parts(text) for piece in part.split(PARAGRAPH_BREAK))
    counter.train_from_iterator(pieces, trainer)
    places = counter.get_vocab()
    return sorted(places, key=places.__getitem__)


def _pieces(words: Iterable[str], size: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Bytes and frequent parts of words, at most an eighth of `size` tokens, and the merges that lead to them."""
    inner = HuggingFaceTokenizer(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=len(_ALPHABET) + min(MAX_PIECES, size // 8),
        min_frequency=2,
        show_progress=False,
        initial_alphabet=_ALPHABET,
    )
    inner.train_from_iterator(words, trainer)
    learned = json.loads(inner.to_str())["model"]
    return list(learned["vocab"]), [(left, right) for left, right in learned["merges"]]
