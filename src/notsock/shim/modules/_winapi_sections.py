"""_winapi's calls on file mappings, which ``multiprocessing.shared_memory`` makes beside ``mmap``."""

from typing import Any

from notsock.shim.fence import fence
from notsock.shim.here import here
from notsock.shim.winerror import from_winerror

_INVALID = 0xFFFFFFFFFFFFFFFF


def build(view: Any) -> dict[str, Any]:
    def check(answer: Any) -> Any:
        if not answer:
            raise from_winerror(here.executive.current.last_error)
        return answer

    def create(file: int, security: Any, protect: int, size_high: int, size_low: int, name: Any, /) -> int:
        if file not in (-1, _INVALID):
            fence("_winapi.CreateFileMapping", "of a file; shared memory runs")
        return int(check(view.kernel32.CreateFileMapping(size_high << 32 | size_low, name)))

    def open_by_name(access: int, inherit: bool, name: str, /) -> int:
        return int(check(view.kernel32.OpenFileMapping(name)))

    def map_view(handle: int, access: int, offset_high: int, offset_low: int, size: int, /) -> int:
        return int(check(view.kernel32.MapViewOfFile(int(handle), size)))

    def unmap_view(address: int, /) -> None:
        check(view.kernel32.UnmapViewOfFile(address))

    def size_of_view(address: int, /) -> int:
        section = view.kernel32.section(address)
        if section is None:
            raise from_winerror(87)
        return int(section.size)

    return {
        "CreateFileMapping": create,
        "MapViewOfFile": map_view,
        "OpenFileMapping": open_by_name,
        "UnmapViewOfFile": unmap_view,
        "VirtualQuerySize": size_of_view,
    }
