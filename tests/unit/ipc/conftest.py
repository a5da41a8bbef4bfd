"""Properties are about what holds, not about how fast this machine is: no deadline for an example."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
