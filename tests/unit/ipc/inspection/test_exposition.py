import re

import pytest

from airhail.ipc.inspection.documents import ProcessStats, StatsDocument
from airhail.ipc.inspection.exposition import Scrape, Supervised, Tree, exposition, sample
from airhail.ipc.inspection.histogram import BUCKETS, Histogram

TIMES = Histogram()
for seconds in (0.0, 0.0001, 0.5, 100.0):
    TIMES.observe(seconds)
NOTHING = Histogram().document()
STATS = StatsDocument(
    connections=1,
    accepted=2,
    frames_in=3,
    frames_out=4,
    sends=5,
    calls=6,
    failures={"busy": 7},
    latency={"connect": TIMES.document()},
    steps=NOTHING,
    queue_waits=NOTHING,
    process=ProcessStats(cpu_seconds=1.5, resident_bytes=2048, descriptors=9),
)
TREE = Tree("1.0", {"a": Supervised("RUNNING", 3), "b": Supervised("BACKOFF")})
TEXT = exposition(Scrape(TREE, {"a": STATS, "supervisor": STATS}))

# The format's own grammar, for what is used of it here.
LINE = re.compile(r'# (HELP|TYPE) [a-z_]+ .+|(?P<name>[a-z_]+)\{([a-z_]+="[^"\n]*",?)*\} -?[0-9.e+-]+')


def test_every_line_is_one_of_the_format() -> None:
    assert TEXT.endswith("\n")
    for line in TEXT.splitlines():
        assert LINE.fullmatch(line), line


def test_every_sample_stands_below_its_own_head() -> None:
    family, seen = "", set()
    for line in TEXT.splitlines():
        if line.startswith("# HELP "):
            family = line.split()[2]
            assert family not in seen, "a family must not be split"
            seen.add(family)
        elif not line.startswith("#"):
            found = LINE.fullmatch(line)
            assert found is not None
            assert found["name"].removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") == family


@pytest.mark.parametrize(
    "line",
    [
        'airhail_up{actor="a"} 1',
        'airhail_up{actor="b"} 0',
        'airhail_up{actor="supervisor"} 1',
        'airhail_actor_state{actor="b",state="BACKOFF"} 1',
        'airhail_actor_restarts_total{actor="a"} 3',
        'airhail_failures_total{actor="a",name="busy"} 7',
        'airhail_process_cpu_seconds_total{actor="a"} 1.5',
        'airhail_call_duration_seconds_bucket{actor="a",method="connect",le="1e-06"} 1',
        'airhail_call_duration_seconds_bucket{actor="a",method="connect",le="0.000128"} 2',
        'airhail_call_duration_seconds_bucket{actor="a",method="connect",le="33.5544"} 3',
        'airhail_call_duration_seconds_bucket{actor="a",method="connect",le="+Inf"} 4',
        'airhail_call_duration_seconds_count{actor="a",method="connect"} 4',
        'airhail_step_duration_seconds_count{actor="supervisor"} 0',
    ],
)
def test_what_is_told(line: str) -> None:
    assert line in TEXT.splitlines()


def test_buckets_are_complete_and_grow() -> None:
    counts = [int(line.split()[-1]) for line in TEXT.splitlines() if 'connect",le=' in line and 'actor="a"' in line]
    assert len(counts) == BUCKETS
    assert counts == sorted(counts)


def test_names_are_escaped() -> None:
    assert sample("x", 1, name='a"b\\c\nd') == r'x{name="a\"b\\c\nd"} 1'
