"""Shards and their folding: the same result in whatever order the accounts come, whoever dies on the way."""

import os
import random
from pathlib import Path

import pytest

from notsock.campaign.campaign import run_campaign
from notsock.campaign.engine import EngineError
from notsock.campaign.messages import Account, Lost
from notsock.campaign.shards import shards
from notsock.campaign.work import Worker
from notsock.executive.strategy import FirstReady
from notsock.explore.learned import Learned
from notsock.programs.checking import Effort
from notsock.programs.options import Options
from notsock.programs.program import Part, Program, ProgramError
from notsock.programs.runner import Runner

EXAMPLES = Path(__file__).parents[3] / "examples"
SERVICES = Program((Part(str(EXAMPLES / "two_services.py")),))


class Here:
    """An engine in this process: does its tasks in an order of its own, and loses some of them."""

    def __init__(self, seed=0, losses=0, slots=4, gone_after=None):
        self._random = random.Random(seed)
        self._losses, self._slots, self._gone_after = losses, slots, gone_after
        self._tasks = []
        self._worker = Worker()

    def room(self):
        return self._slots - len(self._tasks)

    def start(self, task):
        self._tasks.append(task)

    def news(self, seconds):
        if self._gone_after == 0:
            raise EngineError("it went away")
        if self._gone_after is not None:
            self._gone_after -= 1
        task = self._tasks.pop(self._random.randrange(len(self._tasks)))
        if self._losses and self._random.random() < 0.5:
            self._losses -= 1
            return [Account(task.shard.number), Lost(task.shard.number, "killed")]
        told = []
        return [*told, self._worker.work(task, told.append)]

    def drop(self):
        self._tasks.clear()


def essence(campaign):
    found = {key: (each.schedule, each.run.choices) for key, each in campaign.found.items()}
    return campaign.schedules, campaign.verdict, campaign.distinct, found, campaign.counts


def run(engine, effort=None, program=SERVICES, learned=None):
    effort = effort or Effort(schedules=400)
    return run_campaign(engine, Runner(program, Options("nt4")), effort, learned or Learned())


def test_the_order_and_the_losses_change_nothing():
    plain = run(Here(slots=1))
    assert plain.schedules == 400
    assert len(plain.found) == 1
    for seed in range(3):
        shaken = run(Here(seed, losses=3))
        assert shaken.deaths
        assert essence(shaken) == essence(plain)


def test_a_shard_whose_workers_all_die_is_given_up():
    with pytest.raises(ProgramError, match=r"ends the workers that run it: 3 in a row \(killed\)"):
        run(Here(losses=1000, slots=1))


def test_an_engine_that_goes_away_leaves_what_was_found():
    campaign = run(Here(gone_after=3))
    assert campaign.gone == "it went away"
    assert 0 < campaign.schedules < 400
    assert campaign.found


SMALL = """
def scenario(system):
    process = system.machine().process('p')
    for name in 'ab':
        def main(api):
            api.ws2_32.WSAStartup()
            api.ws2_32.closesocket(api.ws2_32.socket(2, 1, 6))
        main.__name__ = name
        process.thread(main)
"""


def test_a_campaign_ends_with_the_first_shard_that_has_seen_everything(tmp_path):
    (tmp_path / "small.py").write_text(SMALL)
    program = Program((Part(str(tmp_path / "small.py")),))
    effort = Effort(schedules=100_000)
    one, other = (run(Here(seed), effort, program) for seed in range(2))
    assert one.verdict == "exhausted"
    assert essence(one) == essence(other)
    assert one.schedules < 100_000


def test_shards_hold_every_schedule_once_whatever_the_number():
    for schedules in (1, 24, 25, 26, 200, 801, 1_000_000):
        cut = list(shards(Effort(schedules=schedules), 7))
        assert [shard.first for shard in cut] == [1 + sum(each.schedules for each in cut[:n]) for n in range(len(cut))]
        assert sum(shard.schedules for shard in cut) == schedules
        assert len({shard.seed for shard in cut}) == len(cut)
    assert len(list(shards(Effort(exhaustive=True, schedules=None), 7))) == 1


def test_a_worker_with_another_program_refuses(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("import socket\nsocket.socket().close()\n")
    runner = Runner(Program((Part(str(path)),)), Options())

    class Changing(Here):
        def start(self, task):
            path.write_text("import socket\n")
            super().start(task)

    with pytest.raises(ProgramError, match=r"program\.py has changed since the campaign began"):
        run_campaign(Changing(), runner, Effort(schedules=10), Learned())


def test_what_is_learned_does_not_depend_on_who_did_the_work():
    before = Learned()
    run(Here(), learned=before)
    before.schedules = 400
    assert before.kept
    known = before.to_json()
    one, other = Learned.from_json(known), Learned.from_json(known)
    plain, shaken = run(Here(slots=1), learned=one), run(Here(3, losses=3), learned=other)
    assert essence(shaken) == essence(plain)
    assert one.to_json() == other.to_json()
    assert one.pairs >= before.pairs


def test_a_worker_sees_what_the_program_asks_for_as_it_is_where_the_campaign_began(tmp_path, monkeypatch):
    path = tmp_path / "program.py"
    path.write_text("import os, socket\nif os.environ.get('PROBE') == 'tls': socket.close(socket.socket().detach())\n"
                    "if os.environ.get('OTHER'): raise SystemExit\nsocket.close(100)\n")  # fmt: skip
    program = Program((Part(str(path)),))
    monkeypatch.setenv("PROBE", "tls")
    monkeypatch.delenv("OTHER", raising=False)
    runner = Runner(program, Options())
    digest = runner(FirstReady()).digest

    engine = Here()
    with monkeypatch.context() as there:
        there.setenv("PROBE", "plain")
        there.setenv("OTHER", "1")
        engine._worker = Worker()
    campaign = run_campaign(engine, runner, Effort(schedules=3, strategy="random"), Learned())
    assert campaign.digests.kept() == (int(digest[:16], 16),)
    assert (os.environ["PROBE"], "OTHER" in os.environ) == ("tls", False)
