"""Stories that are there at once, for tests and benchmarks of long ones."""

from __future__ import annotations

from collections.abc import Iterable

from bot.tree import BEGINNING, ROOT, Change, Leaf, Story, hang


def grown(story: Story, leaves: Iterable[Leaf]) -> Change:
    """A new story of passages that follow each other."""
    nodes = {ROOT: BEGINNING}
    path: list[str] = []
    for leaf in leaves:
        tip = nodes[story.tip or ROOT]
        change = hang(story, tip, tip, leaf)
        story, path = change.story, [*path, leaf.id]
        nodes |= {node.id: node for node in change.nodes}
    return Change(story, tuple(nodes.values()), keep=0, push=tuple(path))
