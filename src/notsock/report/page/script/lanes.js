// Lanes of the picture: for each process its threads, then the numbers in its handle table.

const LANE_HEIGHT = { process: 24, thread: 28, number: 28 };

function lanesOf(run, finding) {
  const relevant = finding ? relevantTo(run, finding) : null;
  const lanes = [];
  let top = 0;
  const add = (lane) => { lane.top = top; lane.height = LANE_HEIGHT[lane.kind]; top += lane.height; lanes.push(lane); };
  const numbers = groupBy([...run.numbers.values()], (number) => number.process);
  const threads = groupBy([...run.threads.values()], (thread) => thread.process);
  for (const process of run.processes.values()) {
    const ownThreads = (threads.get(process.id) ?? []).filter((thread) => !relevant || relevant.threads.has(thread.id));
    const ownNumbers = (numbers.get(process.id) ?? []).filter((number) => !relevant || relevant.numbers.has(number.key));
    if (!ownThreads.length && !ownNumbers.length) continue;
    add({ kind: "process", label: `process ${onMachine(run, process.name, process.machine)}` });
    for (const sharing of tracks(ownThreads, run.count)) add(threadLane(sharing, process));
    ownNumbers.sort((one, other) => (one.what === other.what ? one.value - other.value : one.what < other.what ? 1 : -1));
    for (const number of ownNumbers) add({ kind: "number", number, label: numberLabel(run, number) });
  }
  for (const [machine, ports] of groupBy(portsShown(run, relevant), (port) => port.machine)) {
    add({ kind: "process", label: `ports of ${run.data.netstat.find((each) => each.machine === machine)?.name ?? "a machine"}` });
    for (const number of ports) add({ kind: "number", number, label: numberLabel(run, number) });
  }
  return { lanes, height: top };
}

const THREADS_MAX = 24;

/** A lane for each thread; where there are very many, those that do not overlap share one. */
function tracks(threads, end) {
  if (threads.length <= THREADS_MAX) return threads.map((thread) => [thread]);
  const found = [];
  const endOf = (thread) => (thread.to < 0 ? end : thread.to);
  for (const thread of threads) {
    const track = found.find((each) => endOf(each.at(-1)) < thread.from);
    if (track) track.push(thread);
    else found.push([thread]);
  }
  return found;
}

function threadLane(threads, process) {
  const label = shortened(threads[0].name, process.name);
  return { kind: "thread", threads, label: threads.length > 1 ? `${label} and ${threads.length - 1} more` : label };
}

function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) {
    const key = keyOf(value);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(value);
  }
  return groups;
}

function shortened(threadName, processName) {
  return threadName.startsWith(`${processName}/`) ? threadName.slice(processName.length + 1) : threadName;
}

/** Ports that somebody was heard at, that had two owners, or that a finding is about; not each connection's own. */
function portsShown(run, relevant) {
  if (relevant) return run.ports.filter((port) => relevant.ports.has(portKey(port.port)));
  const shared = new Set(run.ports.filter((port) => port.track).map((port) => portKey(port.port)));
  return run.ports.filter((port) => shared.has(portKey(port.port)) || port.segments.some((segment) => segment.heard.length));
}

function numberLabel(run, number) {
  if (number.what === "port") return `${number.port.protocol === 6 ? "TCP" : "UDP"} ${number.value}${number.track ? `, owner ${number.track + 1}` : ""}`;
  return number.what === "handle" && !run.data.posix ? `handle ${hex(number.value)}` : `descriptor ${number.value}`;
}

const RELEVANT_THREADS_MAX = 12;
const AFTERMATH = 400;

/** The numbers that a finding's moments are about, and the threads that had to do with them meanwhile. */
function relevantTo(run, finding) {
  const threads = new Set();
  const numbers = new Set();
  const ports = new Set();
  const events = finding.history.map((moment) => run.indexOf(moment.position));
  for (const i of events) {
    if (run.threadOf(i)) threads.add(run.threadOf(i));
    addNumbers(run, i, numbers);
    if (run.kind(i) === KIND.AddressClaimed) ports.add(portKey(run.data.ports.find((port) => port.since === run.position(i))));
  }
  const named = new Set(finding.history.map((moment) => moment.thread));
  named.add(sufferer(finding));
  for (const thread of run.threads.values()) if (named.has(thread.name)) threads.add(thread.id);
  addUsers(run, Math.min(...events), Math.max(...events) + AFTERMATH, numbers, threads);
  return { threads, numbers, ports };
}

/** The thread of which a finding's consequence is told; empty when it is told of none. */
function sufferer(finding) {
  return /^([^:\s]+): /.exec(finding.consequence)?.[1] ?? "";
}

/** The number that an event is about; else those of its object, or the one that its call names. */
function addNumbers(run, i, numbers) {
  const { fields } = WORDS.kinds[run.kind(i)];
  const process = fields.includes("process") ? run.get(i, "process") : 0;
  if (fields.includes("descriptor")) numbers.add(`descriptor:${process}:${run.get(i, "descriptor")}`);
  if (fields.includes("handle")) numbers.add(`handle:${process}:${run.get(i, "handle")}`);
  else if (fields.includes("object")) addHoldings(run, run.get(i, "object"), numbers);
  else addArgument(run, i, numbers);
}

function addUsers(run, from, to, numbers, threads) {
  const { calls } = run;
  for (let c = 0; c < calls.entered.length && threads.size < RELEVANT_THREADS_MAX; c++) {
    if (calls.entered[c] > to) return;
    if (!NAMES_HANDLE.has(calls.call[c]) || (calls.left[c] >= 0 && calls.left[c] < from)) continue;
    const process = run.threads.get(calls.thread[c])?.process;
    if (numbers.has(`handle:${process}:${calls.first[c]}`)) threads.add(calls.thread[c]);
  }
}

function addHoldings(run, object, numbers) {
  for (const number of run.numbers.values()) {
    if (number.segments.some((segment) => segment.object === object)) numbers.add(number.key);
  }
}

function addArgument(run, i, numbers) {
  const c = run.callOf[i];
  if (c < 0) return;
  const process = run.threads.get(run.calls.thread[c])?.process;
  const what = NAMES_HANDLE.has(run.calls.call[c]) ? "handle" : NAMES_DESCRIPTOR.has(run.calls.call[c]) ? "descriptor" : null;
  const key = `${what}:${process}:${run.calls.first[c]}`;
  if (what && run.numbers.has(key)) numbers.add(key);
}
