"""Counting what is different in little memory: exact while few, close when many, and mergeable."""

from hashlib import sha256

from notsock.explore.distinct import KEPT, Distinct


def digest(number):
    return sha256(str(number).encode()).hexdigest()


def test_few_are_counted_exactly():
    count = Distinct()
    for number in range(2000):
        count.add(digest(number % 500))
    assert len(count) == 500


def test_many_are_estimated_closely_and_in_bounded_memory():
    count = Distinct()
    for number in range(60_000):
        count.add(digest(number))
    assert abs(len(count) - 60_000) < 60_000 * 0.06
    assert len(count.kept()) == KEPT


def test_parts_merge_into_the_whole():
    whole, parts = Distinct(), [Distinct() for _ in range(3)]
    for number in range(30_000):
        whole.add(digest(number))
        parts[number % 3].add(digest(number))
        parts[(number + 1) % 3].add(digest(number))
    merged = Distinct()
    for part in parts:
        merged.merge(part.kept())
    assert merged.kept() == whole.kept()
    assert len(merged) == len(whole)
