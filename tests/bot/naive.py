"""A story as a tree that is easy to see through, for tests to compare with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Naive:
    """A place with everything below it."""

    id: str
    texts: list[str]
    shown: int = 0
    above: Naive | None = None
    below: list[Naive] = field(default_factory=list)
    chosen: Naive | None = None
    authors: list[str] = field(default_factory=list)
    """Of each text, where the test cares."""
    barred: bool = False
    """Whether somebody else than its author took it back."""

    def path(self) -> list[Naive]:
        return [*(self.above.path() if self.above and self.above.above else []), self] if self.above else []

    def takes(self) -> list[tuple[Naive, int]]:
        """All texts that can stand below this place."""
        return [(child, index) for child in self.below for index in range(len(child.texts))]

    def everything(self) -> Iterator[str]:
        """Every text of the tree."""
        if self.above is not None:
            yield from self.texts
        for child in self.below:
            yield from child.everything()
