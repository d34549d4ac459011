// The whole view: progress, worker map, partitions, the chosen one, the log; and what happens between them.

class LiveView {
  constructor(model, el) {
    this.model = model;
    this.root = make('div', { class: 'agl' });
    el.append(this.root);
    this.summary = {};
    this.chosen = [];
    this.asking = new Asking(model, {
      busy: (isBusy) => this.tellBusy(isBusy),
      wrong: (text, kind) => kind !== 'detail' && this.tell(text, true),
    });
    this.theme = new Theme(this.root, () => this.map.themed());
    this.notice = make('p', { class: 'agl-notice', hidden: true, role: 'status' });
    this.told = make('p', { class: 'agl-notice', hidden: true, role: 'alert' });
    this.progress = new Progress(this);
    this.table = new Table(this);
    this.detail = new Detail(this);
    this.pinMenu = new PinMenu(this);
    this.map = new WorkerMap(this);
    this.tail = new Tail(this);
    this.around = new Around(this.root);
    this.root.append(
      this.notice,
      this.told,
      this.progress.box,
      this.map.box,
      this.table.box,
      this.detail.box,
      this.tail.box,
    );
    this.hears = {
      'change:summary': () => this.soon(),
      'change:lanes': () => this.soon(),
      'change:revision': () => this.soon(),
      'change:labels': () => this.soon(),
      'change:selected': () => this.take(this.model.get('selected') ?? []),
    };
    for (const [name, act] of Object.entries(this.hears)) model.on(name, act);
    this.seeing = new IntersectionObserver((entries) => this.seen(entries.at(-1).isIntersecting));
    this.seeing.observe(this.root);
    this.update();
    this.take(model.get('selected') ?? []);
    this.map.themed();
    this.map.refresh();
    this.table.refresh(true);
    this.root.dataset.ready = 'yes';
  }

  // bars and rows are on the screen for the first time
  painted() {
    if (this.root.dataset.painted || !this.table.rows.total) return;
    const bars = this.map.bars.plan.count + this.map.bars.run.count;
    if (bars) this.root.dataset.painted = String(Math.round(performance.timeOrigin + performance.now()));
  }

  // several traits change together: one update for them all
  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.update();
      this.revise();
    });
  }

  update() {
    this.summary = this.model.get('summary') ?? {};
    const lanes = this.model.get('lanes') ?? [];
    const isOther = this.summary.run_id !== this.run || this.summary.mode !== this.mode;
    this.run = this.summary.run_id;
    this.mode = this.summary.mode;
    this.progress.update(this.summary, lanes);
    this.map.update(this.summary, lanes);
    this.table.update(this.summary);
    this.table.filters.update(this.summary.counts, lanes);
    this.tail.update(this.summary);
    this.detail.offer();
    this.showParts();
    this.root.dataset.mode = this.summary.mode ?? '';
    if (isOther) {
      this.tell('');
      this.map.refresh();
    }
  }

  // the kernel may have parts of its own for some of this
  showParts() {
    const { parts } = this.model.get('labels') ?? {};
    const shown = (name) => !parts || parts.includes(name);
    this.progress.box.hidden = !shown('progress');
    this.map.box.hidden = !shown('map');
    this.table.box.hidden = !shown('table');
    if (!shown('log')) this.tail.box.hidden = true;
  }

  // what is seen may have changed; nobody looks at what is scrolled away or in a hidden tab
  revise() {
    this.isStale = !this.isSeen || document.hidden;
    if (this.isStale) return;
    this.map.refresh(false);
    this.table.refresh(false);
    this.detail.refresh(false);
    this.tail.refresh(false);
  }

  seen(isSeen) {
    this.isSeen = isSeen;
    // a front end may show us only after render(): before that there are no colours to read
    if (isSeen) this.theme.readAgain();
    if (isSeen) this.around.begin();
    if (isSeen && this.isStale) this.revise();
  }

  open(index, { isFound = false } = {}) {
    this.select([index]);
    this.detail.open(index);
    if (!isFound) this.table.find(index);
  }

  select(indexes) {
    this.take(indexes);
    this.model.set('selected', indexes);
    this.model.save_changes();
  }

  take(indexes) {
    this.chosen = indexes;
    this.table.show(indexes);
    this.map.choose(indexes);
    this.progress.showChosen();
  }

  act(what, indexes, done) {
    this.tell('');
    clearTimeout(this.late);
    if (what === 'stop') this.late = setTimeout(() => this.tell(this.busyStop()), 3_000);
    this.asking.ask(`act:${what}`, { type: 'act', what, indexes }, (message) => {
      clearTimeout(this.late);
      const isOk = message.type === 'acted' && message.ok;
      if (message.message) this.tell(message.message, !isOk);
      done?.(isOk);
      this.revise();
    });
  }

  pin(indexes, worker) {
    this.asking.ask('pin', { type: 'pin', indexes, worker }, (message) => {
      if (message.message) this.tell(message.message, !message.ok);
      if (message.type === 'pinned' && message.ok) {
        this.map.refresh();
        this.table.refresh(true);
        this.detail.refresh(true);
      }
    });
  }

  tell(text, isWrong = false) {
    setText(this.told, text ?? '');
    this.told.hidden = !text;
    this.told.classList.toggle('agl-bad', isWrong);
  }

  isGone() {
    return Boolean(this.root.closest('.jupyter-widgets-disconnected'));
  }

  tellBusy(isBusy) {
    this.notice.hidden = !isBusy;
    if (!isBusy) return;
    const { texts } = this.model.get('labels') ?? {};
    if (texts) {
      // there may be something else than a kernel behind it
      setText(this.notice, this.isGone() ? texts.gone : texts.busy);
      return;
    }
    const text = this.isGone()
      ? 'The kernel was restarted or is gone: this is the last state that was seen. Run the cell again, or ' +
        `%parallel_attach${this.summary.name ? ` ${this.summary.name}` : ''}, to see it as it is now.`
      : 'The kernel is busy and does not answer at the moment. What you see may be a little old; the run goes on.';
    setText(this.notice, text);
  }

  busyStop() {
    const run = this.summary.run_id ?? this.summary.name ?? '';
    const { texts } = this.model.get('labels') ?? {};
    const why = texts?.stop ?? 'The kernel does not answer.';
    return `${why} To stop the run at once, type in a terminal: jupyter agilab stop ${run}`.trim();
  }

  close() {
    for (const [name, act] of Object.entries(this.hears)) this.model.off(name, act);
    clearTimeout(this.late);
    cancelAnimationFrame(this.waiting);
    this.seeing.disconnect();
    for (const part of [this.asking, this.theme, this.map, this.table, this.around]) part.close();
    this.root.remove();
  }
}

function render({ model, el }) {
  const view = new LiveView(model, el);
  return () => view.close();
}

export default { render };
