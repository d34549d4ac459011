// The partitions as a table of any length: only the rows that are seen exist, and they are fetched in windows.

// browsers stop at some ten million pixels; above this a place of the scroll bar means a share of the rows
const MOST_PIXELS = 8_000_000;
const ROWS_SEEN = 12;
const MARGIN = 20;

class Table {
  constructor(view) {
    this.view = view;
    this.rows = new Rows();
    this.sort = null;
    this.active = -1;
    this.activeColumn = 0;
    this.anchor = -1;
    this.selected = new Set();
    this.walk = new TableWalk(this);
    this.pool = [];
    this.empties = new Set();
    this.scrollTop = 0;
    this.filters = new Filters(() => this.refilter());
    this.build();
    this.setColumns(4);
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(this.grid);
  }

  build() {
    this.header = make('div', { role: 'row', class: 'agl-row agl-header', 'aria-rowindex': '1' });
    this.body = make('div', { role: 'rowgroup', class: 'agl-body' });
    this.spacer = make('div', { class: 'agl-spacer', role: 'presentation' }, this.body);
    this.grid = make(
      'div',
      {
        class: 'agl-grid',
        role: 'grid',
        tabindex: '0',
        'aria-label': 'Partitions. Arrow keys move, Space selects, Enter shows the partition.',
        'aria-multiselectable': 'true',
        'data-lm-suppress-shortcuts': 'true',
        scroll: () => this.onScroll(),
        keydown: (event) => this.walk.key(event),
        click: (event) => this.walk.click(event),
      },
      make('div', { role: 'rowgroup', class: 'agl-head' }, this.header),
      this.spacer,
    );
    this.nothing = make('p', { class: 'agl-nothing', hidden: true });
    this.caption = make('span', { class: 'agl-soft agl-hint', role: 'status' });
    this.actions = make('span', { class: 'agl-tools' });
    this.box = make(
      'section',
      { class: 'agl-part', 'aria-label': 'Partitions' },
      make(
        'div',
        { class: 'agl-part-head' },
        make('div', { class: 'agl-part-title', text: 'Partitions' }),
        this.caption,
        this.actions,
      ),
      this.filters.box,
      this.grid,
      this.nothing,
    );
  }

  setColumns(most) {
    this.most = most;
    this.columns = COLUMNS.filter(
      ({ key, priority, isOfRun }) => priority <= most && !this.empties.has(key) && !(isOfRun && this.isPlan),
    );
    const digits = grouped(this.rows.total ?? 0).length;
    this.columns[0].width = `${Math.max(4, 0.65 * digits + 1.2)}em`;
    this.pool = [];
    this.body.replaceChildren();
    this.grid.style.setProperty('--agl-columns', this.columns.map(({ width }) => width).join(' '));
    const least = this.columns.reduce((sum, column) => sum + (column.least ?? parseFloat(column.width)), 0);
    this.grid.style.setProperty('--agl-least', `${least}em`);
    this.grid.setAttribute('aria-colcount', String(this.columns.length));
    this.header.replaceChildren(
      ...this.columns.map((column, place) => {
        const head = make('div', {
          role: 'columnheader',
          class: column.isNumber ? 'agl-number' : '',
          'aria-colindex': place + 1,
        });
        head.append(
          button(column.title, () => this.sortBy(column.key), {
            'aria-label': `Sort by ${column.title === '#' ? 'place in the plan' : column.title}`,
            tabindex: '-1',
          }),
        );
        head.dataset.key = column.key;
        return head;
      }),
    );
    this.showSort();
    this.activeColumn = Math.min(this.activeColumn, this.columns.length - 1);
  }

  // a plan has no worker, time and tries
  update(summary) {
    const isPlan = summary.mode === 'plan';
    if (isPlan === this.isPlan) return;
    this.isPlan = isPlan;
    this.hasLooked = false;
    this.empties.clear();
    this.setColumns(this.most);
    this.draw();
  }

  resize() {
    const width = this.grid.clientWidth;
    if (!width) return;
    this.rowHeight = Math.max(22, Math.round(parseFloat(getComputedStyle(this.grid).fontSize) * 1.85));
    this.grid.style.setProperty('--agl-row', `${this.rowHeight}px`);
    const most = width < 520 ? 1 : width < 700 ? 2 : width < 860 ? 3 : 4;
    if (most !== this.most) this.setColumns(most);
    this.fit();
    this.draw();
    if (this.asked !== this.orderKey()) this.refresh(true);
  }

