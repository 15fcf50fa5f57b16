// Events and calls in words, in the words that the terminal uses.

function hex(value) {
  return value < 0 ? String(value) : `0x${value.toString(16)}`;
}

/** A handle's number; Linux' descriptors are written in decimal. */
function numberWords(run, value) {
  return run.data.posix ? String(value) : hex(value);
}

function duration(ns) {
  for (const [unit, unitName] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]]) {
    if (ns >= unit) return `${Number((ns / unit).toPrecision(6))} ${unitName}`;
  }
  return `${ns} ns`;
}

function errorWords(run, code, call) {
  const label = run.data.errors[code];
  if (run.data.posix) return label ? `errno ${code} (${label})` : `errno ${code}`;
  if (COUNTS_ERRNO.has(call)) return `errno ${code}`;
  return label ? `${code} (${label})` : String(code);
}

const SECOND = {
  bind: (value) => `port ${value}`,
  connect: (value) => `port ${value}`,
  send: (value) => `${value} bytes`,
  sendto: (value) => `${value} bytes`,
};

function callName(call) {
  return WORDS.calls[call] ?? `call ${call}`;
}

function callWords(run, c) {
  const { calls } = run;
  const call = calls.call[c];
  const words = [];
  if (NAMES_HANDLE.has(call)) { if (calls.first[c] >= 0 || !run.data.posix) words.push(numberWords(run, calls.first[c])); }
  else if (NAMES_DESCRIPTOR.has(call) || callName(call) === "Sleep") words.push(String(calls.first[c]));
  else if (callName(call).startsWith("lock.")) words.push(`lock ${calls.first[c]}`);
  const second = SECOND[callName(call)];
  if (second) words.push(second(calls.second[c]));
  return `${callName(call)}(${words.join(", ")})`;
}

/** A call with what it came back with. */
function callAndResult(run, c) {
  const { calls } = run;
  const words = callWords(run, c);
  if (calls.left[c] < 0) return `${words} never returned`;
  if (calls.error[c]) return `${words} failed with ${errorWords(run, calls.error[c], calls.call[c])}`;
  return `${words} = ${resultWords(run, c)}`;
}

/** A result that is a handle opened meanwhile is written as one. */
function resultWords(run, c) {
  const value = run.calls.result[c];
  if (RETURNS_HANDLE.has(run.calls.call[c])) return numberWords(run, value);
  for (let i = run.calls.left[c]; i > Math.max(run.calls.entered[c], run.calls.left[c] - 8); i--) {
    if (run.kind(i) === KIND.HandleOpened && run.get(i, "handle") === value) return numberWords(run, value);
  }
  return String(value);
}

const TCP_FLAGS = [[2, "SYN"], [1, "FIN"], [4, "RST"], [8, "PSH"], [16, "ACK"]];
function packetWords(flags, length) {
  const names = TCP_FLAGS.filter(([bit]) => flags & bit).map(([, label]) => label);
  const what = names.join(" ") || "datagram";
  return length ? `${what}, ${length} bytes` : what;
}

