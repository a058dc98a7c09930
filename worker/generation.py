"""The generation worker: one process a device, which writes many passages side by side.

The main thread speaks with Redis: it takes jobs whose turn it is out of rq's queue, hands them to the engine, shows
texts as they grow, and finishes jobs in whatever order they end. The engine runs in a thread of its own.
"""

from __future__ import annotations

import os
import sys
import time
from types import FrameType
from typing import Any, cast

import structlog
from pydantic import ValidationError
from redis.exceptions import RedisError
from rq.exceptions import DequeueTimeout, NoSuchJobError
from rq.executions import Execution
from rq.utils import as_text
from rq.worker import WorkerStatus

from model.ask import Rebuilt
from model.device import share_cores
from model.memory import keep_few_programs
from worker.beats import beat
from worker.connection import admitted
from worker.contract import GENERATE_QUEUE, GenerateRequest, Keys, WorkerLoad
from worker.drafts import require_replayable, to_ask
from worker.engine_room import EngineRoom
from worker.errors import BadRequest
from worker.events import Publisher
from worker.finishing import Finisher
from worker.in_hand import Heard, InHand
from worker.live_text import find_cancelled, show_texts
from worker.options import WorkerOptions
from worker.pace import warm_up
from worker.picking import Picker
from worker.process import GreenbeardWorker
from worker.queue import MAX_RETRIES, Job, Queue, fetch_job
from worker.running import Running
from worker.states import StateCache
from worker.story import StoryReader
from worker.versions import VersionStore
from worker.warm import Loaded, WarmModel

log = structlog.get_logger(__name__)

TICK_S = 0.02
"""Seconds between two rounds while something is being written."""
IDLE_WAIT_S = 1
"""Seconds that an idle worker waits in Redis for a job."""
AHEAD = 4
"""For one slot in so many a request is at hand, so that the engine never waits for Redis."""
LISTEN_EVERY_S = 0.1
BEAT_EVERY_S = 1.0
GRACE_S = 20.0
"""Seconds that a stopping worker still writes; what is not finished then goes back to the queue."""
HANG_S = 10.0
"""Seconds without an engine step after which a worker gives no more signs of life."""
LOST_S = 60.0
"""Seconds without an engine step after which the process ends, so that whoever watches it starts another."""
CUT_OFF_OFTEN = 2
"""A job whose worker died so often is written alone: it may be what kills them."""


class HandedBack(SystemExit):
    """The worker stops before a job is finished."""


def run_generation_worker(options: WorkerOptions) -> None:
    """Serve the queue `generate` until stopped.

    Raises VersionError or ModelError if there is no model to serve, RedisRefuses if Redis does not let the worker in.
    """
    share_cores()
    keep_few_programs()
    warm = WarmModel(VersionStore(options.models, options.shipped), options.device)
    with admitted(options.redis_url):
        GenerationWorker(options, warm).serve()


