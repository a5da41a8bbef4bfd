"""The plan: who moves first, how the other follows, which rung comes before, the addresses, and the channel.

The proposer makes it from both offers, and both ends read the same in it.
"""

from collections.abc import Sequence

from airhail.actors.channels import operating_class
from airhail.actors.connection.hail.events import Here, Plan
from airhail.actors.connection.hail.messages import MAX_TRIED, Go, Offer, Tier, fitting_name
from airhail.actors.connection.hail.networks import ends
from airhail.actors.connection.ladder.ladder import LADDER, Rung
from airhail.actors.connection.links.link import FOLLOW_S, STAGGER_S
from airhail.actors.reasons import Reason

# Measured in the lab with a random pause before: the second end 1 s after the first linked 40 times in 40, in 3.4 s
# (median, both activated); 2 s after 40 in 40, in 4.2 s; 0.3 s after 39 in 40; at the same instant 35 in 40. FOLLOW_S
# after the ring: 40 in 40, in 3.6 s.
AFTER_S = 1.0

# The rungs that two ends perform together: they clear what each holds about the other, disturb nobody's Wi-Fi, and
# are done within the time that PREPARING allows.
TOGETHER = (Rung.RENEW_FIND, Rung.CLEAR_FLAGS, Rung.FLUSH)
# How it ends when each end ignores the other, or they lose each other while the group forms.
ESTRANGED = frozenset({Reason.PEER_NEVER_ANSWERED, Reason.NEGOTIATION_FAILED, Reason.FORMATION_FAILED})


def plan_of_proposer(session: bytes, own: Offer, theirs: Offer, network: str) -> Plan:
    """Make the plan for a proposal that was accepted."""
    failed = bool(own.tried or theirs.tried)
    pair = ends(network, own.address, theirs.address)
    return Plan(
        session=session,
        address=theirs.address,
        name=theirs.name,
        first=moves_first(own, theirs),
        # What a failure leaves at both ends loses the request that comes 0.3 s after the ring (3 in 3 in the lab),
        # and none that comes 2 s after.
        after=STAGGER_S if failed else AFTER_S,
        ring_after=STAGGER_S if failed else FOLLOW_S,
        rung=common_rung(own, theirs),
        own_ip=pair.own,
        peer_ip=pair.peer,
        frequency=steers_to(own, theirs),
    )


def plan_of_answerer(session: bytes, own: Offer, theirs: Offer, network: str, go: Go) -> Plan:
    """Read the plan that the proposer made; a rung that is not ours to perform together counts as none."""
    pair = ends(network, own.address, theirs.address)
    rung = Rung(go.rung) if go.rung in TOGETHER else None
    return Plan(
        session=session,
        address=theirs.address,
        name=theirs.name,
        first=go.first,
        after=go.after_ms / 1000,
        ring_after=go.ring_ms / 1000,
        rung=rung if rung in within_rights(own.tier) else None,
        own_ip=pair.own,
        peer_ip=pair.peer,
        frequency=steers_to(own, theirs),
    )


def go_of(plan: Plan, *, ready: bool) -> Go:
    """Tell the other end the plan."""
    after_ms, ring_ms = round(plan.after * 1000), round(plan.ring_after * 1000)
    return Go(plan.session, not plan.first, after_ms, ring_ms, plan.rung.value if plan.rung else "", ready)


def moves_first(own: Offer, theirs: Offer) -> bool:
    """Tell whether the end with *own* moves first; for the other end the answer is the opposite.

    Who hears wpa_supplicant's ring has a second way to know that the first one moved, and follows. Else the lower P2P
    address moves first, as without a hail.
    """
    hears, other_hears = own.tier is not Tier.USER, theirs.tier is not Tier.USER
    return other_hears if hears != other_hears else own.address < theirs.address


def steers_to(own: Offer, theirs: Offer) -> int:
    """Choose where the end with *own* forms the group if it becomes the owner, in MHz; 0 when it is all the same.

    That is where the other end's Wi-Fi is, so that its radio need not be on two channels. For an end that has Wi-Fi
    wpa_supplicant sees to that by itself.
    """
    if own.frequency or own.tier is Tier.USER or operating_class(theirs.frequency) is None:
        return 0
    return theirs.frequency


def common_rung(own: Offer, theirs: Offer) -> Rung | None:
    """Choose the rung that both perform first: the harder one that was wished for and is within both ends' rights.

    Without a wish there is none at first: after a failure, two ends that find afresh and try again 2 s apart linked
    48 times in 50 (docs/recovery.md). Once that has failed too, what clears both ends' marks.
    """
    allowed = within_rights(own.tier) & within_rights(theirs.tier)
    wished = [rung for rung in TOGETHER if rung in allowed and rung in (own.rung, theirs.rung)]
    if wished:
        return wished[-1]
    if not (_twice(own.tried) or _twice(theirs.tried)):
        return None
    return Rung.FLUSH if Rung.FLUSH in allowed else Rung.CLEAR_FLAGS


def within_rights(tier: Tier) -> frozenset[Rung]:
    """Return the rungs of TOGETHER that an end of *tier* can perform."""
    return frozenset(rung for rung in TOGETHER if LADDER[rung].needs <= list(Tier).index(tier))


def _twice(tried: Sequence[str]) -> bool:
    return len(tried) > 1 and ESTRANGED.issuperset(tried[-2:])


def offer(here: Here, tried: Sequence[str] = (), rung: str = "") -> Offer:
    """Say what this host brings to a link."""
    words = tuple(map(str, tried))[-MAX_TRIED:]
    return Offer(here.address, fitting_name(here.name), here.tier, words, str(rung), here.frequency)
