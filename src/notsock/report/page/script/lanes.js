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
    add({ kind: "process", process, label: process.name });
    for (const sharing of tracks(ownThreads, run.count)) add(threadLane(sharing, process));
    ownNumbers.sort((one, other) => (one.what === other.what ? one.value - other.value : one.what < other.what ? 1 : -1));
    for (const number of ownNumbers) add({ kind: "number", number, label: numberLabel(number) });
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

function numberLabel(number) {
  return number.what === "handle" ? `handle ${hex(number.value)}` : `descriptor ${number.value}`;
}

const RELEVANT_THREADS_MAX = 12;

/** The numbers that a finding's moments are about, and the threads that had to do with them. */
function relevantTo(run, finding) {
  const threads = new Set();
  const numbers = new Set();
  for (const moment of finding.history) {
    const i = run.indexOf(moment.position);
    if (run.threadOf(i)) threads.add(run.threadOf(i));
    const fields = WORDS.kinds[run.kind(i)].fields;
    if (fields.includes("handle")) numbers.add(`handle:${run.get(i, "process")}:${run.get(i, "handle")}`);
    if (fields.includes("descriptor")) numbers.add(`descriptor:${run.get(i, "process")}:${run.get(i, "descriptor")}`);
    if (fields.includes("object") && !fields.includes("handle")) addHoldings(run, run.get(i, "object"), numbers);
    addArgument(run, i, numbers);
  }
  for (const thread of run.threads.values()) {
    if (finding.history.some((moment) => moment.thread === thread.name)) threads.add(thread.id);
  }
  const { calls } = run;
  for (let c = 0; c < calls.entered.length && threads.size < RELEVANT_THREADS_MAX; c++) {
    if (!NAMES_HANDLE.has(calls.call[c])) continue;
    const process = run.threads.get(calls.thread[c])?.process;
    if (numbers.has(`handle:${process}:${calls.first[c]}`)) threads.add(calls.thread[c]);
  }
  return { threads, numbers };
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
