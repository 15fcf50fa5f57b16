"""A task waits until its pipe is ready, is told so, and reads; in between another task closed the pipe.

Whether the descriptor is still the task's own is checked on the way in, not again after the wait.  If the number
is free the read fails with EBADF; if it was given out again the read takes a stranger's data.

finding: use-after-close, warning
happens on: all
found within: 1
story: 0 preemptions, 4 switches
source: https://github.com/python-trio/trio/issues/661
"""

import os
import threading


class Pipe:
    def __init__(self):
        self.reading, self.writing = os.pipe()
        self.closed = False
        self.ready = threading.Event()

    def receive(self):
        if self.closed:
            return b""
        self.ready.wait()
        try:
            return os.read(self.reading, 100)
        except OSError:
            return b""

    def close(self):
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
