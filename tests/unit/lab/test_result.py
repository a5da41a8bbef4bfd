import json

from tests.lab.outside.result import Outcome, outcome_of, spread, summary

WRITTEN = json.dumps({"ok": True, "reason": "", "phases_ms": {"peers": 8900.0, "ipv4": 12.5}, "facts": {}})


def test_a_result_written_by_the_guest_is_taken_as_it_is() -> None:
    outcome = outcome_of(0, 7, WRITTEN, False, 6.5, "", "logs")
    assert outcome == Outcome(0, 7, True, "", {"peers": 8900.0, "ipv4": 12.5}, 6.5, "logs")
    assert outcome.line() == "run 0 seed 7 (6.5 s): peers 8.90 s ipv4 0.01 s; ok"


def test_no_result_says_how_the_kernel_ended_and_its_last_words() -> None:
    panicked = outcome_of(0, 7, None, False, 0.1, "Kernel panic - not syncing\n", "logs")
    assert not panicked.ok
    assert panicked.reason == "its kernel ended after 0 s without a result; console: Kernel panic - not syncing"
    late = outcome_of(0, 7, None, True, 120.0, "", "logs")
    assert late.reason == "its wall-clock limit came after 120 s without a result; console: empty"


def test_a_summary_lists_phases_in_run_order_and_every_failure() -> None:
    ran = [
        Outcome(1, 8, False, "alpha: no", {"peers": 2.0}, 5.0, "where"),
        Outcome(0, 7, True, "", {"peers": 1.0, "ipv4": 3.0}, 5.0, "", {"rungs": ["dance"]}),
    ]
    result = summary("recipe", "trixie", 7, 10.04, ran)
    assert result == {
        "scenario": "recipe",
        "ok": False,
        "runs": 2,
        "seed": 7,
        "release": "trixie",
        "wall_s": 10.0,
        "phases_ms": {"peers": [1.0, 2.0], "ipv4": [3.0]},
        "facts": [{"rungs": ["dance"]}, {}],
        "failures": [{"run": 1, "seed": 8, "reason": "alpha: no", "logs": "where"}],
    }


def test_a_line_tells_the_facts_that_fit_into_it() -> None:
    facts = {"how": "lost", "wished_s": 2.5, "alpha": ["a", "b"], "beta": [], "trials": [{"rung": "dance"}]}
    told = Outcome(0, 7, True, "", {}, 6.5, "", facts).line()
    assert told == "run 0 seed 7 (6.5 s): how lost wished_s 2.5 alpha a, b; ok"


def test_times_are_told_by_median_and_95th_percentile() -> None:
    assert spread([]) == {"median_ms": None, "p95_ms": None}
    assert spread([3.0, 1.0]) == {"median_ms": 2.0, "p95_ms": 3.0}
    assert spread([float(ms) for ms in range(1, 101)]) == {"median_ms": 50.5, "p95_ms": 95.0}
