// The strip above the picture: the whole run in a few pixels, with the part in view, the moments and the matches.

const OVERVIEW_HEIGHT = 34;

class Overview {
  constructor(view, canvas, palette) {
    this.view = view;
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { alpha: false });
    this.palette = palette;
    this.density = null;
    this.draw = oncePerFrame(() => this.drawNow());
    view.on((what) => { if (what === LIKES.theme) this.density = null; this.draw(); });
    canvas.addEventListener("pointerdown", (event) => this._grab(event));
    canvas.addEventListener("pointermove", (event) => { if (event.buttons & 1) this._grab(event); });
  }

  resize(width) {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(OVERVIEW_HEIGHT * ratio);
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.width = width;
    this.density = null;
  }

  x(i) { return this.view.gutter + (this.view.axis.at(i) / this.view.axis.length) * (this.width - this.view.gutter); }

  _grab(event) {
    const { view } = this;
    const unit = ((event.offsetX - this.view.gutter) / (this.width - this.view.gutter)) * view.axis.length;
    view.frame(unit - view.width / 2 / view.scale, view.scale);
  }

  drawNow() {
    const { pen, view, palette: { colours } } = this;
    pen.fillStyle = colours.surface;
    pen.fillRect(0, 0, this.width, OVERVIEW_HEIGHT);
    this._busyness();
    for (const i of spread(view.matches, 2000)) { pen.fillStyle = colours.accent; pen.fillRect(this.x(i), 0, 1, 6); }
    for (const moment of view.moments) { pen.fillStyle = colours.accent; pen.fillRect(this.x(moment.event) - 1, 0, 2, OVERVIEW_HEIGHT); }
    pen.fillStyle = colours.text;
    pen.fillRect(this.x(view.cursor) - 1, 0, 1, OVERVIEW_HEIGHT);
    this._window();
    pen.font = FONT;
    pen.fillStyle = colours.muted;
    pen.textBaseline = "middle";
    pen.fillText(`${view.run.count.toLocaleString("en")} events, ${duration(view.run.times[view.run.count - 1])}`, 10, OVERVIEW_HEIGHT / 2);
  }

  /** Failed calls in each column of pixels, and which thread ran there. */
  _busyness() {
    const { pen, view: { run }, palette } = this;
    const columns = Math.max(1, Math.floor(this.width - this.view.gutter));
    if (!this.density || this.densityAxis !== this.view.axis) {
      this.density = columnsOf(run, this.view.axis, columns);
      this.densityAxis = this.view.axis;
    }
    for (let column = 0; column < columns; column++) {
      const thread = this.density.thread[column];
      if (thread) {
        pen.fillStyle = palette.colours["call-rule"];
        pen.fillRect(this.view.gutter + column, 7 + ((thread - 1) % 5) * 4, 1, 4);
      }
      if (this.density.failed[column]) { pen.fillStyle = palette.colours.error; pen.fillRect(this.view.gutter + column, OVERVIEW_HEIGHT - 6, 1, 6); }
    }
  }

  _window() {
    const { pen, view, palette: { colours } } = this;
    const share = (this.width - this.view.gutter) / view.axis.length;
    const x = this.view.gutter + view.left * share;
    const width = Math.max(3, (view.width / view.scale) * share);
    pen.strokeStyle = colours.accent;
    pen.lineWidth = 2;
    pen.strokeRect(x + 1, 1, width - 2, OVERVIEW_HEIGHT - 2);
  }
}

function columnsOf(run, axis, columns) {
  const thread = new Int32Array(columns);
  const failed = new Uint8Array(columns);
  const share = columns / axis.length;
  for (let i = 0; i < run.count; i++) {
    const column = Math.min(columns - 1, Math.floor(axis.at(i) * share));
    const ident = run.threadOf(i);
    if (ident) thread[column] = ident;
    if (run.kind(i) === KIND.Exited && run.get(i, "error")) failed[column] = 1;
  }
  return { thread, failed };
}

/** At most `most` of the values, evenly chosen. */
function spread(values, most) {
  if (values.length <= most) return values;
  const step = values.length / most;
  return Array.from({ length: most }, (_, k) => values[Math.floor(k * step)]);
}
