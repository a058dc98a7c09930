"""A story as a tree of passages: plain decisions on plain records, without I/O.

A place in the tree is a node. Its siblings are its takes; an edit gives it another wording, and what follows it hangs
on. The story reads from the beginning to its tip; each node remembers which of its children the story went on with,
so that undo moves the tip up and redo moves it down again. Nothing is ever removed.

A node's address names the text from the beginning up to it, for the hidden states of workers. It is computed when the
node is hung. A later edit before it makes it stale; the story keeps where it was edited, so that an edit touches one
record however much follows.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.words.language import Language
from worker.contract import SamplingChoice, chain_hash

MAX_EDITS = 64
"""Edits in the middle that a story tells apart; older ones are told together, which costs workers a reading."""


class Record(BaseModel):
    """Base of what is kept in Redis."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Wording(Record):
    """One text of a place."""

    passage: str
    words: int


class Node(Record):
    """One place in the tree."""

    id: str
    """Id of its first passage."""
    parent: str | None
    """None at the beginning of the story."""
    depth: int
    """Passages from the beginning up to this one."""
    chapters: int
    """How many of them open a chapter."""
    wordings: tuple[Wording, ...]
    """The first text and its edits."""
    shown: int = 0
    """Which of them counts."""
    children: tuple[str, ...] = ()
    chosen: str | None = None
    """The child that the story went on with last."""
    barred: bool = False
    """Taken back by somebody else than its author: only those who decide about the story bring it back."""
    chain: str
    """Its address at `edition`."""
    edition: int

    @property
    def passage(self) -> str:
        """The passage that counts here."""
        return self.wordings[self.shown].passage

    @property
    def words(self) -> int:
        """Words of the text that counts here."""
        return self.wordings[self.shown].words if self.wordings else 0


ROOT = "root"
"""Id of the node before the first passage."""
BEGINNING = Node(id=ROOT, parent=None, depth=0, chapters=0, wordings=(), chain="", edition=0)


def node_of(passage: str | None) -> str:
    """The node in which a passage stands: an edit is named `{node}+{number}`."""
    return ROOT if passage is None else passage.partition("+")[0]


def edit_id(node: Node, number: int) -> str:
    """The name of an edit of a node, counted from 1."""
    return f"{node.id}+{number}"


class Story(Record):
    """Where a story stands and how it is written."""

    id: str
    tip: str | None = None
    """The node it ends with; None at the beginning."""
    passages: int = 0
    """From the beginning to the tip."""
    chapters: int = 0
    created: float = Field(default_factory=time.time)
    """Unix seconds."""
    edition: int = 0
    """Counts the edits."""
    edits: tuple[tuple[int, int], ...] = ()
    """(edition, depth) of edits that made addresses stale; both grow."""
    title: str = ""
    channel: int = 0
    """Discord id of the thread or channel, 0 where it is not known yet; so with the next two."""
    server: int = 0
    host: int = 0
    """The member who began it."""
    named_after: int = 0
    """The member whose name its title holds, because nobody chose another one."""
    roof: int = 0
    """The channel that its thread is in."""
    adult: bool = False
    """Whether it is told where only adults are."""
    language: Language = "en"
    """In which everybody is spoken to there."""
    ended: float | None = None
    """Unix seconds; None while it goes on."""
    sampling: SamplingChoice | None = None
    """None: as the bot is set."""
    words: int | None = None
    """Of each passage; None: as the bot is set."""
    note: str = ""
    """Steers the model without being shown."""
    mode: Literal["free", "vote"] = "free"
    minutes: int | None = None
    """How long votes run; None: as the bot is set, so with the next one."""
    quorum: int | None = None
    """How many votes end a ballot."""

    def within(self, **changes: Any) -> Story:
        """A copy with changes."""
        return self.model_copy(update=changes)


@dataclass(frozen=True)
class Leaf:
    """A passage to be hung."""

    id: str
    text: str
    words: int
    is_chapter: bool = False


@dataclass(frozen=True)
class Take:
    """One text that can stand in a place."""

    node: Node
    wording: int

    @property
    def passage(self) -> str:
        """Its passage."""
        return self.node.wordings[self.wording].passage


@dataclass(frozen=True)
class Change:
    """What a decision alters; an empty one has no nodes and the same story."""

    story: Story
    nodes: tuple[Node, ...] = ()
    keep: int | None = None
    """The path keeps this many nodes and then goes on with `push`; None: it stays."""
    push: tuple[str, ...] = ()


