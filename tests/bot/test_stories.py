"""What a story's record says of the way to its newest passage."""

from bot.stories import MAX_STEPS, Step, Story, extend, placed, with_passage
from worker.contract import REBUILD_WORDS, GenerateRequest, Passage, SamplingChoice, chain_hash


def passage(id: str, parent: str | None, words: int) -> Passage:
    return Passage(
        id=id,
        story="s",
        parent=parent,
        kind="continue",
        text=f" {id}",
        prompt="",
        author="1",
        model="tiny",
        seed=1,
        sampling=SamplingChoice(),
        words=words,
        tokens=1,
        seconds=0.1,
        ended="sentence",
        created=0.0,
        chain="",
    )


def told(count: int, words: int) -> Story:
    story = Story(id="s")
    for number in range(count):
        story = with_passage(story, passage(str(number), story.tip, words))
    return story


def request() -> GenerateRequest:
    return GenerateRequest(job="j", story="s", seed=1, reply_to="bot", member="1")


def test_a_short_storys_path_is_all_of_it() -> None:
    asked = placed(request(), told(3, 100))
    assert [link.passage for link in asked.path] == ["0", "1", "2"]
    assert asked.whole
    assert asked.parent == "2"
    assert asked.chain == chain_hash(chain_hash(chain_hash("", " 0"), " 1"), " 2")


def test_a_fresh_storys_path_is_empty_and_whole() -> None:
    asked = placed(request(), Story(id="s"))
    assert (asked.path, asked.whole, asked.parent, asked.chain) == ((), True, None, "")


def test_a_long_storys_path_is_what_is_read_again() -> None:
    story = told(100, 120)
    asked = placed(request(), story)
    assert not asked.whole
    assert sum(step.words for step in story.steps) >= REBUILD_WORDS > sum(step.words for step in story.steps[1:])
    assert asked.parent == "99"


def test_a_path_of_tiny_passages_is_bounded() -> None:
    assert len(told(MAX_STEPS + 50, 1).steps) == MAX_STEPS


def test_one_huge_passage_is_a_path() -> None:
    steps = extend([Step(passage="a", chain="", words=10)], passage("b", "a", 2 * REBUILD_WORDS))
    assert [step.passage for step in steps] == ["b"]
