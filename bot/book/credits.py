"""Who wrote what share of a book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bot.book.book import OTHERS, THE_MODEL, Credit, ModelUse, Run
from bot.words import imprint as say
from bot.words.language import Language

NAMED = 40
"""How many members are credited by name; a list that is longer is not read."""


def visible(text: str) -> int:
    """Characters that show something."""
    return sum(map(len, text.split()))


def credits_of(runs: Iterable[Run], names: Mapping[str, str], language: Language) -> tuple[Credit, ...]:
    """Every author's share: members by share, then members without a name or place in the list, then the model.

    Members who are not in `names` (they left, or had their words handed over) are summed up with the rest.
    """
    counts: Counter[str] = Counter()
    for run in runs:
        counts[run.author] += visible(run.text)
    ranked = [author for author, chars in counts.most_common() if author != THE_MODEL and chars]
    named = [author for author in ranked if names.get(author)][:NAMED]
    rest = [author for author in ranked if author not in set(named)]
    rows = [(author, names[author], counts[author]) for author in named]
    if rest:
        name = (say.OTHER_MEMBERS if named else say.MEMBERS).to(language)
        rows.append((OTHERS, name, sum(counts[author] for author in rest)))
    if counts[THE_MODEL]:
        rows.append((THE_MODEL, say.THE_MODEL.to(language), counts[THE_MODEL]))
    shares = percents([chars for _, _, chars in rows])
    return tuple(Credit(*row, percent) for row, percent in zip(rows, shares, strict=True))


def percents(counts: Sequence[int]) -> list[str]:
    """Shares in whole percent that make 100, by largest remainder; what is there but rounds to nothing is "<1%"."""
    total = sum(counts)
    if not total:
        return ["0%" for _ in counts]
    exact = [100 * count / total for count in counts]
    whole = [int(share) for share in exact]
    by_rest = sorted(range(len(counts)), key=lambda index: whole[index] - exact[index])
    for index in by_rest[: 100 - sum(whole)]:
        whole[index] += 1
    return [f"{share}%" if share or not count else "<1%" for share, count in zip(whole, counts, strict=True)]


def models_of(runs: Iterable[Run]) -> tuple[ModelUse, ...]:
    """The model versions that wrote, in the order in which they began."""
    found: dict[str, ModelUse] = {}
    for run in runs:
        if not run.model:
            continue
        chars = visible(run.text)
        old = found.get(run.model, ModelUse(run.model, 0, run.created, run.created))
        found[run.model] = ModelUse(
            run.model, old.chars + chars, min(old.first, run.created), max(old.last, run.created)
        )
    return tuple(sorted(found.values(), key=lambda use: use.first))