class GenerationWorker(GreenbeardWorker):
    """Writes passages in this process, as many at a time as it has slots."""

    alive_s = 6
    idle_wait_s = 2

    def __init__(self, options: WorkerOptions, warm: WarmModel, room: EngineRoom | None = None) -> None:
        super().__init__(GENERATE_QUEUE, options)
        self._warm = warm
        self._room = room or EngineRoom(options.slots)
        self._states = StateCache(self.connection, options.state_cache_bytes)
        self._reader = StoryReader(self.connection, self._states)
        self._finisher = Finisher(self.connection, self._states, self.alive_s)
        self._picker = Picker(self._queue, options.slots)
        self._in_hand = InHand(self._room)
        self._leave_at: float | None = None
        self._beat_next = self._listen_next = 0.0

    @property
    def _queue(self) -> Queue:
        return cast(Queue, self.queues[0])

    def parse(self, request: object) -> GenerateRequest:
        """A job's request."""
        return GenerateRequest.model_validate(request)

    def publisher_of(self, job: Job) -> Publisher | None:
        """Who tells of the attempt at a job that runs here."""
        return next((one.publisher for one in self._in_hand if one.job is job), None)

    def work(self, burst: bool = False, logging_level: str | None = "INFO", **_: Any) -> bool:  # type: ignore[override]
        """Work until stopped; with `burst`, until the queue is empty and everything is written."""
        self._room.start()
        self._in_hand.pace.words_per_s = warm_up(self._room, self._warm.held, self.options.slots)
        self.bootstrap(logging_level)
        self._install_signal_handlers()  # type: ignore[no-untyped-call]
        try:
            while self._has_work(burst):
                self._round(burst)
        finally:
            self._room.close()
            self.teardown()  # type: ignore[no-untyped-call]
        return True

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Take no more jobs; finish what is in hand within GRACE_S, at once where asked again."""
        self.patience.leave()
        self._leave_at = time.monotonic() + (GRACE_S if self._leave_at is None else 0.0)

    def _has_work(self, burst: bool) -> bool:
        if self._in_hand:
            return True
        return self._leave_at is None and not (burst and self._queue.is_empty())

    def _round(self, burst: bool) -> None:
        """Look after everything once, then wait for what comes next."""
        heard = self._in_hand.hear()
        if self._leave_at is None:
            self._take_jobs()
        self._end_all(heard)
        self._look_around()
        if self._leave_at is not None and time.monotonic() > self._leave_at:
            self._hand_back()
        self._in_hand.begin_suspect()
        if self._in_hand or self._warm.current() is None:
            self._room.news.wait(TICK_S)
        elif not burst and self._leave_at is None:
            self._wait_for_job()

    def _look_around(self) -> None:
        """Show texts, hear wishes to stop, give signs of life, find abandoned jobs; each when it is time."""
        running = list(self._in_hand)
        show_texts(self.connection, running)
        clock = time.monotonic()
        if clock >= self._listen_next:
            self._listen_next = clock + LISTEN_EVERY_S
            for one in find_cancelled(self.connection, running):
                self._in_hand.cancel(one)
        if clock >= self._beat_next and not self._hangs():
            self._beat_next = clock + BEAT_EVERY_S
            self._beat(running)
            if self.should_run_maintenance_tasks:
                self.run_maintenance_tasks()  # type: ignore[no-untyped-call]

    def _hangs(self) -> bool:
        """Whether the engine does not move; then others are to take this worker's jobs."""
        silent_s = time.monotonic() - self._room.alive_at
        if silent_s > LOST_S:
            log.critical("the engine does not move; this process ends", worker=self.name, seconds=round(silent_s))
            os._exit(1)
        return silent_s > HANG_S

    def _beat(self, running: list[Running]) -> None:
        state = WorkerStatus.BUSY if running else WorkerStatus.IDLE
        if state != self.get_state():
            self.set_state(state)
        load = WorkerLoad(
            slots=self.options.slots,
            words_per_s=self._in_hand.pace.words_per_s,
            running=self._in_hand.turns,
            version=self._warm.held.name,
        )
        for lost in beat(self, running, self.alive_s, load):
            self._let_go(lost)

    # Jobs come

    def _wait_for_job(self) -> None:
        """Wait a little for a job, while there is nothing to write."""
        try:
            _, id = Queue.lmove(self.connection, self._queue.key, IDLE_WAIT_S)
        except DequeueTimeout:
            return
        self._open(as_text(id))

    def _take_jobs(self) -> None:
        """Fill the free slots with those whose turn it is, and have some at hand for the next ones."""
        free, ahead = self.options.slots - self._in_hand.rows, self.options.slots // AHEAD
        if free + ahead <= 0 or self._in_hand.has_suspects or self._hangs() or self._warm.current() is None:
            return
        for id in self._picker.pick(free, ahead, self._in_hand.turns):
            self._open(id)

    def _open(self, id: str) -> None:
        """Begin a job that was taken from the queue; one that is deleted or no job at all is left out."""
        try:
            job = fetch_job(id, self.connection)
        except RedisError:
            raise
        except Exception as error:
            if not isinstance(error, NoSuchJobError):
                log.exception("what lies in the queue is no job of ours", job=id)
            self._queue.intermediate_queue.remove(id)
            return
        self._admit(job)

    def _admit(self, job: Job) -> None:
        """Begin a job, or let it fail at once."""
        execution = self.prepare_execution(job)
        try:
            self.prepare_job_execution(job, remove_from_intermediate_queue=True)
            request = self._request(job)
            publisher = Publisher(self.connection, request.reply_to, job.id, execution.id)
            there, cancelled = self._look_up(request, publisher)
            if there:
                publisher.ended(there)
                self._finalize_success(job, self._queue, execution, None)
                return
            version = self._loaded(job, execution, request)
            place = self._reader.find(request, version.writer)
            require_replayable(request, place, self.options.copy_limit)
            ask = to_ask(execution.id, request, place, version.writer.info.headings, self.options.copy_limit)
        except Exception:
            self._finalize_failure(job, self._queue, execution, sys.exc_info())
            return
        one = Running(job, self._queue, execution, request, publisher, version, place, ask)
        one.cancelled = cancelled
        self._in_hand.add(one, alone=(job.retries_left or 0) <= MAX_RETRIES - CUT_OFF_OFTEN)

    def _request(self, job: Job) -> GenerateRequest:
        try:
            return self.parse(job.request)
        except ValidationError as error:
            raise BadRequest(f"Job {job.id} holds no request that this version understands.") from error

    def _look_up(self, request: GenerateRequest, publisher: Publisher) -> tuple[list[str], bool]:
        """Say that it starts; the passages that an earlier attempt had stored, and whether it is to stop already."""
        with self.connection.pipeline(transaction=False) as pipe:
            publisher.started(pipe)
            pipe.exists(Keys.cancel(request.job))
            for id in request.passages:
                pipe.exists(Keys.passage(id))
            _, cancelled, *stored = pipe.execute()
        return [id for id, there in zip(request.passages, stored, strict=True) if there], bool(cancelled)

    def _loaded(self, job: Job, execution: Execution, request: GenerateRequest) -> Loaded:
        """The live version, or the one that a replay needs; either may have to be loaded first."""
        replay = request.replay
        while (version := self._warm.beside(replay.version) if replay else self._warm.current()) is None:
            self.maintain_heartbeats(job, execution)
            self._look_around()
            time.sleep(LISTEN_EVERY_S)
        return version

    # Jobs end

    def _end_all(self, heard: Heard) -> None:
        """End what has ended, and begin anew what an engine took down with it."""
        for one, rebuilt in heard.rebuilt:
            self._keep_state(one, rebuilt)
        for one in heard.again:
            one.publisher.started()
        for one, error in heard.culprits:
            self._fail(one, error)
        for one in heard.ended:
            self._end(one)

    def _keep_state(self, one: Running, rebuilt: Rebuilt) -> None:
        """Store the state of a story that had to be read again."""
        if one.place.exact:
            key = self._states.key(one.version.writer, one.request.chain, one.place.whole)
            with self.connection.pipeline(transaction=False) as pipe:
                self._states.store(one.version.writer, key, rebuilt.state, pipe)
                pipe.execute()

    def _end(self, one: Running) -> None:
        """Finish a job whose takes have all ended."""
        try:
            still_ours = self._finisher.finish(one)
        except Exception as error:
            self._fail(one, error)
            return
        if still_ours:
            self._finalize_success(one.job, one.queue, one.execution, None)
            self._drop(one)
        else:
            self._let_go(one)

    def _fail(self, one: Running, error: BaseException) -> None:
        """Let rq try a job again or give it up, if it is still ours."""
        if self._finisher.owns(one):
            self._finalize_failure(one.job, one.queue, one.execution, (type(error), error, error.__traceback__))
            self._drop(one)
        else:
            self._let_go(one)

    def _let_go(self, one: Running) -> None:
        """Forget a job that was taken for abandoned while this worker gave no sign of life."""
        log.warning("another worker has this job by now", job=one.request.job)
        self._drop(one)

    def _drop(self, one: Running) -> None:
        """Forget a job that is finished or no longer ours."""
        if self._in_hand.forget(one) and one.execution.id in self.executions:
            with self.connection.pipeline() as pipe:
                self.cleanup_execution(one.job, pipe, one.execution)
                pipe.execute()

    def _hand_back(self) -> None:
        """Give what is not finished back to the queue, at no retry's cost."""
        for one in self._in_hand:
            log.info("handing a job back", job=one.request.job)
            one.job.retries_left = (one.job.retries_left or 0) + 1
            self._fail(one, HandedBack())
