"""The channels that wpa_supplicant can be told of."""

import pytest

from airhail.actors.channels import channel_of, operating_class


@pytest.mark.parametrize(
    ("frequency", "told"),
    [
        (2412, (81, 1)),
        (2437, (81, 6)),
        (2472, (81, 13)),
        (2484, None),
        (2413, None),
        (2477, None),
        (5160, None),
        (5180, (115, 36)),
        (5240, (115, 48)),
        (5260, None),
        (5500, None),
        (5720, None),
        (5745, (124, 149)),
        (5805, (124, 161)),
        (5825, (125, 165)),
        (5885, (125, 177)),
        (5905, None),
        (5955, None),
        (0, None),
    ],
)
def test_where_a_group_may_be_formed(frequency: int, told: tuple[int, int] | None) -> None:
    assert operating_class(frequency) == told
    assert told is None or told[1] == channel_of(frequency)
