"""Introductions: through loss, repetition and disorder both ends trust each other; who stands between them shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.connection.trust.introduction import (
    ANSWER_S,
    COMPARE_S,
    LINGER_S,
    REPEAT_S,
    Admit,
    Compared,
    Effect,
    Event,
    GiveUp,
    KeyRefused,
    MessageHeard,
    Phase,
    Say,
    SayVerdict,
    ShowCode,
    Tick,
    VerdictHeard,
    begin,
    step,
)
from airhail.actors.connection.trust.messages import (
    Commit,
    Message,
    Reveal,
    Shown,
    Verdict,
    code_of,
    commitment,
    decode,
    encode,
    transcript,
)
from airhail.actors.reasons import Reason

# What stands for a proof here: that its maker has the keys of the pair is tested where it is made.
PROOF = bytes(32)


def shown(name: str, nonce: int = 0) -> bytes:
    key = name.encode().ljust(32, b"\x01")
    return encode(Shown(key, nonce.to_bytes(16, "big"), name, address="02:00:00:00:00:01"))


ALPHA = shown("alpha", 1)
BETA = shown("beta", 2)


@dataclass
class End:
    """One end: its core, what it wants to send, and what its user sees."""

    shown: bytes
    bonded: bool = False
    now: float = 0.0
    outbox: list[bytes] = field(default_factory=list)
    code: str = ""
    name: str = ""
    admitted: Admit | None = None
    reason: Reason | None = None
    ends: int = 0

    def __post_init__(self) -> None:
        self.state, effects = begin(self.shown, bonded=self.bonded, now=self.now)
        self._perform(effects)

    def take(self, event: Event) -> None:
        self.state, effects = step(self.state, event, self.now)
        self._perform(effects)

    def hear(self, body: bytes) -> None:
        message = decode(body)
        if isinstance(message, Verdict):
            if (message.mark, message.to) == (self.state.their_mark, self.state.mark):
                self.take(VerdictHeard(message.same, message.heard))
        elif message is not None:
            self.take(MessageHeard(message))

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (deadline := self.state.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.take(Tick())
        self.now = until

    def _perform(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Say(message):
                    self._send(message)
                case SayVerdict(same, heard):
                    self._send(Verdict(self.state.mark, self.state.their_mark, same, heard, PROOF))
                case ShowCode(code, theirs):
                    assert not self.code
                    self.code, self.name = code, theirs.name
                case Admit():
                    self.ends += 1
                    self.admitted = effect
                case GiveUp(reason):
                    self.ends += 1
                    self.reason = reason

    def _send(self, message: Message) -> None:
        body = encode(message)
        assert len(body) <= 400
        assert decode(body) == message
        self.outbox.append(body)


def exchange(one: End, other: End) -> None:
    """Deliver all that is said until nothing is."""
    while one.outbox or other.outbox:
        for sender, receiver in ((one, other), (other, one)):
            for body in sender.outbox[:]:
                sender.outbox.remove(body)
                receiver.hear(body)


def test_two_users_who_see_the_same_code_trust_each_other() -> None:
    alpha, beta = End(ALPHA), End(BETA)
    exchange(alpha, beta)
    assert alpha.code == beta.code
    assert len(alpha.code) == 6
    assert (alpha.name, beta.name) == ("beta", "alpha")
    assert alpha.admitted is beta.admitted is None
    alpha.take(Compared(True))
    exchange(alpha, beta)
    assert alpha.admitted is beta.admitted is None
    beta.take(Compared(True))
    exchange(alpha, beta)
    assert alpha.admitted is not None
    assert beta.admitted is not None
    assert alpha.admitted.salt == beta.admitted.salt
    assert (alpha.state.phase, beta.state.phase) == (Phase.OVER, Phase.OVER)


def test_over_a_bonded_carrier_nobody_is_asked() -> None:
    alpha, beta = End(ALPHA, bonded=True), End(BETA, bonded=True)
    exchange(alpha, beta)
    assert alpha.admitted is not None
    assert beta.admitted is not None


@pytest.mark.parametrize("words", [(True, False), (False, True), (False, False)])
def test_one_user_who_sees_another_code_is_enough(words: tuple[bool, bool]) -> None:
    alpha, beta = End(ALPHA), End(BETA)
    exchange(alpha, beta)
    for end, word in zip((alpha, beta), words, strict=True):
        end.take(Compared(word))
    exchange(alpha, beta)
    assert alpha.admitted is beta.admitted is None
    assert alpha.reason is beta.reason is Reason.CODES_NOT_CONFIRMED


def test_nobody_answers() -> None:
    alpha = End(ALPHA)
    alpha.wait(ANSWER_S)
    assert alpha.reason is Reason.NOT_INTRODUCED
    assert alpha.state.deadline is None
    assert len(alpha.outbox) <= ANSWER_S / REPEAT_S + 1


def test_a_user_who_says_nothing() -> None:
    alpha, beta = End(ALPHA), End(BETA)
    exchange(alpha, beta)
    alpha.take(Compared(True))
    for end in (alpha, beta):
        end.wait(COMPARE_S)
    assert alpha.reason is beta.reason is Reason.CODES_NOT_CONFIRMED


def test_a_key_of_no_use_ends_it() -> None:
    alpha, beta = End(ALPHA), End(BETA)
    exchange(alpha, beta)
    alpha.take(KeyRefused())
    assert alpha.reason is Reason.INTRODUCTION_BROKEN
    alpha.take(Compared(True))
    assert alpha.admitted is None


def test_what_was_not_committed_to_is_not_believed() -> None:
    alpha, beta = End(ALPHA), End(BETA)
    alpha.hear(beta.outbox[0])
    forged = Reveal(alpha.state.their_mark, alpha.state.mark, shown("mallory", 3))
    alpha.hear(encode(forged))
    assert alpha.code == ""
    assert alpha.state.ignored == 1
    alpha.hear(encode(Reveal(alpha.state.their_mark, alpha.state.mark, BETA)))
    assert alpha.name == "beta"


def test_an_end_shows_itself_only_to_the_first_that_committed_itself() -> None:
    alpha = End(ALPHA)
    assert [type(decode(body)) for body in alpha.outbox] == [Commit]
    alpha.hear(encode(Commit(commitment(BETA))))
    alpha.outbox.clear()
    alpha.hear(encode(Commit(commitment(shown("mallory", 3)))))
    alpha.wait(ANSWER_S)
    reveals = [message for body in alpha.outbox if isinstance(message := decode(body), Reveal)]
    assert reveals
    assert {message.to for message in reveals} == {commitment(BETA)[:8]}


def test_its_own_voice_is_nobodys() -> None:
    alpha = End(ALPHA)
    for body in alpha.outbox[:]:
        alpha.hear(body)
    assert alpha.state.their_commit == b""


def test_a_verdict_before_anything_is_shown_is_nothing() -> None:
    alpha = End(ALPHA)
    alpha.take(VerdictHeard(same=True, heard=True))
    alpha.take(Compared(True))
    assert alpha.state.phase is Phase.OFFERING


@given(st.data())
def test_whatever_is_lost_repeated_or_overtaken_both_end_alike(data: st.DataObject) -> None:
    bonded = data.draw(st.booleans())
    alpha, beta = End(ALPHA, bonded), End(BETA, bonded)
    on_the_way: list[tuple[End, bytes]] = []

    def collect() -> None:
        for sender, receiver in ((alpha, beta), (beta, alpha)):
            on_the_way.extend((receiver, body) for body in sender.outbox)
            sender.outbox.clear()

    for _ in range(data.draw(st.integers(0, 25))):
        collect()
        what = data.draw(st.sampled_from(["deliver", "repeat", "lose", "wait", "compare"]))
        match what:
            case "wait":
                for end in (alpha, beta):
                    end.wait(data.draw(st.sampled_from([0.1, REPEAT_S])))
            case "compare":
                if (end := data.draw(st.sampled_from([alpha, beta]))).code and not bonded:
                    end.take(Compared(True))
            case _ if on_the_way:
                place = data.draw(st.integers(0, len(on_the_way) - 1))
                receiver, body = on_the_way[place]
                if what != "lose":
                    receiver.hear(body)
                if what != "repeat":
                    del on_the_way[place]
    # From now on the air is good, and both users do their part.
    for receiver, body in on_the_way:
        receiver.hear(body)
    for _ in range(8):
        exchange(alpha, beta)
        for end in (alpha, beta):
            if end.code and not bonded and end.state.own_word is None:
                end.take(Compared(True))
            end.wait(REPEAT_S)
    assert alpha.code == beta.code != ""
    assert alpha.admitted is not None
    assert beta.admitted is not None
    assert alpha.admitted.salt == beta.admitted.salt
    assert (alpha.ends, beta.ends) == (1, 1)
    for end in (alpha, beta):
        end.wait(LINGER_S)
        assert end.state.phase is Phase.OVER


@given(st.binary(max_size=300), st.integers(0, 3))
def test_noise_changes_nothing_that_counts(noise: bytes, when: int) -> None:
    alpha, beta = End(ALPHA), End(BETA)
    for _ in range(when):
        for sender, receiver in ((alpha, beta), (beta, alpha)):
            for body in sender.outbox[:1]:
                sender.outbox.remove(body)
                receiver.hear(body)
    before = (alpha.state.phase, alpha.state.their_commit, alpha.state.theirs)
    alpha.hear(noise)
    assert (alpha.state.phase, alpha.state.their_commit, alpha.state.theirs) == before


@pytest.mark.parametrize(("mine", "other"), [(3, 4), (3, 3), (1, 2), (2**128 - 1, 5)])
def test_who_stands_between_shows_other_codes(mine: int, other: int) -> None:
    """Mallory is beta to alpha and alpha to beta, and sees all that alpha shows before she shows anything to beta."""
    alpha, beta = End(ALPHA), End(BETA)
    to_alpha, to_beta = shown("beta", mine), shown("alpha", other)
    alpha.hear(encode(Commit(commitment(to_alpha))))
    # Alpha has shown itself by now, and yet she cannot get beta to show itself before she is bound there, too.
    beta.wait(REPEAT_S)
    assert not any(isinstance(decode(body), Reveal) for body in beta.outbox)
    beta.hear(encode(Commit(commitment(to_beta))))
    alpha.hear(encode(Reveal(alpha.state.their_mark, alpha.state.mark, to_alpha)))
    beta.hear(encode(Reveal(beta.state.their_mark, beta.state.mark, to_beta)))
    assert alpha.code == code_of(transcript(ALPHA, to_alpha))
    assert beta.code == code_of(transcript(BETA, to_beta))
    # Once in a million they would be the same.
    assert alpha.code != beta.code


def test_codes_are_spread_over_all_digits() -> None:
    codes = {code_of(transcript(ALPHA, shown("beta", nonce))) for nonce in range(2000)}
    assert len(codes) > 1990
    assert {code[0] for code in codes} == set("0123456789")
