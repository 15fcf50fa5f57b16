// A run: the trace's integers, indexed once by event, call, thread and handle number.

const PAGE = JSON.parse(document.getElementById("notsock-page").textContent);

/** The runs stand as JSON, or deflated where they are long; the words of the findings do not wait for them. */
async function loadRuns() {
  const { textContent, dataset } = document.getElementById("notsock-runs");
  if (dataset.encoding !== "deflate") return JSON.parse(textContent);
  const bytes = Uint8Array.from(atob(textContent), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

const WORDS = PAGE.vocabulary;
const KIND = {};
const FIELD = {};
const WIDTH = [0];
for (const [kind, { name: kindName, fields }] of Object.entries(WORDS.kinds)) {
  KIND[kindName] = Number(kind);
  FIELD[kindName] = Object.fromEntries(fields.map((field, place) => [field, place + 1]));
  WIDTH[Number(kind)] = fields.length + 1;
}
const NAMES_HANDLE = new Set(WORDS.namesHandle);
const RETURNS_HANDLE = new Set(WORDS.returnsHandle);
const NAMES_DESCRIPTOR = new Set(WORDS.namesDescriptor);
const COUNTS_ERRNO = new Set(WORDS.countsErrno);
const THREAD_PLACE = WIDTH.map((_, kind) => (kind ? WORDS.kinds[kind].fields.indexOf("thread") + 1 : 0));

/** Events between the last close of a healthy socket and its end, at most. */
const TEARING_DOWN = 8;

class Run {
  constructor(data) {
    this.data = data;
    this.names = data.names;
    this.flat = Float64Array.from(data.flat);
    this.threads = new Map();
    this.processes = new Map();
    this.numbers = new Map();
    this.objectOrder = new Map();
    this.calls = { entered: [], left: [], thread: [], call: [], first: [], second: [], result: [], error: [] };
    this.clocks = [];
    this.objectEnds = new Map();
    this._index();
    this._follow();
    this.ports = portsOf(this);
    this.stacks = new Map(data.stacks.map(([position, ...places]) => [position, places]));
  }

  /** Finds where each event begins, and when it happened. */
  _index() {
    const starts = [];
    for (let at = 0; at < this.flat.length; at += WIDTH[this.flat[at]]) starts.push(at);
    this.count = starts.length;
    this.starts = Int32Array.from(starts);
    this.times = new Float64Array(this.count);
    this.callOf = new Int32Array(this.count).fill(-1);
    let now = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.kind(i) === KIND.Clock) { now = this.flat[starts[i] + 1]; this.clocks.push(i); }
      this.times[i] = now;
    }
  }

  kind(i) { return this.flat[this.starts[i]]; }
  field(i, place) { return this.flat[this.starts[i] + place]; }
  get(i, fieldName) { return this.field(i, FIELD[WORDS.kinds[this.kind(i)].name][fieldName]); }
  position(i) { return this.starts[i]; }
  indexOf(position) { return clamp(lastNotAbove(this.starts, position), 0, this.count - 1); }

  /** The thread that an event names; 0 when it names none. */
  threadOf(i) {
    const place = THREAD_PLACE[this.kind(i)];
    return place ? this.field(i, place) : 0;
  }

  threadName(ident) { return this.threads.get(ident)?.name ?? (ident ? `thread ${ident}` : ""); }
  processName(ident) { return this.processes.get(ident)?.name ?? (ident ? `process ${ident}` : ""); }
  objectName(ident) { return this.data.objects[ident]?.[0] ?? (ident ? `object #${ident}` : "nothing"); }
  objectWords(ident) { return this.data.objects[ident]?.[1] ?? this.objectName(ident); }

  _follow() {
    const open = new Map();
    for (let i = 0; i < this.count; i++) {
      const follow = FOLLOW[this.kind(i)];
      if (follow) follow(this, i, open);
      const thread = this.threadOf(i);
      if (thread && open.has(thread)) this.callOf[i] = open.get(thread);
      if (this.kind(i) === KIND.Exited) open.delete(thread);
    }
    for (const number of this.numbers.values()) closeSegments(number, this.count - 1);
    if (this.objectEnds.size) this._orphans();
  }

  /** Sockets that live on when their last handle is gone: until when. */
  _orphans() {
    for (const { segments } of this.numbers.values()) {
      for (const segment of segments) {
        if (!segment.last || this.data.objects[segment.object]?.[2] !== "endpoint") continue;
        const end = this.objectEnds.get(segment.object) ?? this.count - 1;
        if (end > segment.to + TEARING_DOWN) segment.livesTo = end;
      }
    }
  }

  number(process, value, what) {
    const key = `${what}:${process}:${value}`;
    let found = this.numbers.get(key);
    if (!found) {
      found = { key, what, process, value, segments: [], contexts: [], misses: [], open: null, context: null };
      this.numbers.set(key, found);
    }
    return found;
  }

  meet(object) {
    if (!this.objectOrder.has(object)) this.objectOrder.set(object, this.objectOrder.size);
  }
}

