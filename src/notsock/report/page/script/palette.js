// Colours and patterns of objects, so that neighbours differ in both: readable without colour.

const HUES = 8;
const PATTERNS = 6;
const PATTERN_STROKES = [
  [],
  [[0, 8, 8, 0]],
  [[2, 2, 3.5, 2], [6, 6, 7.5, 6]],
  [[0, 0, 8, 8], [0, 8, 8, 0]],
  [[4, 0, 4, 8]],
  [[0, 0, 8, 8]],
];

class Palette {
  constructor() {
    this.refresh();
  }

  /** Reads the theme's colours again. */
  refresh() {
    const style = getComputedStyle(document.documentElement);
    const read = (property) => style.getPropertyValue(property).trim();
    this.colours = {};
    for (const property of ["text", "muted", "surface", "lane", "rule", "call", "call-text", "call-rule", "error", "error-soft", "accent", "gap", "head", "badge-text"]) {
      this.colours[property] = read(`--${property}`);
    }
    this.hues = Array.from({ length: HUES }, (_, place) => ({ strong: read(`--object-${place}`), soft: read(`--object-${place}-soft`) }));
    this.patterns = new Map();
  }

  ofObject(run, object) {
    const order = run.objectOrder.get(object) ?? object;
    return { hue: this.hues[order % HUES], pattern: (order + Math.floor(order / HUES)) % PATTERNS };
  }

  fill(context, look) {
    if (!look.pattern) return look.hue.soft;
    const key = `${look.hue.strong}/${look.pattern}`;
    if (!this.patterns.has(key)) this.patterns.set(key, tile(context, look));
    return this.patterns.get(key);
  }
}

function tile(context, look) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext("2d");
  pen.fillStyle = look.hue.soft;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = look.hue.strong;
  pen.globalAlpha = 0.45;
  pen.lineWidth = 1.2;
  for (const [x1, y1, x2, y2] of PATTERN_STROKES[look.pattern]) {
    pen.beginPath(); pen.moveTo(x1, y1); pen.lineTo(x2, y2); pen.stroke();
  }
  return context.createPattern(canvas, "repeat");
}
