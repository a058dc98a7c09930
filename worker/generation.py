"""The generation worker: one warm model, one job at a time from the queue `generate`.

The weights are loaded once. Before each job a look at one file tells whether another version was made live.
"""

from __future__ import annotations

import time
from contextlib import suppress

import structlog
from rq.executions import Execution
from rq.worker import SimpleWorker

from model.books import count_words
from model.device import pick_device, share_cores
from model.errors import ModelError
from model.writer import Writer, load
from worker.connection import admitted
from worker.contract import (
    DAY,
    GENERATE_QUEUE,
    STATE_TTL,
    TEXT_TTL,
    GenerateRequest,
    Keys,
    Passage,
    WorkerSpeed,
    chain_hash,
)
from worker.errors import VersionError
from worker.events import Publisher
from worker.live_text import LiveText, Patrol
from worker.options import WorkerOptions
from worker.process import GreenbeardWorker
from worker.queue import Job
from worker.story import Place, StoryReader
from worker.versions import VersionStore
from worker.writing import Draft, write_draft

log = structlog.get_logger(__name__)


def run_generation_worker(options: WorkerOptions) -> None:
    """Serve the queue `generate` until stopped.

    Raises VersionError or ModelError if there is no model to serve, RedisRefuses if Redis does not let the worker in.
    """
    share_cores()
    warm = WarmModel(VersionStore(options.models, options.shipped), options.device)
    with admitted(options.redis_url):
        GenerationWorker(options, warm).serve()


class WarmModel:
    """The live version, loaded; follows `models use` and `/model promote` without a restart.

    `name` is the version that it holds: an earlier one where the live one cannot be loaded.
    """

    def __init__(self, versions: VersionStore, device: str) -> None:
        self._versions = versions
        self._device = pick_device(device)
        self._mark = versions.live_mark()
        self._writer, self.name = self._first_usable()

    def current(self) -> Writer:
        """The live version's writer; the one before, if the live one cannot be loaded."""
        mark = self._versions.live_mark()
        if mark != self._mark:
            self._mark = mark
            try:
                name = self._versions.live()
                if name != self.name:
                    self._writer, self.name = self._load(name), name
            except (VersionError, ModelError) as error:
                log.error("the live version cannot be loaded", staying_with=self.name, reason=str(error))
        return self._writer

    def _first_usable(self) -> tuple[Writer, str]:
        """The live version, else the one before it that can be loaded. Raises what is wrong with the live one."""
        live, *others = self._versions.candidates()
        try:
            return self._load(live), live
        except (VersionError, ModelError) as error:
            log.error("the live version cannot be loaded; looking for an earlier one", live=live, reason=str(error))
            for name in others:
                with suppress(VersionError, ModelError):
                    return self._load(name), name
            raise

    def _load(self, name: str) -> Writer:
        began = time.monotonic()
        self._versions.info(name)
        writer = load(self._versions.folder(name), self._device)
        log.info("model loaded", version=name, device=self._device, seconds=round(time.monotonic() - began, 2))
        return writer


class GenerationWorker(GreenbeardWorker, SimpleWorker):
    """Writes passages in this process."""

    def __init__(self, options: WorkerOptions, warm: WarmModel) -> None:
        super().__init__(GENERATE_QUEUE, options)
        self._warm = warm

    def parse(self, request: object) -> GenerateRequest:
        """A job's request."""
        return GenerateRequest.model_validate(request)

    def run(self, job: Job, execution: Execution, publisher: Publisher) -> None:
        """Write one passage, store it, and say so."""
        request = self.parse(job.request)
        if self.connection.exists(Keys.passage(request.job)):
            publisher.ended(request.passages)
            return
        patrol = Patrol(
            self.connection, request.job, request.time_limit_s, lambda: self.maintain_heartbeats(job, execution)
        )
        patrol.beat()
        writer = self._warm.current()
        reader = StoryReader(self.connection, writer)
        place = reader.find(request, patrol.beat)
        live = LiveText(self.connection, request.job, publisher)
        draft = write_draft(writer, request, place, live.show, patrol.should_stop)
        passage = _passage(request, place, draft, self._warm.name, timed_out=patrol.timed_out)
        if place.exact:
            state = writer.state_to_bytes(draft.end.state)
            self.connection.set(reader.state_key(passage.chain, place.whole), state, ex=STATE_TTL)
        self._store(passage, draft)
        publisher.ended(request.passages)

    def _store(self, passage: Passage, draft: Draft) -> None:
        """Keep the passage (the first attempt's, if there were two) and the speed."""
        seconds = max(draft.end.seconds, 1e-9)
        speed = WorkerSpeed(
            tokens_per_s=draft.end.tokens / seconds,
            words_per_s=count_words(draft.written) / seconds,
            version=passage.model,
            at=passage.created,
        )
        with self.connection.pipeline() as pipe:
            pipe.set(Keys.passage(passage.id), passage.model_dump_json(), nx=True)
            pipe.set(Keys.text(passage.id), passage.text, ex=TEXT_TTL)
            pipe.set(Keys.speed(), speed.model_dump_json(), ex=DAY)
            pipe.execute()


def _passage(request: GenerateRequest, place: Place, draft: Draft, version: str, *, timed_out: bool) -> Passage:
    stopped = draft.end.reason == "stopped"
    return Passage(
        id=request.job,
        story=request.story,
        parent=request.parent,
        kind=request.kind,
        text=draft.text,
        prompt=draft.prompt,
        heading=draft.heading,
        author=request.member,
        model=version,
        seed=request.seed,
        sampling=request.sampling,
        words=count_words(draft.text),
        tokens=draft.end.tokens,
        seconds=draft.end.seconds,
        ended="time" if stopped and timed_out else draft.end.reason,
        created=time.time(),
        note=request.note,
        chain=chain_hash(request.chain, draft.text),
    )
