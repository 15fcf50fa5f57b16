// A finding in words: what happened, to which object, who opened it, who closed it, who suffers, what to change.

const SEVERITY_WORDS = { error: "Error", warning: "Warning", note: "Note" };

function findingArticle(findings, place, { show, choose }) {
  const finding = findings[place];
  const leading = findings[finding.leading];
  const partOf = leading === finding ? null : el("p", { class: "part" }, relation(finding), ": ",
    el("button", { type: "button", class: "link", on: { click: () => choose(finding.leading) } }, name(leading.title)));
  return el("article", { class: `finding ${finding.severity}`, "aria-labelledby": "finding-title" },
    el("p", { class: "kind" }, severity(finding), " ", el("span", { class: "rule", text: finding.rule }),
      ...(finding.release ? [" on Windows ", name(finding.release)] : []), ...(finding.seen ? [", seen ", name(finding.seen)] : [])),
    el("h1", { id: "finding-title", text: finding.title }), partOf,
    el("div", { class: "columns" },
      el("div", { class: "told" }, inWords(finding, leading.advice), beneath(findings, place, choose), replayLine(finding.replay), schedule(finding.story)),
      el("div", { class: "history" }, el("h2", { text: "How it came about" }), steps(finding, show))));
}

function severity(finding) {
  return el("b", { class: `severity ${finding.severity}`, text: SEVERITY_WORDS[finding.severity] ?? finding.severity });
}

function relation(finding) {
  return finding.because ? "This came of another finding" : "This is another finding's mistake, as it shows here";
}

/** What else is found of the mistake that a finding leads: other shapes of it, and what came of it. */
function beneath(findings, place, choose) {
  const others = findings.map((finding, other) => ({ finding, other })).filter(({ finding, other }) => finding.leading === place && other !== place);
  const part = (title, shown) => (shown.length ? [el("h2", { text: title }), el("ul", {}, ...shown.map(({ finding, other }) => el("li", {},
    el("button", { type: "button", class: "link", title: finding.seen || null, on: { click: () => choose(other) } }, severity(finding), " ", name(finding.title)),
    el("span", { class: "seen", text: finding.rule }))))] : []);
  const shapes = part("The same mistake also shows as", others.filter(({ finding }) => !finding.because));
  const consequences = part("And because of it", others.filter(({ finding }) => finding.because));
  return others.length ? el("div", { class: "beneath" }, ...shapes, ...consequences) : null;
}

function inWords(finding, advice) {
  const rows = [["To which object", [name(finding.object)]]];
  const opened = finding.history.filter((moment) => OPENS.test(moment.role));
  const closed = finding.history.filter((moment) => CLOSES.test(moment.role));
  const given = finding.history.filter((moment) => GIVEN.test(moment.role));
  if (opened.length) rows.push([given.length ? "Who had the number" : "Who opened it", people(opened, finding)]);
  const copied = finding.history.filter((moment) => COPIES.test(moment.role));
  if (copied.length) rows.push(["Who passed it on", people(copied, finding)]);
  if (given.length) rows.push(["Whose it was then", people(given, finding)]);
  if (closed.length) rows.push(["Who closed it", people(closed, finding)]);
  rows.push([sufferer(finding) ? "Who suffers" : "What followed", [name(finding.consequence)]]);
  rows.push(["What to change", [name(advice)], "change"]);
  if (finding.article) rows.push(["Explained by", [`Knowledge Base ${finding.article} `, el("code", { text: `notsock kb ${finding.article}` })]]);
  return el("dl", { class: "words" }, ...rows.flatMap(([term, nodes, kind]) => [el("dt", { text: term }), el("dd", { class: kind ?? "" }, ...nodes)]));
}

const OPENS = /^(opened|accepted|bound|listens|claimed)/;
const COPIES = /^(duplicated|passed|inherited)/;
const CLOSES = /^closed|handle was closed here/;
const GIVEN = /given to the victim/;

function people(moments, finding) {
  return moments.flatMap((moment, place) => [place ? "; then " : "", name(moment.thread || "the system"), " ",
    ...(moment.call ? ["with ", el("code", { text: moment.call }), " "] : []), el("b", { class: "badge", text: String(finding.history.indexOf(moment) + 1) })]);
}

function steps(finding, show) {
  return el("ol", { class: "steps" }, ...finding.history.map((moment, place) => el("li", {},
    el("button", { type: "button", class: "step", title: "show it in the picture", on: { click: () => show(moment) } },
      el("b", { class: "badge", text: String(place + 1) }), el("span", { class: "role", text: moment.role }), " ",
      el("code", { text: moment.call })),
    el("p", { class: "by" }, name(moment.thread), moment.thread ? " at " : "", duration(moment.time_ns)),
    el("ol", { class: "stack" }, ...frames(moment.stack)))));
}

function replayLine(command) {
  if (!command) return null;
  const code = el("code", { id: "replay", tabindex: "0", text: command });
  const button = el("button", { type: "button", text: "Copy", on: { click: () => copy(code, button) } });
  button.setAttribute("aria-label", "Copy the replay command");
  return el("div", { class: "replay" }, el("h2", { text: "See it again" }), el("p", {}, code, " ", button));
}

async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  announce("The replay command was copied");
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

function schedule(story) {
  if (!story.length) return null;
  return el("details", { class: "schedule" }, el("summary", { text: "The schedule that shows it" }),
    el("ol", {}, ...story.map((line) => el("li", {}, name(line)))));
}

/** The list of mistakes, when there are several: each by the finding that leads it. */
function findingList(findings, chosen, choose) {
  const leading = findings.map((finding, place) => ({ finding, place })).filter(({ finding, place }) => finding.leading === place);
  if (leading.length < 2) return null;
  const differ = new Set(leading.map(({ finding }) => finding.release)).size > 1;
  return el("nav", { class: "findings", "aria-label": "Findings" },
    el("h2", { text: leading.length === findings.length ? `${findings.length} findings` : `${findings.length} findings of ${leading.length} mistakes` }),
    el("ul", {}, ...leading.map(({ finding, place }) => {
      const more = findings.filter((other) => other.leading === place).length - 1;
      return el("li", {},
        el("button", { type: "button", class: finding.severity, "aria-current": findings[chosen].leading === place ? "true" : null, on: { click: () => choose(place) } },
          severity(finding), " ", name(finding.title), " ",
          el("span", { class: "release", text: [more ? `and ${more} more of it` : "", differ && finding.release ? `on ${finding.release}` : ""].filter(Boolean).join(", ") })));
    })));
}

/** A table below the run, such as what the search of each release came to. */
function shownTable({ title, head, rows }) {
  const { node, body } = table(title, head);
  body.append(...rows.map(({ cells, marked }) => el("tr", { class: marked ? "found" : "" }, ...cells.map((cell) => el("td", {}, name(cell))))));
  return el("section", { class: "panel searched", "aria-label": title }, el("h2", { text: title }), node);
}

/** What else must be known, such as what a log cannot tell. */
function shownNote([title, lines]) {
  return el("section", { class: "panel notes", "aria-label": title }, el("h2", { text: title }), el("ul", {}, ...lines.map((line) => el("li", {}, name(line)))));
}
