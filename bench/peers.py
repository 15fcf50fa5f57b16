"""Schedules per second of other explorers on the lost update of programs/lost_update.py, one core.

Run by a Python that has interleave-test and frontrun installed, which notsock's own environment has not (frontrun
wants to be started by its own command); each that is missing, or will not run, is left out.  Prints ``name rate`` a
line.  Their switch points are byte codes as well as the locks' calls.
"""

import sys
import threading
import time

SECONDS = 3.0


def model(lock_of):
    counter = [0]
    lock = lock_of()

    def increment():
        with lock:
            value = counter[0]
        with lock:
            counter[0] = value + 1

    return increment


def interleave_rates():
    try:
        import interleave_test as it  # noqa: PLC0415 - may be missing
    except ImportError:
        return

    def run():
        increment = model(it.Lock)
        tasks = [it.spawn(increment) for _ in range(2)]
        for task in tasks:
            task.join()

    for strategy in ("random", "pct"):
        begun, schedules = time.perf_counter(), 0
        while time.perf_counter() - begun < SECONDS:
            it.explore(run, iterations=50, seed=schedules, strategy=strategy)
            schedules += 50
        yield f"interleave-test {strategy}", schedules / (time.perf_counter() - begun)


class State:
    def __init__(self):
        self.increment = model(threading.Lock)


def frontrun_rates():
    try:
        import frontrun  # noqa: PLC0415 - may be missing
    except ImportError:
        return
    begun, schedules = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        result = frontrun.explore(
            setup=State, workers=lambda state: state.increment(), count=2, invariant=bool,
            preemption_bound=None, stop_on_first=False,
        )  # fmt: skip
        schedules += result.num_explored
    yield "frontrun dpor", schedules / (time.perf_counter() - begun)


def main():
    for rates in (interleave_rates, frontrun_rates):
        try:
            for name, rate in rates():
                sys.stdout.write(f"{name.replace(' ', '-')} {rate:.1f}\n")
        except Exception as error:  # noqa: BLE001 - a peer that does not run is no failure of ours
            sys.stderr.write(f"{rates.__name__}: {error!r}\n")


if __name__ == "__main__":
    main()
