"""A child of multiprocessing, and a message from it."""

import multiprocessing


def child(connection):
    connection.send("hello")


if __name__ == "__main__":
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=child, args=(theirs,))
    process.start()
    mine.recv()
    process.join()
