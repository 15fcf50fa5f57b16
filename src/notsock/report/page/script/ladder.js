// A TCP connection as a ladder: time runs down, each end's state stands on its side, packets cross between.

const RUNG = 24;
const LADDER_LEFT = 190;
const LADDER_RIGHT = 110;
const LOST_PACKET = -1;

class Ladder {
  constructor(view) {
    this.view = view;
    this.run = view.run;
    this.ladders = view.run.data.ladders;
    this.choice = el("select", { id: freshIdent("connection"), on: { change: () => this.choose(Number(this.choice.value)) } },
      ...this.ladders.map((ladder, place) => el("option", { value: place, text: ladderName(ladder) })));
    this.scroller = el("div", { class: "ladder", tabindex: "0", role: "slider", "aria-label": "Steps of the connection", "aria-orientation": "vertical", "aria-valuemin": "1",
      on: { keydown: (event) => this._key(event), click: (event) => this._click(event) } });
    this.drawing = svg("svg", { "aria-hidden": "true" });
    this.spacer = el("div", { class: "spacer" }, this.drawing);
    this.heads = el("div", { class: "heads" });
    this.scroller.append(this.spacer);
    this.draw = oncePerFrame(() => this.drawNow());
    this.scroller.addEventListener("scroll", this.draw);
    view.on((what) => { if (what === LIKES.cursor) this._follow(); });
    this.node = el("section", { class: "panel connections", "aria-label": "TCP connections" }, el("h3", { text: "TCP connections" }),
      el("p", { class: "choose" }, el("label", { for: this.choice.id, text: "connection " }), this.choice),
      view.run.data.tapped ? null : el("p", { class: "nothing", text: "Nobody listened to this run's network: states only, no packets." }),
      this.heads, this.scroller);
    this.choose(this._firstChoice());
  }

  /** The connection that a finding's words name, if it names one. */
  _firstChoice() {
    const said = this.view.finding ? `${this.view.finding.object} ${this.view.finding.consequence}` : "";
    const found = this.ladders.findIndex((ladder) => ladder.ends.some((end) => said.includes(`${end.local} ↔ ${end.remote}`)));
    return Math.max(0, found);
  }

  choose(place) {
    this.choice.value = String(place);
    this.ladder = this.ladders[place];
    this.rungs = rungsOf(this.ladder);
    this.spacer.style.height = `${this.rungs.length * RUNG + 12}px`;
    this.heads.replaceChildren(...this.ladder.ends.map((end) => el("div", {},
      el("strong", { text: end.local }), el("br"), el("span", { text: this.run.objectWords(end.object).split(",")[0] }))));
    this.scroller.setAttribute("aria-valuemax", String(Math.max(1, this.rungs.length)));
    this.scroller.scrollTop = 0;
    this._follow();
  }

