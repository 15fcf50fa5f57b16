"""The terminal program: panes for events, threads, numbers, netstat and the story, and the keys that move the cursor.

Every text of the program under test is escaped and put on the screen as text, never as markup.
"""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

from notsock.detect.mistakes import ALSO, BECAUSE
from notsock.report.escaping import escaped
from notsock.report.lifelines import Naming
from notsock.report.terminal import SEVERITY_STYLES, duration
from notsock.report.watching.view import NumberNow, RunView

WIDE = 120
"""Columns from which on the story has a pane of its own."""
COLOURS = ("cyan", "yellow", "magenta", "green", "bright_blue", "bright_red", "bright_cyan", "bright_magenta")
"""An object's colour is its number's place among these; its name stands beside it, for those who see no colours."""
KEYS = (
    ("→  l  space", "the next event"),
    ("←  h", "the event before"),
    ("page down, page up", "a screen of events on, or back"),
    ("] [", "the next, the previous event of the same thread"),
    ("t T", "where another thread has the turn: on, or back"),
    ("n p", "the finding's next, its previous moment"),
    ("home g, end G", "the beginning, the end of the run"),
    ("/", "search: a number, a thread, a call, an error; enter finds the next"),
    (". ,", "the next, the previous event that says what was searched for"),
    ("s", "the story: how the finding came about, and the schedule"),
    ("?", "this help"),
    ("q", "leave"),
)


class Pane(Static, can_focus=False):
    """A titled pane that is as tall as the layout makes it, and shows as much as fits."""

    def __init__(self, title: str, ident: str) -> None:
        super().__init__("", id=ident, markup=False)
        self.border_title = title


