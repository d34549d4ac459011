// What narrows the table down: a text, states, a worker.

const TYPING_MS = 200;

class Filters {
  constructor(changed) {
    this.changed = changed;
    this.text = '';
    this.states = new Set();
    this.worker = null;
    this.search = make('input', {
      type: 'search',
      class: 'agl-search',
      placeholder: 'Search partitions',
      'aria-label': 'Search partitions by id, source or range',
      input: () => this.typed(),
    });
    this.workers = make('select', {
      'aria-label': 'Only partitions of this worker',
      change: () => this.pickWorker(),
    });
    this.workers.append(make('option', { value: '', text: 'All workers' }));
    this.chips = STATES.map((state) => {
      const count = make('span', { class: 'agl-count' });
      const chip = button('', () => this.toggle(state.key), {
        class: 'agl-chip',
        'aria-pressed': 'false',
        'data-state': state.key,
      });
      chip.append(
        make('span', { class: 'agl-sign', 'aria-hidden': 'true', text: state.sign }),
        ` ${state.word} `,
        count,
      );
      return { chip, count, key: state.key };
    });
    this.clear = button('Clear', () => this.reset(), {
      class: 'agl-link',
      hidden: true,
      'aria-label': 'Clear search and filters',
    });
    this.box = make(
      'div',
      {
        class: 'agl-filters',
        role: 'group',
        'aria-label': 'Filter the partitions',
        'data-lm-suppress-shortcuts': 'true',
      },
      this.search,
      this.workers,
      make('span', { class: 'agl-chips' }, ...this.chips.map(({ chip }) => chip)),
      this.clear,
    );
  }

  get value() {
    return { text: this.text, states: [...this.states], worker: this.worker };
  }

  get isOn() {
    return Boolean(this.text || this.states.size || this.worker);
  }

  update(counts, lanes) {
    for (const { chip, count, key } of this.chips) {
      const number = counts?.[key] ?? 0;
      setText(count, grouped(number));
      chip.hidden = !number && !this.states.has(key);
    }
    const wanted = lanes.filter((lane) => lane.id !== 'more').map((lane) => String(lane.id));
    if (wanted.join('\n') === this.shownWorkers) return;
    this.shownWorkers = wanted.join('\n');
    this.workers.replaceChildren(
      make('option', { value: '', text: 'All workers' }),
      ...lanes
        .filter((lane) => lane.id !== 'more')
        .map((lane) => make('option', { value: String(lane.id), text: lane.label ?? lane.id })),
    );
    this.workers.value = this.worker ?? '';
    this.workers.hidden = wanted.length < 2;
  }

  typed() {
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.text = this.search.value.trim();
      this.told();
    }, TYPING_MS);
  }

  pickWorker() {
    this.worker = this.workers.value || null;
    this.told();
  }

  toggle(key) {
    if (!this.states.delete(key)) this.states.add(key);
    this.told();
  }

  reset() {
    this.text = this.search.value = this.workers.value = '';
    this.worker = null;
    this.states.clear();
    this.told();
    this.search.focus();
  }

  told() {
    for (const { chip, key } of this.chips) chip.setAttribute('aria-pressed', String(this.states.has(key)));
    this.clear.hidden = !this.isOn;
    this.changed();
  }

  close() {
    clearTimeout(this.later);
  }
}
