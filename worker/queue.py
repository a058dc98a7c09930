"""rq as we use it: JSON only, and jobs that can name nothing but our two functions.

rq imports whatever function or callback a job names, so whoever can write to Redis could run code in a worker. Our jobs
are never imported by name: the worker that takes one hands it a `run` function, and a job with another function name,
any callback, an instance or a web hook is refused before anything happens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import rq.intermediate_queue
import rq.job
import rq.queue
from redis import Redis
from rq.exceptions import DeserializationError
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from rq.utils import now

from worker.contract import ALLOWED_FUNCTIONS
from worker.errors import Refused
from worker.scripts import TAKE_BACK

MAX_RETRIES = 3
"""How often a job runs again after a worker died or Redis failed."""
STUCK_S = 5
"""Seconds after which a job that was taken from the queue but never begun is put back."""
MAINTENANCE_LOCK_S = 5
FAILURE_TTL = 7 * 24 * 3600
RESULT_TTL = 24 * 3600
PAGE = 1000
"""So many cancelled jobs are deleted at once."""
_ENDED = frozenset({JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED})


class Job(rq.job.Job):
    """A job that runs only what its worker gives it."""

    run: Callable[[Job], None] | None = None

    def refuse_foreign(self) -> None:
        """Raises Refused unless the job is one that our client enqueues."""
        try:
            function, instance = self.func_name, self.instance
        except DeserializationError as error:
            raise Refused(f"Job {self.id} is not written in JSON, as jobs of ours are.") from error
        if function not in ALLOWED_FUNCTIONS or instance is not None:
            raise Refused(f"Job {self.id} names the function {function!r}, which is not one of ours.")
        callbacks = (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        if any(callbacks) or self.webhooks:
            raise Refused(f"Job {self.id} names a callback or web hook; jobs of ours have none.")

    @property
    def ended(self) -> bool:
        """Whether it was finished or given up when it was fetched."""
        return self.get_status(refresh=False) in _ENDED

    @property
    def request(self) -> object:
        """The one argument of a job of ours, not yet checked against the contract. Raises Refused."""
        self.refuse_foreign()
        if not isinstance(self.args, list) or len(self.args) != 1:
            raise Refused(f"Job {self.id} does not come with one request, as jobs of ours do.")
        return self.args[0]

    def perform(self) -> None:
        """Run the worker's function for this job."""
        self.refuse_foreign()
        if self.run is None:
            raise Refused(f"Job {self.id} came to a worker of another queue.")
        self.run(self)

    @property
    def success_callback(self) -> None:
        """None, or Refused where the job names one."""
        self._refuse_callback(self._success_callback_name)

    @property
    def failure_callback(self) -> None:
        """None, or Refused where the job names one: rq runs it on abandoned jobs too."""
        self._refuse_callback(self._failure_callback_name)

    @property
    def stopped_callback(self) -> None:
        """None, or Refused where the job names one."""
        self._refuse_callback(self._stopped_callback_name)

    def send_webhooks(self, status: str, *, exc_string: str | None = None) -> None:
        """Never: a job must not make a worker call addresses."""

    def _refuse_callback(self, name: str | None) -> None:
        if name is not None:
            raise Refused(f"Job {self.id} names the callback {name!r}; jobs of ours have none.")


class _IntermediateQueue(rq.intermediate_queue.IntermediateQueue):
    def should_be_cleaned_up(self, job_id: str) -> bool:
        """As in rq, sooner than after its fixed minute."""
        first_seen = self.get_first_seen(job_id)
        return first_seen is not None and now() - first_seen > timedelta(seconds=STUCK_S)


class Queue(rq.queue.Queue):
    """One queue, with JSON and our job class."""

    job_class = Job

    @property
    def intermediate_queue(self) -> _IntermediateQueue:
        """Where a job is between being taken and being begun."""
        return _IntermediateQueue(self.key, connection=self.connection)

    def acquire_maintenance_lock(self) -> bool:
        """As in rq, for seconds instead of 15 minutes: a worker may be killed while it holds the lock."""
        return bool(self.connection.set(self.registry_cleaning_key, 1, nx=True, ex=MAINTENANCE_LOCK_S))


def open_queue(name: str, connection: Redis) -> Queue:
    """One of our queues."""
    return Queue(name, connection=connection, job_class=Job, serializer=JSONSerializer)


def job_key(job: str) -> str:
    """Where rq keeps a job."""
    return Job.key_for(job)


def fetch_job(job: str, connection: Redis) -> Job:
    """A job by its id. Raises rq's NoSuchJobError."""
    return cast(Job, Job.fetch(job, connection=connection, serializer=JSONSerializer))


def is_over(job: Job) -> bool:
    """Whether a job has ended, or says that it waits where no worker looks: half a removal, or a part of Redis lost."""
    if job.get_status(refresh=False) != JobStatus.QUEUED:
        return job.ended
    queue = open_queue(job.origin, job.connection)
    with job.connection.pipeline() as pipe:
        pipe.lpos(queue.key, job.id)
        pipe.lpos(queue.intermediate_queue.key, job.id)
        pipe.zrange(queue.started_job_registry.key, 0, -1)
        waits, taken, executions = pipe.execute()
    begun = f"{job.id}:".encode()
    return waits is None and taken is None and not any(execution.startswith(begun) for execution in executions)


def take_back(queue: Queue, job: str, results: Sequence[str] = ()) -> bool:
    """Delete a job that waits, or is gone already; False if a worker has or had it. `results`: keys of what it brings.

    In one step, for a job that stood in no list and yet was not deleted would never end; and safe to repeat.
    """
    lists = (queue.key, queue.intermediate_queue.key, queue.started_job_registry.key)
    script = queue.connection.register_script(TAKE_BACK)
    return bool(script(keys=[*lists, job_key(job), *results], args=[job]))


def drop_cancelled(queue: Queue) -> int:
    """Delete the jobs that earlier versions took back: rq keeps cancelled ones for ever. Returns how many."""
    count, registry = 0, queue.canceled_job_registry
    while ids := registry.get_job_ids(0, PAGE - 1, cleanup=False):
        with queue.connection.pipeline() as pipe:
            pipe.delete(*map(job_key, ids))
            pipe.zrem(registry.key, *ids)
            pipe.execute()
        count += len(ids)
    return count


def job_options(
    job: str, function: str, arguments: Sequence[Any], timeout_s: float, meta: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What `Queue.enqueue_call` takes for a job of ours."""
    return {
        "func": function,
        "args": tuple(arguments),
        "job_id": job,
        "timeout": int(timeout_s),
        "retry": rq.job.Retry(max=MAX_RETRIES, enqueue_at_front=True),
        "meta": dict(meta or {}),
        "result_ttl": RESULT_TTL,
        "failure_ttl": FAILURE_TTL,
        "description": f"{function.rpartition('.')[2]} {job}",
    }