const EVENT_WORDS = {
  Clock: (run, i) => `time moves to ${duration(run.get(i, "now_ns"))}`,
  Entered: (run, i) => `calls ${callWords(run, run.callOf[i])}`,
  Exited: (run, i) => (run.callOf[i] < 0 ? `returns from ${callName(run.get(i, "call"))}` : callAndResult(run, run.callOf[i])),
  Stepped: (run, i) => `passes ${run.names[run.get(i, "point")]}`,
  MachineStarted: (run, i) => `machine ${run.names[run.get(i, "name")]} comes up, Windows ${run.names[run.get(i, "release")]}`,
  ProcessStarted: (run, i) => `process ${run.names[run.get(i, "name")]} begins`,
  ProcessEnded: (run, i) => `process ${run.processName(run.get(i, "process"))} ends with ${run.get(i, "code")}`,
  ThreadStarted: (run, i) => `begins in ${run.processName(run.get(i, "process"))}`,
  ThreadEnded: () => "ends",
  ObjectCreated: (run, i) => `${run.objectName(run.get(i, "object"))} is made`,
  ObjectEnded: (run, i) => `${run.objectName(run.get(i, "object"))} is torn down`,
  HandleOpened: (run, i) => `${numberWords(run, run.get(i, "handle"))} now means ${run.objectName(run.get(i, "object"))} (${WORDS.origins[run.get(i, "origin")]})`,
  HandleClosed: (run, i) => `${numberWords(run, run.get(i, "handle"))} is closed by ${callName(run.get(i, "call"))}: it meant ${run.objectName(run.get(i, "object"))}, which has ${run.get(i, "left") || "no"} other handle${run.get(i, "left") === 1 ? "" : "s"}`,
  HandleMissed: (run, i) => `${callName(run.get(i, "call"))} names ${numberWords(run, run.get(i, "handle"))}, which means ${run.objectName(run.get(i, "object"))}`,
  ContextOpened: (run, i) => `Winsock keeps a context for ${numberWords(run, run.get(i, "handle"))}, ${run.objectName(run.get(i, "object"))}`,
  ContextReleased: (run, i) => `Winsock forgets its context for ${numberWords(run, run.get(i, "handle"))}, ${run.objectName(run.get(i, "object"))}`,
  DescriptorOpened: (run, i) => `descriptor ${run.get(i, "descriptor")} stands for ${numberWords(run, run.get(i, "handle"))}, ${run.objectName(run.get(i, "object"))}`,
  DescriptorClosed: (run, i) => `descriptor ${run.get(i, "descriptor")} is given up, and ${numberWords(run, run.get(i, "handle"))} with it`,
  DescriptorMissed: (run, i) => `${callName(run.get(i, "call"))} names descriptor ${run.get(i, "descriptor")}, which stands for nothing`,
  AddressClaimed: (run, i) => `${run.objectName(run.get(i, "object"))} is bound to ${run.names[run.get(i, "host")]} port ${run.get(i, "port")}`,
  AddressReleased: (run, i) => `address object ${run.get(i, "address")} is given up`,
  AddressHeard: (run, i) => `address object ${run.get(i, "address")} is handed a packet`,
  Listening: (run, i) => `${run.objectName(run.get(i, "object"))} listens, backlog ${run.get(i, "backlog")}`,
  ConnectionOpened: (run, i) => `connection ${run.names[run.get(i, "local")]} ↔ ${run.names[run.get(i, "remote")]}`,
  ConnectionAdopted: (run, i) => `connection ${run.get(i, "connection")} is handed to ${run.objectName(run.get(i, "object"))}`,
  StateChanged: (run, i) => `connection ${run.get(i, "connection")}: ${WORDS.states[run.get(i, "old")]} → ${WORDS.states[run.get(i, "new")]}`,
  PacketMoved: (run, i) => `${packetWords(run.get(i, "flags"), run.get(i, "length"))} is ${WORDS.packets[run.get(i, "what")]} on link ${run.get(i, "link")}`,
  Exhausted: (run, i) => `runs out of ${run.names[run.get(i, "resource")]} (${run.get(i, "limit")})`,
  Stuck: (run, i) => `waits for ever in ${callName(run.get(i, "call"))}(${numberWords(run, run.get(i, "first"))})`,
  Raised: (run, i) => `ends with ${run.names[run.get(i, "type")]} that nobody caught`,
  Wrote: (run, i) => `${run.processName(run.get(i, "process"))} writes ${run.get(i, "length")} bytes of output`,
  RunEnded: (run, i) => `the run ends: ${WORDS.endings[run.get(i, "ending")]}`,
};

function eventWords(run, i) {
  const { name: kindName, fields, names } = WORDS.kinds[run.kind(i)];
  const words = EVENT_WORDS[kindName];
  if (words) return words(run, i);
  const shown = fields.map((field, place) => {
    const value = run.field(i, place + 1);
    return `${field}=${names.includes(place) ? run.names[value] : value}`;
  });
  return `${kindName} ${shown.join(" ")}`;
}

function actorWords(run, i) {
  return run.threadName(run.threadOf(i));
}

function eventSentence(run, i) {
  const actor = actorWords(run, i);
  return actor ? `${actor} ${eventWords(run, i)}` : eventWords(run, i);
}

function placeWords(place) {
  return `${place.file}:${place.line} in ${place.function}`;
}