class Help(ModalScreen[None]):
    """The keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter,space", "dismiss", "Back")]

    def compose(self) -> ComposeResult:
        """Show them all."""
        table = Table("key", "", box=None, pad_edge=False, show_header=False)
        for key, words in KEYS:
            table.add_row(Text(key, style="bold"), words)
        yield Static(table, id="help")


class Story(ModalScreen[None]):
    """The finding in words, and the schedule that shows it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,s,q,enter,space", "dismiss", "Back")]

    def __init__(self, text: Text) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Show it; what does not fit is scrolled to."""
        with Vertical(id="story-screen"):
            yield Static(self._text)


class Watch(App[None]):
    """Steps through a run."""

    CSS = """
    Screen { layout: vertical; }
    #title { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    #head { height: 3; padding: 0 1; }
    #middle { height: 1fr; }
    Pane { border: round $primary; padding: 0 1; height: 1fr; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    #events { width: 6fr; }
    #right { width: 5fr; }
    #story { width: 4fr; display: none; text-wrap: wrap; }
    .wide #story { display: block; }
    #netstat { height: auto; max-height: 40%; min-height: 4; }
    #search { display: none; border: none; height: 1; padding: 0 1; }
    #search.open { display: block; }
    Help, Story { align: center middle; }
    #help, #story-screen { border: round $accent; padding: 1 2; width: auto; max-width: 90%; height: auto; max-height: 90%; background: $surface; }
    #story-screen { overflow-y: auto; width: 90%; }
    """  # noqa: E501 - a declaration a line
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space,j,down", "step(1)", "next", key_display="→"),
        Binding("left,h,k,up", "step(-1)", "back", key_display="←"),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("right_square_bracket", "thread(1)", "same thread", key_display="]"),
        Binding("left_square_bracket", "thread(-1)", show=False),
        Binding("t", "turn(1)", "turn"),
        Binding("T", "turn(-1)", show=False),
        Binding("n", "moment(1)", "moment"),
        Binding("p", "moment(-1)", show=False),
        Binding("home,g", "edge(0)", show=False),
        Binding("end,G", "edge(1)", show=False),
        Binding("slash", "search", "search", key_display="/"),
        Binding("full_stop", "found(1)", show=False),
        Binding("comma", "found(-1)", show=False),
        Binding("s", "story", "story"),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("q", "quit", "quit"),
        Binding("escape", "leave_search", show=False),
    ]

    def __init__(self, view: RunView) -> None:
        super().__init__()
        self.view = view
        self._wanted = ""
        self._remark = ""
        self._first = 0
        self.title = "notsock watch"

    def compose(self) -> ComposeResult:
        """Lay the panes out."""
        yield Static("", id="title", markup=False)
        yield Static("", id="head", markup=False)
        with Horizontal(id="middle"):
            yield Pane("events", "events")
            with Vertical(id="right"):
                yield Pane("threads", "threads")
                yield Pane("what each number means", "numbers")
            yield Pane("the story", "story")
        yield Pane("netstat", "netstat")
        yield Input(placeholder="a number, a thread, a call, an error", id="search", select_on_focus=True)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin at the decisive moment."""
        self.call_after_refresh(self.draw)

    def on_resize(self, event: events.Resize) -> None:
        """Give the story a pane where there is room."""
        self.screen_stack[0].set_class(event.size.width >= WIDE, "wide")
        self.call_after_refresh(self.draw)

    # ---- keys -----------------------------------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Go an event on or back."""
        self.view.step(by)
        self._moved(True, "")

    def action_page(self, way: int) -> None:
        """Go a screen on or back."""
        self.action_step(way * max(1, self._rows("events") - 1))

    def action_thread(self, way: int) -> None:
        """Go to the same thread's next event."""
        self._moved(self.view.same_thread(way), "the thread does nothing more" if way > 0 else "the thread begins here")

    def action_turn(self, way: int) -> None:
        """Go to another thread's turn."""
        self._moved(self.view.next_turn(way), "no other thread has the turn any more")

    def action_moment(self, way: int) -> None:
        """Go to the finding's next moment."""
        self._moved(self.view.next_moment(way), "there is no further moment of a finding that way")

    def action_edge(self, end: int) -> None:
        """Go to the beginning or the end."""
        self.view.go(end * len(self.view))
        self._moved(True, "")

    def action_search(self) -> None:
        """Ask what to search for."""
        box = self.query_one("#search", Input)
        box.add_class("open")
        box.focus()

    def action_leave_search(self) -> None:
        """Put the search away."""
        box = self.query_one("#search", Input)
        box.remove_class("open")
        self.set_focus(None)
        self.call_after_refresh(self.draw)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next event that says it."""
        self._wanted = event.value.strip()
        self.action_leave_search()
        self.action_found(1)

    def action_found(self, way: int) -> None:
        """Go to the next event that says what was searched for."""
        if self._wanted:
            self._moved(self.view.find(self._wanted, way), f"nothing says {self._wanted}")

    def action_story(self) -> None:
        """Show the finding in words."""
        self.push_screen(Story(self._story()))

    def action_help(self) -> None:
        """Show the keys."""
        self.push_screen(Help())

    def on_click(self, event: events.Click) -> None:
        """A click on an event puts the cursor there."""
        pane = self.query_one("#events", Pane)
        if event.widget is pane:
            self.view.go(self._first + event.y - 1)
            self._moved(True, "")

    def _moved(self, moved: bool, otherwise: str) -> None:
        """Draw what is true now, or say why the cursor stays."""
        self._remark = "" if moved else otherwise
        self.draw()

    # ---- drawing --------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Show what is true at the cursor."""
        self.screen_stack[0].query_one("#title", Static).update(self._title())
        self.screen_stack[0].query_one("#head", Static).update(self._head())
        for name, text in (
            ("events", self._events()), ("threads", self._threads()), ("numbers", self._numbers()),
            ("netstat", self._netstat()), ("story", self._story()),
        ):  # fmt: skip
            self.screen_stack[0].query_one(f"#{name}", Pane).update(text)

    def _rows(self, name: str) -> int:
        return max(1, self.screen_stack[0].query_one(f"#{name}", Pane).content_size.height)

    def _title(self) -> Text:
        finding, title = self.view.finding, Text()
        if finding is not None:
            title.append(f"{finding.severity.value}: ", SEVERITY_STYLES[finding.severity.value])
            title.append(f"{escaped(finding.title)}  ", "bold")
        return title.append(f"({self.view.title})", "dim")

    def _head(self) -> Text:
        view, finding = self.view, self.view.finding
        head = Text()
        place = view.cursor
        head.append(f"event {place + 1:,} of {len(view):,}, {duration(view.time_ns(place))}: ", "dim")
        if actor := view.actor(place):
            head.append(escaped(actor), "bold cyan")
            head.append(" ")
        head.append(escaped(view.words(place)), "bold")
        head.append("\n")
        if self._remark:
            head.append(f"{escaped(self._remark)}  ", "yellow")
        for number in view.moments_at(place):
            assert finding is not None
            moment = finding.history[number - 1]
            head.append(f"({number}) {escaped(moment.role)} {escaped(moment.call)} ", "reverse")
            if moment.stack:
                at = moment.stack[0]
                head.append(f" {escaped(at.file)}:{at.line}", "dim")
        return head

    def _events(self) -> Text:
        view, rows = self.view, self._rows("events")
        self._first = max(0, min(view.cursor - rows // 2, len(view) - rows))
        text = Text()
        width = len(str(len(view)))
        for place in range(self._first, min(len(view), self._first + rows)):
            style = "reverse" if place == view.cursor else ""
            marks = "".join(f"({number})" for number in view.moments_at(place))
            line = Text(f"{place + 1:>{width}} {marks or ' '} ", style or "dim")
            line.append(f"{escaped(view.actor(place))} ", style or "cyan")
            words = view.words(place)
            failed = " failed with " in words or "which means nothing" in words
            line.append(escaped(words), style or ("red" if failed else "bold" if marks else ""))
            text.append_text(line)
            text.append("\n")
        return text

    def _threads(self) -> Text:
        text = Text()
        for thread in sorted(self.view.threads(), key=lambda each: (not each.acts, each.over)):
            style = "dim" if thread.over else "bold" if thread.acts else ""
            text.append(f"{'▶' if thread.acts else ' '} {escaped(thread.name)}", style or "cyan")
            text.append(f"  {escaped(thread.says)}\n", style)
        return text

    def _numbers(self) -> Text:
        text = Text()
        numbers = self.view.numbers()
        several = len({each.process for each in numbers}) > 1
        for each in numbers:
            text.append(f"{escaped(each.process)} " if several else "", "dim")
            text.append_text(_number(each))
            text.append("\n")
        if not numbers:
            text.append("no number means anything", "dim")
        return text

    def _netstat(self) -> Text:
        text = Text()
        machines = self.view.netstat()
        for name, lines in machines:
            if len(machines) > 1:
                text.append(f"{escaped(name)}\n", "dim")
            for line in lines:
                text.append(f"{escaped(line)}\n")
        text.right_crop(1)
        return text

    def _story(self) -> Text:
        finding = self.view.finding
        text = Text()
        if finding is None:
            return text.append("nothing was found in this run", "dim")
        for number, moment in enumerate(finding.history, 1):
            here = number in self.view.moments_at(self.view.cursor)
            text.append(f"({number}) {escaped(moment.role)} ", "reverse" if here else "bold")
            text.append(f"{escaped(moment.call)} ")
            text.append(f"by {escaped(moment.thread)}\n" if moment.thread else "\n", "dim")
            for at in moment.stack[:2]:
                text.append(f"    {escaped(at.file)}:{at.line} in {escaped(at.function)}\n", "dim")
        for label, words in (("seen after", finding.consequence), ("what to do", finding.advice)):
            text.append(f"{label}: ", "cyan")
            text.append(f"{escaped(words)}\n")
        mistake = self.view.mistake
        assert mistake is not None
        for heading, others in ((ALSO, mistake.shapes), (BECAUSE, mistake.consequences)):
            text.append(f"{heading}:\n" if others else "", "cyan")
            for each in others:
                text.append(f"  {each.severity.value}", SEVERITY_STYLES[each.severity.value])
                text.append(f": {escaped(each.title)}\n")
        if self.view.story:
            text.append("schedule:\n", "cyan")
            text.append("".join(f"  {escaped(line)}\n" for line in self.view.story))
        return text


def _number(each: NumberNow) -> Text:
    naming = {Naming.HANDLE: "", Naming.DESCRIPTOR: "descriptor ", Naming.CONTEXT: "Winsock's context "}[each.naming]
    text = Text(f"{naming}{each.label} ", "bold")
    if each.object:
        colour = COLOURS[each.object % len(COLOURS)]
        return text.append(f"━ {escaped(each.means)}", f"bold {colour}")
    return text.append(f"✗ nothing (was {escaped(each.was)})", "dim")
