"""_testcapi: the sizes of C's types, which CPython's own tests ask it for.

Its functions break an interpreter on purpose, and start real threads; none of them is here.
"""

from typing import Any


def build(view: Any) -> dict[str, Any]:
    module = view.from_host("_testcapi")
    names = vars(module) if module is not None else {}
    return {name: value for name, value in names.items() if name.isupper() and isinstance(value, int)}
