// What is true at the cursor: the event, netstat, the ports and their owners, what each number means.

function cursorPanel(view) {
  const where = el("p", { class: "where" });
  const said = el("p", { class: "said" });
  const stack = el("ol", { class: "stack" });
  const panel = el("section", { class: "panel cursor", "aria-label": `The event at the cursor, ${view.label}` }, where, said, stack);
  const show = () => {
    const { run, cursor } = view;
    where.textContent = `event ${(cursor + 1).toLocaleString("en")} of ${run.count.toLocaleString("en")} · position ${run.position(cursor)} · ${duration(run.times[cursor])}`;
    said.replaceChildren(...sentenceNodes(run, cursor));
    const places = run.stacks.get(run.position(cursor)) ?? [];
    stack.replaceChildren(...frames(places.map((place) => run.data.places[place])));
    stack.hidden = !places.length;
  };
  return { panel, show };
}

function sentenceNodes(run, i) {
  const actor = actorWords(run, i);
  return actor ? [name(actor, { class: "actor" }), " ", eventWords(run, i)] : [eventWords(run, i)];
}

const FRAMES_MAX = 8;

/** The program's own frames, and of the library's only the one that it called. */
function frames(places) {
  const own = places.filter((place) => !place.library).slice(0, FRAMES_MAX);
  const shown = places[0]?.library ? [...own, places[0]] : own;
  const nodes = shown.map((place) => el("li", { class: place.library ? "library" : "" },
    el("span", { class: "place", text: `${place.file}:${place.line}` }), " in ", name(place.function, { class: "function" }),
    place.source ? el("code", { class: "source", text: place.source }) : null));
  if (places.length > shown.length) nodes.push(el("li", { class: "library", text: `… ${places.length - shown.length} more` }));
  return nodes;
}

function netstatPanel(view) {
  const body = el("div");
  const panel = el("section", { class: "panel netstat", "aria-label": `netstat at the cursor, ${view.label}` }, el("h3", { text: "netstat at the cursor" }), body);
  const show = () => {
    const at = view.run.position(view.cursor);
    body.replaceChildren(...view.run.data.netstat.map((machine) => {
      const rows = machine.rows.filter(([since, until]) => since <= at && at < until).map(([, , line]) => line);
      const shown = rows.length > ROWS_MAX ? [...rows.slice(0, ROWS_MAX), `  … ${rows.length - ROWS_MAX} more`] : rows;
      return el("div", {},
        el("p", { class: "caption" }, name(machine.name), `, ${machine.title}`),
        el("pre", { tabindex: "0", role: "region", "aria-label": `netstat of ${machine.name}, ${view.label}`, text: [...machine.head, ...shown].join("\n") }));
    }));
  };
  panel.hidden = view.run.data.posix && view.run.data.netstat.every((machine) => !machine.rows.length);
  return { panel, show };
}

const ROWS_MAX = 60;
const WERE_MAX = 12;

function table(caption, columns) {
  const body = el("tbody");
  const node = el("table", {}, el("caption", { class: "hidden", text: caption }),
    el("thead", {}, el("tr", {}, ...columns.map((column) => el("th", { scope: "col", text: column })))), body);
  return { node, body };
}

function portsPanel(view) {
  const { node, body } = table("Ports and their owners at the cursor", ["port", "address", "owner", "object", "heard"]);
  const nobody = el("p", { class: "nothing", text: "No port is taken at this moment." });
  const panel = el("section", { class: "panel ports", "aria-label": `Ports and their owners at the cursor, ${view.label}` },
    el("h3", { text: "ports and their owners" }), node, nobody);
  const show = () => {
    const { run } = view;
    const at = run.position(view.cursor);
    const standing = run.data.ports.filter((port) => port.since <= at && at < port.until);
    const owners = groupBy(standing, (port) => portKey(port));
    standing.sort((one, other) => one.port - other.port || one.since - other.since);
    body.replaceChildren(...standing.slice(0, ROWS_MAX).map((port) => portRow(run, port, at, owners.get(portKey(port)))));
    node.hidden = !standing.length;
    nobody.hidden = standing.length > 0;
  };
  return { panel, show };
}

function portKey(port) {
  return `${port.machine}/${port.protocol}/${port.host}/${port.port}`;
}

function portRow(run, port, at, owners) {
  const heard = port.heard.filter((position) => position <= at).length;
  const several = owners.length > 1 && new Set(owners.map((each) => each.process)).size > 1;
  return el("tr", { class: several ? "several" : "" },
    el("td", {}, `${port.protocol === 6 ? "TCP" : "UDP"} ${port.port}`, several ? el("strong", { text: ` ${owners.length} owners` }) : null),
    el("td", { text: onMachine(run, port.host, port.machine) }), el("td", {}, name(run.processName(port.process))),
    el("td", { text: run.objectName(port.object) + (port.shared ? " (shares)" : "") }), el("td", { text: String(heard) }));
}

/** Which machine, where there are several. */
function onMachine(run, text, machine) {
  const { netstat } = run.data;
  const { name: machineName } = netstat.find((each) => each.machine === machine) ?? {};
  return netstat.length > 1 && machineName ? `${text} on ${machineName}` : text;
}

function numbersPanel(view) {
  const { node, body } = table("What each number means at the cursor", ["process", "number", "means"]);
  const nothing = el("p", { class: "nothing", text: "No number means anything at this moment." });
  const panel = el("section", { class: "panel numbers", "aria-label": `What each handle number means at the cursor, ${view.label}` },
    el("h3", { text: "what each number means" }), node, nothing);
  const show = () => {
    const { run, cursor } = view;
    const rows = [];
    for (const number of run.numbers.values()) {
      if (view.laneMode === "finding" && !view.laneOf.has(number.key)) continue;
      const segment = number.segments[firstAtOrAfter(number.segments, (each) => each.from, cursor + 1) - 1];
      const open = segment && (segment.to > cursor || !segment.closed);
      const before = segment && !open ? segment : null;
      if (open) rows.push([number, run.objectWords(segment.object), ""]);
      else if (before && view.finding && rows.length < WERE_MAX) rows.push([number, "nothing", ` (was ${run.objectName(before.object)})`]);
      if (rows.length > ROWS_MAX) break;
    }
    body.replaceChildren(...rows.map(([number, means, was]) => el("tr", {},
      el("td", { class: "whose" }, name(run.processName(number.process))), el("td", { class: "mono", text: numberLabel(run, number).replace("handle ", "") }), el("td", {}, name(means), was))));
    node.classList.toggle("single", new Set(rows.map(([number]) => number.process)).size < 2);
    node.hidden = !rows.length;
    nothing.hidden = rows.length > 0;
  };
  return { panel, show };
}
