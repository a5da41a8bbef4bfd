"""What went wrong, in a sentence for whoever installs."""


class InstallError(Exception):
    """It cannot be installed or removed as things are; the sentence says what to do."""
