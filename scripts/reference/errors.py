"""A page for every error code that a program can meet on the simulated Windows."""

from notsock.values import errors, status
from reference.page import Page, index, table

_STATUS_NAMES = {value: name for name, value in vars(status).items() if name.isupper() and isinstance(value, int)}


def pages() -> list[Page]:
    """Return a page for each code, and the one that leads to them."""
    codes = sorted({*errors.WSA_TEXTS, *errors.WIN32_TEXTS})
    made = [_page(code) for code in codes]
    rows = [[f"[{code}]({code}.md)", f"`{errors.name_of(code)}`", errors.text_of(code)] for code in codes]
    text = (
        "The codes of Winsock and Win32 that the simulated Windows gives, with the NTSTATUS values of the kernel that "
        "become them. Python raises them as `OSError` with `winerror`.\n\n" + table(["code", "name", "text"], rows)
    )
    return [index("errors", "Error codes", text, made, listed=False), *made]


def _page(code: int) -> Page:
    name = errors.name_of(code)
    text = f"# {code}: {name}\n\n> {errors.text_of(code)}.\n\n"
    text += f"In Python: `OSError` with `winerror == {code}` and `errno == {_errno(code)}`.\n\n"
    for words, translate in (("Winsock", errors.wsa_of_status), ("Win32", errors.win32_of_status)):
        became = sorted(name for value, name in _STATUS_NAMES.items() if value and translate(value) == code)
        if became and code not in (errors.WSAEINVAL, errors.ERROR_INVALID_PARAMETER):
            text += f"{words} gives it for the kernel's " + ", ".join(f"`STATUS_{each}`" for each in became) + ".\n\n"
    if code == errors.WSAENOTSOCK:
        text += (
            "Two statuses of the kernel reach a program as this one code: the number means no object any more, or it "
            "means an object that is no socket (article [Q155738](../articles/Q155738.md)). "
            "See [I have a 10038](../../howto/error-10038.md).\n"
        )
    return Page(f"errors/{code}", text)


def _errno(code: int) -> int:
    return code if code in errors.WSA_TEXTS else errors.errno_of_win32(code)
