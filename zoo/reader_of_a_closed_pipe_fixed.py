"""The pipe of reader_of_a_closed_pipe.py: it is looked at again, under a lock, when the wait is over."""

import os
import threading


class Pipe:
    def __init__(self):
        self.reading, self.writing = os.pipe()
        self.closed = False
        self.ready = threading.Event()
        self.lock = threading.Lock()

    def receive(self):
        self.ready.wait()
        with self.lock:
            return b"" if self.closed else os.read(self.reading, 100)

    def close(self):
        with self.lock:
            self.closed = True
            os.close(self.reading)


def main():
    pipe = Pipe()
    task = threading.Thread(target=pipe.receive)
    task.start()
    os.write(pipe.writing, b"data")
    pipe.ready.set()
    pipe.close()
    task.join()
    os.close(pipe.writing)


if __name__ == "__main__":
    main()
