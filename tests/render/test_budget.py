import pytest
from jinja2 import TemplateRuntimeError

from router.render.budget import OUTPUT, WORK, Budget, run, sized


def test_a_budget_ends():
    budget = Budget(turn=1)
    budget.spend(WORK)
    with pytest.raises(TemplateRuntimeError, match="too long"):
        budget.spend(1)


def test_texts_and_numbers_have_a_largest_size():
    assert sized("x" * OUTPUT)
    assert sized(10**18)
    with pytest.raises(TemplateRuntimeError):
        sized("x" * (OUTPUT + 1))
    with pytest.raises(TemplateRuntimeError):
        sized(-(10**18) - 1)


def test_output_stops_at_its_cap_however_much_would_follow():
    taken = []

    def endless(context):
        while True:
            taken.append(1)
            yield "x" * 1000

    with pytest.raises(TemplateRuntimeError, match="longer than 20000"):
        run(endless, None)
    assert len(taken) == 21
