"""The copy guard and blocked words in the engine, with a model that knows its book by heart."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from model.ask import Ask, Done, Grew, NewChapter, Opened
from model.books import Book, parse_book
from model.engine import Engine
from model.errors import BadSettings
from model.folding import words_of
from model.sampling import Sampling
from model.settings import TrainSettings
from model.training import train
from model.writer import Writer, load
from tests.once import made_once

LIMIT = 12
SYLLABLES = ("ba", "do", "ki", "lu", "mer", "no", "pa", "ri", "sa", "to", "ven", "zu")


def book_without_pattern() -> Book:
    """Two chapters of words that follow each other by chance: only who knows them by heart can go on with them."""
    pick = random.Random(3)
    vocabulary = ["".join(pick.choices(SYLLABLES, k=pick.randint(1, 3))) for _ in range(120)]
    parts = []
    for number in ("I", "II"):
        sentences = [" ".join(pick.choices(vocabulary, k=pick.randint(5, 14))) + "." for _ in range(66)]
        parts.append(f"Chapter {number}. The Rain.\n\n" + "\n\n".join(sentences))
    return parse_book("\n\n\n".join(parts), "rain.txt")


@pytest.fixture(scope="module")
def book() -> Book:
    return book_without_pattern()


@pytest.fixture(scope="module")
def parrot(tmp_path_factory: pytest.TempPathFactory, book: Book) -> Writer:
    """Validated on what it learns from, it has every reason to learn by heart."""
    settings = TrainSettings(name="parrot", budget_s=None, epochs=80, preset="tiny", vocab=400, device="cpu")
    folder = made_once(tmp_path_factory, "parrot", lambda folder: train([book], [book], folder, settings))
    return load(folder, precision="int8")


@pytest.fixture(scope="module")
def writer(tiny_version: Path) -> Writer:
    return load(tiny_version)


def write(writer: Writer, *asks: Ask) -> dict[tuple[str, int], tuple[str, str, Done]]:
    """All takes of some asks, side by side: heading, text and end of each."""
    engine = Engine(writer)
    for ask in asks:
        engine.submit(ask)
    headings: dict[tuple[str, int], str] = {}
    texts: dict[tuple[str, int], str] = {}
    finished: dict[tuple[str, int], tuple[str, str, Done]] = {}
    while engine.running or engine.waiting:
        for output in engine.step():
            if isinstance(output, Opened):
                headings[output.id, output.take] = output.heading
            elif isinstance(output, Grew):
                texts[output.id, output.take] = texts.get((output.id, output.take), "") + output.text
            elif isinstance(output, Done):
                key = output.id, output.take
                finished[key] = headings.get(key, ""), texts.get(key, ""), output
    return finished


def longest_common_run(book: Book, before: str, text: str) -> int:
    """Words of the longest run of `before` and `text` together that ends in `text` and stands in the book."""
    known = f" {' '.join(words_of(book.text))} "
    given, longest = len(words_of(before)), 0
    words = words_of(before) + words_of(text)
    for end in range(given + 1, len(words) + 1):
        while longest < end and f" {' '.join(words[end - longest - 1 : end])} " in known:
            longest += 1
    return longest


def prompt_of(book: Book) -> str:
    return " ".join(book.text.split()[3:9])


def test_a_model_that_knows_its_book_by_heart_copies_it(parrot: Writer, book: Book) -> None:
    prompt = prompt_of(book)
    ((_, text, done),) = write(parrot, Ask("a", Sampling(0.0), 60, read=prompt)).values()
    assert longest_common_run(book, prompt, text) >= 3 * LIMIT
    assert done.copied is not None
    assert done.copied.words >= 3 * LIMIT
    assert done.copied.file == "rain.txt"
    (chapter,) = (chapter for chapter in book.chapters if chapter.heading == done.copied.chapter)
    assert longest_common_run(Book("", (chapter,)), prompt, text) >= done.copied.words - 2


def test_guarded_it_never_copies_so_much(parrot: Writer, book: Book) -> None:
    prompt = prompt_of(book)
    samplings = [
        Sampling(temperature, top_p, seed, min_p=0.0) for temperature, top_p, seed in ((0.0, 1.0, 0), (0.7, 0.95, 10))
    ]
    asks = [Ask(str(s), s, 150, read=prompt, takes=3, copy_limit=LIMIT) for s in samplings]
    longest = 0
    for _, text, done in write(parrot, *asks).values():
        known = longest_common_run(book, prompt, text)
        assert known < LIMIT
        assert done.copied is None or known <= done.copied.words < LIMIT
        longest = max(longest, known)
        assert len(words_of(text)) >= 70
    assert longest >= LIMIT - 3


def test_a_run_may_not_begin_in_the_text_before(parrot: Writer, book: Book) -> None:
    words = book.text.split()
    before = " ".join(words[3:40])
    ((_, text, _),) = write(parrot, Ask("a", Sampling(0.0), 20, read=before, copy_limit=LIMIT)).values()
    assert words_of(text)[0] != words_of(words[40])[0]
    assert longest_common_run(book, before, text) < LIMIT


def test_a_guarded_take_leaves_its_neighbours_alone(parrot: Writer, book: Book) -> None:
    plain = Ask("plain", Sampling(0.7, seed=4), 60, read=prompt_of(book))
    guarded = replace(plain, id="guarded", copy_limit=LIMIT)
    alone = write(parrot, plain)["plain", 0]
    beside = write(parrot, guarded, plain)
    assert beside["plain", 0][1] == alone[1]
    assert beside["guarded", 0][1] == write(parrot, guarded)["guarded", 0][1]
    assert beside["guarded", 0][1] != alone[1]


def test_going_back_over_several_pieces_comes_to_the_same(
    parrot: Writer, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Ask("a", Sampling(0.7, seed=7), 80, read=prompt_of(book), takes=2, copy_limit=LIMIT)
    texts = []
    for wary, far in ((100, 1000), (0, 1000), (-100, 1000), (-100, 5)):
        monkeypatch.setattr("model.watch.WARY", wary)
        monkeypatch.setattr("model.writing.FAR", far)
        texts.append([text for _, text, _ in write(parrot, ask).values()])
    assert texts[0] == texts[1] == texts[2] == texts[3]


def test_the_state_is_that_of_the_text_that_stands(parrot: Writer, book: Book) -> None:
    ask = Ask("a", Sampling(0.0), 60, read=prompt_of(book), copy_limit=LIMIT)
    ((_, text, done),) = write(parrot, ask).values()
    tokens = parrot.tokenizer.encode(parrot.first_words + ask.read + text)
    assert done.end.state is not None
    import torch

    state = parrot.stepper.read(torch.from_numpy(tokens), parrot.model.start(1))
    assert float((state.hidden - done.end.state.hidden).abs().max()) < 0.05


def test_blocked_words_never_appear(writer: Writer) -> None:
    blocked = ("athos", "PORTHOS", "white horse", "the")
    asks = [
        Ask(str(seed), Sampling(1.0, seed=seed), 120, opening=NewChapter(seed), takes=4, blocked=blocked)
        for seed in range(1, 3)
    ]
    free = " ".join(h + t for h, t, _ in write(writer, *(replace(ask, blocked=()) for ask in asks)).values())
    kept = " ".join(h + " " + t for h, t, _ in write(writer, *asks).values())
    assert {"athos", "porthos", "the"} < set(words_of(free))
    assert not {"athos", "porthos", "the"} & set(words_of(kept))
    assert "white horse" in " ".join(words_of(free))
    assert "white horse" not in " ".join(words_of(kept))


def test_blocked_characters_never_appear_in_chinese(tmp_path: Path) -> None:
    pick = random.Random(5)
    text = "\n".join("".join(pick.choices("天地玄黄宇宙洪荒日月盈昃辰宿列张", k=30)) + "。" for _ in range(200))
    settings = TrainSettings(name="zh", budget_s=None, epochs=1, preset="tiny", vocab=400, device="cpu")
    train([parse_book(text, "zh.txt")], [], tmp_path / "zh", settings)
    chinese = load(tmp_path / "zh")
    ask = Ask("a", Sampling(1.0, 1.0, min_p=0.0), 200, takes=2)
    free = "".join(text for _, text, _ in write(chinese, ask).values())
    kept = [text for _, text, _ in write(chinese, replace(ask, blocked=("天", "日月"))).values()]
    assert "天" in free
    assert all("天" not in text and "日月" not in text and "日" in text for text in kept)


def test_a_version_without_fingerprints_writes_without_a_guard(writer: Writer) -> None:
    old = load_without_copies(writer)
    ((_, text, done),) = write(old, Ask("a", Sampling(), 40, copy_limit=LIMIT)).values()
    assert text
    assert done.copied is None


def load_without_copies(writer: Writer) -> Writer:
    return Writer(writer.info, writer.model, writer.tokenizer)


def test_a_limit_that_cannot_be_kept_is_refused(writer: Writer) -> None:
    with pytest.raises(BadSettings, match="copy guard"):
        Engine(writer).submit(Ask("a", Sampling(), 40, copy_limit=2))
