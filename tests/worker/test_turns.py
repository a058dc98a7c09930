"""Who comes next, as plain decisions."""

from collections import Counter

from worker.contract import Turn
from worker.turns import LONG_WORDS, Turns


def turn(job: str, server: str = "a", member: str = "1", words: int = 100, takes: int = 1) -> Turn:
    return Turn(job=job, server=server, member=member, words=words, takes=takes)


def order(waiting: list[Turn], slots: int = 8) -> list[str]:
    """Jobs in the order in which they get a slot that each frees at once."""
    turns, found = Turns(slots), []
    while (chosen := turns.choose(waiting, [])) is not None:
        waiting = [one for one in waiting if one.job != chosen.job]
        found.append(chosen.job)
    return found


def test_one_members_requests_keep_their_order() -> None:
    assert order([turn("1"), turn("2"), turn("3")]) == ["1", "2", "3"]


def test_servers_take_turns_however_much_one_asks() -> None:
    waiting = [turn(f"a{number}", "a") for number in range(4)] + [turn("b0", "b"), turn("b1", "b"), turn("c0", "c")]
    assert order(waiting) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


def test_members_of_a_server_take_turns() -> None:
    waiting = [turn("1", member="1"), turn("2", member="1"), turn("3", member="2"), turn("4", member="3")]
    assert order(waiting) == ["1", "3", "4", "2"]


def test_who_has_less_running_comes_first() -> None:
    turns = Turns(8)
    running = [turn("x", "a", takes=4), turn("y", "b")]
    chosen = turns.choose([turn("1", "a"), turn("2", "b"), turn("3", "c")], running)
    assert chosen is not None
    assert chosen.job == "3"
    chosen = turns.choose([turn("1", "a"), turn("2", "b")], running)
    assert chosen is not None
    assert chosen.job == "2"


def test_chapters_leave_room_for_short_requests() -> None:
    turns, running = Turns(8), []
    waiting = [turn(f"{number}", member=str(number), words=LONG_WORDS) for number in range(20)]
    while (chosen := turns.choose(waiting, running)) is not None:
        waiting.remove(chosen)
        running.append(chosen)
    assert len(running) == 6
    chosen = turns.choose([*waiting, turn("short", member="99")], running)
    assert chosen is not None
    assert chosen.job == "short"


def test_a_chapter_always_finds_a_place_in_the_end() -> None:
    chapter = turn("1", words=3000, takes=8)
    assert Turns(1).choose([chapter], []) == chapter
    assert Turns(4).choose([chapter], [turn("2")]) == chapter


def test_nobody_is_passed_over_for_long() -> None:
    servers = {"big": 300, "small": 3}
    waiting = [turn(f"{name}-{n}", name, str(n % 7)) for name, count in servers.items() for n in range(count)]
    first = Counter(job.split("-")[0] for job in order(waiting)[:6])
    assert first == {"big": 3, "small": 3}
