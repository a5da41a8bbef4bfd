"""The closed list of reasons why there is no link, each with a sentence and what to do next.

A reason is an identifier that programs may compare; the sentence and the advice are for people.
Nothing in airhail reports a failure without one of these.
"""

import enum
from dataclasses import dataclass


class Reason(enum.StrEnum):
    """Why a link failed or cannot be tried."""

    NO_RADIO = "no-radio"
    RADIO_OFF = "radio-off"
    RADIO_UNMANAGED = "radio-unmanaged"
    RADIO_UNAVAILABLE = "radio-unavailable"
    RADIO_LOST = "radio-lost"
    RADIO_IN_USE = "radio-in-use"
    NETWORKMANAGER_GONE = "networkmanager-gone"
    NETWORKMANAGER_SILENT = "networkmanager-silent"
    SUPPLICANT_GONE = "supplicant-gone"
    NOT_PERMITTED = "not-permitted"
    DISCOVERY_GONE = "discovery-gone"
    PEER_NOT_FOUND = "peer-not-found"
    PEER_NEVER_ANSWERED = "peer-never-answered"
    NEGOTIATION_FAILED = "negotiation-failed"
    FORMATION_FAILED = "formation-failed"
    NO_ADDRESS = "no-address"
    PEER_LEFT = "peer-left"
    PEER_SILENT = "peer-silent"
    RADIO_STUCK = "radio-stuck"
    ONE_WAY = "one-way"
    ENDED_HERE = "ended-here"
    TAKEN_OVER = "taken-over"
    FIND_REFUSED = "find-refused"
    ACTIVATION_REFUSED = "activation-refused"
    NO_CARRIER = "no-carrier"
    HAIL_UNANSWERED = "hail-unanswered"
    HAIL_VERSION = "hail-version"
    HAIL_LOST = "hail-lost"
    PEER_DECLINED = "peer-declined"
    PEER_ASKED_IN_VAIN = "peer-asked-in-vain"
    PEER_BUSY = "peer-busy"
    PEER_WITHOUT_RADIO = "peer-without-radio"
    PEER_WITHDREW = "peer-withdrew"
    PEER_GAVE_UP = "peer-gave-up"
    PEER_NOT_TOLD = "peer-not-told"
    NOT_READY = "not-ready"
    IDENTITY_UNUSABLE = "identity-unusable"
    TRUST_UNREADABLE = "trust-unreadable"
    NOT_INTRODUCED = "not-introduced"
    CODES_NOT_CONFIRMED = "codes-not-confirmed"
    INTRODUCTION_BROKEN = "introduction-broken"
    KEY_CHANGED = "key-changed"
    NO_NETWORK = "no-network"
    CALLS_UNHEARD = "calls-unheard"
    BLUEZ_GONE = "bluez-gone"
    NO_BLUETOOTH = "no-bluetooth"
    BLUETOOTH_OFF = "bluetooth-off"
    BLUETOOTH_REFUSED = "bluetooth-refused"
    NO_PROBES = "no-probes"


