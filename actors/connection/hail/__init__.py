"""The hail: two hosts agree to link, and on who moves first, before either touches the radio."""
