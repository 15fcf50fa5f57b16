"""The inspector of wrapped_descriptor.py: the file is the socket's own, which counts it."""

import socket
import threading


def inspect():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as session:
        session.bind(("127.0.0.1", 0))
        wrapper = session.makefile("rb", buffering=0)
    wrapper.close()


def work():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))
        mine.sendto(b"work", mine.getsockname())


def main():
    threads = [threading.Thread(target=each) for each in (inspect, work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