# Reasons that last until a person does something, mostly on this host: nothing is gained by waiting for a retry.
NEEDS_PERSON = frozenset(
    {
        Reason.NO_RADIO,
        Reason.RADIO_OFF,
        Reason.RADIO_UNMANAGED,
        Reason.NETWORKMANAGER_GONE,
        Reason.NOT_PERMITTED,
        # It lies with the other end's user, and so would every further call.
        Reason.PEER_DECLINED,
        Reason.IDENTITY_UNUSABLE,
        Reason.TRUST_UNREADABLE,
        Reason.NOT_INTRODUCED,
        Reason.CODES_NOT_CONFIRMED,
        Reason.INTRODUCTION_BROKEN,
        Reason.KEY_CHANGED,
        Reason.BLUEZ_GONE,
        Reason.NO_BLUETOOTH,
        Reason.BLUETOOTH_OFF,
    }
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a reason means and what a person can do about it."""

    sentence: str
    advice: str


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.NO_RADIO: Explanation(
        "NetworkManager offers no Wi-Fi Direct device on this host.",
        "Plug in or enable a Wi-Fi adapter whose driver can do P2P (`iw list` shows P2P-client and P2P-GO).",
    ),
    Reason.RADIO_OFF: Explanation(
        "Wi-Fi is switched off on this host.",
        "Switch it on: `nmcli radio wifi on`, or the laptop's Wi-Fi key (`rfkill list` tells which).",
    ),
    Reason.RADIO_UNMANAGED: Explanation(
        "NetworkManager does not manage the Wi-Fi Direct device.",
        "Let it: `nmcli device set WLAN managed yes` for the Wi-Fi adapter, and look for `unmanaged-devices` "
        "in NetworkManager's configuration.",
    ),
    Reason.RADIO_UNAVAILABLE: Explanation(
        "The Wi-Fi Direct device is not ready: NetworkManager waits for wpa_supplicant.",
        "Usually over in seconds; if not, look at `journalctl -u wpa_supplicant`, or switch Wi-Fi off and on.",
    ),
    Reason.RADIO_LOST: Explanation(
        "The radio went away while it was in use.",
        "Plug the adapter back in or switch Wi-Fi on again; airhail goes on by itself then.",
    ),
    Reason.RADIO_IN_USE: Explanation(
        "The radio is in use by another Wi-Fi Direct connection, and it carries one at a time.",
        "End the other connection (`nmcli connection show --active` names it); airhail goes on by itself then.",
    ),
    Reason.NETWORKMANAGER_GONE: Explanation(
        "NetworkManager is not running.",
        "Start it: `systemctl start NetworkManager`; airhail goes on by itself then.",
    ),
    Reason.NETWORKMANAGER_SILENT: Explanation(
        "NetworkManager is there but does not answer.",
        "It may be stuck: `journalctl -u NetworkManager`; if it stays so, `systemctl restart NetworkManager`.",
    ),
    Reason.SUPPLICANT_GONE: Explanation(
        "wpa_supplicant is not running or ended in the middle.",
        "NetworkManager normally starts it; if not: `systemctl start wpa_supplicant`.",
    ),
    Reason.NOT_PERMITTED: Explanation(
        "NetworkManager does not permit this user to use Wi-Fi Direct.",
        "Run airhail from an active desktop session or as root, or add a polkit rule for "
        "org.freedesktop.NetworkManager.network-control and .wifi.scan.",
    ),
    Reason.DISCOVERY_GONE: Explanation(
        "airhail's own discovery actor does not answer.",
        "The supervisor restarts it; `airhail status` shows its last exit.",
    ),
    Reason.PEER_NOT_FOUND: Explanation(
        "The peer was not seen nearby.",
        "Bring the devices closer and make the other one visible: run `airhail connect` there too "
        "(a phone: open its Wi-Fi Direct settings).",
    ),
    Reason.PEER_NEVER_ANSWERED: Explanation(
        "The peer is near but did not answer the request for a link.",
        "Ask for the link at the other end too: `airhail connect` there (a phone: accept the invitation).",
    ),
    Reason.NEGOTIATION_FAILED: Explanation(
        "The two devices could not agree who owns the group.",
        "airhail tries again by itself; if it goes on, run `airhail disconnect` and `connect` at both ends.",
    ),
    Reason.FORMATION_FAILED: Explanation(
        "The devices agreed, but the Wi-Fi Direct group was not formed.",
        "airhail tries again by itself; if it goes on, move both devices off other Wi-Fi networks and retry.",
    ),
    Reason.NO_ADDRESS: Explanation(
        "The group is up, but the peer answers at no IP address.",
        "The group's owner hands them out with dnsmasq: install `dnsmasq-base` at both ends and check the firewall.",
    ),
    Reason.PEER_LEFT: Explanation(
        "The link was up and the peer ended it or went out of reach.",
        "airhail tries again by itself; `airhail disconnect` gives the wish up.",
    ),
    Reason.PEER_SILENT: Explanation(
        "The link was up, and then nothing came from the peer any more, not even what its radio answers by itself.",
        "It is off, asleep or out of reach; airhail tries again by itself.",
    ),
    Reason.RADIO_STUCK: Explanation(
        "The link was up and the peer is still near, but nothing gets through to its system any more.",
        "airhail makes the link anew by itself; if it comes again, switch Wi-Fi off and on at both ends.",
    ),
    Reason.ONE_WAY: Explanation(
        "The link worked in one direction only: the peer is heard and does not hear this host.",
        "airhail makes the link anew by itself; bring the devices closer if it comes again.",
    ),
    Reason.ENDED_HERE: Explanation(
        "Somebody ended the link on this host, through NetworkManager.",
        "`airhail disconnect` gives the wish up for good; otherwise airhail links again.",
    ),
    Reason.TAKEN_OVER: Explanation(
        "Another program took the radio for a connection of its own.",
        "`nmcli connection show --active` names it; end it there, and airhail goes on by itself.",
    ),
    Reason.FIND_REFUSED: Explanation(
        "NetworkManager refused to look for peers.",
        "Its log says why: `journalctl -u NetworkManager`; airhail asks again by itself.",
    ),
    Reason.ACTIVATION_REFUSED: Explanation(
        "NetworkManager refused to activate the link.",
        "Its log says why: `journalctl -u NetworkManager`.",
    ),
    Reason.NO_CARRIER: Explanation(
        "The peer cannot be called: there is no Bluetooth way to it and no network that both are on.",
        "Switch Bluetooth on at both ends (`bluetoothctl power on`), or ask for the link at both ends.",
    ),
    Reason.HAIL_UNANSWERED: Explanation(
        "The peer was called and did not answer.",
        "See that it is near, awake and runs airhail: `airhail status` there. In a network the clocks of the two "
        "must agree to a quarter of an hour (`date`). airhail calls again by itself.",
    ),
    Reason.HAIL_VERSION: Explanation(
        "The peer's airhail speaks another version of the hail.",
        "Bring both ends to the same release: `airhail --version` tells which.",
    ),
    Reason.HAIL_LOST: Explanation(
        "Both ends agreed to link, and then lost touch: the peer fell silent or was started anew.",
        "airhail calls again by itself; if it goes on, bring the devices closer.",
    ),
    Reason.PEER_DECLINED: Explanation(
        "The peer does not want the link: its user declined, or it takes no calls from this host.",
        "Ask its user to `airhail accept`, or to allow this host with `airhail trust`; then connect again.",
    ),
    Reason.PEER_ASKED_IN_VAIN: Explanation(
        "The peer asked its user, who did not answer.",
        "Have somebody there to `airhail accept` the next call; airhail calls again by itself.",
    ),
    Reason.PEER_BUSY: Explanation(
        "The peer's radio is in use for another link, and it carries one at a time.",
        "End the other link there, or wait: airhail calls again by itself.",
    ),
    Reason.PEER_WITHOUT_RADIO: Explanation(
        "The peer has no Wi-Fi Direct radio that is ready.",
        "`airhail status` there tells why; airhail calls again by itself.",
    ),
    Reason.PEER_WITHDREW: Explanation(
        "The peer gave up its wish for the link.",
        "`airhail connect` there asks for it anew; airhail calls again by itself.",
    ),
    Reason.PEER_GAVE_UP: Explanation(
        "Both ends agreed to link, and the peer's attempt failed.",
        "The peer's own reason stands in parentheses; airhail tries again by itself.",
    ),
    Reason.PEER_NOT_TOLD: Explanation(
        "This host moved first and could not tell the peer, which has no other way to notice.",
        "airhail tries again by itself; if it goes on, bring the devices closer or let both talk to wpa_supplicant.",
    ),
    Reason.NOT_READY: Explanation(
        "Both ends agreed to link, and one of them did not get ready in time.",
        "airhail tries again by itself; `airhail doctor` there (at the end in parentheses) tells why.",
    ),
    Reason.IDENTITY_UNUSABLE: Explanation(
        "The key of this host cannot be used, so no peer can be hailed, and none is heard.",
        "Put back a copy of the file, `chmod 600` it and restart airhail. If it is lost for good, move what is left "
        "of it away, restart airhail, and `airhail trust forget` every peer: with the last a new key is made, with "
        "which this host must be introduced to each of them again.",
    ),
    Reason.TRUST_UNREADABLE: Explanation(
        "The list of trusted peers cannot be used, so no peer can be hailed, and none is heard.",
        "Put back a copy of the file and `chmod 600` it. If it is lost for good, move it away, restart airhail and "
        "introduce every peer again.",
    ),
    Reason.NOT_INTRODUCED: Explanation(
        "Nobody answered who wants to be introduced to this host.",
        "Begin at both ends within a minute of each other: `airhail trust` with the other's name, there and here, "
        "both in one network, or bonded and near each other.",
    ),
    Reason.CODES_NOT_CONFIRMED: Explanation(
        "The two codes were not found to be the same at both ends, so neither trusts the other.",
        "Begin anew at both ends. If the codes differ again, somebody stands between the two: use another network.",
    ),
    Reason.INTRODUCTION_BROKEN: Explanation(
        "The other host showed a key with which no secret can be shared.",
        "It is no airhail, or damaged: begin anew; if it stays so, do not trust it.",
    ),
    Reason.KEY_CHANGED: Explanation(
        "A host with another key says that it is a peer which is trusted already; it was refused.",
        "If that peer's airhail was installed anew, `airhail trust forget` it and introduce it again. If not, "
        "somebody else uses its address: do not trust that host.",
    ),
    Reason.NO_NETWORK: Explanation(
        "This host is in no network through which a peer could be called.",
        "Nothing needs to be done where Bluetooth calls; else join one network at both ends, by cable or Wi-Fi.",
    ),
    Reason.CALLS_UNHEARD: Explanation(
        "No calls can be heard in the networks of this host, so no peer can call it there; it can call.",
        "UDP port 26484 is airhail's: `ss -lunp sport = 26484` names another program that has it; airhail tries "
        "again by itself.",
    ),
    Reason.BLUEZ_GONE: Explanation(
        "BlueZ, the Bluetooth daemon, is not running, so no peer can be woken over Bluetooth.",
        "Start it: `systemctl start bluetooth`; airhail goes on by itself then.",
    ),
    Reason.NO_BLUETOOTH: Explanation(
        "This host has no Bluetooth adapter that can be used.",
        "Plug in or enable one that can do Bluetooth LE (`bluetoothctl list`), or correct `adapter` under `[ble]`.",
    ),
    Reason.BLUETOOTH_OFF: Explanation(
        "Bluetooth is switched off on this host.",
        "Switch it on: `bluetoothctl power on`, or the laptop's key (`rfkill list` tells which).",
    ),
    Reason.BLUETOOTH_REFUSED: Explanation(
        "BlueZ refused to let airhail be called over Bluetooth.",
        "Its log says why: `journalctl -u bluetooth`; airhail asks again by itself.",
    ),
    Reason.NO_PROBES: Explanation(
        "A link cannot be probed from this host, so nobody judges it.",
        "UDP port 26485 is airhail's on links: `ss -lunp sport = 26485` names another program that has it; airhail "
        "tries again by itself.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason as it stands now, with what NetworkManager or wpa_supplicant said, if anything."""

    reason: Reason
    detail: str = ""

    def document(self) -> dict[str, str]:
        """Shape the problem for a state document: reason, sentence, advice, and the detail apart."""
        explanation = EXPLANATIONS[self.reason]
        sentence = f"{explanation.sentence} ({self.detail})" if self.detail else explanation.sentence
        shaped = {"reason": self.reason.value, "sentence": sentence, "advice": explanation.advice}
        return {**shaped, "detail": self.detail} if self.detail else shaped
