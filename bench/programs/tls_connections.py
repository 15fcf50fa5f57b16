"""COUNT TLS connections between two threads, one after the other, with one echo of 32 bytes each."""

import sys

from tls_echo import main

main(int(sys.argv[1]), int(sys.argv[1]))
