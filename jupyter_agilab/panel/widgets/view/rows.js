// Rows of the plan as they were fetched, by their place in the present order and filter.

const MOST_KEPT = 3_000;

class Rows {
  constructor() {
    this.clear();
    this.byIndex = new Map();
    this.total = null;
  }

  clear() {
    this.kept = new Map();
  }

  take(message) {
    if (this.total !== null && message.total !== this.total) this.clear();
    this.total = message.total;
    const columns = message.columns;
    message.rows.forEach((values, offset) => {
      const row = Object.fromEntries(columns.map((name, place) => [name, values[place]]));
      // asked for again, a row goes to the end: the oldest are given up first
      this.kept.delete(message.start + offset);
      this.kept.set(message.start + offset, row);
      this.byIndex.delete(row.index);
      this.byIndex.set(row.index, row);
    });
    for (const kept of [this.kept, this.byIndex]) {
      for (const key of kept.keys()) {
        if (kept.size <= MOST_KEPT) break;
        kept.delete(key);
      }
    }
  }

  at(place) {
    return this.kept.get(place);
  }
}
