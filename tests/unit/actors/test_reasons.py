from airhail.actors.reasons import EXPLANATIONS, Problem, Reason


def test_every_reason_says_what_it_means_and_what_to_do() -> None:
    assert set(EXPLANATIONS) == set(Reason)
    for explanation in EXPLANATIONS.values():
        assert explanation.sentence.endswith(".")
        assert explanation.advice


def test_a_problem_carries_what_others_said() -> None:
    document = Problem(Reason.NO_RADIO, "Wi-Fi adapters: none").document()
    assert document["reason"] == "no-radio"
    assert document["sentence"].endswith("(Wi-Fi adapters: none)")
