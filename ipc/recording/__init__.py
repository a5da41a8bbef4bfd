"""What a core took in and decided, written down so that it can be played again."""
