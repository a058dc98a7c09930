"""What the benchmark of serving makes of its measurements."""

import pytest

from greenbeard.bench.crowd import crowd, percentile
from greenbeard.bench.load_plot import Load, draw_load


def test_a_crowd_is_made_of_people_with_stories_of_their_own() -> None:
    requests = crowd(20, 60, 0)
    assert len({request.job for request in requests}) == len({request.story for request in requests}) == 20
    assert len({request.server for request in requests}) == 8


@pytest.mark.parametrize(
    ("values", "percent", "expected"), [([3.0], 95, 3.0), ([1.0, 2.0, 3.0], 50, 2.0), (list(range(101)), 95, 95)]
)
def test_percentiles(values: list[float], percent: int, expected: float) -> None:
    assert percentile(values, percent) == expected


def test_the_picture_shows_one_and_two_workers() -> None:
    points = [Load(workers, users, 100.0 * users, 0.1, 0.2) for workers in (1, 2) for users in (1, 4)]
    assert draw_load(points).startswith(b"\x89PNG")
