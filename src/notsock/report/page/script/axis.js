// The horizontal axis: events in their order (those that matter to a reader are wider), or true virtual time.

const DEFAULT_WEIGHT = 0.5;
const WEIGHT = new Map([
  [KIND.Entered, 2], [KIND.Exited, 1], [KIND.HandleOpened, 2], [KIND.HandleClosed, 2], [KIND.HandleMissed, 2],
  [KIND.StateChanged, 1], [KIND.AddressClaimed, 1], [KIND.Clock, 1],
]);

class Axis {
  constructor(run, mode) {
    this.run = run;
    this.mode = mode;
    this.units = new Float64Array(run.count + 1);
    if (mode === "time") this._byTime();
    else this._byOrder();
    this.length = Math.max(this.units[run.count], 1e-9);
  }

  _byOrder() {
    let sum = 0;
    for (let i = 0; i < this.run.count; i++) {
      this.units[i] = sum;
      sum += WEIGHT.get(this.run.kind(i)) ?? DEFAULT_WEIGHT;
    }
    this.units[this.run.count] = sum;
  }

  /** In microseconds; a little room is left behind the last event. */
  _byTime() {
    const { times, count } = this.run;
    for (let i = 0; i < count; i++) this.units[i] = times[i] / 1000;
    this.units[count] = (times[count - 1] || 1) / 1000 * 1.02;
  }

  at(i) { return this.units[i]; }
  event(unit) { return clamp(lastNotAbove(this.units, unit), 0, this.run.count - 1); }
}
