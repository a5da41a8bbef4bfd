"""Channels and their frequencies, and on which of them two hosts may have a group formed."""


def operating_class(frequency: int) -> tuple[int, int] | None:
    """Return the operating class and channel, 20 MHz wide, of a frequency in MHz; None when no group goes there.

    IEEE 802.11-2020, table E-4, in so far as wpa_supplicant forms groups there (op_class table, wpa_supplicant.c).
    Left out are channel 14, which only Japan has, and all on which radar comes first: who begins a group there has to
    listen for a minute.
    """
    channel = channel_of(frequency)
    if 2412 <= frequency <= 2472 and frequency % 5 == 2:
        return 81, channel
    if frequency > 5885:
        return None
    if frequency % 20 == 0 and 36 <= channel <= 48:
        return 115, channel
    if frequency % 20 == 5 and 149 <= channel <= 161:
        return 124, channel
    if frequency % 20 == 5 and 165 <= channel <= 177:
        return 125, channel
    return None


def channel_of(frequency: int) -> int:
    """Return the number of the channel at a frequency in MHz, 0 when it has none (IEEE 802.11-2020, Annex E)."""
    if frequency == 2484:
        return 14
    if 2412 <= frequency <= 2472:
        return (frequency - 2407) // 5
    if 5955 <= frequency <= 7115:
        return (frequency - 5950) // 5
    return (frequency - 5000) // 5 if 5160 <= frequency <= 5885 else 0
