// The picture: threads and handle numbers as lanes over the events, on a canvas, only what is in view.

const HEAD = 30;
const FONT = "12px system-ui, sans-serif";
const MONO = "11.5px ui-monospace, 'DejaVu Sans Mono', monospace";
const BAR = 18;

class Picture {
  constructor(view, canvas, palette) {
    this.view = view;
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { alpha: false });
    this.palette = palette;
    this.draw = oncePerFrame(() => this.drawNow());
    view.on(() => this.draw());
  }

  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.height = `${height}px`;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.width = width;
    this.height = height;
    this.view.gutter = width < 600 ? 100 : 176;
    this.view.width = width - this.view.gutter;
    this.view.height = height - HEAD;
  }

  drawNow() {
    const { pen, view } = this;
    const started = performance.now();
    pen.fillStyle = this.palette.colours.surface;
    pen.fillRect(0, 0, this.width, this.height);
    pen.font = MONO;
    this.charWidth = pen.measureText("0000000000").width / 10;
    this.from = view.axis.event(view.unitAt(0));
    this.to = Math.min(view.run.count - 1, view.axis.event(view.unitAt(view.width)) + 1);
    this._clipped(this.view.gutter, HEAD, () => this._lanes());
    this._clipped(this.view.gutter, 0, () => this._head());
    this._clipped(0, HEAD, () => this._gutter());
    this._caption();
    this.drawnInMs = performance.now() - started;
  }

  _clipped(x, y, action) {
    const { pen } = this;
    pen.save();
    pen.beginPath();
    pen.rect(x, y, this.width - x, this.height - y);
    pen.clip();
    action();
    pen.restore();
  }

  x(i) { return this.view.gutter + this.view.x(i); }
  y(lane) { return HEAD + lane.top - this.view.top; }
  inView(lane) { const y = this.y(lane); return y < this.height && y + lane.height > HEAD; }

  _lanes() {
    const shown = this.view.lanes.filter((lane) => this.inView(lane));
    for (const lane of shown) this._ground(lane);
    this._guides();
    for (const lane of shown) {
      if (lane.kind === "thread") this._threads(lane);
      else if (lane.kind === "number") this._number(lane);
    }
    this._stems();
    this._matches();
    this._cursor();
  }

  _ground(lane) {
    const { pen, palette: { colours } } = this;
    const y = this.y(lane);
    pen.fillStyle = lane.kind === "process" ? colours.head : lane.kind === "thread" ? colours.surface : colours.lane;
    pen.fillRect(0, y, this.width, lane.height);
    pen.fillStyle = colours.rule;
    pen.fillRect(0, y + lane.height - 1, this.width, 1);
  }

  // ---- threads ----

  _threads(lane) {
    const { threads } = lane;
    const first = Math.max(0, firstAtOrAfter(threads, (thread) => thread.from, this.from) - 1);
    for (let k = first; k < threads.length && threads[k].from <= this.to; k++) this._thread(lane, threads[k], threads[k + 1]);
  }

  _thread(lane, thread, after) {
    const { pen, view: { run }, palette: { colours } } = this;
    const middle = Math.round(this.y(lane) + lane.height / 2);
    const begin = Math.max(this.view.gutter, this.x(thread.from));
    const end = Math.min(this.width, this.x(thread.to < 0 ? run.count - 1 : thread.to));
    if (end > begin) { pen.fillStyle = colours.gap; pen.fillRect(begin, middle, end - begin, 1); }
    const edge = after ? this.x(after.from) : this.width;
    const { entered, left } = run.calls;
    const own = thread.calls;
    let place = Math.max(0, firstAtOrAfter(own, (c) => (left[c] < 0 ? run.count : left[c]), this.from));
    let drawnTo = -1;
    for (; place < own.length && entered[own[place]] <= this.to; place++) {
      const c = own[place];
      const x = this.x(entered[c]);
      const until = Math.max(x + 1, left[c] < 0 ? end : this.x(left[c]));
      if (until < drawnTo + 0.75 && !run.calls.error[c]) continue;
      const room = place + 1 < own.length ? this.x(entered[own[place + 1]]) - x : edge - x;
      this._call(c, x, until, middle, room);
      drawnTo = until;
    }
  }

  _call(c, x, until, middle, room) {
    const { pen, view: { run }, palette: { colours } } = this;
    const failed = run.calls.error[c] !== 0;
    const told = this.toldCalls.has(c);
    const top = middle - BAR / 2;
    const width = until - x;
    pen.fillStyle = failed ? colours["error-soft"] : colours.call;
    pen.fillRect(x, top, width, BAR);
    if (width > 3) {
      pen.strokeStyle = told ? colours.accent : failed ? colours.error : colours["call-rule"];
      pen.lineWidth = told ? 2 : 1;
      pen.strokeRect(x + 0.5, top + 0.5, width - 1, BAR - 1);
    } else if (failed) {
      pen.fillStyle = colours.error;
      pen.fillRect(x, top, Math.max(width, 2), BAR);
    }
    if (room < 26) return;
    const failure = failed ? `✗ ${run.calls.error[c]} ` : "";
    const seen = Math.max(x, this.view.gutter);
    this._label(failure + callWords(run, c), seen + 4, middle, room - (seen - x) - 6, failed ? colours.error : colours["call-text"]);
  }

  /** Writes as much of a text as there is room for; nothing rather than a letter or two. */
  _label(text, x, middle, room, colour) {
    const fits = Math.floor(room / this.charWidth);
    if (fits < 3) return;
    const { pen } = this;
    pen.font = MONO;
    pen.textBaseline = "middle";
    pen.fillStyle = colour;
    pen.fillText(text.length <= fits ? text : `${text.slice(0, fits - 1)}…`, x, middle + 0.5);
  }

  // ---- numbers ----

  _number(lane) {
    const { number } = lane;
    const top = this.y(lane) + 4;
    const middle = top + BAR / 2;
    const { pen, palette: { colours } } = this;
    pen.strokeStyle = colours.gap;
    pen.lineWidth = 1;
    pen.setLineDash([2, 4]);
    pen.beginPath(); pen.moveTo(this.view.gutter, middle); pen.lineTo(this.width, middle); pen.stroke();
    pen.setLineDash([]);
    this._segments(number.segments, (segment, x, width, room) => this._meaning(segment, x, width, room, top));
    this._segments(number.contexts, (context, x, width) => this._context(context, x, width, top + BAR + 1));
    for (let k = firstAtOrAfter(number.misses, (i) => i, this.from); k < number.misses.length && number.misses[k] <= this.to; k++) {
      this._miss(this.x(number.misses[k]), middle);
    }
  }

  /** Calls `draw` for each segment in view that is not lost in a pixel, with the room up to the next one. */
  _segments(segments, draw) {
    let drawnTo = -1;
    let k = Math.max(0, firstAtOrAfter(segments, (segment) => segment.to, this.from) - 1);
    for (; k < segments.length && segments[k].from <= this.to; k++) {
      const x = this.x(segments[k].from);
      const width = Math.max(2, this.x(segments[k].to) - x);
      if (x + width < drawnTo + 0.75) continue;
      const room = k + 1 < segments.length ? this.x(segments[k + 1].from) - x : this.width - x;
      draw(segments[k], x, width, room);
      drawnTo = x + width;
    }
  }

  _meaning(segment, x, width, room, top) {
    const { pen, palette, view: { run } } = this;
    const look = palette.ofObject(run, segment.object);
    if (segment.livesTo) this._livesOn(segment, x + width, x + room, top + BAR / 2, look);
    if (x + width < this.view.gutter) return;
    if (width < 4) { pen.fillStyle = look.hue.strong; pen.fillRect(x, top, width, BAR); return; }
    const left = Math.max(x, this.view.gutter - 20);
    const shown = Math.min(x + width, this.width + 20) - left;
    pen.fillStyle = palette.fill(pen, look);
    pen.fillRect(left, top, shown, BAR);
    pen.strokeStyle = look.hue.strong;
    pen.lineWidth = 2;
    pen.strokeRect(left + 1, top + 1, shown - 2, BAR - 2);
    if (segment.closed && width > 10) this._cross(x + width, top + BAR / 2, look.hue.strong);
    this._heard(segment, top + BAR);
    const free = segment.livesTo ? x + width : x + room;
    this._meaningLabel(segment.label ?? run.objectName(segment.object), Math.max(x, this.view.gutter), x + width, free, top + BAR / 2, look);
  }

  /** An object without a handle that was not torn down: a line on from its last close, as far as the lane is free. */
  _livesOn(segment, from, end, middle, look) {
    const { pen } = this;
    const to = Math.min(this.x(segment.livesTo), end);
    pen.fillStyle = look.hue.strong;
    pen.fillRect(from + 6, middle - 1.5, Math.max(0, to - from - 6), 3);
    const text = "lives on, no handle";
    if (to - from > (text.length + 3) * this.charWidth) this._plate(text, Math.max(from, this.view.gutter) + 16, middle, to - from - 24, look);
  }

  /** The object's name stands in its bar; behind it where the bar is too short and what follows leaves room. */
  _meaningLabel(text, from, to, end, middle, look) {
    const wanted = (text.length + 1) * this.charWidth;
    if (to - from - 14 < wanted && end - to - 12 > wanted) this._label(text, to + 8, middle, end - to - 10, look.hue.strong);
    else this._plate(text, from + 6, middle, to - from - 14, look);
  }

  /** A label on its own ground, so that a pattern does not run through the letters. */
  _plate(text, x, middle, room, look) {
    const fits = Math.floor((room - 4) / this.charWidth);
    if (fits < 3) return;
    const { pen, palette: { colours } } = this;
    const shown = text.length <= fits ? text : `${text.slice(0, fits - 1)}…`;
    pen.fillStyle = look.hue.soft;
    pen.fillRect(x - 2, middle - 7, shown.length * this.charWidth + 4, 14);
    this._label(shown, x, middle, room, colours.text);
  }

  /** A mark for each packet that a port's owner was handed. */
  _heard({ heard = [] }, bottom) {
    const { pen, palette: { colours } } = this;
    pen.fillStyle = colours.text;
    let drawnTo = -10;
    for (let k = firstAtOrAfter(heard, (i) => i, this.from); k < heard.length && heard[k] <= this.to; k++) {
      const x = this.x(heard[k]);
      if (x < drawnTo + 3) continue;
      pen.beginPath(); pen.moveTo(x - 4, bottom + 5); pen.lineTo(x + 4, bottom + 5); pen.lineTo(x, bottom - 2); pen.fill();
      drawnTo = x;
    }
  }

  _context(context, x, width, top) {
    const { pen, palette, view: { run } } = this;
    pen.fillStyle = palette.ofObject(run, context.object).hue.strong;
    pen.fillRect(x, top, width, 3);
  }

  _cross(x, middle, colour) {
    const { pen } = this;
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(x - 4, middle - 4); pen.lineTo(x + 4, middle + 4);
    pen.moveTo(x - 4, middle + 4); pen.lineTo(x + 4, middle - 4);
    pen.stroke();
  }

  _miss(x, middle) {
    const { pen, palette: { colours } } = this;
    pen.strokeStyle = colours.error;
    pen.fillStyle = colours.surface;
    pen.lineWidth = 2;
    pen.beginPath(); pen.arc(x, middle, 6, 0, 2 * Math.PI); pen.fill(); pen.stroke();
    pen.beginPath(); pen.moveTo(x - 4, middle + 4); pen.lineTo(x + 4, middle - 4); pen.stroke();
  }

  // ---- what ties lanes together ----

  /** A line from the call that opens, closes or misses a number to that number's lane. */
  _stems() {
    const { view } = this;
    if (view.scale < 1.5) return;
    for (let i = this.from; i <= this.to; i++) {
      const kind = view.run.kind(i);
      if (kind !== KIND.HandleOpened && kind !== KIND.HandleClosed && kind !== KIND.HandleMissed) continue;
      const thread = view.laneOf.get(`thread:${view.run.threadOf(i)}`);
      const number = view.laneOf.get(`handle:${view.run.get(i, "process")}:${view.run.get(i, "handle")}`);
      if (thread && number) this._stem(i, thread, number, kind);
    }
  }

  _stem(i, thread, number, kind) {
    const { pen, palette, view: { run } } = this;
    const x = Math.round(this.x(i)) + 0.5;
    const colour = kind === KIND.HandleMissed ? palette.colours.error : palette.ofObject(run, run.get(i, "object")).hue.strong;
    const from = this.y(thread) + thread.height / 2 + BAR / 2;
    const to = this.y(number) + 4;
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.setLineDash(kind === KIND.HandleOpened ? [] : [4, 3]);
    pen.beginPath(); pen.moveTo(x, from); pen.lineTo(x, to); pen.stroke();
    pen.setLineDash([]);
    pen.fillStyle = colour;
    pen.beginPath();
    if (kind === KIND.HandleOpened) { pen.moveTo(x - 4, to - 6); pen.lineTo(x + 4, to - 6); pen.lineTo(x, to); } else pen.arc(x, from, 3, 0, 2 * Math.PI);
    pen.fill();
  }

  _guides() {
    const { pen, palette: { colours }, view } = this;
    this.toldCalls = new Set();
    pen.strokeStyle = colours.accent;
    pen.lineWidth = 1;
    pen.setLineDash([3, 3]);
    for (const moment of view.moments) {
      const c = view.run.callOf[moment.event];
      if (c >= 0) this.toldCalls.add(c);
      const x = Math.round(this.x(moment.event)) + 0.5;
      pen.beginPath(); pen.moveTo(x, HEAD); pen.lineTo(x, this.height); pen.stroke();
    }
    pen.setLineDash([]);
  }

  _matches() {
    const { pen, palette: { colours }, view } = this;
    if (!view.matches.length) return;
    pen.fillStyle = colours.accent;
    let drawnTo = -10;
    for (let k = firstAtOrAfter(view.matches, (i) => i, this.from); k < view.matches.length && view.matches[k] <= this.to; k++) {
      const x = this.x(view.matches[k]);
      if (x < drawnTo + 1) continue;
      pen.fillRect(x - 1, HEAD, 2, 5);
      drawnTo = x;
    }
  }

  _cursor() {
    const { pen, palette: { colours }, view } = this;
    const x = Math.round(this.x(view.cursor));
    pen.fillStyle = colours.accent;
    pen.fillRect(x - 1, HEAD, 2, this.height);
  }

  // ---- the head: event numbers, time, and the finding's moments ----

  _head() {
    const { pen, palette: { colours } } = this;
    pen.fillStyle = colours.head;
    pen.fillRect(this.view.gutter, 0, this.width - this.view.gutter, HEAD);
    pen.font = FONT;
    pen.textBaseline = "alphabetic";
    pen.fillStyle = colours.muted;
    if (this.view.axis.mode === "time") this._timeTicks();
    else this._eventTicks();
    this._badges();
    this._handle();
  }

  _eventTicks() {
    const { pen, view: { run, scale } } = this;
    const step = niceStep(Math.max(1, 90 / scale / 1.1));
    const busy = [];
    this._clockLabels(busy);
    for (let i = Math.ceil(this.from / step) * step; i <= this.to; i += step) this._tick(this.x(i), `${i + 1}`, busy);
    if (!run.clocks.length) this._tick(this.view.gutter + 2, "0 ns", busy);
  }

  /** Time stands beside the number of the event with which it moved. */
  _clockLabels(busy) {
    const { view: { run } } = this;
    this._tick(this.view.gutter + 2, `${duration(run.times[this.from])}`, busy, true);
    for (let k = firstAtOrAfter(run.clocks, (i) => i, this.from); k < run.clocks.length && run.clocks[k] <= this.to; k++) {
      this._tick(this.x(run.clocks[k]), duration(run.times[run.clocks[k]]), busy, true);
      if (busy.length > 60) return;
    }
  }

  _timeTicks() {
    const { view } = this;
    const step = niceStep(110 / view.scale);
    const first = Math.ceil(view.left / step) * step;
    for (let unit = first; unit <= view.unitAt(view.width); unit += step) {
      this._tick(this.view.gutter + (unit - view.left) * view.scale, duration(Math.round(unit * 1000)), [], true);
    }
  }

  _tick(x, text, busy, isTime = false) {
    const { pen, palette: { colours } } = this;
    const width = pen.measureText(text).width + 10;
    if (busy.some(([from, to]) => x < to && x + width > from)) return;
    busy.push([x, x + width]);
    pen.fillStyle = isTime ? colours.text : colours.muted;
    pen.fillText(text, x + 4, 13);
    pen.fillStyle = colours.gap;
    pen.fillRect(Math.round(x), 4, 1, HEAD - 4);
  }

  _badges() {
    const { pen, palette: { colours }, view } = this;
    pen.font = `bold ${FONT}`;
    pen.textAlign = "center";
    let last = -100;
    for (const moment of view.moments) {
      const at = this.x(moment.event);
      const x = Math.max(at >= this.view.gutter && at < this.view.gutter + 9 ? this.view.gutter + 9 : at, last + 17);
      last = x;
      pen.fillStyle = colours.accent;
      pen.beginPath(); pen.arc(x, HEAD - 9, 8, 0, 2 * Math.PI); pen.fill();
      pen.fillStyle = colours["badge-text"];
      pen.fillText(String(moment.place + 1), x, HEAD - 5);
    }
    pen.textAlign = "start";
  }

  _handle() {
    const { pen, palette: { colours }, view } = this;
    const x = this.x(view.cursor);
    pen.fillStyle = colours.accent;
    pen.beginPath(); pen.moveTo(x - 6, 0); pen.lineTo(x + 6, 0); pen.lineTo(x, 9); pen.fill();
  }

  // ---- the gutter: names of lanes ----

  _gutter() {
    const { pen, palette: { colours }, view } = this;
    pen.textBaseline = "middle";
    for (const lane of view.lanes) {
      if (!this.inView(lane)) continue;
      const y = this.y(lane);
      const isProcess = lane.kind === "process";
      pen.fillStyle = isProcess ? colours.head : lane.kind === "thread" ? colours.surface : colours.lane;
      pen.fillRect(0, y, this.view.gutter, lane.height - 1);
      pen.font = isProcess ? `bold ${FONT}` : lane.kind === "number" ? MONO : FONT;
      pen.fillStyle = colours.text;
      pen.fillText(fitted(pen, laneLabel(view, lane), this.view.gutter - 26), isProcess ? 10 : 20, y + lane.height / 2);
    }
    pen.fillStyle = colours.gap;
    pen.fillRect(this.view.gutter - 1, 0, 1, this.height);
  }

  /** What the numbers in the head are, each in the colour that it has there. */
  _caption() {
    const { pen, palette: { colours }, view } = this;
    pen.font = FONT;
    pen.textBaseline = "alphabetic";
    const lines = view.axis.mode === "time" ? [["time", colours.text]] : [["event number", colours.muted], ["time", colours.text]];
    lines.forEach(([words, colour], line) => {
      pen.fillStyle = colour;
      pen.fillText(words, 10, 12 + 13 * line);
    });
  }

  // ---- what lies under a point ----

  laneAt(y) {
    return this.view.lanes.find((lane) => y >= this.y(lane) && y < this.y(lane) + lane.height);
  }

  /** The event that a person means who points there, and what to call it. */
  hit(x, y) {
    const { view, view: { run } } = this;
    const moment = y < HEAD ? view.moments.find((each) => Math.abs(this.x(each.event) - x) < 9) : null;
    if (moment) return { event: moment.event, words: `${moment.place + 1}: ${moment.role}` };
    const i = view.axis.event(view.unitAt(x - this.view.gutter));
    const lane = this.laneAt(y);
    if (lane?.kind === "thread") {
      const thread = threadAt(lane, i);
      const c = thread ? this._callUnder(thread, i) : -1;
      if (c >= 0) return { event: run.calls.entered[c], words: `${thread.name}: ${callAndResult(run, c)}` };
    }
    if (lane?.kind === "number") {
      const segment = lane.number.segments.find((each) => each.from <= i && i <= each.to);
      const words = `${lane.label}: ${segment ? `${segment.label ? `${segment.label}: ` : ""}${run.objectWords(segment.object)}` : "nothing"}`;
      return { event: i, words };
    }
    return { event: i, words: eventSentence(run, i) };
  }

  _callUnder(thread, i) {
    const { entered, left } = this.view.run.calls;
    const place = firstAtOrAfter(thread.calls, (c) => entered[c], i + 1) - 1;
    const c = place >= 0 ? thread.calls[place] : -1;
    return c >= 0 && (left[c] < 0 || left[c] >= i) ? c : -1;
  }
}

/** The thread of a lane that is the last to have begun at an event. */
function threadAt(lane, i) {
  return lane.threads[firstAtOrAfter(lane.threads, (thread) => thread.from, i + 1) - 1];
}

/** A lane that many threads share is named after the one at the cursor. */
function laneLabel(view, lane) {
  const thread = lane.threads?.length > 1 ? threadAt(lane, view.cursor) : null;
  return thread ? shortened(thread.name, view.run.processName(thread.process)) : lane.label;
}

/** The place of the first of `sorted` whose key is not below `value`. */
function firstAtOrAfter(sorted, keyOf, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(sorted[middle]) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? power * 10;
}

function fitted(pen, text, room) {
  if (text.length * 10 < room || pen.measureText(text).width <= room) return text;
  let shown = text.slice(0, Math.ceil(room / 4));
  while (shown.length > 1 && pen.measureText(`${shown}…`).width > room) shown = shown.slice(0, -1);
  return `${shown}…`;
}
