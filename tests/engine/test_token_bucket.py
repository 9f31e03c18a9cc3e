"""Runs start at once as long as they are few, and share their reports when they are many."""

import pytest

from routing.engine.token_bucket import TokenBucket


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_as_many_as_come_in_a_minute_start_at_once(clock):
    bucket = TokenBucket(60, clock)
    for _ in range(60):
        assert bucket.wait_s() == 0
        bucket.take()
    assert bucket.wait_s() == pytest.approx(1.0)


def test_in_the_long_run_no_more_start_than_it_says(clock):
    bucket, started = TokenBucket(60, clock), 0
    for _ in range(6000):
        if bucket.wait_s() == 0:
            bucket.take()
            started += 1
        clock.now += 0.1
    assert 60 + 598 <= started <= 60 + 601


def test_it_never_owes_more_than_one_start(clock):
    bucket = TokenBucket(60, clock)
    for _ in range(200):
        bucket.take()
    clock.now += 1.01
    assert bucket.wait_s() == 0


def test_a_quiet_minute_fills_it_again_and_no_more(clock):
    bucket = TokenBucket(30, clock)
    for _ in range(30):
        bucket.take()
    clock.now += 3600
    for _ in range(30):
        assert bucket.wait_s() == 0
        bucket.take()
    assert bucket.wait_s() > 0
