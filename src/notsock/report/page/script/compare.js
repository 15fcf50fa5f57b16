// Two runs side by side, from the first event that differs.

function comparison(pair, palette) {
  const [one, other] = pair.runs.map(runAt);
  const section = el("section", { class: "compare", "aria-labelledby": "compare-title" });
  section.append(el("h2", { id: "compare-title", text: "Where the two runs part" }));
  if (pair.at === null) {
    section.append(el("p", { text: `${one.data.title} and ${other.data.title} do the same, event for event.` }));
    return section;
  }
  section.append(el("p", { text: `The first ${pair.at.toLocaleString("en")} events are the same; from event ${(pair.at + 1).toLocaleString("en")} on they differ.` }));
  section.append(el("div", { class: "sides" }, ...[one, other].map((run) => side(run, pair.at, palette))));
  return section;
}

const AFTER_PARTING = 14;

function side(run, at, palette) {
  const first = Math.max(0, at - 3);
  const last = Math.min(run.count - 1, at + AFTER_PARTING);
  const rows = [];
  for (let i = first; i <= last; i++) {
    rows.push(el("tr", { class: i < at ? "same" : i === at ? "parting" : "" }, el("td", { text: String(i + 1) }),
      el("td", {}, name(actorWords(run, i))), el("td", {}, i === at ? el("b", { text: "parts here: " }) : null, eventWords(run, i))));
  }
  const { node, body } = table(`Events of ${run.data.title} where the runs part`, ["event", "thread", "what happens"]);
  body.append(...rows);
  const shown = new RunSection(run, null, palette, { small: true, start: Math.min(at, run.count - 1) });
  return el("div", { class: "side" }, el("h3", {}, name(run.data.title)), node, shown.node);
}
