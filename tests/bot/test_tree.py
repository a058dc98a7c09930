"""The tree of a story against a naive model that copies everything."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.tree import (
    BEGINNING,
    MAX_EDITS,
    ROOT,
    Change,
    Leaf,
    Node,
    Story,
    address,
    choose,
    go_back,
    hang,
    pick,
    place_of,
    reword,
    takes,
    with_edit,
)
from tests.bot.naive import Naive
from worker.contract import chain_hash

TEXTS = st.sampled_from(["a", "b", "c d", "e"])


class Trees(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.story = Story(id="s")
        self.nodes: dict[str, Node] = {ROOT: BEGINNING}
        self.path: list[str] = []
        self.root = Naive(ROOT, [""])
        self.tip = self.root
        self.all: dict[str, Naive] = {ROOT: self.root}
        self.texts: dict[str, str] = {}
        self.addresses: dict[str, list[str]] = {"": []}
        self.edited = False

    def do(self, change: Change) -> None:
        self.story = change.story
        self.nodes |= {node.id: node for node in change.nodes}
        if change.keep is not None:
            self.path = [*self.path[: change.keep], *change.push]

    def leaf(self, text: str) -> Leaf:
        id = f"p{len(self.texts)}"
        self.texts[id] = text
        return Leaf(id, text, len(text.split()))

    def at_tip(self) -> Node:
        return self.nodes[self.story.tip or ROOT]

    def add(self, above: Naive, text: str) -> Naive:
        leaf = self.leaf(text)
        for _ in range(2):
            self.do(hang(self.story, self.nodes[above.id], self.at_tip(), leaf))
        child = Naive(leaf.id, [text], above=above)
        above.below.append(child)
        self.all[child.id] = child
        return child

    @rule(text=TEXTS)
    def go_on(self, text: str) -> None:
        self.tip.chosen = self.add(self.tip, text)
        self.tip = self.tip.chosen

    @precondition(lambda self: self.tip.above)
    @rule(text=TEXTS)
    def another_take(self, text: str) -> None:
        above = self.tip.above
        assert above is not None
        above.chosen = self.add(above, text)
        self.tip = above.chosen

    @rule(text=TEXTS, pick=st.randoms(use_true_random=False))
    def late_passage(self, text: str, pick: object) -> None:
        above = self.all[pick.choice(sorted(self.all))]  # type: ignore[attr-defined]
        if self.tip is not above and self.tip.above is not above:
            self.add(above, text)

    @precondition(lambda self: self.tip.above)
    @rule(steps=st.integers(1, 4))
    def undo(self, steps: int) -> None:
        path = [self.root, *self.tip.path()]
        self.tip = path[max(0, len(path) - 1 - steps)]
        self.do(go_back(self.story, self.nodes[self.tip.id]))

    @precondition(lambda self: self.tip.chosen)
    @rule()
    def redo(self) -> None:
        chosen = self.at_tip().chosen
        assert chosen is not None and self.tip.chosen is not None and chosen == self.tip.chosen.id
        self.do(choose(self.story, self.at_tip(), self.nodes[chosen]))
        self.tip = self.tip.chosen

    @rule(text=TEXTS, pick=st.randoms(use_true_random=False))
    def edit(self, text: str, pick: object) -> None:
        place = self.all[pick.choice(sorted(self.all))]  # type: ignore[attr-defined]
        if place.above is None:
            return
        leaf = self.leaf(text)
        self.edited = True
        for _ in range(2):
            self.do(reword(self.story, self.nodes[place.above.id], self.nodes[place.id], leaf))
        place.texts.append(text)
        place.shown = len(place.texts) - 1

    @precondition(lambda self: self.tip.above)
    @rule(by=st.sampled_from([-1, 1]))
    def look_through(self, by: int) -> None:
        above = self.tip.above
        assert above is not None
        parent = self.nodes[above.id]
        found = takes(self.nodes[child] for child in parent.children)
        naive = above.takes()
        at = place_of(found, self.at_tip())
        assert naive[at] == (self.tip, self.tip.shown) and len(naive) == len(found)
        take = found[(at + by) % len(found)]
        child, index = naive[(at + by) % len(found)]
        self.edited |= take.wording != take.node.shown
        self.do(pick(self.story, parent, take, child.texts[index]))
        child.shown, above.chosen, self.tip = index, child, child

    @invariant()
    def the_path_is_what_was_chosen(self) -> None:
        path = self.tip.path()
        assert self.path == [place.id for place in path]
        assert (self.story.passages, self.story.tip or ROOT) == (len(path), self.tip.id)
        assert [self.texts[self.nodes[id].passage] for id in self.path] == [place.texts[place.shown] for place in path]

    @invariant()
    def nothing_is_lost(self) -> None:
        hung = {wording.passage for node in self.nodes.values() for wording in node.wordings}
        assert hung == set(self.texts)
        for place in self.all.values():
            assert self.nodes[place.id].children == tuple(child.id for child in place.below)
            assert self.nodes[place.id].depth == len(place.path())

    @invariant()
    def an_address_names_one_text(self) -> None:
        for place in self.all.values():
            texts = [above.texts[above.shown] for above in place.path()]
            found = address(self.story, self.nodes[place.id])
            assert self.addresses.setdefault(found, texts) == texts
            if not self.edited:
                assert found == chained(texts)


def chained(texts: list[str]) -> str:
    chain = ""
    for text in texts:
        chain = chain_hash(chain, text)
    return chain


TestTrees = Trees.TestCase
TestTrees.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def built(count: int) -> tuple[Story, dict[str, Node]]:
    story, nodes = Story(id="s"), {ROOT: BEGINNING}
    for number in range(count):
        tip = nodes[story.tip or ROOT]
        change = hang(story, tip, tip, Leaf(str(number), f" {number}", 1))
        story = change.story
        nodes |= {node.id: node for node in change.nodes}
    return story, nodes


def test_a_story_that_was_never_edited_has_the_addresses_that_workers_compute() -> None:
    story, nodes = built(5)
    assert address(story, nodes["4"]) == chained([f" {n}" for n in range(5)])


def test_an_edited_tip_has_the_address_that_workers_compute() -> None:
    story, nodes = built(2)
    change = reword(story, nodes["0"], nodes["1"], Leaf("x", "other", 1))
    assert address(change.story, change.nodes[0]) == chained([" 0", "other"])
    assert change.story.edits == ()


def test_an_edit_in_the_middle_changes_one_record_and_the_addresses_behind_it() -> None:
    story, nodes = built(100)
    change = reword(story, nodes["49"], nodes["50"], Leaf("x", "other", 1))
    assert len(change.nodes) == 1
    same: Callable[[str], bool] = lambda id: address(change.story, nodes[id]) == address(story, nodes[id])  # noqa: E731
    assert all(same(str(n)) for n in range(50)) and not any(same(str(n)) for n in range(51, 100))


def test_many_edits_stay_a_small_record() -> None:
    edits: tuple[tuple[int, int], ...] = ()
    for depth in range(1, 1000):
        edits = with_edit(edits, depth, depth)
    assert len(edits) == MAX_EDITS and edits[0][1] == 1 and edits[-1] == (999, 999)
    assert edits == tuple(sorted(edits))
    assert with_edit(edits, 1000, 1) == ((1000, 1),)
