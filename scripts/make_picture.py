"""Make docs/page.png: the page of a finding, as headless Chromium shows it (Debian's chromium and pngquant)."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1400,1180",
)  # fmt: skip


def main():
    chromium, pngquant = _tool("chromium"), _tool("pngquant")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        program = "examples/thread_pool.py"
        command = [sys.executable, "-m", "notsock.cli.main", "check", program, "--windows=nt4", "--report", str(page)]
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        shot = ROOT / "docs" / "page.png"
        where = (f"--user-data-dir={folder}/profile", f"--screenshot={shot}", page.as_uri())
        subprocess.run([chromium, *FLAGS, *where], check=True, stderr=subprocess.DEVNULL, timeout=60)
        subprocess.run([pngquant, "--force", "--strip", "--speed=1", f"--output={shot}", "64", shot], check=True)


def _tool(name):
    found = shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not installed")
    return found


if __name__ == "__main__":
    main()
