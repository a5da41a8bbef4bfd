from pathlib import Path

import pytest

from tests.lab.outside.corpus import Corpus, HardSeed, Hunt, load, save
from tests.lab.outside.shell import LabError

TIMED_OUT = ("supplicant-timeout",)


def hunted(case: str, release: str = "trixie", seeds: range = range(1, 4), world: str = "kernel 7.3") -> Hunt:
    return Hunt(case, release, seeds[0], seeds[-1], len(seeds), tuple(1000 * seed for seed in seeds[1:]), world)


def hard(case: str, seed: int, release: str = "trixie") -> HardSeed:
    return HardSeed(case, release, seed, "both-timed-out", TIMED_OUT, TIMED_OUT, 208.5)


def test_the_committed_file_can_be_read() -> None:
    corpus = load()
    assert corpus.seeds
    for row in corpus.seeds:
        assert any((row.case, row.release) == (h.case, h.release) and row.seed in h.seeds for h in corpus.hunts), row
    for hunt in corpus.hunts:
        rows = [row for row in corpus.seeds if (row.case, row.release) == (hunt.case, hunt.release)]
        assert len(hunt.linked_ms) + len(rows) == hunt.played


def test_what_is_saved_is_read_again_one_row_a_line(tmp_path: Path) -> None:
    file = tmp_path / "seeds.json"
    corpus = Corpus((hunted("both-alone"),), (hard("both-alone", 1), hard("both-alone", 4)))
    save(corpus, file)
    assert load(file) == corpus
    assert len(file.read_text().splitlines()) == 3 + 4 + 3 - 1


def test_no_file_is_an_empty_corpus(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") == Corpus()


def test_a_hunt_takes_the_place_of_the_one_before_and_of_no_other() -> None:
    before = Corpus(
        (hunted("both-alone"), hunted("both-alone", "bookworm")),
        (hard("both-alone", 1), hard("both-alone", 3), hard("both-alone", 2, "bookworm")),
    )
    again = hunted("both-alone", seeds=range(1, 9))
    after = before.with_hunt(again, [hard("both-alone", 7)]).with_hunt(hunted("both-at-once"), [])
    assert after.hunts == (hunted("both-at-once"), hunted("both-alone", "bookworm"), again)
    assert [(row.release, row.seed) for row in after.seeds] == [("bookworm", 2), ("trixie", 7)]


def test_a_hunt_that_goes_on_in_the_same_world_is_added() -> None:
    before = Corpus((hunted("both-alone"),), (hard("both-alone", 1),))
    further = hunted("both-alone", seeds=range(4, 6))
    (joined,) = (after := before.with_hunt(further, [hard("both-alone", 4)])).hunts
    assert joined == Hunt("both-alone", "trixie", 1, 5, 5, (2000, 3000, 5000), "kernel 7.3")
    assert [row.seed for row in after.seeds] == [1, 4]
    elsewhere = hunted("both-alone", seeds=range(4, 6), world="kernel 8")
    assert before.with_hunt(elsewhere, [hard("both-alone", 4)]) == Corpus((elsewhere,), (hard("both-alone", 4),))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"case": "both-alone"', '"case": "both-gone"', "no case 'both-gone'; there are: both-at-once"),
        ('"how": "both-timed-out"', '"how": "hm"', "both-alone seed 1: no way to fail is called 'hm'"),
        ('"wished_s": 208.5', '"wished_at": 208.5', "wished_at"),
    ],
)
def test_a_row_that_no_hunt_wrote_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    file = tmp_path / "seeds.json"
    save(Corpus((hunted("both-alone"),), (hard("both-alone", 1),)), file)
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(LabError, match=complaint):
        load(file)
