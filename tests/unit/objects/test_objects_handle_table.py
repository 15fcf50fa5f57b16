"""The handle table against a naive model, and what its numbers look like."""

from hypothesis import given, settings
from hypothesis import strategies as st

from notsock.objects.handle_table import FIRST_NUMBER, STEP, HandleTable
from notsock.objects.kernel_object import KernelObject

ACTIONS = st.lists(st.one_of(st.just(-1), st.integers(0, 12)), max_size=60)


@settings(max_examples=150, deadline=None)
@given(ACTIONS)
def test_against_a_naive_model(actions):
    """The model: a stack of free numbers above an endless run of new ones."""
    table, meant, free, fresh = HandleTable(), {}, [], FIRST_NUMBER
    for ident, action in enumerate(actions):
        if action < 0 or not meant:
            thing = KernelObject(ident)
            expected = free.pop() if free else fresh
            fresh += STEP if expected == fresh else 0
            assert table.allocate(thing) == expected
            meant[expected] = thing
        else:
            number = sorted(meant)[action % len(meant)]
            assert table.release(number) is meant.pop(number)
            free.append(number)
        assert table.objects == meant


def test_numbers_are_multiples_of_four():
    table = HandleTable()
    numbers = [table.allocate(KernelObject(n)) for n in range(5)]
    assert numbers == [FIRST_NUMBER + STEP * n for n in range(5)]
    assert all(table.real(number | tag) == number for number in numbers for tag in range(4))


def test_what_is_known_of_a_number_goes_with_it():
    table = HandleTable()
    number = table.allocate(KernelObject(1))
    table.inheritable.add(number)
    table.protected.add(number)
    table.release(number)
    assert table.allocate(KernelObject(2)) == number
    assert not table.inheritable
    assert not table.protected


@given(st.sets(st.integers(0, 20), max_size=8))
def test_a_child_has_its_parents_numbers_and_fills_the_gaps(places):
    table = HandleTable()
    given_numbers = [FIRST_NUMBER + STEP * place for place in sorted(places)]
    for number in given_numbers:
        table.place(number, KernelObject(number))
    fresh = [table.allocate(KernelObject(n)) for n in range(25)]
    taken = sorted([*given_numbers, *fresh])
    assert taken == list(range(FIRST_NUMBER, FIRST_NUMBER + STEP * len(taken), STEP))
    assert fresh == sorted(fresh)
