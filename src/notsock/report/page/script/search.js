// Search: a handle, a thread, a call, an object, anything that an event says.

class Search {
  constructor(view) {
    this.view = view;
    this.place = -1;
    const ident = freshIdent("search");
    this.input = el("input", { type: "search", id: ident, placeholder: "handle, thread, call …", autocomplete: "off", spellcheck: "false" });
    this.count = el("output", { class: "count", for: ident });
    this.node = el("form", { role: "search", "aria-label": `Search, ${view.label}`, class: "search", on: { submit: (event) => { event.preventDefault(); this._go(event.submitter?.value === "back" ? -1 : 1); } } },
      el("label", { for: ident, class: "hidden", text: "Find a handle, a thread or a call" }), this.input,
      el("button", { type: "submit", value: "on", text: "Find", title: "the next match" }),
      el("button", { type: "submit", value: "back", text: "Back", title: "the match before" }), this.count);
    this.input.addEventListener("input", () => { this.asked = null; if (!this.input.value) this._find(); });
  }

  _find() {
    const query = this.input.value.trim();
    if (query === this.asked) return;
    this.asked = query;
    this.place = -1;
    this.view.matches = query ? matching(this.view.run, query) : [];
    this.view.tell(LIKES.matches);
    this._say();
  }

  _go(direction) {
    this._find();
    const { matches, cursor } = this.view;
    if (!matches.length) return;
    if (this.place < 0) this.place = direction > 0 ? firstAtOrAfter(matches, (i) => i, cursor) : firstAtOrAfter(matches, (i) => i, cursor) - 1;
    else this.place += direction;
    this.place = (this.place + matches.length) % matches.length;
    const i = matches[this.place];
    if (this.view.laneMode === "finding" && !this.view.laneOf.has(`thread:${this.view.run.threadOf(i)}`)) this.view.setLaneMode("all");
    this.view.setCursor(i);
    this._say();
  }

  _say() {
    const { matches, run, cursor } = this.view;
    if (!this.asked) this.count.textContent = "";
    else if (!matches.length) this.count.textContent = `nothing says “${this.asked}”`;
    else this.count.textContent = this.place < 0 ? `${matches.length} found` : `${this.place + 1} of ${matches.length}: event ${cursor + 1}, ${eventSentence(run, cursor)}`;
  }
}

/** The events that say a text; a number such as 0x64 is only found whole. */
function matching(run, query) {
  const plain = query.toLowerCase();
  const quoted = plain.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const whole = /^(0x[0-9a-f]+|\d+)$/.test(plain) ? new RegExp(`(^|[^0-9a-z])${quoted}($|[^0-9a-z])`) : null;
  const found = [];
  for (let i = 0; i < run.count; i++) {
    const said = eventSentence(run, i).toLowerCase();
    if (whole ? whole.test(said) : said.includes(plain)) found.push(i);
  }
  return found;
}
