"""Taking chosen jobs out of rq's queue."""

from collections.abc import Callable

import pytest
import redis

from worker.client import Client
from worker.contract import GENERATE_QUEUE, GenerateRequest, Turn
from worker.picking import Picker, parse_turn, read_turns
from worker.queue import Queue, open_queue

MakeRequest = Callable[..., GenerateRequest]


@pytest.fixture
def queue(connection: redis.Redis) -> Queue:
    return open_queue(GENERATE_QUEUE, connection)


async def test_servers_take_turns_in_the_queue(client: Client, queue: Queue, make_request: MakeRequest) -> None:
    requests = [make_request(server=server) for server in ("a", "a", "a", "b")]
    for request in requests:
        await client.submit(request)
    assert list(read_turns(queue)) == [request.job for request in requests]
    taken = Picker(queue, 8).pick(2, 0, ())
    assert taken == [requests[0].job, requests[3].job]
    assert queue.intermediate_queue.get_job_ids() == taken
    assert queue.job_ids == [requests[1].job, requests[2].job]


async def test_only_what_nobody_else_took_is_taken_ahead(
    client: Client, queue: Queue, make_request: MakeRequest
) -> None:
    picker, requests = Picker(queue, 8), [make_request(story=str(number)) for number in range(4)]
    for request in requests[:3]:
        await client.submit(request)
    assert picker.pick(1, 2, ()) == [requests[0].job]
    await client.submit(requests[3])
    assert picker.pick(0, 2, ()) == [requests[1].job, requests[2].job]
    assert picker.pick(-2, 2, ()) == []


async def test_two_pickers_never_take_the_same(client: Client, queue: Queue, make_request: MakeRequest) -> None:
    requests = [make_request(story=str(number)) for number in range(10)]
    for request in requests:
        await client.submit(request)
    one, other = Picker(queue, 8), Picker(queue, 8)
    seen = read_turns(queue)
    first = one.pick(5, 0, ())
    other._known = seen
    assert not set(first) & set(other.pick(5, 0, ()))
    assert other._taken([Turn(job=first[0])]) == []


@pytest.mark.parametrize("meta", [None, b"", b"[]", b"\x80\x04", b'{"words": "many"}', b'{"strange": 1}'])
def test_what_is_not_ours_is_a_plain_turn(meta: bytes | None) -> None:
    assert parse_turn("1", meta) == Turn(job="1")
