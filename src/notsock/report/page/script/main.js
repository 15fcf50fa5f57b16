// The page put together.

const live = el("div", { class: "hidden", role: "status", "aria-live": "polite" });
let announcing = 0;
function announce(text) {
  clearTimeout(announcing);
  announcing = setTimeout(() => { live.textContent = text; }, 250);
}

const LANES_MAX = 14;

/** A run: toolbar, picture, panels, connections, events. */
class RunSection {
  constructor(run, finding, palette, { small = false, start = null } = {}) {
    this.palette = palette;
    const view = this.view = new View(run, finding, small ? `${run.data.title}, compared` : run.data.title);
    if (finding && view.lanes.length > LANES_MAX) view.laneMode = "finding";
    view.chooseLanes();
    this.small = small;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.strip = el("canvas", { class: "overview", "aria-hidden": "true" });
    this.tip = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.stage = el("div", { class: "stage", tabindex: "0", role: "slider", "aria-label": `Cursor in the run on ${view.label}`, "aria-valuemin": "1", "aria-valuemax": run.count }, this.canvas, this.tip);
    this.picture = new Picture(view, this.canvas, palette);
    this.overview = new Overview(view, this.strip, palette);
    this.input = new PictureInput(view, this.picture, this.stage, this.tip);
    this.netstat = netstatPanel(view);
    this.beside = (small ? [cursorPanel] : [cursorPanel, portsPanel, numbersPanel]).map((make) => make(view));
    this.panels = [this.netstat, ...this.beside];
    this.node = this._put();
    this.showPanels = oncePerFrame(() => { for (const panel of this.panels) panel.show(); });
    view.on((what, detail) => this._told(what, detail));
    this.observer = new ResizeObserver(() => this._resize());
    this.observer.observe(this.stage);
    this.start = start;
  }

  _put() {
    const { view } = this;
    const heading = freshIdent("picture");
    const drawn = el("div", { class: "drawn" }, this.strip, this.stage, legend());
    const head = el("div", { class: "runhead" },
      el("h2", { id: heading, class: this.small ? "hidden" : "", text: `The run on ${view.label}` }), this._toolbar());
    const children = [head, el("div", { class: "main" }, drawn, this.netstat.panel),
      el("div", { class: "beside" }, ...this.beside.map((panel) => panel.panel))];
    if (!this.small) children.push(this._lower());
    return el("section", { class: `run${this.small ? " small" : ""}`, "aria-labelledby": heading }, ...children);
  }

  /** What stands below the picture, for those who want every packet and every event. */
  _lower() {
    const { view } = this;
    if (view.run.data.ladders.length) this.ladder = new Ladder(view);
    this.events = new EventTable(view);
    const table = el("section", { class: "panel all-events", "aria-label": "All events" }, el("h3", { text: "all events" }), this.events.scroller);
    return el("div", { class: "lower" }, this.ladder?.node, table);
  }

  _toolbar() {
    const { view } = this;
    const button = (text, label, action) => el("button", { type: "button", "aria-label": label, title: label, text, on: { click: action } });
    const order = el("button", { type: "button", "aria-pressed": "false", text: "True time", title: "space by virtual time instead of by the order of events" });
    order.addEventListener("click", () => {
      const mode = view.axis.mode === "order" ? "time" : "order";
      order.setAttribute("aria-pressed", String(mode === "time"));
      view.setAxis(mode);
      if (mode === "order" && view.finding) view.frameFinding();
    });
    return el("div", { class: "toolbar", role: "group", "aria-label": `Picture, ${view.label}` },
      button("−", "Zoom out", () => view.zoom(1 / 1.6)), button("+", "Zoom in", () => view.zoom(1.6)),
      button("Whole run", "Show the whole run", () => view.fit()),
      view.moments.length ? button("Finding", "Show the finding's moments", () => view.frameFinding()) : null,
      view.moments.length ? button("Previous", "The finding's previous moment", () => view.setCursor(nextMoment(view, -1))) : null,
      view.moments.length ? button("Next", "The finding's next moment", () => view.setCursor(nextMoment(view, 1))) : null,
      order, this._laneToggle(), new Search(view).node);
  }

  _laneToggle() {
    const { view } = this;
    if (!view.finding) return null;
    const toggle = el("button", { type: "button", text: "All lanes", title: "also threads and numbers that the finding is not about" });
    const show = () => toggle.setAttribute("aria-pressed", String(view.laneMode === "all"));
    toggle.addEventListener("click", () => view.setLaneMode(view.laneMode === "all" ? "finding" : "all"));
    view.on((what) => { if (what === LIKES.lanes) show(); });
    show();
    return toggle;
  }

  _told(what, detail) {
    if (what === LIKES.lanes) { this.width = 0; this._resize(); }
    if (what === LIKES.cursor || what === LIKES.lanes) this._atCursor(detail.source);
  }

  _atCursor(source) {
    const { run, cursor } = this.view;
    const words = `event ${cursor + 1} of ${run.count}, ${duration(run.times[cursor])}: ${eventSentence(run, cursor)}`;
    this.stage.setAttribute("aria-valuenow", String(cursor + 1));
    this.stage.setAttribute("aria-valuetext", words);
    if (!source && document.activeElement !== this.stage) announce(words);
    this.showPanels();
  }

