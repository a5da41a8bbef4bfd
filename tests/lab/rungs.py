"""The rungs that `scripts/lab rungs` measures, and the stuck states that it measures them in. Pure.

Read outside (what may be asked for, what a table is made of) and in the guest (`guest/stuck.py`, `guest/cures.py`).
"""

# Where "active" stands for the end that called last and "passive" for the one that was called.
STATES = {
    "one-alone": "one end called alone for 45 s",
    "both-alone": "one end called alone for 45 s, then the other did",
    "one-alone-twice": "one end called alone for 45 s, twice",
    "find-during": "both called at once, and finds by another program killed the negotiation at both ends",
    "late-group": "a group that NetworkManager ignores stays at the passive end",
}

RUNGS = {
    "none": "nothing: both just try again",
    "deactivate": "Device.Disconnect at both ends, with nothing activated",
    "find-both": "StopFind, StartFind and 5 s at both ends",
    "find-passive": "StopFind, StartFind and 5 s at the passive end",
    "find-active": "StopFind, StartFind and 5 s at the active end",
    "dance": "at both ends: StopFind, 5 s, activate, StopFind in the middle of the call, deactivate",
    "quiet": "StopFind at both ends, then nothing for 75 s",
    "flush-both": "wpa_supplicant's Flush at both ends",
    "flush-passive": "wpa_supplicant's Flush at the passive end",
    "flush-active": "wpa_supplicant's Flush at the active end",
    "remove-groups": "each p2p-* interface that is left, removed at both ends",
    "managed": "the parent Wi-Fi device's Managed off and on at both ends",
    "supplicant-both": "wpa_supplicant killed at both ends; NetworkManager starts it again",
    "supplicant-passive": "wpa_supplicant killed at the passive end",
}
