"""The closed list of symptoms: what is seen of a radio stack that is stuck, each with a sentence.

A reason says why one attempt failed; a symptom says what is wrong with the stack, and chooses what is done about it.
"""

import enum


class Symptom(enum.StrEnum):
    """What is wrong, the more telling first."""

    SUPPLICANT_GONE = "supplicant-gone"
    SUPPLICANT_SILENT = "supplicant-silent"
    DEVICE_STUCK = "device-stuck"
    DEVICE_BUSY = "device-busy"
    ZOMBIE_GROUP = "zombie-group"
    BLIND_FIND = "blind-find"
    DEADLOCK = "deadlock"
    FORMATION_FAILS = "formation-fails"
    UNANSWERED = "unanswered"
    RADIO_STUCK = "radio-stuck"
    UNSEEN = "unseen"
    LEAKED_INTERFACE = "leaked-interface"
    ENGINE_REPLACED = "engine-replaced"
    ENGINE_ELSEWHERE = "engine-elsewhere"
    DEAD_FIND = "dead-find"
    LIST_INCOMPLETE = "list-incomplete"
    PEER_UNHEARD = "peer-unheard"
    LOST_SIGHT = "lost-sight"


SEEN: dict[Symptom, str] = {
    Symptom.SUPPLICANT_GONE: "NetworkManager runs without wpa_supplicant, and did not start it again.",
    Symptom.SUPPLICANT_SILENT: "wpa_supplicant is there but does not answer.",
    Symptom.DEVICE_STUCK: "NetworkManager's Wi-Fi Direct device stays unavailable although wpa_supplicant is there.",
    Symptom.DEVICE_BUSY: "NetworkManager does not take down an activation that was ended.",
    Symptom.ZOMBIE_GROUP: "A group runs that NetworkManager knows nothing of.",
    Symptom.BLIND_FIND: "The peer calls this host, and the find does not see it.",
    Symptom.DEADLOCK: "Both ends ask for the link and each ignores the other's request.",
    Symptom.FORMATION_FAILS: "The ends agreed more than once, and the group did not form.",
    Symptom.UNANSWERED: "The peer is seen, and repeated requests got no answer.",
    Symptom.RADIO_STUCK: "A link was up over which nothing came any more, although the peer was there.",
    Symptom.UNSEEN: "The peer was looked for in vain.",
    Symptom.LEAKED_INTERFACE: "The interface of a group that is over was left behind, down.",
    Symptom.ENGINE_REPLACED: "wpa_supplicant was started anew and knows nothing of the find.",
    Symptom.ENGINE_ELSEWHERE: "The P2P engine belongs to another adapter than the one in use.",
    Symptom.DEAD_FIND: "The find ended before its time.",
    Symptom.LIST_INCOMPLETE: "NetworkManager's list lacks a peer that wpa_supplicant knows.",
    Symptom.PEER_UNHEARD: "A peer that called this host is not in its list.",
    Symptom.LOST_SIGHT: "Every peer vanished at once while the find should be running.",
}
