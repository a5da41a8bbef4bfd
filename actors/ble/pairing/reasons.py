"""The closed list of reasons why two devices have not bonded, each with a sentence and what to do next."""

import enum

from airhail.actors.reasons import Explanation


class PairingReason(enum.StrEnum):
    """Why there is no bond."""

    NO_SUCH_DEVICE = "no-such-device"
    SEVERAL_DEVICES = "several-devices"
    NOBODY_CAME = "nobody-came"
    REFUSED_HERE = "refused-here"
    REFUSED_THERE = "refused-there"
    NO_ANSWER_HERE = "no-answer-here"
    NO_ANSWER_THERE = "no-answer-there"
    NOT_COMPARED = "not-compared"
    BOND_LOST = "bond-lost"
    BLUETOOTH_LOST = "bluetooth-lost"
    PAIRING_FAILED = "pairing-failed"


EXPLANATIONS: dict[PairingReason, Explanation] = {
    PairingReason.NO_SUCH_DEVICE: Explanation(
        "No such device was found nearby.",
        "Run `airhail pair` at the other device, bring the two closer, and check the name or the address.",
    ),
    PairingReason.SEVERAL_DEVICES: Explanation(
        "Several devices nearby have this name.",
        "Name the one that is meant by its Bluetooth address.",
    ),
    PairingReason.NOBODY_CAME: Explanation(
        "Nobody paired with this host in time.",
        "Run `airhail pair` here and `airhail pair NAME`, with this host's name, at the other device.",
    ),
    PairingReason.REFUSED_HERE: Explanation(
        "It was refused at this end.",
        "If the numbers differed, somebody else is in between: try again elsewhere. If not, just try again.",
    ),
    PairingReason.REFUSED_THERE: Explanation(
        "The other device refused, or gave up.",
        "Run `airhail pair` at both ends again, and answer the question at both.",
    ),
    PairingReason.NO_ANSWER_HERE: Explanation(
        "Nobody at this end answered the question in time.",
        "Run `airhail pair` at both ends again; there are 25 seconds to compare the numbers.",
    ),
    PairingReason.NO_ANSWER_THERE: Explanation(
        "The other device did not answer in time.",
        "Run `airhail pair` at both ends again, and answer the question at both.",
    ),
    PairingReason.NOT_COMPARED: Explanation(
        "The other device wanted a bond without any comparison, and airhail has no use for such a one.",
        "Pair by `airhail pair` at both ends, not by a desktop's settings.",
    ),
    PairingReason.BOND_LOST: Explanation(
        "One of the two devices has a bond that the other has lost.",
        "Name each the other, and have both forget it: `airhail pair --again NAME` at both ends.",
    ),
    PairingReason.BLUETOOTH_LOST: Explanation(
        "Bluetooth went away at this end, or cannot be used.",
        "`airhail status` says what is wrong with ble; mend it and pair again.",
    ),
    PairingReason.PAIRING_FAILED: Explanation(
        "The Bluetooth stack could not pair the two.",
        "Try again; if it stays so, look at `journalctl -u bluetooth` at both ends.",
    ),
}
