"""The same run in every launch: sets of objects and of strings, whatever the hash seed and the addresses."""

import json
import os
import subprocess
import sys

PROGRAM = '''
import collections, dataclasses, functools, threading, time

class Plain: pass
class Slotted: __slots__ = ("number", "__weakref__")
@dataclasses.dataclass(eq=False)
class Data: number: int = 0
@dataclasses.dataclass(frozen=True)
class Value: number: int
class Derived(Data): pass

locks = [threading.Lock() for _ in range(40)]

def touch(things):
    """Leave the order of a set in the trace."""
    for thing in set(things):
        with locks[thing.number]: pass

for kind in (Plain, Slotted, Data, Derived):
    things = [kind() for _ in range(40)]
    for number, thing in enumerate(things): thing.number = number
    touch(reversed(things))
touch([Value(number) for number in range(40)])
assert Value(1) == Value(1) and hash(Value(1)) == hash(Value(1)) and len({Value(1), Value(1)}) == 1
assert Plain.__hash__ is object.__hash__ and "__hash__" not in vars(Plain) and len({Plain(), Plain()}) == 2
for word in {f"word {number}" for number in range(40)}:
    with locks[int(word[5:])]: pass
'''


def digest(tmp_path, seed, *options):
    """Return the digest of one launch of the command."""
    program = tmp_path / "sets.py"
    program.write_text(PROGRAM)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    if seed is not None:
        environment["PYTHONHASHSEED"] = seed
    command = [sys.executable, "-m", "notsock.cli.main", "run", str(program), "--json"]
    done = subprocess.run(command, env=environment | dict(options), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["digest"]


def test_launches_agree(tmp_path):
    first = digest(tmp_path, None, ("PADDING", "x"))
    assert digest(tmp_path, None, ("PADDING", "x" * 5000)) == first
    assert digest(tmp_path, "random") == first
    assert digest(tmp_path, "0") == first


def test_a_seed_of_the_persons_own_is_left_alone(tmp_path):
    assert digest(tmp_path, "1") != digest(tmp_path, "2")
