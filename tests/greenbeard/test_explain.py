"""Every exception becomes one line, and says whether a traceback could tell more."""

from __future__ import annotations

import errno
import os

import pytest

from greenbeard.errors import NotReady
from greenbeard.explain import explain


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EROFS, "set GREENBEARD_HOME"),
        (errno.ENOTDIR, "a file is where a folder should be"),
        (errno.EMFILE, ""),
    ],
)
def test_a_refusal_of_the_system_names_place_reason_and_remedy(number: int, advice: str) -> None:
    end = explain(OSError(number, os.strerror(number), "/some/where"))
    assert end.message.startswith(f"/some/where: {os.strerror(number)}")
    assert advice in end.message
    assert end.code == 1


def test_what_nobody_foresaw_names_its_type_and_how_to_learn_more() -> None:
    end = explain(ZeroDivisionError("by zero"))
    assert end.message == (
        "something went wrong inside Greenbeard: ZeroDivisionError: by zero; "
        "set GREENBEARD_LOG_LEVEL=debug to see where"
    )
    assert not end.expected


def test_a_group_of_one_is_what_is_in_it() -> None:
    assert explain(ExceptionGroup("tasks", [NotReady("Start it.")])) == explain(NotReady("Start it."))


def test_a_closed_pipe_is_left_in_silence() -> None:
    assert explain(BrokenPipeError(errno.EPIPE, "Broken pipe")).message == ""
