// Making elements.  Text only ever becomes text: nothing here, or anywhere else, makes markup of a string.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

function el(tag, options = {}, ...children) {
  return furnish(document.createElement(tag), options, children);
}

function svg(tag, options = {}, ...children) {
  return furnish(document.createElementNS(SVG_NAMESPACE, tag), options, children);
}

function furnish(node, options, children) {
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A name from the program: its own direction must not turn the words around it. */
function name(text, options = {}) {
  return el("bdi", { class: "name", ...options, text });
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}

/** The place of the last of `sorted` that is not above `value`; -1 when all are. */
function lastNotAbove(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Calls `action` at most once a frame, however often the returned function is called. */
function oncePerFrame(action) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; action(); });
  };
}

let identsGiven = 0;
function freshIdent(stem) {
  identsGiven += 1;
  return `${stem}-${identsGiven}`;
}
