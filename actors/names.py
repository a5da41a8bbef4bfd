"""Names, as far as what carries them has room."""


def fit(name: str, most: int) -> str:
    """Shorten *name* to what fits into *most* bytes of UTF-8, at a character's end."""
    return name.encode()[:most].decode(errors="ignore")
