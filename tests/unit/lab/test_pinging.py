from tests.lab.guest.pinging import outside, spans


def test_a_scan_lasts_from_its_beginning_to_its_end() -> None:
    assert spans([(1.0, True), (1.5, True), (2.0, False), (3.0, False), (4.0, True)], 9.0) == [(1.0, 2.0), (4.0, 9.0)]


def test_pings_that_a_scan_may_have_cost_are_not_judged() -> None:
    # Sent at 100.0, 100.1 and so on; the scan begins with the fifth and ends with the eighth.
    assert list(outside(12, 100.0, [(100.4, 100.7)])) == [1, 2, 11, 12]
    assert list(outside(3, 100.0, [])) == [1, 2, 3]
