import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.exceptions import AbandonedJobError
from rq.timeouts import JobTimeoutException

from model.errors import BadCorpus, NotSaved
from worker.errors import UploadLost
from worker.failures import judge


@pytest.mark.parametrize(
    "error",
    [RedisConnectionError(), OSError(), AbandonedJobError(), JobTimeoutException(), SystemExit(), MemoryError()],
)
def test_what_may_pass_is_tried_again(error: BaseException) -> None:
    assert not judge(error).final


def test_a_process_that_died_again_and_again_may_have_had_too_little_memory() -> None:
    judgement = judge(AbandonedJobError())
    assert judgement.why == "stopped"
    assert "perhaps for want of memory" in judgement.message
    assert "fewer books" in judgement.message


def test_a_finished_model_that_cannot_be_written_is_tried_again_and_says_why() -> None:
    judgement = judge(NotSaved("The disk is full."))
    assert not judgement.final
    assert judgement.message == "The disk is full."


@pytest.mark.parametrize("error", [UploadLost("Gone."), BadCorpus("Gone.")])
def test_our_errors_are_final_and_speak_for_themselves(error: Exception) -> None:
    judgement = judge(error)
    assert judgement.final
    assert judgement.message == "Gone."


def test_a_defect_is_final_and_keeps_its_details_to_the_log() -> None:
    judgement = judge(KeyError("secret"))
    assert judgement.final
    assert "secret" not in judgement.message