  /** The rung at the cursor, or the last one before it. */
  _follow() {
    const at = this.run.position(this.view.cursor);
    this.current = Math.max(0, firstAtOrAfter(this.rungs, (rung) => rung.at, at + 1) - 1);
    const top = this.current * RUNG;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop || top > scrollTop + clientHeight - 2 * RUNG) this.scroller.scrollTop = top - clientHeight / 2;
    this.scroller.setAttribute("aria-valuenow", String(this.current + 1));
    this.scroller.setAttribute("aria-valuetext", this.rungs.length ? this._words(this.rungs[this.current]) : "nothing");
    this.draw();
  }

  _words(rung) {
    const end = this.ladder.ends[rung.side]?.local ?? "the other end";
    if (rung.what === "state") return `${end}: ${WORDS.states[rung.old]} to ${WORDS.states[rung.new]}`;
    const fate = rung.what === "sent" ? (rung.arrives[0] === LOST_PACKET ? "sends, and the network loses," : "sends") : "is delivered";
    return `${end} ${fate} ${packetWords(rung.flags, rung.length)}`;
  }

  _key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey || !this.rungs.length) return;
    event.preventDefault();
    this._go(clamp(this.current + step, 0, this.rungs.length - 1));
  }

  _click(event) {
    const place = Math.floor((event.clientY - this.spacer.getBoundingClientRect().top) / RUNG);
    if (place >= 0 && place < this.rungs.length) this._go(place);
  }

  _go(place) { this.view.setCursor(this.run.indexOf(this.rungs[place].at), { source: "slider" }); }

  drawNow() {
    const { scroller, rungs } = this;
    const width = Math.max(320, scroller.clientWidth);
    const top = scroller.scrollTop;
    const first = Math.max(0, Math.floor(top / RUNG) - 12);
    const last = Math.min(rungs.length - 1, Math.ceil((top + scroller.clientHeight) / RUNG) + 12);
    const left = LADDER_LEFT, right = width - LADDER_RIGHT;
    const nodes = [svg("rect", { x: 0, y: this.current * RUNG, width: "100%", height: RUNG, class: "current" }), ...this._rails(first, last, left, right)];
    for (let place = first; place <= last; place++) nodes.push(...this._rung(place, left, right));
    furnish(this.drawing, { width, height: rungs.length * RUNG + 12 }, []);
    this.drawing.replaceChildren(...nodes);
  }

  /** The two vertical lines, thick and coloured by state. */
  *_rails(first, last, left, right) {
    for (const side of [0, 1]) {
      const x = side ? right : left;
      for (let place = first; place <= last; place++) {
        const state = this.rungs[place].states[side];
        if (state === undefined) continue;
        yield svg("rect", { x: x - 3, y: place * RUNG, width: 6, height: RUNG, class: `rail state-${state}` });
      }
    }
  }

  *_rung(place, left, right) {
    const rung = this.rungs[place];
    const y = place * RUNG + RUNG / 2;
    const i = this.run.indexOf(rung.at);
    yield svg("text", { x: 6, y: y + 4, class: "when", text: `${i + 1} · ${duration(this.run.times[i])}` });
    const x = rung.side ? right : left;
    if (rung.what === "state") {
      const label = WORDS.states[rung.new];
      yield svg("text", { x: rung.side ? x + 9 : x - 9, y: y + 4, class: "state", "text-anchor": rung.side ? "start" : "end", text: label });
    } else if (rung.what === "sent") yield* this._arrow(rung, place, left, right);
  }

  *_arrow(rung, place, left, right) {
    const y = place * RUNG + RUNG / 2;
    const from = rung.side ? right - 4 : left + 4;
    const to = rung.side ? left + 4 : right - 4;
    const lost = rung.arrives[0] === LOST_PACKET;
    const targets = rung.arrivesAt.length ? rung.arrivesAt : [place];
    for (const target of targets) {
      const middle = (from + to) / 2;
      const x2 = lost || !rung.arrivesAt.length ? middle : to;
      const y2 = target * RUNG + RUNG / 2;
      yield svg("line", { x1: from, y1: y, x2, y2, class: lost ? "packet lost" : "packet" });
      if (lost) yield svg("text", { x: x2, y: y2 + 5, class: "loss", "text-anchor": "middle", text: "✗ lost" });
      else if (rung.arrivesAt.length) yield arrowHead(from, y, x2, y2);
    }
    const label = packetWords(rung.flags, rung.length);
    yield svg("text", { x: rung.side ? from - 8 : from + 8, y: y - 4, class: "label", "text-anchor": rung.side ? "end" : "start", text: label });
  }
}

function arrowHead(x1, y1, x2, y2) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const point = (turn) => `${x2 - 9 * Math.cos(angle + turn)},${y2 - 9 * Math.sin(angle + turn)}`;
  return svg("polygon", { points: `${x2},${y2} ${point(0.35)} ${point(-0.35)}`, class: "tip" });
}

/** States, sendings and arrivals in the order of the trace; each knows the states on both sides after it. */
function rungsOf(ladder) {
  const rungs = ladder.states.map(([at, side, old, state]) => ({ at, what: "state", side, old, new: state }));
  for (const [at, side, flags, length, arrives] of ladder.packets) {
    const sent = { at, what: "sent", side, flags, length, arrives, arrivesAt: [] };
    rungs.push(sent);
    for (const when of arrives) if (when > 0) rungs.push({ at: when, what: "arrived", side: 1 - side, flags, length, of: sent });
  }
  rungs.sort((one, other) => one.at - other.at);
  const states = [undefined, undefined];
  rungs.forEach((rung, place) => {
    if (rung.what === "state") states[rung.side] = rung.new;
    if (rung.what === "arrived") rung.of.arrivesAt.push(place);
    rung.states = [...states];
  });
  return rungs;
}

function ladderName(ladder) {
  return `${ladder.ends[0].local} ↔ ${ladder.ends[0].remote}`;
}
