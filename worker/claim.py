"""The one place at the trainer: claimed with the job that holds it, free again when that job has ended.

A claim is alive as long as rq has not finished the job, so a training that died in whatever way never blocks the next.
"""

from __future__ import annotations

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import WatchError
from rq.exceptions import NoSuchJobError

from worker.contract import TRAIN_FUNCTION, TRAIN_QUEUE, UPLOAD_TTL, UPLOADING_TTL, Keys, TrainRequest
from worker.errors import TrainingRuns
from worker.events import Publisher
from worker.queue import Job, fetch_job, is_over, job_options, open_queue, take_back

TRAIN_GRACE_S = 3600
"""Seconds a training may take besides its budget: reading books, tokenizing, sampling."""
ROUNDS = 3
"""So often a claim is tried."""


def holder(redis: Redis) -> Job | None:
    """The unfinished job that holds the trainer."""
    claimed = redis.get(Keys.training())
    if not isinstance(claimed, bytes):
        return None
    try:
        job = fetch_job(claimed.decode(), redis)
    except NoSuchJobError:
        return None
    return None if is_over(job) else job


def require_free(redis: Redis) -> None:
    """Raises TrainingRuns while a training holds the trainer."""
    running = holder(redis)
    if running is not None:
        raise TrainingRuns(TrainRequest.model_validate(running.request).name)


def send_books(redis: Redis, job: str, data: bytes) -> None:
    """Store the books of a training ahead of it; they go within minutes unless `claim_and_enqueue` follows."""
    redis.set(Keys.upload(job), data, ex=UPLOADING_TTL)


def claim_and_enqueue(redis: Redis, request: TrainRequest) -> None:
    """Take the trainer and enqueue the training whose books are there, both in one transaction. Raises TrainingRuns.

    redis-py reports a connection that broke, or an answer that came too late, as it reports another's claim. So each
    round looks first whether the one before was carried out.
    """
    queue = open_queue(TRAIN_QUEUE, redis)
    options = job_options(
        request.job, TRAIN_FUNCTION, [request.model_dump(mode="json")], request.budget_s + TRAIN_GRACE_S
    )
    with redis.pipeline() as pipe:
        for _ in range(ROUNDS):
            try:
                pipe.watch(Keys.training())  # type: ignore[no-untyped-call]
                if Job.exists(request.job, redis):
                    return
                require_free(redis)
                pipe.multi()
                pipe.set(Keys.training(), request.job)
                pipe.expire(Keys.upload(request.job), UPLOAD_TTL)
                queue.enqueue_call(**options, pipeline=pipe)
                pipe.execute()
                return
            except WatchError:
                continue
            except TrainingRuns:
                redis.delete(Keys.upload(request.job))
                raise
    raise RedisConnectionError("Redis did not say that it took the training")


def release(redis: Redis, job: str) -> None:
    """Free the trainer and drop the books, if this job still holds it."""
    with redis.pipeline() as pipe:
        try:
            pipe.watch(Keys.training())  # type: ignore[no-untyped-call]
            held = pipe.get(Keys.training()) == job.encode()
            pipe.multi()
            if held:
                pipe.delete(Keys.training())
            pipe.delete(Keys.upload(job))
            pipe.execute()
        except WatchError:
            redis.delete(Keys.upload(job))


def withdraw(redis: Redis, job: Job) -> bool:
    """Take a training out of the queue before a trainer took it; False if it has begun."""
    request = TrainRequest.model_validate(job.request)
    if not take_back(open_queue(TRAIN_QUEUE, redis), job.id):
        return False
    release(redis, job.id)
    publisher = Publisher(redis, request.reply_to, job.id, attempt="withdrawn")
    publisher.failed("It was stopped before it began.", "stopped early")
    return True
