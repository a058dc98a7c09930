"""Who wrote which characters of a passage: prompt and model, and after edits whose words stayed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import groupby

from bot.book.book import THE_MODEL, Run
from worker.contract import Passage

_TOKEN = re.compile(r"\s+|[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+")


def runs_of(passage: Passage, body: str, prompt: str) -> list[Run]:
    """What a member and the model wrote of a passage as it came, in this order; the joint goes with what follows it."""
    if not passage.model:
        return [Run(body, passage.author, "", passage.created)]
    at = len(body) - len(body.lstrip())
    end = at + len(prompt) if prompt and body.startswith(prompt, at) else 0
    runs = [
        Run(body[:end], passage.prompter, "", passage.created),
        Run(body[end:], THE_MODEL, passage.model, passage.created),
    ]
    return [run for run in runs if run.text]


def revised(runs: Sequence[Run], edit: Passage, body: str) -> list[Run]:
    """The runs of a passage after an edit that made it read `body`: words that stayed keep their author."""
    old = "".join(run.text for run in runs)
    owners = [run for run in runs for _ in run.text]
    editor = Run("", edit.author, "", edit.created)
    start = _common(old, body)
    end = _common(old[start:][::-1], body[start:][::-1])
    owned = owners[:start]
    owned += _middle(old[start : len(old) - end], owners[start:], body[start : len(body) - end], editor)
    owned += owners[len(owners) - end :] if end else []
    return [
        Run("".join(char for _, char in group), owner.author, owner.model, owner.created)
        for owner, group in groupby(zip(owned, body, strict=True), key=lambda pair: pair[0])
    ]


def _middle(old: str, owners: Sequence[Run], new: str, editor: Run) -> list[Run]:
    """The owner of each character of `new`, which stands where `old` stood."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    starts = [0]
    for token in before:
        starts.append(starts[-1] + len(token))
    owned: list[Run] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            owned += owners[starts[a] : starts[b]]
        else:
            owned += [editor] * sum(map(len, after[c:d]))
    return owned


def _common(left: str, right: str) -> int:
    """How many characters both begin with."""
    at = 0
    while at < len(left) and at < len(right) and left[at] == right[at]:
        at += 1
    return at


def authors_of(passages: Iterable[Passage]) -> list[str]:
    """Members who may have written words of these passages, edits among them, those who wrote most first."""
    counts: Counter[str] = Counter()
    for passage in passages:
        is_edit = "+" in passage.id
        if is_edit or not passage.model:
            counts[passage.author] += len(passage.text)
        else:
            counts[passage.prompter] += len(passage.prompt)
    return [author for author, chars in counts.most_common() if chars]
