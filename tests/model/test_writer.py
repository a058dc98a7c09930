from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from model.ask import End
from model.books import count_words
from model.errors import BadModel
from model.sampling import Sampling
from model.writer import Writer, load


@pytest.fixture(scope="module")
def writer(tiny_version: Path) -> Writer:
    return load(tiny_version)


def written(writer: Writer, prompt: str, seed: int = 1, words: int = 40) -> tuple[str, End]:
    pieces = list(writer.write(writer.read(prompt), Sampling(seed=seed), words))
    assert all(piece.end is None for piece in pieces[:-1])
    assert pieces[-1].end is not None
    return "".join(piece.text for piece in pieces), pieces[-1].end


def test_the_same_seed_writes_the_same(writer: Writer) -> None:
    assert written(writer, "Athos")[0] == written(writer, "Athos")[0]
    assert written(writer, "Athos")[0] != written(writer, "Athos", seed=2)[0]


def test_about_as_many_words_as_asked(writer: Writer) -> None:
    for words in (1, 30, 200):
        text, end = written(writer, "", words=words)
        assert words <= count_words(text) <= 1.3 * words + 25
        assert end.tokens > 0


@pytest.mark.parametrize(
    "prompt", ["", "你好，世界", "🎉🏽👩‍👩‍👧", "\x00\u200b", "@everyone ```code```", "x" * 4000, "\n\n\n\n"]
)
def test_any_prompt_can_be_gone_on_from(writer: Writer, prompt: str) -> None:
    text, _ = written(writer, prompt)
    assert text.strip()


def test_going_on_from_a_state_is_going_on_from_the_text(writer: Writer) -> None:
    first, end = written(writer, "Athos")
    after_text = writer.read("Athos" + first)
    assert float((after_text.hidden - end.state.hidden).abs().max()) < 0.05


def test_stop_keeps_what_is_written(writer: Writer) -> None:
    asked = iter([False] * 10 + [True] * 100)
    pieces = list(writer.write(writer.read(""), Sampling(), 200, should_stop=lambda: next(asked)))

    assert pieces[-1].end is not None
    assert pieces[-1].end.reason == "stopped"
    assert pieces[-1].end.tokens == 10


def test_a_chapter_opens_as_the_books_do(writer: Writer) -> None:
    opening = writer.open_chapter(None, 7, "A New Horse", None)
    assert opening.text == "\n\n\nChapter VII. A New Horse.\n\n"
    assert opening.heading == "Chapter VII. A New Horse."

    by_model = writer.open_chapter(None, 2, None, None, Sampling(seed=4))
    assert by_model.text == f"\n\n\n{by_model.heading}\n\n"
    assert by_model.heading.startswith("Chapter II.")
    assert len(by_model.heading) > len("Chapter II.")


def test_a_chapter_told_by_somebody_begins_with_the_name(writer: Writer) -> None:
    assert writer.open_chapter(None, 1, "Rain", "Milady").text == "\n\n\nChapter I. Rain.\n\nMilady"


def test_the_model_ends_its_chapter(writer: Writer) -> None:
    opening = writer.open_chapter(None, 1, "Rain", None)
    reasons = set()
    for seed in range(4):
        *_, last = writer.write(opening.state, Sampling(seed=seed), 900, until="chapter")
        assert last.end is not None
        reasons.add(last.end.reason)
    assert "chapter" in reasons


def damaged(version: Path, folder: Path, file: str, content: bytes | None) -> Path:
    shutil.copytree(version, folder)
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    return folder


@pytest.mark.parametrize("file", ["version.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff" * 100])
def test_damaged_models_are_refused_with_a_sentence(
    tiny_version: Path, tmp_path: Path, file: str, content: bytes | None
) -> None:
    folder = damaged(tiny_version, tmp_path / "model", file, content)
    with pytest.raises(BadModel, match="model"):
        load(folder)


def test_truncated_and_foreign_weights_are_refused(tiny_version: Path, tmp_path: Path) -> None:
    whole = (tiny_version / "model.safetensors").read_bytes()
    with pytest.raises(BadModel, match="damaged"):
        load(damaged(tiny_version, tmp_path / "a", "model.safetensors", whole[: len(whole) // 2]))

    record = json.loads((tiny_version / "version.json").read_text())
    record["shape"]["hidden"] += 1
    with pytest.raises(BadModel, match="does not fit"):
        load(damaged(tiny_version, tmp_path / "b", "version.json", json.dumps(record).encode()))

    with pytest.raises(BadModel, match="no model"):
        load(tmp_path / "nowhere")


def test_states_of_other_models_are_refused(writer: Writer) -> None:
    data = writer.state_to_bytes(writer.read("Athos"))
    with pytest.raises(BadModel):
        writer.state_from_bytes(data[:50])


def test_a_word_before_is_not_written_on(writer: Writer) -> None:
    for seed in range(20):
        pieces = list(writer.write(writer.read("Athos w"), Sampling(2.0, 1.0, seed), 5, after="Athos w"))
        assert not "".join(piece.text for piece in pieces)[0].isalnum()