  /** The picture is as tall as its lanes, up to two thirds of the window. */
  _resize() {
    const width = this.stage.clientWidth;
    if (!width || width === this.width) return;
    const first = this.width === undefined;
    this.width = width;
    const most = Math.max(260, Math.round(window.innerHeight * (this.small ? 0.4 : 0.62)));
    const units = this.view.width / this.view.scale;
    this.picture.resize(width, Math.min(most, this.view.lanesHeight + HEAD + 4));
    this.overview.resize(width);
    if (first) this._begin();
    else this.view.frame(this.view.left, this.view.width / units);
    this.picture.drawNow();
    this.overview.drawNow();
    this.ladder?.draw();
    this.events?.draw();
  }

  _begin() {
    const { view } = this;
    const decisive = view.moments.at(-1);
    if (decisive) view.frameFinding();
    else if (this.start !== null) view.frame(view.axis.at(this.start) - 20, 8);
    else view.frame(0, LEGIBLE_SCALE * 2);
    const short = view.leastScale >= LEGIBLE_SCALE;
    view.setCursor(decisive ? decisive.event : this.start ?? (short ? view.run.count - 1 : 0), { reveal: this.start !== null, source: "start" });
    for (const panel of this.panels) panel.show();
  }

  dispose() { this.observer.disconnect(); }
}

function legend() {
  const entry = (mark, words) => el("li", {}, el("span", { class: `mark ${mark}`, "aria-hidden": "true" }), words);
  return el("div", { class: "legend" },
    el("ul", {}, entry("call", "a call"), entry("failed", "a call that failed"), entry("means", "what a number means: each object has its colour and pattern"),
      entry("kept", "Winsock's context for it"), entry("heard", "a packet handed to a port's owner"), entry("missed", "a number that meant nothing"), entry("told", "a moment of the finding")),
    el("details", {}, el("summary", { text: "Keys" }), el("dl", {}, ...KEY_WORDS.flatMap(([key, words]) => [el("dt", { text: key }), el("dd", { text: words })]))));
}

const NO_ROOM = "The run of this finding had no room on this page: replay it with --report to see it.";

class App {
  constructor(root) {
    document.title = `notsock: ${PAGE.title}`;
    this.sections = [];
    this.palette = new Palette();
    this.body = el("main");
    const theme = themeButton(() => this._themed());
    root.append(el("header", { class: "top" }, el("p", {}, el("b", { text: "notsock" }), " ", name(PAGE.program), el("span", { class: "verdict", text: PAGE.verdict })), theme), this.body, live);
  }

  _themed() {
    this.palette.refresh();
    for (const section of this.sections) section.view.tell(LIKES.theme);
  }

  /** Puts the finding's words on the page, and then, when they have been drawn, its run. */
  async choose(place) {
    for (const section of this.sections) section.dispose();
    this.sections = [];
    const finding = PAGE.findings[place] ?? null;
    const list = findingList(PAGE.findings, place, (other) => this._chosen(other));
    const article = finding ? findingArticle(PAGE.findings, place, { show: (moment) => this._show(moment), choose: (other) => this._chosen(other) }) : nothingFound();
    this.body.replaceChildren(...[list, article].filter(Boolean));
    await drawn();
    await loading;
    const section = this._runOf(finding);
    if (section) this.sections.push(section);
    const missing = finding && !section ? el("p", { class: "panel", text: NO_ROOM }) : null;
    const pair = PAGE.beside.find(({ runs }) => !finding || runs.includes(finding.run));
    const beside = pair ? comparison(pair, this.palette) : null;
    this.body.append(...[pair?.asked ? beside : null, section?.node, missing, pair?.asked ? null : beside,
      ...PAGE.notes.map(shownNote), ...PAGE.tables.map(shownTable)].filter(Boolean));
  }

  async _chosen(place) {
    const chosen = this.choose(place);
    const heading = document.getElementById("finding-title");
    heading.tabIndex = -1;
    (document.querySelector(".findings [aria-current]") ?? heading).focus();
    await chosen;
  }

  _show(moment) {
    const [section] = this.sections;
    if (!section) return;
    section.view.setCursor(section.view.run.indexOf(moment.position));
    section.stage.focus();
  }

  _runOf(finding) {
    const place = finding ? finding.run : runsData.length ? 0 : null;
    return place === null || place === undefined ? null : new RunSection(runAt(place), finding, this.palette);
  }
}

function nothingFound() {
  return el("article", { class: "finding clean" }, el("h1", { text: "Nothing was found" }), el("p", { text: PAGE.verdict }));
}

/** Comes back when what was put on the page has been drawn; in a window that nobody sees, soon. */
function drawn() {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, 100);
  });
}

const app = new App(document.getElementById("page"));
const loading = loadRuns().then((loaded) => { runsData = loaded; });
await app.choose(0);
performance.mark("notsock-ready");
document.documentElement.dataset.ready = "true";
