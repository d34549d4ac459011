// Keyboard and pointer in the table: moving, selecting, opening.

class TableWalk {
  constructor(table) {
    this.table = table;
  }

  key(event) {
    const { table } = this;
    if (event.target !== table.grid || event.altKey) return;
    const page = Math.max(1, Math.floor(table.seen) - 1);
    const last = (table.rows.total ?? 0) - 1;
    const isFar = event.ctrlKey || event.metaKey;
    const to = {
      ArrowDown: table.active + 1,
      ArrowUp: table.active - 1,
      PageDown: table.active + page,
      PageUp: table.active - page,
      Home: isFar ? 0 : undefined,
      End: isFar ? last : undefined,
    }[event.key];
    const across = {
      ArrowRight: table.activeColumn + 1,
      ArrowLeft: table.activeColumn - 1,
      Home: 0,
      End: table.columns.length - 1,
    }[event.key];
    if (to !== undefined) this.go(to, event.shiftKey);
    else if (isFar) return;
    else if (across !== undefined) this.goAcross(across);
    else if (event.key === ' ') this.toggle(table.active);
    else if (event.key === 'Enter') this.openActive();
    else if (event.key === 's' || event.key === 'S') table.sortBy(table.columns[table.activeColumn].key);
    else if (event.key === 'Escape') table.view.select([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  go(place, isRange = false) {
    const { table } = this;
    const total = table.rows.total ?? 0;
    if (!total) return;
    table.active = Math.max(0, Math.min(total - 1, place));
    if (table.active < table.first) table.scrollTo(table.active);
    else if (table.active + 1 > table.first + table.seen) table.scrollTo(table.active + 1 - table.seen);
    if (isRange) this.selectRange();
    else table.anchor = table.active;
    table.draw();
    if (table.isMissing()) table.refresh(true);
  }

  goAcross(column) {
    const { table } = this;
    table.activeColumn = Math.max(0, Math.min(table.columns.length - 1, column));
    table.draw();
    const cell = table.body.querySelector('.agl-here');
    if (cell) table.grid.scrollLeft = Math.max(0, Math.min(table.grid.scrollLeft, cell.offsetLeft));
  }

  selectRange() {
    const { table } = this;
    const [from, to] = [Math.min(table.anchor, table.active), Math.max(table.anchor, table.active)];
    const indexes = [];
    for (let place = Math.max(0, from); place <= to && indexes.length < 1000; place++) {
      const row = table.rows.at(place);
      if (row) indexes.push(row.index);
    }
    table.view.select(indexes);
  }

  toggle(place) {
    const { table } = this;
    const row = table.rows.at(place);
    if (!row) return;
    const now = new Set(table.selected);
    if (!now.delete(row.index)) now.add(row.index);
    table.view.select([...now].slice(0, 1000));
  }

  openActive() {
    const { table } = this;
    const row = table.rows.at(table.active);
    if (row) table.view.open(row.index, { isFound: true });
  }

  click(event) {
    const { table } = this;
    const element = event.target.closest('.agl-row');
    if (!element || element === table.header) return;
    const place = Number(element.dataset.place);
    if (event.shiftKey && table.anchor >= 0) {
      table.active = place;
      this.selectRange();
    } else if (event.ctrlKey || event.metaKey) {
      table.active = table.anchor = place;
      this.toggle(place);
    } else {
      table.active = table.anchor = place;
      this.openActive();
    }
    table.draw();
  }
}
