"""The passages that a worker has in hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import rq.queue
from rq.executions import Execution

from model.ask import Ask, Broke, Done, Grew, Opened, Output, Rebuilt
from model.books import count_words
from worker.contract import GenerateRequest, Turn
from worker.drafts import Draft
from worker.events import Publisher
from worker.queue import Job
from worker.story import Place
from worker.warm import Loaded


@dataclass(eq=False)
class Running:
    """One request from its admission to its end."""

    job: Job
    queue: rq.queue.Queue
    execution: Execution
    request: GenerateRequest
    publisher: Publisher
    version: Loaded
    place: Place
    ask: Ask
    drafts: list[Draft] = field(init=False)
    submitted: bool = False
    """Whether the engine has it."""
    cancelled: bool = False
    """Whether it is to end with what it has."""
    grown: bool = True
    """Whether there is text that was not shown yet."""
    show_next: float = 0.0
    """When text may be shown again (`time.monotonic`)."""

    def __post_init__(self) -> None:
        self.drafts = [Draft(self.ask.read, self.place.at_start) for _ in range(self.request.takes)]

    def begin_anew(self, attempt: str) -> None:
        """Forget what is written, for another attempt."""
        self.ask, self.publisher = replace(self.ask, id=attempt), self.publisher.anew(attempt)
        self.submitted, self.grown = False, True
        self.__post_init__()

    @property
    def ended(self) -> bool:
        """Whether the engine has nothing more to tell."""
        return all(draft.ended for draft in self.drafts)

    @property
    def rows(self) -> int:
        """Slots that it holds."""
        return sum(not draft.ended for draft in self.drafts)

    @property
    def turn(self) -> Turn:
        """What others need to know of it: the words left to write, at least one."""
        written = max((draft.words for draft in self.drafts if not draft.ended), default=0)
        return Turn(
            job=self.request.job,
            server=self.request.server,
            member=self.request.member,
            words=max(1, self.request.words - written),
            takes=max(1, self.rows),
        )

    def hear(self, output: Output) -> int:
        """Take note of what the engine tells; returns how many words are new."""
        if isinstance(output, Rebuilt):
            return 0
        draft = self.drafts[output.take]
        before = draft.words
        if isinstance(output, Opened):
            draft.opening, draft.heading = output.text, output.heading
        elif isinstance(output, Grew):
            draft.written += output.text
            draft.words += count_words(output.text)
        elif isinstance(output, Done):
            draft.done = output
        elif isinstance(output, Broke):
            draft.error = output.error
        self.grown = self.grown or output.take == 0
        return draft.words - before
