"""Command lines as Windows passes them: one string, which the C runtime of the started program takes apart.

Microsoft: "Parsing C Command-Line Arguments" for the arguments, "CreateProcess" for the program's name.
"""

from collections.abc import Iterator


def program_names(command_line: str) -> Iterator[str]:
    """Yield what CreateProcess takes for the program when it is given no application name, in its order.

    A quoted name is meant as it stands; of an unquoted one with spaces each beginning is tried, shortest first.
    """
    text = command_line.lstrip(" \t")
    if text.startswith('"'):
        yield text[1:].partition('"')[0]
        return
    for end, char in enumerate(text):
        if char in " \t" and text[end - 1] not in " \t":
            yield text[:end]
    if text.strip(" \t"):
        yield text.rstrip(" \t")


def split(command_line: str) -> list[str]:
    """Return ``argv`` as the C runtime of Windows makes it.

    In the program's name quotes only group.  In the others, backslashes before a quote halve, an odd one makes the
    quote a character, and two quotes inside a quoted part are one character.
    """
    name, place = _name(command_line)
    arguments = [name]
    length = len(command_line)
    while True:
        while place < length and command_line[place] in " \t":
            place += 1
        if place == length:
            return arguments
        argument, place = _argument(command_line, place)
        arguments.append(argument)


def _name(text: str) -> tuple[str, int]:
    quoted = False
    for place, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char in " \t" and not quoted:
            return text[:place].replace('"', ""), place
    return text.replace('"', ""), len(text)


def _argument(text: str, place: int) -> tuple[str, int]:
    parts: list[str] = []
    quoted = False
    length = len(text)
    while place < length and (quoted or text[place] not in " \t"):
        start = place
        while place < length and text[place] == "\\":
            place += 1
        slashes = place - start
        if place < length and text[place] == '"':
            parts.append("\\" * (slashes // 2))
            if slashes % 2:
                parts.append('"')
            elif quoted and text[place + 1 : place + 2] == '"':
                parts.append('"')
                place += 1
            else:
                quoted = not quoted
            place += 1
            continue
        parts.append("\\" * slashes)
        if place < length and (quoted or text[place] not in " \t"):
            parts.append(text[place])
            place += 1
    return "".join(parts), place
