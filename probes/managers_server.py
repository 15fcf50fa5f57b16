"""multiprocessing.managers: a server of its own with a queue and a dictionary, on TCP; it ends when it is told to."""

import queue
from multiprocessing.managers import BaseManager, DictProxy

requests, answers = queue.Queue(), {}


class Manager(BaseManager):
    """What the server gives out."""


def main():
    Manager.register("requests", callable=lambda: requests)
    Manager.register("answers", callable=lambda: answers, proxytype=DictProxy)
    Manager(address=("127.0.0.1", 50000), authkey=b"probe").get_server().serve_forever()


if __name__ == "__main__":
    main()
