"""The client of a Dask cluster: one that is there, or a local one that is made for the campaign.

A simulation wants a process of its own, which a Dask worker is not: it runs tasks in threads, beside each other.
So a task on the cluster is a thin one, which has the shard searched by a process beside the worker
(:mod:`notsock.campaign.worker`) and passes on its accounts as events of the scheduler.  For the same
reason this module runs in a process of its own (:func:`main`): Dask's threads must not be where programs are run.
"""

import contextlib
import pickle
import queue
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from notsock.campaign.engine import EngineError, News
from notsock.campaign.messages import Account, Lost, Task
from notsock.campaign.processes import Partner, PartnerDiedError, worker

try:
    import distributed as _distributed
except ImportError:
    _distributed = None  # type: ignore[assignment]
distributed: Any = _distributed
"""The package, whose functions are not typed."""

CONNECT_SECONDS = 5
WORKERS_SECONDS = 30
"""How long a scheduler, and the first worker of a cluster that grows by itself, is waited for."""
GONE_SECONDS = 5
"""How long a scheduler may be out of reach before it counts as gone."""
AHEAD = 2
"""Tasks for each thread of the cluster: one to do, one to go on with."""
LOOK_SECONDS = 0.05
"""Between two looks for new tasks."""
_CANCELLED = "the Dask scheduler forgot it"
_ROOM_SECONDS = 1.0
_TELL_SECONDS = 1.0
"""Between two looks at the size of the cluster, and two accounts of one shard."""


class DaskClient:
    """The workers of a Dask cluster, at ``address`` (None: ``jobs`` local ones)."""

    def __init__(self, address: str | None, jobs: int) -> None:
        if distributed is None:
            raise EngineError("--engine dask wants the package distributed: pip install 'notsock[dask]'")
        self._local: Any = None
        if address is None:
            self._local = distributed.LocalCluster(
                n_workers=jobs, threads_per_worker=1, dashboard_address=":0"
            )
        where = self._local.scheduler_address if self._local is not None else f"tcp://{address}"
        self._where = where.removeprefix("tcp://")
        try:
            self._client: Any = distributed.Client(where, timeout=CONNECT_SECONDS, set_as_default=False)
            self._client.wait_for_workers(1, timeout=WORKERS_SECONDS)
        except TimeoutError:
            raise EngineError(f"the Dask scheduler at {self._where} has no workers") from None
        except (OSError, ValueError):
            raise EngineError(f"no Dask scheduler answers at {self._where}") from None
        self._threads, self._looked = 0, 0.0
        self._reached = monotonic()
        self._campaigns = 0
        self._futures: dict[int, Any] = {}
        self._begun: set[int] = set()
        self._orphans: list[Lost] = []
        """Shards that were cancelled while no scheduler was in reach: lost if there is one again."""
        self.drop()

    # ---- the engine -----------------------------------------------------------------------------------------

    def room(self) -> int:
        """Return how many more tasks the cluster's threads want."""
        if monotonic() - self._looked > _ROOM_SECONDS:
            with contextlib.suppress(OSError, TimeoutError):
                self._threads = sum(self._client.sync(self._client.scheduler.ncores, callback_timeout=2).values())
            self._looked = monotonic()
        return AHEAD * self._threads - len(self._futures)

    def start(self, task: Task, folder: str) -> None:
        """Hand a task to the scheduler."""
        number = task.shard.number
        future = self._client.submit(_search_beside, task, folder, self._topic, pure=False)
        self._futures[number] = future
        news = self._news
        future.add_done_callback(lambda done: news.put(self._ended(number, done)))

    def news(self, seconds: float) -> list[News]:
        """Return what the workers have told."""
        self._must_be_there()
        told: list[News] = []
        with contextlib.suppress(queue.Empty):
            told.append(self._news.get(timeout=seconds or 0.001))
            while True:
                told.append(self._news.get_nowait())
        if self._client.status != "running":
            self._orphans += [each for each in told if isinstance(each, Lost)]
            told = [each for each in told if isinstance(each, Account)]
        else:
            told += self._orphans
            self._orphans.clear()
        return [each for news in told for each in self._sorted_out(news)]

    def drop(self) -> None:
        """Cancel what is not done, and listen to what begins now only."""
        self._cancel()
        self._campaigns += 1
        self._topic = f"notsock-{self._client.id}-{self._campaigns}"
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        news = self._news
        self._client.subscribe_topic(self._topic, lambda event: news.put(pickle.loads(event[1])))  # noqa: S301 - ours
        self._futures = {}
        self._begun.clear()
        self._orphans.clear()

    def _cancel(self) -> None:
        with contextlib.suppress(Exception):
            self._client.cancel(list(self._futures.values()), force=True)

    def close(self) -> None:
        """Leave the cluster; end it if it is ours."""
        self._cancel()
        with contextlib.suppress(Exception):
            self._client.close(timeout=2)
        if self._local is not None:
            with contextlib.suppress(Exception):
                self._local.close(timeout=10)

    # ---- what comes back ------------------------------------------------------------------------------------

    def _must_be_there(self) -> None:
        """Raise where the scheduler has been out of reach for too long."""
        if self._client.status == "running":
            self._reached = monotonic()
        elif monotonic() - self._reached > GONE_SECONDS:
            raise EngineError(f"the Dask scheduler at {self._where} went away")

    def _ended(self, number: int, future: Any) -> News:
        if future.status == "finished":
            account: Account = future.result()
            return account
        if future.status == "cancelled":
            return Lost(number, _CANCELLED)
        error = future.exception()
        return Lost(number, str(error) or type(error).__name__)

    def _sorted_out(self, news: News) -> Iterator[News]:
        """Leave out what comes too late; a shard that is begun a second time has lost its first worker."""
        number = news.shard
        if number not in self._futures:
            return
        if isinstance(news, Lost) or news.final:
            del self._futures[number]
            self._begun.discard(number)
        elif not news.schedules:
            if number in self._begun:
                yield Lost(number, "its Dask worker is gone", again=True)
            self._begun.add(number)
        yield news


