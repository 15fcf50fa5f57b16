// Mouse, touch and keyboard on the picture.  The keyboard moves a cursor from event to event: a slider.

class PictureInput {
  constructor(view, picture, stage, tip) {
    this.view = view;
    this.picture = picture;
    this.stage = stage;
    this.tip = tip;
    this.drag = null;
    stage.addEventListener("pointerdown", (event) => this._down(event));
    stage.addEventListener("pointermove", (event) => this._move(event));
    stage.addEventListener("pointerup", (event) => this._up(event));
    stage.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    stage.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    stage.addEventListener("keydown", (event) => this._key(event));
  }

  _down(event) {
    if (event.button !== 0) return;
    this.drag = { x: event.offsetX, y: event.offsetY, moved: false };
    this.stage.setPointerCapture(event.pointerId);
  }

  _move(event) {
    if (!this.drag) { this._hover(event); return; }
    const dx = event.offsetX - this.drag.x;
    const dy = event.offsetY - this.drag.y;
    if (!this.drag.moved && Math.hypot(dx, dy) < 4) return;
    this.drag = { x: event.offsetX, y: event.offsetY, moved: true };
    this.tip.hidden = true;
    this.view.pan(-dx);
    this.view.scrollTo(this.view.top - dy);
  }

  _up(event) {
    const { drag } = this;
    this.drag = null;
    if (drag && !drag.moved) this.view.setCursor(this.picture.hit(event.offsetX, event.offsetY).event, { reveal: false });
  }

  _hover(event) {
    const { tip, stage } = this;
    if (event.offsetX < this.view.gutter) {
      const lane = this.picture.laneAt(event.offsetY);
      tip.textContent = lane ? laneLabel(this.view, lane) : "";
    } else tip.textContent = this.picture.hit(event.offsetX, event.offsetY).words;
    tip.hidden = !tip.textContent;
    const left = Math.min(event.offsetX + 14, stage.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${event.offsetY + 18}px`;
  }

  _wheel(event) {
    const { view } = this;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      view.zoom(Math.exp(-event.deltaY / 300), event.offsetX - this.view.gutter);
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      view.pan(event.deltaX || event.deltaY);
    } else if (view.lanesHeight > view.height) {
      const before = view.top;
      view.scrollTo(view.top + event.deltaY);
      if (view.top !== before) event.preventDefault();
    }
  }

  _key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const action = KEYS[event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key];
    if (!action) return;
    event.preventDefault();
    action(this.view);
  }
}

const KEYS = {
  ArrowRight: (view) => view.setCursor(view.cursor + 1),
  ArrowLeft: (view) => view.setCursor(view.cursor - 1),
  ArrowUp: (view) => view.setCursor(view.cursor + 1),
  ArrowDown: (view) => view.setCursor(view.cursor - 1),
  "Shift+ArrowRight": (view) => view.setCursor(sameThread(view, 1)),
  "Shift+ArrowLeft": (view) => view.setCursor(sameThread(view, -1)),
  "Shift+ArrowDown": (view) => view.scrollTo(view.top + 60),
  "Shift+ArrowUp": (view) => view.scrollTo(view.top - 60),
  PageUp: (view) => view.setCursor(view.cursor + inView(view)),
  PageDown: (view) => view.setCursor(view.cursor - inView(view)),
  Home: (view) => view.setCursor(0),
  End: (view) => view.setCursor(view.run.count - 1),
  "+": (view) => view.zoom(1.5),
  "=": (view) => view.zoom(1.5),
  "-": (view) => view.zoom(1 / 1.5),
  0: (view) => view.fit(),
  n: (view) => view.setCursor(nextMoment(view, 1)),
  p: (view) => view.setCursor(nextMoment(view, -1)),
};

const KEY_WORDS = [
  ["← →", "the event before, the event after"],
  ["Shift + ← →", "the same, of the same thread"],
  ["Page Up, Page Down", "a screenful of events forwards, backwards"],
  ["Home, End", "the first event, the last one"],
  ["n, p", "the finding's next moment, its previous one"],
  ["+ − 0", "nearer, farther, the whole run"],
  ["Shift + ↑ ↓", "scroll the lanes"],
];

function inView(view) {
  return Math.max(10, view.axis.event(view.unitAt(view.width)) - view.axis.event(view.unitAt(0)));
}

function sameThread(view, direction) {
  const { run, cursor } = view;
  const thread = run.threadOf(cursor);
  for (let i = cursor + direction; i >= 0 && i < run.count; i += direction) {
    if (run.threadOf(i) && (!thread || run.threadOf(i) === thread)) return i;
  }
  return cursor;
}

function nextMoment(view, direction) {
  const events = view.moments.map((moment) => moment.event);
  const ahead = direction > 0 ? events.filter((i) => i > view.cursor) : events.filter((i) => i < view.cursor);
  if (!ahead.length) return view.cursor;
  return direction > 0 ? Math.min(...ahead) : Math.max(...ahead);
}
