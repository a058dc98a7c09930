"""The peers are honest: every token is scored once, unknown words pay, and scorers equal naive loops."""

from __future__ import annotations

import math
from itertools import count, pairwise, product
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from benchmarks.one_training import PEERS, Peer
from benchmarks.peers import got_book_6, transformer, transformer_writer, word_language_model, words
from benchmarks.peers.pace import Pace, bits_per_char, quick_part, warm_then_cosine
from benchmarks.peers.words import CHAPTER, END, ORDER, UNKNOWN, Spelling, Words, WordScorer, lanes_over, split_words
from model.books import CHAPTER_BREAK, parse_book
from model.corpus import Corpus, tokens_of
from model.sampling import Sampling

MIXED = "CHAPTER I\n\n\"It's d'Artagnan--he!\" cried  Athos_2.\n红楼梦，第1回。 Ω\u0301x\r\t…"


@pytest.fixture(scope="module")
def corpus(tiny_book_text: str) -> Corpus:
    return Corpus.of([parse_book(tiny_book_text, "tower.txt")])


@given(st.text())
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(split_words(text)) == text


def test_words_keep_breaks_and_take_spaces_along() -> None:
    assert split_words('He said, "No--no."\n\nDon\'t\n\n\n第一回') == [
        "He", " said", ",", ' "', "No", "--", "no", ".", '"', "\n\n", "Don't", "\n\n\n", "第", "一", "回",
    ]  # fmt: skip


def test_a_byte_has_one_share_of_each_context() -> None:
    spelling = Spelling(["Athos", "Aramis", "红"])
    for context in (b"", b"A", b"At", b"Atho", b"zzzz"):
        assert sum(spelling.probability(context, byte) for byte in range(END + 1)) == pytest.approx(1)


def test_all_spellings_together_have_no_more_than_probability_one() -> None:
    spelling = Spelling(["a", "ab", "ba", "b", "aab"])
    whole = 0.0
    for length in range(7):
        whole += sum(math.exp(-spelling.nats("".join(letters))) for letters in product("ab", repeat=length))
    assert 0.5 < whole <= 1


def test_likely_spellings_cost_less() -> None:
    spelling = Spelling(["musketeer", "musketeers", "rocketeer"])
    assert spelling.nats("musketeers") < spelling.nats("xqzvwkjpqy")
    assert len("a" * ORDER) < spelling.nats("neverseen")


def test_vocabulary_holds_the_commonest_words_that_recur() -> None:
    vocabulary = Words(["a a a b b c", "b a"], size=2)
    assert set(vocabulary.ids) == {CHAPTER_BREAK, " a", " b"}
    assert vocabulary.encode("a a c").tolist() == [CHAPTER, UNKNOWN, vocabulary.ids[" a"], UNKNOWN]
    assert len(vocabulary) == 4


def test_unknown_words_pay_for_their_spelling_each_time() -> None:
    vocabulary = Words(["one two two"], size=8)
    once, twice = (vocabulary.spelling_nats(text) for text in (" three", " three three"))
    assert once > 0
    assert twice == pytest.approx(2 * once)
    assert vocabulary.spelling_nats(" two two") == 0


@given(st.integers(2, 6000))
@settings(deadline=None)
def test_lanes_score_every_token_once(length: int) -> None:
    targets_at, scored = lanes_over(length)
    assert sorted(targets_at[scored].tolist()) == list(range(1, length))


@given(st.integers(2, 900), st.integers(2, 96), st.data())
def test_windows_score_every_token_once_behind_enough_context(length: int, window: int, data: st.DataObject) -> None:
    stride = data.draw(st.integers(1, window))
    targets = []
    for begin, first in transformer.windows(length, window, stride):
        assert first - begin >= min(first, window - stride)
        targets += range(first, min(begin + window + 1, length))
    assert targets == list(range(1, length))


def test_transformer_sees_nothing_of_what_follows() -> None:
    chosen = transformer.TINY
    network = transformer.Transformer(chosen, 50).eval()
    tokens = torch.randint(50, (1, 20), generator=torch.Generator().manual_seed(1))
    changed = tokens.clone()
    changed[0, 12:] = (changed[0, 12:] + 1) % 50
    before, after = (network(stream)[0, :12] for stream in (tokens, changed))
    torch.testing.assert_close(before, after)


def test_rotary_positions_see_distances_only() -> None:
    by = transformer.turns(40, 8)
    query, key = torch.randn(2, 1, 8, generator=torch.Generator().manual_seed(2))

    def attention(at_query: int, at_key: int) -> float:
        turned = (transformer.turn(x, by[:, at : at + 1]) for x, at in ((query, at_query), (key, at_key)))
        return float(torch.mul(*turned).sum())

    assert attention(9, 4) == pytest.approx(attention(35, 30), abs=1e-5)
    assert attention(9, 4) != pytest.approx(attention(9, 8), abs=1e-3)


