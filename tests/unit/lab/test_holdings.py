import os
from collections import Counter

from tests.lab.guest.holdings import Holdings, descriptors, tree_of

BEFORE = Holdings(Counter({"discovery": 1}), Counter({"discovery": 9}), (), ())


def test_what_is_held_as_before_is_no_leak() -> None:
    assert not BEFORE.beyond(BEFORE)


def test_each_leak_is_told_with_its_name_and_figures() -> None:
    now = Holdings(
        Counter({"discovery": 2}), Counter({"discovery": 10}), ("airhail 0 02:00:00:00:00:01",), ("p2p-wlan0-3",)
    )
    assert now.beyond(BEFORE) == [
        "discovery: 2 processes, 1 at the start",
        "discovery: 10 descriptors, 9 at the start",
        "the profile 'airhail 0 02:00:00:00:00:01' is left",
        "the interface p2p-wlan0-3 is left",
    ]


def test_what_is_missing_is_told_too() -> None:
    assert Holdings(Counter(), Counter(), (), ()).beyond(BEFORE) == [
        "discovery: 0 processes, 1 at the start",
        "discovery: 0 descriptors, 9 at the start",
    ]


def test_a_process_is_the_root_of_its_own_tree() -> None:
    assert os.getpid() in tree_of(os.getpid())
    assert tree_of(os.getppid())[os.getpid()] == tree_of(os.getpid())[os.getpid()]
    assert descriptors(os.getpid()) >= 3
