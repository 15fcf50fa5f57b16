"""What ``_asyncio`` does faster for asyncio's tasks, for the pure tasks that a view has instead of C's.

A task is noted as its loop's current one before each step and taken back behind it.  The pure functions ask the loop
for its hash twice each time, which is a call into Python here (:mod:`notsock.shim.identity`); these, as C's, once.
"""

from typing import Any


def adjust(module: Any) -> None:
    """Give ``asyncio.tasks``, just executed, the quicker functions."""
    current: dict[Any, Any] = module._current_tasks

    def enter_task(loop: Any, task: Any) -> None:
        running = current.setdefault(loop, task)
        if running is not task:
            raise RuntimeError(f"Cannot enter into task {task!r} while another task {running!r} is being executed.")

    def leave_task(loop: Any, task: Any) -> None:
        running = current.pop(loop, None)
        if running is not task:
            if running is not None:
                current[loop] = running
            raise RuntimeError(f"Leaving task {task!r} does not match the current task {running!r}.")

    module._enter_task, module._leave_task = enter_task, leave_task