def main() -> None:
    """Serve the socket whose descriptor the command line names, until its other end is closed."""
    connection = Connection(int(sys.argv[1]))
    client = None
    try:
        client = DaskClient(*connection.recv())
        while True:
            connection.send(client.room())
            while connection.poll():
                message = connection.recv()
                if message is None:
                    client.drop()
                    connection.send(None)
                else:
                    client.start(*message)
            for news in client.news(LOOK_SECONDS):
                connection.send(news)
    except EngineError as error:
        with contextlib.suppress(OSError):
            connection.send(error)
    except (EOFError, OSError):
        pass
    finally:
        if client is not None:
            client.close()


# ---- on the cluster's workers -----------------------------------------------------------------------------------

_idle: list[Partner] = []
"""The processes beside this Dask worker that have nothing to do."""
_lock = threading.Lock()


def _search_beside(task: Task, folder: str, topic: str) -> Account:
    """Have a shard searched by a process beside this Dask worker, and pass on its accounts."""
    here = distributed.get_worker()
    key = here.get_current_task()
    here.log_event(topic, pickle.dumps(Account(task.shard.number)))
    child = _borrowed(folder)
    if child is None:
        return Account(task.shard.number, trouble=f"a Dask worker has no folder {folder}", final=True)
    try:
        child.send(task)
        due = 0.0
        account: Account = child.receive()
        while not account.final:
            state = here.state.tasks.get(key)
            if state is None or state.state == "cancelled":
                child.end()
                return account
            now = monotonic()
            if account.schedules and (now >= due or any(cause.choices for cause in account.causes)):
                here.log_event(topic, pickle.dumps(account))
                due = now + _TELL_SECONDS
            account = child.receive()
    except PartnerDiedError:
        child.end()
        raise
    with _lock:
        _idle.append(child)
    return account


def _borrowed(folder: str) -> Partner | None:
    """Return a process whose current folder is that of the campaign; None where there is no such folder."""
    with _lock:
        for child in _idle:
            if child.folder == folder:
                _idle.remove(child)
                return child
    try:
        return worker(folder)
    except OSError:
        return None
