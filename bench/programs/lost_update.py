"""Two threads add one to a counter: each reads it and writes it under a lock, but not under the same holding of it."""

import threading


def main():
    counter = [0]
    lock = threading.Lock()

    def increment():
        with lock:
            value = counter[0]
        with lock:
            counter[0] = value + 1

    threads = [threading.Thread(target=increment) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
