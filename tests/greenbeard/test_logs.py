"""Logs tell what happened, and nothing that members wrote."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import ValidationError

from bot.ledger import Owed
from bot.stories import WAITS, Written
from greenbeard.logs import LogFormat, configure_logs
from worker.contract import GenerateRequest, Passage

SECRET = "The door opened."


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root, discord = logging.getLogger(), logging.getLogger("discord")
    before = root.handlers, root.level, discord.level
    yield io.StringIO()
    root.handlers = before[0]
    root.setLevel(before[1])
    discord.setLevel(before[2])
    structlog.reset_defaults()


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("level", ["debug", "warning"])
def test_what_libraries_know_of_requests_stays_out(logged: io.StringIO, form: LogFormat, level: str) -> None:
    configure_logs(level, form, logged)
    logging.getLogger("discord.http").debug("POST with %s", SECRET)
    logging.getLogger("discord.gateway").info("connected")
    extra = {"arguments": [{"prompt": SECRET}], "job_id": "0123", "queue": "generate"}
    logging.getLogger("rq.worker").error("a job failed", extra=extra)
    told = logged.getvalue()
    assert SECRET not in told and "a job failed" in told and "0123" in told
    assert ("connected" in told) == (level == "debug")


def test_records_that_cannot_be_read_are_not_quoted() -> None:
    for model in (GenerateRequest, Passage, Owed, Written):
        with pytest.raises(ValidationError) as caught:
            model.model_validate({"prompt": SECRET, "text": SECRET, "request": {"prompt": SECRET}})
        assert SECRET not in str(caught.value)
    with pytest.raises(ValidationError) as caught:
        WAITS.validate_python({"kind": "written", "text": SECRET})
    assert SECRET not in str(caught.value)
