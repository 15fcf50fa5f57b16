"""The wheel: pure Python, or with NOTSOCK_COMPILE=1 with the busiest modules compiled by mypyc."""

import importlib.util
import os
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILE = os.environ.get("NOTSOCK_COMPILE", "") not in ("", "0")


class CompiledBuildHook(BuildHookInterface):
    """Adds the extension modules to a wheel when they are asked for."""

    def dependencies(self):
        """Name what compiling needs, only where it is asked for."""
        return ["mypy>=2.4", "setuptools", "greenlet>=3.1", "types-greenlet"] if COMPILE else []

    def initialize(self, version, build_data):
        """Compile before the files are gathered."""
        if not COMPILE or self.target_name != "wheel" or version != "standard":
            return
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("compile_notsock", root / "scripts" / "compile.py")
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        folder = script.compile_into(root / "build" / "wheel")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for library in folder.rglob("*.so"):
            build_data["force_include"][str(library)] = str(library.relative_to(folder))
