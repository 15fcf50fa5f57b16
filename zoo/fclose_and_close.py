"""A reader that closes a stream, and then the descriptor that the stream was made of.

Closing a stream closes its descriptor (fclose does, and so does a Python file), and a close of one's own behind it
names a descriptor that stands for nothing any more, or for whatever was opened since.

finding: closed-twice, error
happens on: all
found within: 1
story: 0 preemptions, 0 switches
source: https://github.com/brailcom/speechd/pull/835
"""

import os


def main():
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "wb")
    stream.write(b"hello\n")
    stream.close()
    try:
        os.close(writing)
    except OSError:
        pass
    print(os.read(reading, 100).decode())
    os.close(reading)


if __name__ == "__main__":
    main()
