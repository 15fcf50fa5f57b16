"""The wrapper of descriptor_twice.py: it forgets its descriptor when it closes it."""

import os
import threading


class FileWrapper:
    def __init__(self, descriptor):
        self.descriptor = os.dup(descriptor)

    def close(self):
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


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
