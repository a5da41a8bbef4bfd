"""The inbox: bounded, each sender by itself, and nothing in it for long."""

from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.inbox import KEPT_S, MAX_FROM_ONE, MAX_MESSAGES, Inbox, expire, put, take


def filled(*senders: str) -> Inbox:
    inbox = Inbox()
    for number, sender in enumerate(senders):
        inbox = put(inbox, peer=sender, address="", secure=False, body=bytes([number]), now=0.0) or inbox
    return inbox


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60))
def test_it_is_bounded_and_so_is_each_sender(senders: list[str]) -> None:
    messages = filled(*senders).messages
    assert len(messages) <= MAX_MESSAGES
    assert all(sum(message.peer == sender for message in messages) <= MAX_FROM_ONE for sender in senders)
    assert len({message.number for message in messages}) == len(messages)


def test_what_is_said_twice_is_kept_once() -> None:
    inbox = filled("a")
    assert put(inbox, peer="a", address="", secure=False, body=b"\x00", now=1.0) == inbox
    assert put(inbox, peer="a", address="", secure=True, body=b"\x00", now=1.0) != inbox


def test_what_is_taken_or_old_is_gone() -> None:
    inbox = filled("a", "b")
    left = take(inbox, inbox.messages[0].number)
    assert [message.peer for message in left.messages] == ["b"]
    assert take(left, 99) == left
    assert expire(left, KEPT_S - 1) == left
    assert expire(left, KEPT_S).messages == ()
