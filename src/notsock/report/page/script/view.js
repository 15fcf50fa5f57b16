// What is looked at: one run, the cursor in it, and the part of the picture that is in view.

const LIKES = { cursor: "cursor", frame: "frame", lanes: "lanes", theme: "theme", matches: "matches" };

class View {
  constructor(run, finding, label) {
    this.run = run;
    this.label = label;
    this.finding = finding;
    this.cursor = 0;
    this.laneMode = "all";
    this.axis = new Axis(run, "order");
    this.moments = finding ? finding.history.map((moment, place) => ({ ...moment, place, event: run.indexOf(moment.position) })) : [];
    this.matches = [];
    this.gutter = 176;
    this.scale = 1;
    this.left = 0;
    this.top = 0;
    this.width = 800;
    this.height = 300;
    this.listeners = [];
    this.chooseLanes();
  }

  on(listener) { this.listeners.push(listener); }
  tell(what, detail = {}) { for (const listener of this.listeners) listener(what, detail); }

  chooseLanes() {
    const { lanes, height } = lanesOf(this.run, this.laneMode === "finding" ? this.finding : null);
    this.lanes = lanes;
    this.lanesHeight = height;
    this.laneOf = new Map();
    for (const lane of lanes) {
      for (const thread of lane.threads ?? []) this.laneOf.set(`thread:${thread.id}`, lane);
      if (lane.kind === "number") this.laneOf.set(lane.number.key, lane);
    }
    this.top = 0;
  }

  setLaneMode(mode) { this.laneMode = mode; this.chooseLanes(); this.tell(LIKES.lanes); this.scrollToCursorLane(); }

  setAxis(mode) {
    this.axis = new Axis(this.run, mode);
    this.fit();
    this.reveal(this.cursor);
  }

  setCursor(i, { reveal = true, source = "" } = {}) {
    const event = clamp(i, 0, this.run.count - 1);
    this.cursor = event;
    if (reveal) { this.reveal(event); this.scrollToCursorLane(); }
    this.tell(LIKES.cursor, { source });
  }

  // ---- the part in view ----

  x(i) { return (this.axis.at(i) - this.left) * this.scale; }
  unitAt(x) { return this.left + x / this.scale; }
  get leastScale() { return this.width / this.axis.length; }

  frame(left, scale) {
    this.scale = clamp(scale, this.leastScale, Math.max(400, this.leastScale * 4));
    this.left = clamp(left, 0, Math.max(0, this.axis.length - this.width / this.scale));
    this.tell(LIKES.frame);
  }

  fit() { this.frame(0, this.leastScale); }
  pan(pixels) { this.frame(this.left + pixels / this.scale, this.scale); }

  zoom(factor, x = this.x(this.cursor)) {
    const around = clamp(x, 0, this.width);
    const unit = this.unitAt(around);
    const scale = clamp(this.scale * factor, this.leastScale, Math.max(400, this.leastScale * 4));
    this.frame(unit - around / scale, scale);
  }

  reveal(i) {
    const x = this.x(i);
    const margin = Math.min(80, this.width / 6);
    if (x < margin || x > this.width - margin) this.frame(this.axis.at(i) - this.width / 2 / this.scale, this.scale);
  }

  /** Shows a finding's moments from first to last and what followed, if that leaves them wide enough to read. */
  frameFinding() {
    const events = this.moments.map((moment) => moment.event);
    if (!events.length) { this.fit(); return; }
    const first = this.axis.at(Math.min(...events));
    const last = this.axis.at(Math.max(...events));
    const before = Math.max(6, (last - first) * 0.08);
    const after = Math.max(24, (last - first) * 0.35);
    const length = before + last - first + after;
    const scale = Math.max(this.width / length, LEGIBLE_SCALE);
    const wide = length * scale > this.width * 1.05;
    this.frame(wide ? last - (this.width * 0.6) / scale : first - before, scale);
  }

  scrollTo(top) {
    this.top = clamp(top, 0, Math.max(0, this.lanesHeight - this.height));
    this.tell(LIKES.frame);
  }

  /** Scrolls the lane on which the cursor's event happened into view. */
  scrollToCursorLane() {
    const lane = this.laneOf.get(`thread:${this.run.threadOf(this.cursor)}`);
    if (!lane) return;
    if (lane.top < this.top) this.scrollTo(lane.top - LANE_HEIGHT.process);
    else if (lane.top + lane.height > this.top + this.height) this.scrollTo(lane.top + lane.height - this.height);
  }
}

const LEGIBLE_SCALE = 2.2;
