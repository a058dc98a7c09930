from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.ask import Ask, NewChapter
from model.books import count_words
from model.errors import BadModel
from model.sampling import Sampling
from model.whole import Written, write
from model.writer import Writer, load


@pytest.fixture(scope="module")
def writer(tiny_version: Path) -> Writer:
    return load(tiny_version)


def written(writer: Writer, prompt: str, seed: int = 1, words: int = 40) -> Written:
    (one,) = write(writer, Ask("a", Sampling(seed=seed), words, read=prompt))
    return one


def test_the_same_seed_writes_the_same(writer: Writer) -> None:
    assert written(writer, "Athos").text == written(writer, "Athos").text
    assert written(writer, "Athos").text != written(writer, "Athos", seed=2).text


@pytest.mark.parametrize("version", ["tiny_version", "pair_version"])
def test_what_is_common_is_what_no_place_asks_for(version: str, request: pytest.FixtureRequest) -> None:
    writer = load(request.getfixturevalue(version))
    weight, bias = writer.model.softmax()
    features = torch.zeros(1, weight.shape[1])
    with torch.no_grad():
        nowhere = writer.model.spread(torch.nn.functional.linear(features, weight, bias), features)[0]
    assert torch.equal(writer.lexicon.common, nowhere)
    assert float(nowhere.std()) > 0.1


def test_common_words_are_favoured_as_much_as_asked(tiny_version: Path) -> None:
    writer = load(tiny_version)
    with_e = torch.tensor([b"e" in text for text in writer.tokenizer.bytes])
    writer.lexicon = replace(writer.lexicon, common=100.0 * with_e)

    def count_e(commonness: float) -> int:
        ask = Ask("a", Sampling(1.0, 1.0, min_p=0.0, commonness=commonness), 20, read="Athos")
        return write(writer, ask)[0].text.count("e")

    assert count_e(1.0) > 5
    assert count_e(0.0) == 0


def test_about_as_many_words_as_asked(writer: Writer) -> None:
    for words in (1, 30, 200):
        one = written(writer, "", words=words)
        least = words / 2 if one.end.reason == "chapter" else words
        assert least <= count_words(one.text) <= 1.3 * words + 25
        assert one.end.tokens > 0


@pytest.mark.parametrize(
    "prompt", ["", "你好，世界", "🎉🏽👩‍👩‍👧", "\x00\u200b", "@everyone ```code```", "x" * 4000, "\n\n\n\n"]
)
def test_any_prompt_can_be_gone_on_from(writer: Writer, prompt: str) -> None:
    assert written(writer, prompt).text.strip()


def test_a_chapter_opens_as_the_books_do(writer: Writer) -> None:
    (one,) = write(writer, Ask("a", Sampling(), 5, opening=NewChapter(7, "A New Horse")))
    assert one.opening == "\n\n\nChapter VII. A New Horse.\n\n"

    (by_model,) = write(writer, Ask("a", Sampling(seed=4), 5, opening=NewChapter(2)))
    heading = by_model.opening.strip()
    assert by_model.opening == f"\n\n\n{heading}\n\n"
    assert heading.startswith("Chapter II.")
    assert len(heading) > len("Chapter II.")


def test_a_chapter_told_by_somebody_begins_with_the_name(writer: Writer) -> None:
    (one,) = write(writer, Ask("a", Sampling(), 5, opening=NewChapter(1, "Rain", "Milady")))
    assert one.opening == "\n\n\nChapter I. Rain.\n\nMilady"
    assert not one.text[0].isalnum()


def test_the_model_ends_its_chapter(writer: Writer) -> None:
    ask = Ask("a", Sampling(), 900, until="chapter", opening=NewChapter(1, "Rain"), takes=4)
    assert "chapter" in {take.end.reason for take in write(writer, ask)}


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
    state = written(writer, "Athos").end.state
    assert state is not None
    data = writer.state_to_bytes(state)
    with pytest.raises(BadModel):
        writer.state_from_bytes(data[:50])


def test_a_word_before_is_not_written_on(writer: Writer) -> None:
    for ask in (
        Ask("a", Sampling(2.0, 1.0, min_p=0.0), 5, read="Athos w", takes=20),
        Ask("a", Sampling(2.0, 1.0, min_p=0.0), 5, after="Athos w", takes=20),
    ):
        assert not any(take.text[0].isalnum() for take in write(writer, ask))
