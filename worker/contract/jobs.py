"""The queues, what their jobs may name, and the ids of jobs."""

from __future__ import annotations

import time
import uuid

GENERATE_QUEUE = "generate"
TRAIN_QUEUE = "train"

GENERATE_FUNCTION = "worker.generate"
TRAIN_FUNCTION = "worker.train"
ALLOWED_FUNCTIONS = frozenset({GENERATE_FUNCTION, TRAIN_FUNCTION})
"""The only functions a job may name: labels, never imported. Jobs with another one, or with a callback, are refused."""


def new_job_id() -> str:
    """A fresh job id: sortable by time, 20 characters, so that with a part number it fits Discord's nonce of 25."""
    return f"{int(time.time() * 1000):011x}{uuid.uuid4().hex[:9]}"