  fit() {
    const rows = Math.max(1, Math.min(ROWS_SEEN, this.rows.total ?? ROWS_SEEN));
    this.headHeight = this.header.offsetHeight;
    const bar = this.grid.offsetHeight - this.grid.clientHeight;
    const height = `${rows * this.rowHeight + this.headHeight + Math.max(2, Math.min(20, bar))}px`;
    if (this.grid.style.height !== height) this.grid.style.height = height;
    this.whole = (this.rows.total ?? 0) * this.rowHeight;
    this.spacer.style.height = `${Math.min(MOST_PIXELS, this.whole)}px`;
  }

  get seen() {
    return Math.max(1, (this.grid.clientHeight - this.headHeight) / this.rowHeight);
  }

  // the first row that is seen; its fraction is what of it is scrolled away
  get first() {
    const room = this.grid.clientHeight - this.headHeight;
    const way = Math.min(MOST_PIXELS, this.whole) - room;
    const share = way > 0 ? Math.min(1, this.grid.scrollTop / way) : 0;
    return (share * Math.max(0, this.whole - room)) / this.rowHeight;
  }

  scrollTo(first) {
    const room = this.grid.clientHeight - this.headHeight;
    const way = Math.min(MOST_PIXELS, this.whole) - room;
    const top = (this.whole - room) / this.rowHeight;
    this.grid.scrollTop = top > 0 ? (Math.max(0, Math.min(top, first)) / top) * way : 0;
  }

