"""The reader of fclose_and_close.py: the stream owns the descriptor, and nobody else closes it."""

import os


def main():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream:
        stream.write(b"hello\n")
    print(os.read(reading, 100).decode())
    os.close(reading)


if __name__ == "__main__":
    main()
