"""A worker process: searches one shard after the other, until the other end of its socket pair is closed."""

import sys
from multiprocessing.connection import Connection

from notsock.campaign.messages import Task
from notsock.campaign.work import Worker


def main() -> None:
    """Serve the socket whose descriptor the command line names."""
    connection = Connection(int(sys.argv[1]))
    worker = Worker()
    try:
        while True:
            task: Task = connection.recv()
            connection.send(worker.work(task, connection.send))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        sys.exit()


