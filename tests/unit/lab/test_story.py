from tests.lab.story import Said, Story, read, tell

AIRHAIL = """\
1800000079.838117: 08:01:19 INFO    connection: Activate(peer='02:00:00:00:01:00', device='/d/3', path='/p/1')
Traceback (most recent call last):
1800000081.550435: 08:01:21 INFO    connection: GroupStarted(role='GO')
1800000081.550992: 08:01:21 INFO    connection: DropFind()
"""


def test_a_log_is_read_without_its_own_times_and_without_what_has_none() -> None:
    said = list(read("alpha/airhail", AIRHAIL))
    assert [one.at for one in said] == [1800000079.838117, 1800000081.550435, 1800000081.550992]
    assert said[2] == Said(1800000081.550992, "alpha/airhail", "connection: DropFind()")


def test_what_matters_is_told_in_words() -> None:
    told = [tell(one) for one in read("alpha/airhail", AIRHAIL)]
    assert told == [
        ("alpha", "asks NetworkManager for a link with 02:00:00:00:01:00"),
        ("alpha", "is in the group, as its owner"),
        None,
    ]


def test_the_lab_speaks_for_a_host_or_for_both() -> None:
    up = Said(2.0, "lab", "beta is up: P2P device address 02:00:00:00:01:00")
    assert tell(up) == ("beta", "has a Wi-Fi Direct radio: 02:00:00:00:01:00")
    assert tell(Said(3.0, "lab", "phase peers began")) == ("", "who is near?  $ airhail peers")


def test_the_same_words_in_another_log_mean_nothing() -> None:
    assert tell(Said(2.0, "alpha/nm", "connection: GroupStarted(role='GO')")) is None


def test_lines_are_told_in_order_though_the_logs_are_read_one_after_the_other() -> None:
    story = Story()
    ready = "supervisor: every actor is ready"
    # The second log was read later, so it is further on: what lies between may still come from the first.
    assert story.add([Said(10.0, "alpha/airhail", ready), Said(12.0, "beta/airhail", ready)]) == []
    told = story.add([Said(11.0, "gamma/airhail", ready), Said(13.0, "alpha/airhail", ready)])
    assert told == [
        "   0.00 s  alpha  airhail runs, every actor is ready",
        "   1.00 s  gamma  airhail runs, every actor is ready",
        "   2.00 s  beta   airhail runs, every actor is ready",
    ]
    assert story.end() == ["   3.00 s  alpha  airhail runs, every actor is ready"]
    assert story.end() == []
