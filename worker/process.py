"""What both workers share: they wait for Redis, are found dead within seconds, and tell members what was given up."""

from __future__ import annotations

import os
import socket
from abc import abstractmethod
from types import FrameType, TracebackType
from typing import ClassVar, cast
from uuid import uuid4

import rq.job
import structlog
from pydantic import ValidationError
from redis.client import Pipeline
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from worker.connection import Patience, patient
from worker.contract import GenerateRequest, TrainRequest
from worker.errors import BadRequest, Refused
from worker.events import Publisher
from worker.failures import judge
from worker.options import WorkerOptions
from worker.queue import Job, Queue, drop_cancelled

log = structlog.get_logger(__name__)

_RQ_MARGIN_S = 15
"""rq waits for jobs this much shorter than its `worker_ttl`."""


class GreenbeardWorker(BaseWorker):
    """One queue, our jobs, a Redis that may go away, and prompt recovery of what a killed worker left.

    An abandoned job is found after at most `alive_s` + 2 × `idle_wait_s`.
    """

    job_class = Job
    queue_class = Queue
    log_result_lifespan = False

    alive_s: ClassVar[int]
    """Seconds after its last sign of life until a worker counts as dead and its jobs go back to the queue."""
    idle_wait_s: ClassVar[int]
    """Seconds that an idle worker waits for a job before it gives a sign of life and looks for abandoned jobs."""

    def __init__(self, queue: str, options: WorkerOptions) -> None:
        self.patience = Patience(options.redis_url)
        self.options = options
        super().__init__(
            [queue],
            name=f"{queue}-{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}",
            connection=patient(options.redis_url, self.patience),
            serializer=JSONSerializer,
            exception_handlers=[self.on_error],
            worker_ttl=self.idle_wait_s + _RQ_MARGIN_S,
            maintenance_interval=self.idle_wait_s,
            job_monitoring_interval=self.idle_wait_s,
            log_job_description=False,
        )

    @abstractmethod
    def parse(self, request: object) -> GenerateRequest | TrainRequest:
        """A job's request. Raises pydantic's ValidationError."""

    def given_up(self, job: Job) -> None:
        """Free what a job held that will not be tried again."""

    def publisher_of(self, job: Job) -> Publisher | None:
        """Who tells of the attempt at a job that runs here; None where it does not."""
        return None

    def serve(self) -> None:
        """Work until SIGTERM or SIGINT; the job in hand is finished first."""
        log.info("worker ready", worker=self.name)
        try:
            for queue in self.queues:
                if dropped := drop_cancelled(cast(Queue, queue)):
                    log.info("requests that were taken back are deleted now", queue=queue.name, count=dropped)
            self.work(logging_level="WARNING")
        except AuthenticationError:
            raise
        except RedisConnectionError:
            log.warning("left while Redis was away; it will notice by itself", worker=self.name)
        log.info("worker ended", worker=self.name)

    def on_error(self, job: Job, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> bool:
        """rq's exception handler: end the retries of what cannot succeed, and tell the member when none is left."""
        if judge(error).final:
            job.retries_left = 0
        if not job.should_retry:
            self.give_up(job, error)
        return True

    def give_up(self, job: Job, error: BaseException) -> None:
        """Free what a job held, then publish that it failed for good: who hears of it may start the next at once."""
        try:
            publisher = self.publisher_of(job) or self.make_publisher(job, f"given-up-{uuid4().hex[:8]}")
        except (Refused, BadRequest) as refusal:
            log.error("a job that is not ours has nobody to tell", job=job.id, reason=str(refusal))
            return
        self.given_up(job)
        judgement = judge(error)
        publisher.failed(judgement.message, judgement.why)

    def make_publisher(self, job: Job, attempt: str) -> Publisher:
        """Tells of one attempt at a job. Raises Refused or BadRequest."""
        try:
            request = self.parse(job.request)
        except ValidationError as error:
            raise BadRequest(f"Job {job.id} holds no request that this version understands.") from error
        return Publisher(self.connection, request.reply_to, job.id, attempt)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """A sign of life that lasts `alive_s`, not rq's minutes."""
        super().heartbeat(self.alive_s, pipeline)

    def get_heartbeat_ttl(self, job: rq.job.Job, working_time: float = 0.0) -> int:
        """Seconds that a running job stays ours after a sign of life."""
        return self.alive_s

    def subscribe(self) -> None:
        """No commands over pub/sub, and no thread for them: jobs are stopped by their key, workers by a signal."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Warm shutdown, without waiting for a Redis that is away."""
        self.patience.leave()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]