def test_transformer_score_equals_a_naive_loop() -> None:
    network = transformer.Transformer(transformer.TINY, 30).eval()
    stream = np.random.default_rng(1).integers(30, size=150)
    window, stride = 16, 4
    naive = 0.0
    with torch.no_grad():
        for begin, first in transformer.windows(len(stream), window, stride):
            logits = network(torch.from_numpy(stream[begin : begin + window])[None])[0]
            for target in range(first, min(begin + window + 1, len(stream))):
                naive -= float(logits[target - 1 - begin].log_softmax(0)[int(stream[target])])
    assert transformer.nats_of(network, stream, window, stride) == pytest.approx(naive, rel=1e-5)


@pytest.mark.parametrize("kind", [got_book_6.GotBook6, word_language_model.WordLanguageModel])
def test_word_score_equals_a_naive_loop(
    kind: type[got_book_6.GotBook6 | word_language_model.WordLanguageModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "LANES", 1)
    for peer in (got_book_6, word_language_model):
        monkeypatch.setattr(peer, "WIDTH", 32)
    network = kind(40, 0.5).eval()
    stream = np.random.default_rng(1).integers(40, size=300)
    naive, state = 0.0, network.start(1)
    with torch.no_grad():
        for token, target in pairwise(stream):
            logits, state = network(torch.tensor([[token]]), state)
            naive += float(functional.cross_entropy(logits[0], torch.tensor([target])))
    assert words.nats_of(network, stream) == pytest.approx(naive, rel=1e-5)


def test_lanes_read_as_one_stream_does(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    network = got_book_6.GotBook6(40, 0.0).eval()
    stream = np.random.default_rng(1).integers(40, size=1200)
    side_by_side = words.nats_of(network, stream)
    monkeypatch.setattr(words, "LANES", 1)
    assert side_by_side == pytest.approx(words.nats_of(network, stream), rel=1e-5)


def test_a_word_scorer_adds_spelling(corpus: Corpus) -> None:
    vocabulary = Words((book.text for book in corpus.train), 20)
    network = got_book_6.GotBook6(len(vocabulary), 0.0).eval()
    book = corpus.valid[0]
    without = words.nats_of(network, vocabulary.encode(book.text))
    spelling = vocabulary.spelling_nats(book.text)
    assert spelling > 0
    assert WordScorer(network, vocabulary).nats(book) == pytest.approx(without + spelling)


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
def test_a_longer_budget_learns_more(peer: Peer, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(got_book_6, "WIDTH", 64)
    monkeypatch.setattr(word_language_model, "WIDTH", 64)
    chosen = peer.choose(corpus.train, 3.0)
    scorers = [peer.train(corpus.train, corpus.valid, seconds, 1, chosen) for seconds in (0.01, 3.0)]
    glance, study = (bits_per_char(scorer, corpus.valid) for scorer in scorers)
    assert study < 0.9 * glance


def test_pace_keeps_the_best_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = count()
    monkeypatch.setattr("benchmarks.peers.pace.time", SimpleNamespace(monotonic=lambda: next(moments) / 1000))
    network = torch.nn.Linear(1, 1, bias=False)
    losses = iter([3.0, 1.0, 2.0, *[4.0] * 100])
    weights: list[float] = []

    def validate() -> float:
        weights.append(float(network.weight.detach()))
        return next(losses)

    pace = Pace(network, 0.2, validate)
    for _ in pace.fractions():
        with torch.no_grad():
            network.weight += 1
    assert float(network.weight.detach()) == weights[1]
    assert pace.stale == len(weights) - 2


def test_learning_rate_rises_and_falls_to_nothing() -> None:
    assert warm_then_cosine(0.0) < 0.05
    assert warm_then_cosine(0.03) > 0.98
    assert warm_then_cosine(1.0) == pytest.approx(0)


def test_quick_part_takes_the_beginning_of_each_stream() -> None:
    streams = [np.arange(100_000), np.arange(50_000)]
    part = quick_part(streams)
    assert len(part) == pytest.approx(8192, abs=2)
    assert (part == 0).sum() == 2


def test_a_kept_transformer_reads_and_writes_as_before(
    corpus: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> None:
    peer = transformer.train(corpus.train, corpus.valid, 0.5, 1, transformer.TINY)
    folder = tmp_path_factory.mktemp("kept") / "transformer"
    peer.save(folder)
    again = transformer.load(folder)
    book = corpus.valid[0]
    assert again.nats(book) == peer.nats(book)
    texts = [
        transformer_writer.write(one, ["The tower", "Athos went to"], Sampling(seed=3), 12) for one in (peer, again)
    ]
    assert texts[0] == texts[1]
    assert tokens_of(book, again.tokenizer).tolist() == tokens_of(book, peer.tokenizer).tolist()


def test_mixed_scripts_are_scored_whole() -> None:
    vocabulary = Words([MIXED], 8)
    assert len(vocabulary.encode(MIXED)) == len(split_words(MIXED)) + 1
    assert "".join(split_words(MIXED)) == MIXED