  onScroll() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
      if (this.isMissing()) this.refresh(true);
    });
  }

  isMissing() {
    const first = Math.floor(this.first);
    const last = Math.min((this.rows.total ?? 0) - 1, Math.ceil(this.first + this.seen));
    for (let place = first; place <= last; place++) if (!this.rows.at(place)) return true;
    return false;
  }

  orderKey() {
    return JSON.stringify([this.sort, this.filters.value]);
  }

  question() {
    const start = Math.max(0, Math.floor(this.first) - MARGIN);
    this.asked = this.orderKey();
    return {
      type: 'rows',
      start,
      count: Math.min(200, Math.ceil(this.seen) + 2 * MARGIN),
      sort: this.sort,
      filter: this.filters.value,
      key: this.asked,
    };
  }

  refresh(isUrgent) {
    if (!this.rowHeight) return;
    const { asking } = this.view;
    const done = (message, buffers, body) => this.received(message, body);
    if (isUrgent) asking.ask('rows', this.question(), done);
    else asking.askInTime('rows', () => this.question(), done, 400);
  }

  received(message, body) {
    if (message.type !== 'rows' || body.key !== this.orderKey()) return;
    if (this.shownKey !== body.key) this.rows.clear();
    this.shownKey = body.key;
    const before = this.rows.total;
    this.isPartial = Boolean(message.is_partial);
    this.rows.take(message);
    this.dropEmpty(message);
    if (before !== message.total) {
      if (grouped(before ?? 0).length !== grouped(message.total).length) this.setColumns(this.most);
      this.fit();
    }
    this.draw();
    this.tellTotal();
    this.view.painted();
    // a shorter table ends above where this one was
    if (message.total && !message.rows.length && message.start) this.onScroll();
  }

  // a column that no row has anything in is not worth its room
  dropEmpty(message) {
    if (this.filters.isOn || this.hasLooked || !message.rows.length) return;
    this.hasLooked = true;
    for (const key of ['source', 'slice', 'size', 'rows', 'planned']) {
      const place = message.columns.indexOf(key);
      const isEmpty = message.rows.every(
        (row) => row[place] === null || row[place] === undefined || row[place] === '',
      );
      if (isEmpty) this.empties.add(key);
    }
    if (this.empties.size) this.setColumns(this.most);
  }

  tellTotal() {
    const { total } = this.rows;
    const all = this.view.summary.partitions ?? total;
    const text = this.filters.isOn
      ? `${grouped(total)} of ${counted(all, 'partition')}`
      : counted(total, 'partition');
    setText(this.caption, this.isPartial ? `${text}, still reading…` : text);
    this.nothing.hidden = total > 0;
    this.grid.hidden = total === 0;
    setText(
      this.nothing,
      this.filters.isOn ? 'No partition matches what you look for.' : 'There are no partitions yet.',
    );
  }

  refilter() {
    this.active = -1;
    this.rows.clear();
    this.grid.hidden = false;
    this.grid.scrollTop = 0;
    this.refresh(true);
  }

  sortBy(key) {
    const [now, way] = this.sort ?? [];
    this.sort = now !== key ? [key, 'asc'] : way === 'asc' ? [key, 'desc'] : null;
    this.showSort();
    this.refilter();
  }

  showSort() {
    for (const head of this.header.children) {
      const way = this.sort?.[0] === head.dataset.key ? this.sort[1] : '';
      head.setAttribute('aria-sort', { asc: 'ascending', desc: 'descending' }[way] ?? 'none');
    }
  }

  draw() {
    if (!this.rowHeight) return;
    const { total } = this.rows;
    const first = this.first;
    const start = Math.floor(first);
    const count = Math.max(0, Math.min((total ?? 0) - start, Math.ceil(this.seen) + 1));
    while (this.pool.length < count) this.addRow();
    this.body.style.transform = `translateY(${this.grid.scrollTop - (first - start) * this.rowHeight}px)`;
    this.grid.setAttribute('aria-rowcount', String((total ?? 0) + 1));
    this.pool.forEach((element, offset) => {
      element.hidden = offset >= count;
      if (offset < count) this.fill(element, start + offset);
    });
    this.pointActive(start, count);
  }

  addRow() {
    const cells = this.columns.map((column, place) =>
      make('div', {
        role: 'gridcell',
        class: column.isNumber ? 'agl-number' : '',
        'aria-colindex': place + 1,
      }),
    );
    const element = make('div', { role: 'row', class: 'agl-row', id: freshId('row') }, ...cells);
    cells.forEach((cell, place) => (cell.id = `${element.id}-${place}`));
    this.pool.push(element);
    this.body.append(element);
  }

  fill(element, place) {
    const row = this.rows.at(place);
    element.setAttribute('aria-rowindex', place + 2);
    element.dataset.place = place;
    element.classList.toggle('agl-active', place === this.active);
    element.setAttribute('aria-selected', String(Boolean(row && this.selected.has(row.index))));
    element.dataset.state = row?.state ?? '';
    this.columns.forEach((column, at) => {
      const cell = element.children[at];
      if (!row) setText(cell, at === 0 ? '…' : '');
      else if (column.key === 'state') this.fillState(cell, row.state);
      else {
        const text = column.text ? column.text(row) : (row[column.key] ?? '');
        setText(cell, String(text));
        if (!column.isNumber && cell.title !== String(text)) cell.title = text;
      }
    });
  }

  fillState(cell, key) {
    const text = `${STATE[key]?.sign ?? ''} ${stateWord(key)}`;
    setText(cell, text);
  }

  pointActive(start, count) {
    const offset = this.active - start;
    const isSeen = this.active >= 0 && offset >= 0 && offset < count;
    if (isSeen)
      this.grid.setAttribute('aria-activedescendant', `${this.pool[offset].id}-${this.activeColumn}`);
    else this.grid.removeAttribute('aria-activedescendant');
    for (const cell of this.body.querySelectorAll('.agl-here')) cell.classList.remove('agl-here');
    if (isSeen) this.pool[offset].children[this.activeColumn]?.classList.add('agl-here');
  }

  known(index) {
    return this.rows.byIndex.get(index);
  }

  // the view says what is selected now
  show(indexes) {
    this.selected = new Set(indexes);
    this.draw();
  }

  // bring a partition into view, wherever it is in the present order
  find(index) {
    const body = { type: 'find', index, sort: this.sort, filter: this.filters.value };
    this.view.asking.ask('find', body, (message) => {
      if (message.type !== 'find' || !isNumber(message.position) || message.position < 0) return;
      this.walk.go(message.position);
    });
  }

  close() {
    this.sized.disconnect();
    this.filters.close();
    cancelAnimationFrame(this.waiting);
  }
}