function closeSegments(number, end) {
  if (number.open) { number.open.to = end; number.open = null; }
  if (number.context) { number.context.to = end; number.context = null; }
}

function opened(run, number, segment) {
  if (number.open) number.open.to = segment.from;
  run.meet(segment.object);
  number.open = segment;
  number.segments.push(segment);
}

const FOLLOW = {
  [KIND.ProcessStarted](run, i) {
    const id = run.get(i, "process");
    run.processes.set(id, { id, name: run.names[run.get(i, "name")], machine: run.get(i, "machine"), from: i, to: -1 });
  },
  [KIND.ProcessEnded](run, i) {
    const id = run.get(i, "process");
    if (run.processes.has(id)) run.processes.get(id).to = i;
    for (const number of run.numbers.values()) if (number.process === id) closeSegments(number, i);
  },
  [KIND.ThreadStarted](run, i) {
    const id = run.get(i, "thread");
    const process = run.get(i, "process");
    run.threads.set(id, { id, name: run.names[run.get(i, "name")], process, from: i, to: -1, calls: [] });
  },
  [KIND.ThreadEnded](run, i) {
    const thread = run.threads.get(run.get(i, "thread"));
    if (thread) thread.to = i;
  },
  [KIND.Entered](run, i, open) {
    const { calls } = run;
    const thread = run.get(i, "thread");
    open.set(thread, calls.entered.length);
    run.threads.get(thread)?.calls.push(calls.entered.length);
    calls.entered.push(i); calls.left.push(-1); calls.thread.push(thread);
    calls.call.push(run.get(i, "call")); calls.first.push(run.get(i, "first")); calls.second.push(run.get(i, "second"));
    calls.result.push(0); calls.error.push(0);
  },
  [KIND.Exited](run, i, open) {
    const call = open.get(run.get(i, "thread"));
    if (call === undefined) return;
    run.calls.left[call] = i;
    run.calls.result[call] = run.get(i, "result");
    run.calls.error[call] = run.get(i, "error");
  },
  [KIND.HandleOpened](run, i) {
    const number = run.number(run.get(i, "process"), run.get(i, "handle"), "handle");
    opened(run, number, { from: i, to: -1, object: run.get(i, "object"), opener: run.get(i, "thread"), closer: 0, closed: false });
  },
  [KIND.HandleClosed](run, i) {
    const number = run.number(run.get(i, "process"), run.get(i, "handle"), "handle");
    const segment = number.open;
    if (!segment) return;
    Object.assign(segment, { to: i, closer: run.get(i, "thread"), closed: true, last: run.get(i, "left") === 0 });
    number.open = null;
  },
  [KIND.ObjectEnded](run, i) { run.objectEnds.set(run.get(i, "object"), i); },
  [KIND.HandleMissed](run, i) {
    run.number(run.get(i, "process"), run.get(i, "handle"), "handle").misses.push(i);
  },
  [KIND.DescriptorOpened](run, i) {
    const number = run.number(run.get(i, "process"), run.get(i, "descriptor"), "descriptor");
    const handle = run.get(i, "handle");
    opened(run, number, { from: i, to: -1, object: run.get(i, "object"), opener: run.get(i, "thread"), closer: 0, closed: false, handle });
  },
  [KIND.DescriptorClosed](run, i) {
    const number = run.number(run.get(i, "process"), run.get(i, "descriptor"), "descriptor");
    if (!number.open) return;
    Object.assign(number.open, { to: i, closer: run.get(i, "thread"), closed: true });
    number.open = null;
  },
  [KIND.ContextOpened](run, i) {
    const number = run.number(run.get(i, "process"), run.get(i, "handle"), "handle");
    if (number.context) number.context.to = i;
    run.meet(run.get(i, "object"));
    number.context = { from: i, to: -1, object: run.get(i, "object") };
    number.contexts.push(number.context);
  },
  [KIND.ContextReleased](run, i) {
    const number = run.number(run.get(i, "process"), run.get(i, "handle"), "handle");
    if (number.context) { number.context.to = i; number.context = null; }
  },
};

/** Ports as numbers that mean objects: one for each owner at a time, so that two owners stand one above the other. */
function portsOf(run) {
  const found = new Map();
  for (const port of run.data.ports) {
    const segment = { from: run.indexOf(port.since), to: run.indexOf(port.until), object: port.object, closed: port.until < run.flat.length,
      label: `${run.processName(port.process)}, ${run.objectName(port.object)}`, heard: port.heard.map((position) => run.indexOf(position)) };
    run.meet(port.object);
    for (let track = 0; ; track++) {
      const key = `port:${portKey(port)}:${track}`;
      if (!found.has(key)) found.set(key, { key, what: "port", process: 0, machine: port.machine, port, track, value: port.port, segments: [], contexts: [], misses: [] });
      const { segments } = found.get(key);
      if (segments.length && segments.at(-1).to > segment.from) continue;
      segments.push(segment);
      break;
    }
  }
  return [...found.values()];
}

let runsData = [];
const runs = new Map();
function runAt(place) {
  if (!runs.has(place)) runs.set(place, new Run(runsData[place]));
  return runs.get(place);
}
