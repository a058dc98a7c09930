import pytest

from worker.separator import separator


@pytest.mark.parametrize(
    ("story", "prompt", "ended", "expected"),
    [
        ("", "It rained.", False, ""),
        ("It rained.", "", False, ""),
        ("It rained.", "He went on.", False, " "),
        ("It rained.", "He went on.", True, "\n\n"),
        ("Chapter I. Rain.\n\n", "He went on.", False, ""),
        ("Chapter I. Rain.\n\n", "He went on.", True, ""),
        ("“Rain", ",” he said.", False, ""),
        ("下雨了。", "他走了。", False, ""),
        ("下雨了。", "他走了。", True, "\n\n"),
        ("下雨了。", "Then he left.", False, ""),
        ("비가 왔다.", "그는 갔다.", False, " "),
        ("ฝนตก", "เขาไป", False, ""),
        ("It rained. 🌧", "He went on.", False, " "),
    ],
)
def test_separator(story: str, prompt: str, ended: bool, expected: str) -> None:
    assert separator(story, prompt, paragraph_ended=ended) == expected
