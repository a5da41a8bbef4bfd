"""The channels on which two hosts may have a group formed, as wpa_supplicant is told of them."""


def operating_class(frequency: int) -> tuple[int, int] | None:
    """Return the operating class and channel, 20 MHz wide, of a frequency in MHz; None when no group goes there.

    IEEE 802.11-2020, table E-4, in so far as wpa_supplicant forms groups there (op_class table, wpa_supplicant.c).
    Left out are channel 14, which only Japan has, and all on which radar comes first: who begins a group there has to
    listen for a minute.
    """
    if 2412 <= frequency <= 2472 and frequency % 5 == 2:
        return 81, (frequency - 2407) // 5
    channel = (frequency - 5000) // 5
    if frequency % 20 == 0 and 36 <= channel <= 48:
        return 115, channel
    if frequency % 20 == 5 and 149 <= channel <= 161:
        return 124, channel
    if frequency % 20 == 5 and 165 <= channel <= 177:
        return 125, channel
    return None
