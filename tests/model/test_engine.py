from __future__ import annotations

import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from model.ask import Ask, Broke, Done, Grew, NewChapter, Opened, Output, Rebuilt
from model.batch import Batch
from model.books import count_words
from model.engine import READ_A_STEP, Engine
from model.errors import BadModel, BadSettings
from model.folding import words_of
from model.lstm import State
from model.products import Precision
from model.sampling import Sampling
from model.whole import write
from model.writer import Writer, load

PRECISIONS: list[Precision] = ["float32", "int8"]


@pytest.fixture(scope="module")
def writer(tiny_version: Path) -> Writer:
    return load(tiny_version)


@dataclass
class Told:
    """What an engine told about its takes."""

    text: dict[tuple[str, int], str] = field(default_factory=lambda: defaultdict(str))
    opened: dict[tuple[str, int], str] = field(default_factory=dict)
    done: dict[tuple[str, int], Done] = field(default_factory=dict)
    broke: dict[tuple[str, int], Exception] = field(default_factory=dict)
    rebuilt: dict[str, State] = field(default_factory=dict)

    def hear(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            match output:
                case Rebuilt(id=id, state=state):
                    self.rebuilt[id] = state
                case Opened(id=id, take=take, text=text):
                    self.opened[id, take] = text
                case Grew(id=id, take=take, text=text):
                    assert (id, take) not in self.done
                    self.text[id, take] += text
                case Done(id=id, take=take):
                    assert (id, take) not in self.done
                    self.done[id, take] = output
                case Broke(id=id, take=take, error=error):
                    self.broke[id, take] = error


def run(engine: Engine, told: Told | None = None) -> Told:
    told = told or Told()
    for _ in range(20_000):
        if not engine.running and not engine.waiting:
            return told
        told.hear(engine.step())
    raise AssertionError("the engine does not come to an end")


def asks(count: int) -> list[Ask]:
    """Requests of all kinds."""
    pick = random.Random(5)
    return [
        Ask(
            id=f"r{number}",
            sampling=Sampling(
                temperature=pick.choice((0, 0.7, 1.2)),
                top_p=pick.choice((0.5, 0.95, 1.0)),
                seed=pick.randrange(2**31),
                top_k=pick.choice((0, 40)),
                min_p=pick.choice((0, 0.05)),
                repetition=pick.choice((1.0, 1.3)),
                commonness=pick.choice((0.0, 0.5, 1.0)),
            ),
            words=pick.randrange(5, 40),
            until=pick.choice(("sentence", "paragraph", "chapter")),
            opening=pick.choice((None, NewChapter(3), NewChapter(4, "Rain"), NewChapter(5, "", "Milady"))),
            read=pick.choice(("", "Athos", "“No,” said Porthos. " * 9, "你好，世界")),
            before=pick.choice(("", "The king rode north. ")),
            note=pick.choice(("", "It rains.")),
            takes=pick.choice((1, 1, 3)),
        )
        for number in range(count)
    ]


@pytest.fixture(params=["tiny_version", "pair_version"])
def any_version(request: pytest.FixtureRequest) -> Path:
    """A version of one LSTM, and of two."""
    folder: Path = request.getfixturevalue(request.param)
    return folder


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_text_does_not_depend_on_its_neighbours(any_version: Path, precision: Precision) -> None:
    writer = load(any_version, precision=precision)
    wanted = asks(14)
    together = Engine(writer, slots=8)
    told, coming = Told(), list(wanted)
    while coming or together.running or together.waiting:
        if coming:
            together.submit(coming.pop())
        told.hear(together.step())
    assert not told.broke
    for ask in wanted:
        alone = Engine(writer, slots=8)
        alone.submit(ask)
        same = run(alone)
        for key, done in same.done.items():
            assert told.text[key] == same.text[key]
            assert told.opened.get(key) == same.opened.get(key)
            assert done.end.reason == told.done[key].end.reason
            ours, theirs = done.end.state, told.done[key].end.state
            assert ours is not None
            assert theirs is not None
            assert torch.equal(ours.hidden, theirs.hidden)
            assert torch.equal(ours.cell, theirs.cell)


def test_bursts_write_what_single_tokens_write(any_version: Path) -> None:
    writer = load(any_version)
    for ask in asks(8):
        texts = []
        for burst in (1, 5):
            engine = Engine(writer, slots=4, burst=burst)
            engine.submit(ask)
            told = run(engine)
            assert not told.broke
            texts.append((dict(told.text), told.opened))
        assert texts[0] == texts[1]


def test_a_stored_state_goes_on_bit_for_bit(any_version: Path) -> None:
    writer = load(any_version)
    (first,) = write(writer, Ask("a", Sampling(seed=3), 30, read="Athos"))
    assert first.end.state is not None
    stored = writer.state_from_bytes(writer.state_to_bytes(first.end.state))
    assert torch.equal(stored.hidden, first.end.state.hidden)
    assert torch.equal(stored.cell, first.end.state.cell)
    live = write(writer, Ask("b", Sampling(seed=4), 30, state=first.end.state, after=first.text))
    again = write(writer, Ask("c", Sampling(seed=4), 30, state=stored, after=first.text))
    assert live[0].text == again[0].text


def test_going_on_from_a_state_is_going_on_from_the_text(writer: Writer) -> None:
    (first,) = write(writer, Ask("a", Sampling(seed=3), 30, read="Athos"))
    engine = Engine(writer)
    engine.submit(Ask("b", Sampling(), 5, before="Athos" + first.text))
    rebuilt = run(engine).rebuilt["b"]
    assert first.end.state is not None
    assert float((rebuilt.hidden - first.end.state.hidden).abs().max()) < 0.05


def test_takes_share_what_is_read_and_differ(writer: Writer) -> None:
    ask = Ask("a", Sampling(1.2, seed=9), 20, read="Athos", takes=4)
    takes = write(writer, ask)
    assert len({take.text for take in takes}) == 4
    for number, take in enumerate(takes):
        (single,) = write(writer, replace(ask, takes=1, sampling=replace(ask.sampling, seed=9 + number)))
        assert single.text == take.text


def test_text_comes_in_whole_words(writer: Writer) -> None:
    engine = Engine(writer)
    engine.submit(Ask("a", Sampling(1.5, 1.0, 3, min_p=0.0), 60))
    shown, parts = "", []
    while engine.running or engine.waiting:
        for output in engine.step():
            if isinstance(output, Grew):
                parts.append(output.text)
                shown += output.text
    for before, part in pairwise(parts):
        assert not (before[-1].isalpha() and part[0].isalpha())
    assert "\ufffd" not in shown


def test_cancelling_keeps_whole_words_and_is_quick(writer: Writer) -> None:
    engine = Engine(writer)
    for number in range(3):
        engine.submit(Ask(f"a{number}", Sampling(seed=number), 500))
    told = Told()
    for _ in range(30):
        told.hear(engine.step())
    engine.cancel("a1")
    for _ in range(40):
        told.hear(engine.step())
    done = told.done["a1", 0]
    assert done.end.reason == "stopped"
    assert done.end.state is not None
    assert set(told.done) == {("a1", 0)}
    (whole,) = write(writer, Ask("a1", Sampling(seed=1), 500))
    assert whole.text.startswith(told.text["a1", 0])
    assert whole.text[len(told.text["a1", 0])] in " \n"


def test_what_is_cancelled_before_it_is_read_ends_at_once(writer: Writer) -> None:
    engine = Engine(writer, slots=1)
    engine.submit(Ask("long", Sampling(), 5, before="Athos went to the inn. " * 500))
    engine.submit(Ask("waits", Sampling(), 5))
    told = Told()
    told.hear(engine.step())
    engine.cancel("long")
    engine.cancel("waits")
    told.hear(engine.step())
    assert {key: done.end.state for key, done in told.done.items()} == {("long", 0): None, ("waits", 0): None}
    assert engine.free == 1


def test_time_runs_out(writer: Writer) -> None:
    (take,) = write(writer, Ask("a", Sampling(), 10**6, time_limit_s=0.3))
    assert take.end.reason == "time"
    assert take.end.seconds < 5
    assert count_words(take.text) > 0


def test_a_long_text_to_read_stalls_nobody(writer: Writer) -> None:
    engine, told = Engine(writer), Told()
    engine.submit(Ask("short", Sampling(), 10**6))
    for _ in range(5):
        told.hear(engine.step())
    read: list[int] = []
    writer_read, stepper = writer.stepper.read, writer.stepper

    def counting(tokens: torch.Tensor, state: State) -> State:
        read.append(len(tokens))
        return writer_read(tokens, state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepper, "read", counting)
        engine.submit(Ask("long", Sampling(), 5, before="Athos went to the inn. " * 400))
        before = len(told.text["short", 0])
        for _ in range(20):
            told.hear(engine.step())
    assert sum(read) <= 20 * READ_A_STEP
    assert len(told.text["short", 0]) > before


def test_one_bad_request_harms_no_neighbour(writer: Writer) -> None:
    state = writer.model.start(1)
    nonsense = State(state.hidden + float("nan"), state.cell)
    foreign = State(torch.zeros(9, 1, 3), torch.zeros(9, 1, 3))
    engine = Engine(writer)
    engine.submit(Ask("good", Sampling(seed=8), 30, read="Athos"))
    engine.submit(Ask("nan", Sampling(), 30, state=nonsense, takes=2))
    engine.submit(Ask("foreign", Sampling(), 30, state=foreign))
    engine.submit(Ask("surrogate", Sampling(), 30, read="\ud800"))
    told = run(engine)
    assert set(told.broke) == {("nan", 0), ("nan", 1), ("foreign", 0), ("surrogate", 0)}
    assert isinstance(told.broke["nan", 0], BadModel)
    assert told.text["good", 0] == write(writer, Ask("x", Sampling(seed=8), 30, read="Athos"))[0].text
    assert engine.free == 32


def test_a_note_steers_and_is_forgotten(writer: Writer) -> None:
    sampling = Sampling(temperature=1.5, min_p=0.0, seed=3)
    ask = Ask("a", sampling, 30, read="Athos", after="The king rode north.", takes=4)
    plain = write(writer, ask)
    noted, *others = write(writer, replace(ask, note="Everything is about a bottle of wine, a bottle of wine."))
    assert [take.text for take in (noted, *others)] != [take.text for take in plain]
    engine = Engine(writer)
    engine.submit(Ask("b", Sampling(), 5, before="Athos" + noted.text))
    rebuilt = run(engine).rebuilt["b"]
    assert noted.end.state is not None
    torch.testing.assert_close(noted.end.state.hidden, rebuilt.hidden, atol=0.02, rtol=0)


def test_until_a_paragraphs_end(writer: Writer) -> None:
    takes = write(writer, Ask("a", Sampling(min_p=0.0), 10, until="paragraph", takes=24))
    assert {take.end.reason for take in takes} & {"paragraph"}


def test_a_chapter_that_ended_does_not_end_the_next_passage_of_its_row(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [Ask(str(seed), Sampling(seed=seed), 40) for seed in range(8)]
    alone = [write(writer, ask)[0] for ask in several]
    begin = Batch.__init__

    def begin_behind_ended_chapters(batch: Batch, *args: Any, **kwargs: Any) -> None:
        begin(batch, *args, **kwargs)
        batch._ends.fill_(True)

    monkeypatch.setattr(Batch, "__init__", begin_behind_ended_chapters)
    behind = [write(writer, ask)[0] for ask in several]
    assert [(take.text, take.end.reason) for take in behind] == [(take.text, take.end.reason) for take in alone]


def test_repetition_is_held_down(writer: Writer) -> None:
    def distinct_share(repetition: float) -> float:
        takes = write(writer, Ask("a", Sampling(0.3, repetition=repetition), 30, takes=8))
        words = [take.text.split() for take in takes]
        return sum(len(set(of_take)) for of_take in words) / sum(map(len, words))

    assert distinct_share(3.0) > 1.05 * distinct_share(1.0)


def test_more_takes_than_slots_are_refused(writer: Writer) -> None:
    with pytest.raises(BadSettings, match="takes"):
        Engine(writer, slots=4).submit(Ask("a", Sampling(), 5, takes=5))


def test_others_wait_for_a_slot(writer: Writer) -> None:
    engine = Engine(writer, slots=2)
    for number in range(5):
        engine.submit(Ask(str(number), Sampling(seed=number), 5))
    assert engine.waiting == 5
    engine.step()
    assert (engine.running, engine.waiting, engine.free) == (2, 3, 0)
    assert len(run(engine).done) == 5
    assert engine.free == 2


def test_seconds_are_those_of_writing(writer: Writer) -> None:
    began = time.monotonic()
    (take,) = write(writer, Ask("a", Sampling(), 40))
    assert 0 < take.end.seconds <= time.monotonic() - began


def test_the_same_id_twice_is_written_twice(writer: Writer) -> None:
    engine = Engine(writer)
    for _ in range(2):
        engine.submit(Ask("a", Sampling(seed=1), 5))
    ended = []
    while engine.running or engine.waiting:
        ended += [output for output in engine.step() if isinstance(output, Done)]
    assert len(ended) == 2


def test_blocked_words_never_appear_in_text_or_heading(writer: Writer) -> None:
    ask = Ask("a", Sampling(seed=1), 60, opening=NewChapter(3), takes=30)
    free = write(writer, ask)
    titles = Counter(word for take in free for word in words_of(take.opening))
    word = max(titles.keys() - {"chapter", "iii", "the", "of"}, key=lambda word: titles[word])
    banned = re.compile(rf"\b(athos|porthos|white horse|{word})\b")
    assert any("Athos" in take.text for take in free)
    assert any(word in words_of(take.opening) for take in free)
    for take in write(writer, replace(ask, blocked=("athos", "PORTHOS", "white horse", word))):
        assert take.text.strip()
        assert not banned.search(" ".join(words_of(take.opening + take.text)))


def test_blocked_words_are_kept_out_in_bursts_too(writer: Writer) -> None:
    texts = []
    for burst in (1, 4):
        engine = Engine(writer, slots=4, burst=burst)
        engine.submit(Ask("a", Sampling(seed=1, repetition=1.2), 80, takes=4, blocked=("athos", "a sword", "milady")))
        texts.append(dict(run(engine).text))
    assert texts[0] == texts[1]
    assert not any("Athos" in text or "a sword" in text for text in texts[0].values())
