"""The training worker: one training at a time from the queue `train`, each in a forked process of its own.

Only that process imports torch, so memory and device are free again when it ends. A training that is cut off goes back
to the queue and resumes from its last checkpoint.
"""

from __future__ import annotations

import os
import shutil
import time
from typing import Any, cast

import rq.job
import rq.queue
from rq.exceptions import AbandonedJobError
from rq.executions import Execution
from rq.worker import Worker

from model.version import work_folder
from worker import claim
from worker.connection import admitted
from worker.contract import TRAIN_QUEUE, UPLOAD_TTL, Keys, TrainProgress, TrainRequest
from worker.errors import StoppedEarly, UploadLost
from worker.events import Publisher
from worker.options import WorkerOptions
from worker.process import GreenbeardWorker
from worker.queue import Job
from worker.versions import VersionStore

REPORT_EVERY_S = 1.0
LISTEN_EVERY_S = 0.5
VERSION = "version"
"""Field of the job's meta: the name of the version that it makes, the same at every attempt."""


def run_training_worker(options: WorkerOptions) -> None:
    """Serve the queue `train` until stopped; a training in hand then goes back to the queue. Raises RedisRefuses."""
    with admitted(options.redis_url):
        TrainingWorker(options).serve()


class TrainingWorker(GreenbeardWorker, Worker):
    """Forks a process for each training and watches over it."""

    alive_s = 12
    idle_wait_s = 3

    def __init__(self, options: WorkerOptions) -> None:
        super().__init__(TRAIN_QUEUE, options)
        self._publisher: Publisher | None = None
        self._versions = VersionStore(options.models, options.shipped)

    def parse(self, request: object) -> TrainRequest:
        """A job's request."""
        return TrainRequest.model_validate(request)

    def perform_job(self, job: rq.job.Job, queue: rq.queue.Queue, execution: Execution) -> bool:
        """Run one job in the forked process, with its events."""

        def run(job: Job) -> None:
            self._publisher = self.make_publisher(job, execution.id)
            self._publisher.started()
            self.run(job, self._publisher)

        cast(Job, job).run = run
        return super().perform_job(job, queue, execution)

    def publisher_of(self, job: Job) -> Publisher | None:
        """Who tells of the training that runs in this forked process."""
        return self._publisher

    def run(self, job: Job, publisher: Publisher) -> None:
        """Train; raise what prevents it."""
        from worker.training_job import curve_picture, finished_result, train_upload

        request = self.parse(job.request)
        again = VERSION in job.meta
        if not again:
            job.meta[VERSION] = self._versions.new_name(request.name)
            job.save_meta()  # type: ignore[no-untyped-call]
        folder = self.options.models / job.meta[VERSION]
        if again and folder.exists():
            result = finished_result(folder)
        else:
            data = self.connection.get(Keys.upload(job.id))
            if not isinstance(data, bytes):
                raise UploadLost("The books of this training are gone from the database; send them once more.")
            watch = TrainingWatch(self, job, publisher)
            if not again and watch.should_stop():
                raise StoppedEarly("It was stopped before it began.")
            result = train_upload(request, data, folder, self.options.device, watch, resume=again)
        self.connection.set(Keys.curve(job.id), curve_picture(folder), ex=UPLOAD_TTL)
        claim.release(self.connection, job.id)
        publisher.trained(result)

    def handle_warm_shutdown_request(self) -> None:
        """A training may take hours: end its process now; the job goes back to the queue and resumes later."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        if self.horse_pid:
            self.kill_horse()

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: Any) -> None:
        """The forked process died. By our own stop it costs no retry; else the last time it is given up."""
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)  # type: ignore[no-untyped-call]
        if self._stop_requested:
            job.retries_left = (job.retries_left or 0) + 1
        elif not job.should_retry:
            self.give_up(job, AbandonedJobError())

    def given_up(self, job: Job) -> None:
        """Free the trainer and drop books and checkpoint."""
        claim.release(self.connection, job.id)
        if VERSION in job.meta:
            shutil.rmtree(work_folder(self.options.models / job.meta[VERSION]), ignore_errors=True)


class TrainingWatch:
    """Reports a training's progress and listens for the wish to stop, from inside the forked process."""

    def __init__(self, worker: TrainingWorker, job: Job, publisher: Publisher) -> None:
        self._redis = worker.connection
        self._parent = worker.pid
        self._job = job.id
        self._publisher = publisher
        self._next_report = self._next_listen = 0.0
        self._stop = False

    def report(self, progress: TrainProgress) -> None:
        """Store and publish, unless that was just done."""
        now = time.monotonic()
        if now < self._next_report:
            return
        self._next_report = now + REPORT_EVERY_S
        self._redis.set(Keys.progress(self._job), progress.model_dump_json(), ex=UPLOAD_TTL)
        self._publisher.progressed(progress)

    def should_stop(self) -> bool:
        """Whether the training is to end with what it has learned."""
        if os.getppid() != self._parent:
            # The worker was killed, so another one takes the job up again from the checkpoint.
            os._exit(1)
        now = time.monotonic()
        if now >= self._next_listen:
            self._next_listen = now + LISTEN_EVERY_S
            self._stop = bool(self._redis.exists(Keys.cancel(self._job)))
        return self._stop
