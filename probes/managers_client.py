"""multiprocessing.managers' proxies, in two threads; and a manager that starts a child process as its server."""

import threading
from multiprocessing import Manager as started
from multiprocessing.managers import BaseManager, DictProxy, dispatch

from meet import passed, until_listening


class Manager(BaseManager):
    """What the server gives out."""


def serve(manager):
    requests, answers = manager.requests(), manager.answers()
    while (number := requests.get()) is not None:
        answers[number] = number * number


def main():
    until_listening(50000)
    Manager.register("requests")
    Manager.register("answers", proxytype=DictProxy)
    manager = Manager(address=("127.0.0.1", 50000), authkey=b"probe")
    manager.connect()
    worker = threading.Thread(target=serve, args=(manager,))
    worker.start()
    requests = manager.requests()
    for number in (1, 2, 3, None):
        requests.put(number)
    worker.join()
    assert sorted(manager.answers().items()) == [(1, 1), (2, 4), (3, 9)]
    with started() as child:
        numbers = child.list([1])
        numbers.extend([2, 3])
        assert list(numbers) == [1, 2, 3]
    connection = manager._Client(manager.address, authkey=b"probe")
    dispatch(connection, None, "shutdown")
    connection.close()
    passed("3 squares, a list in a child")


if __name__ == "__main__":
    main()
