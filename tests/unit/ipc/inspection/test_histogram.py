import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.inspection.histogram import BUCKETS, Histogram, bound


@given(st.lists(st.floats(0, 1e6)))
def test_every_duration_is_counted_once_and_below_its_bound(durations: list[float]) -> None:
    histogram = Histogram()
    for seconds in durations:
        histogram.observe(seconds)
    document = histogram.document()
    assert document.count == len(durations)
    assert document.sum == pytest.approx(sum(durations))
    assert document.longest == max(durations, default=0.0)
    below = 0
    for limit, count in document.buckets:
        below += count
        if limit is not None:
            # Whole microseconds are counted, so a duration may lie above its bound by less than one.
            assert below == sum(1 for seconds in durations if int(seconds * 1e6) < limit * 1e6)
    assert below == len(durations)


def test_the_last_bucket_has_no_bound() -> None:
    histogram = Histogram()
    histogram.observe(0.0)
    histogram.observe(3600.0)
    assert histogram.document().buckets == [(1e-6, 1), (None, 1)]
    assert bound(BUCKETS - 2) == 2**25 / 1e6