def address(story: Story, node: Node) -> str:
    """Content address of the story up to and including a node, with the wordings that count now.

    Equal addresses mean equal texts; after an edit an equal text may have a new address.
    """
    edition = max((edition for edition, depth in story.edits if depth <= node.depth), default=0)
    if edition <= node.edition:
        return node.chain
    return chain_hash(node.chain, f"{story.id} {node.id} {edition}")


def hang(story: Story, parent: Node, tip: Node, leaf: Leaf, *, beside: bool = False) -> Change:
    """A passage after `parent`: the story goes on with it after its tip, and shows it as another take of its tip.

    Anywhere else, and where `beside` asks for it, it is kept beside the path. Hanging it again changes nothing.
    """
    if leaf.id in parent.children:
        return Change(story)
    node = Node(
        id=leaf.id,
        parent=parent.id,
        depth=parent.depth + 1,
        chapters=parent.chapters + leaf.is_chapter,
        wordings=(Wording(passage=leaf.id, words=leaf.words),),
        chain=chain_hash(address(story, parent), leaf.text),
        edition=story.edition,
    )
    grown = parent.model_copy(update={"children": (*parent.children, node.id)})
    if beside or tip.id not in (parent.id, *parent.children):
        return Change(story, (grown, node))
    return _reach(story, grown, node, (node,))


def choose(story: Story, parent: Node, child: Node) -> Change:
    """The story goes from `parent`, which is on its path, to `child`, and ends there."""
    return _reach(story, parent, child, (child.model_copy(update={"barred": False}),))


def _reach(story: Story, parent: Node, child: Node, others: tuple[Node, ...]) -> Change:
    chosen = parent.model_copy(update={"chosen": child.id})
    return Change(_ending(story, child), (chosen, *others), keep=parent.depth, push=(child.id,))


def go_back(story: Story, node: Node, taken: Sequence[Node] = ()) -> Change:
    """The story ends with `node`, which is on its path; what followed, now like `taken`, can be brought back."""
    return Change(_ending(story, node), tuple(taken), keep=node.depth)


def reword(story: Story, parent: Node, node: Node, leaf: Leaf) -> Change:
    """Another wording of a node; what follows hangs on."""
    if any(wording.passage == leaf.id for wording in node.wordings):
        return Change(story)
    wordings = (*node.wordings, Wording(passage=leaf.id, words=leaf.words))
    return _worded(story, parent, node, {"wordings": wordings, "shown": len(wordings) - 1}, leaf.text)


def show_wording(story: Story, parent: Node, node: Node, index: int, text: str) -> Change:
    """The wording at `index`, which reads `text`, counts; also after the text of that wording was changed."""
    return _worded(story, parent, node, {"shown": index}, text)


def _worded(story: Story, parent: Node, node: Node, changes: Mapping[str, Any], text: str) -> Change:
    edition = story.edition + 1
    chain = chain_hash(address(story, parent), text)
    edited = node.model_copy(update={**changes, "chain": chain, "edition": edition})
    edits = with_edit(story.edits, edition, node.depth) if node.children else story.edits
    return Change(story.within(edition=edition, edits=edits), (edited,))


def with_edit(edits: tuple[tuple[int, int], ...], edition: int, depth: int) -> tuple[tuple[int, int], ...]:
    """`edits` after another one; it covers those at its depth and behind it."""
    left = [*(edit for edit in edits if edit[1] < depth), (edition, depth)]
    if len(left) > MAX_EDITS:
        (_, first), (later, _), *left = left
        left = [(later, first), *left]
    return tuple(left)


def _ending(story: Story, node: Node) -> Story:
    tip = None if node.id == ROOT else node.id
    return story.within(tip=tip, passages=node.depth, chapters=node.chapters)


def pick(story: Story, parent: Node, take: Take, text: str) -> Change:
    """The story goes from `parent`, which is on its path, to a take that reads `text`, and ends there."""
    if take.wording == take.node.shown:
        return choose(story, parent, take.node)
    node = take.node.model_copy(update={"barred": False})
    worded = show_wording(story, parent, node, take.wording, text)
    return _reach(worded.story, parent, worded.nodes[0], worded.nodes)


def takes(siblings: Iterable[Node]) -> list[Take]:
    """All texts that can stand in one place, edits after what they changed."""
    return [Take(node, index) for node in siblings for index in range(len(node.wordings))]


def place_of(found: Iterable[Take], node: Node) -> int:
    """Which of the takes counts where `node` is chosen."""
    return next(i for i, take in enumerate(found) if take.node.id == node.id and take.wording == node.shown)
