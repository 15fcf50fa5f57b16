// The events as a table: the same run for those who read rather than look.  Only the rows in view exist.

const EVENT_ROW = 26;
const TALLEST = 8_000_000;
const EVENT_COLUMNS = ["event", "time", "thread", "what happens"];

class EventTable {
  constructor(view) {
    this.view = view;
    this.run = view.run;
    this.ident = freshIdent("events");
    this.total = Math.min(TALLEST, this.run.count * EVENT_ROW);
    this.body = el("div", { class: "rows", role: "rowgroup" });
    this.body.style.height = `${this.total}px`;
    this.scroller = el("div", { class: "events", role: "grid", tabindex: "0", "aria-label": "Events", "aria-rowcount": this.run.count + 1, "aria-colcount": EVENT_COLUMNS.length,
      on: { keydown: (event) => this._key(event), click: (event) => this._click(event) } },
      el("div", { role: "rowgroup", class: "head" }, el("div", { role: "row", "aria-rowindex": "1" },
        ...EVENT_COLUMNS.map((column) => el("span", { role: "columnheader", text: column })))),
      this.body);
    this.draw = oncePerFrame(() => this.drawNow());
    this.scroller.addEventListener("scroll", this.draw);
    view.on((what) => { if (what === LIKES.cursor) this.follow(); else if (what === LIKES.matches) this.draw(); });
  }

  /** Rows stand at their place; in a run too long for the browser the scroll bar stands for shares of it. */
  get rows() { return Math.max(1, Math.floor(this.scroller.clientHeight / EVENT_ROW) - 1); }
  get first() {
    const { scrollTop } = this.scroller;
    if (this.total < TALLEST) return Math.floor(scrollTop / EVENT_ROW);
    return Math.round((scrollTop / (this.total - this.scroller.clientHeight)) * (this.run.count - this.rows));
  }

  drawNow() {
    const first = clamp(this.first, 0, this.run.count - 1);
    const last = Math.min(this.run.count - 1, first + this.rows + 2);
    const top = this.total < TALLEST ? first * EVENT_ROW : this.scroller.scrollTop;
    const matches = new Set(this.view.matches.slice(firstAtOrAfter(this.view.matches, (i) => i, first), firstAtOrAfter(this.view.matches, (i) => i, last + 1)));
    const nodes = [];
    for (let i = first; i <= last; i++) nodes.push(this._row(i, top + (i - first) * EVENT_ROW, matches.has(i)));
    this.body.replaceChildren(...nodes);
    const shown = this.view.cursor >= first && this.view.cursor <= last;
    if (shown) this.scroller.setAttribute("aria-activedescendant", `${this.ident}-${this.view.cursor}`);
    else this.scroller.removeAttribute("aria-activedescendant");
  }

  _row(i, top, matches) {
    const { run } = this;
    const failed = run.kind(i) === KIND.Exited && run.get(i, "error") !== 0;
    const moment = this.view.moments.find((each) => each.event === i);
    const row = el("div", { role: "row", id: `${this.ident}-${i}`, "aria-rowindex": i + 2, "aria-selected": i === this.view.cursor ? "true" : "false",
      class: [failed || run.kind(i) === KIND.HandleMissed ? "failed" : "", matches ? "match" : "", moment ? "told" : ""].join(" ") },
      el("span", { role: "gridcell", text: String(i + 1) }), el("span", { role: "gridcell", text: duration(run.times[i]) }),
      el("span", { role: "gridcell" }, name(actorWords(run, i))),
      el("span", { role: "gridcell" }, moment ? el("b", { class: "badge", text: String(moment.place + 1) }) : null, eventWords(run, i)));
    row.style.transform = `translateY(${top}px)`;
    return row;
  }

  follow() {
    const { cursor } = this.view;
    const { first, rows } = this;
    if (cursor < first || cursor > first + rows - 2) {
      const wanted = clamp(cursor - Math.floor(rows / 2), 0, this.run.count);
      const share = this.total < TALLEST ? wanted * EVENT_ROW : (wanted / (this.run.count - rows)) * (this.total - this.scroller.clientHeight);
      this.scroller.scrollTop = share;
    }
    this.draw();
  }

  _key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: this.rows, PageUp: -this.rows, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.view.setCursor(clamp(this.view.cursor + step, 0, this.run.count - 1), { source: "grid" });
  }

  _click(event) {
    const row = event.target.closest("[role=row]");
    const i = Number(row?.id.slice(this.ident.length + 1));
    if (row?.id && Number.isInteger(i)) this.view.setCursor(i, { source: "grid" });
  }
}
