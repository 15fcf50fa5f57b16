"""Which machine the figures are from, as far as a reader needs it."""

import os
import platform
import time
from pathlib import Path


def describe():
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return (
        f"{time.strftime('%Y-%m-%d')}, {model}, {os.cpu_count()} processors, Linux, "
        f"CPython {platform.python_version()}"
    )
