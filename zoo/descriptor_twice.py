"""A dispatcher's file wrapper, closed when the channel is and again by whoever made it.

The wrapper duplicates a descriptor and closes the duplicate as often as it is asked to.  The second time the
descriptor may be another thread's log.

finding: closed-twice, error
happens on: all
found within: 1
story: 0 preemptions, 4 switches
source: https://github.com/python/cpython/issues/75163
"""

import os
import threading


class FileWrapper:
    def __init__(self, descriptor):
        self.descriptor = os.dup(descriptor)

    def close(self):
        try:
            os.close(self.descriptor)
        except OSError:
            pass


def dispatch(channel):
    wrapper = FileWrapper(channel)
    wrapper.close()
    wrapper.close()


def log():
    reading, writing = os.pipe()
    try:
        os.write(writing, b"a line")
        os.read(reading, 100)
    finally:
        os.close(writing)
        os.close(reading)


def main():
    reading, writing = os.pipe()
    threads = [threading.Thread(target=dispatch, args=(reading,)), threading.Thread(target=log)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(reading)
    os.close(writing)


if __name__ == "__main__":
    main()
