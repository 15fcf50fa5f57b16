"""The page about fidelity says what the tests say."""

import pytest
from fidelity import PAGE, holders, page
from windows_facts import FACTS


def test_there_are_79_facts():
    assert list(FACTS) == list(range(1, 80))


@pytest.mark.parametrize("number", FACTS)
def test_a_fact_has_a_test_or_a_reason(number):
    assert bool(holders().get(number)) != bool(FACTS[number].missing)


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == page(), "run scripts/make_fidelity.py"
