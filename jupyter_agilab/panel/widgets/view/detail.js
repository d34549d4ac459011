// All about one partition: what it is, what it received, printed and raised, and what can be done with it.

class Detail {
  constructor(view) {
    this.view = view;
    this.index = null;
    this.title = make('div', { class: 'agl-part-title', tabindex: '-1' });
    this.retry = button('Retry', () => view.act('retry', [this.index]));
    this.only = button('Run only this one', () => view.act('run-selected', [this.index]));
    this.openIt = button('Open', () => view.act('open', [this.index]), {
      title: 'Open what this partition read and printed',
    });
    this.pin = button('Pin…', () => this.pinIt(), { 'aria-haspopup': 'menu' });
    this.close_ = button('Close', () => this.shut(), { 'aria-label': 'Close this partition' });
    this.head = make(
      'div',
      { class: 'agl-part-head' },
      this.title,
      make('span', { class: 'agl-tools' }, this.retry, this.only, this.openIt, this.pin, this.close_),
    );
    this.content = make('div', { class: 'agl-detail-content' });
    this.box = make(
      'section',
      {
        class: 'agl-part agl-detail',
        hidden: true,
        'aria-label': 'The chosen partition',
        'data-lm-suppress-shortcuts': 'true',
        keydown: (event) => this.key(event),
      },
      this.head,
      this.content,
    );
  }

  open(index) {
    const isNew = index !== this.index;
    this.index = index;
    this.box.hidden = false;
    setText(this.title, `Partition ${grouped(index)}`);
    if (isNew) {
      this.shown = '';
      this.content.replaceChildren(make('p', { class: 'agl-soft', text: 'Reading…' }));
    }
    this.offer();
    this.refresh(true);
  }

  refresh(isUrgent) {
    if (this.index === null) return;
    const { asking } = this.view;
    const body = () => ({ type: 'detail', index: this.index });
    const done = (message) => this.received(message);
    if (isUrgent) asking.ask('detail', body(), done);
    else asking.askInTime('detail', body, done, 1_500);
  }

  received(message) {
    if (message.type === 'error') {
      this.content.replaceChildren(make('p', { text: message.message }));
      return;
    }
    if (message.type !== 'detail' || message.index !== this.index) return;
    const { request, ...told } = message;
    const text = JSON.stringify(told);
    // the same again would only lose what is open, and where it is scrolled to
    if (text === this.shown) return;
    this.shown = text;
    this.state = message.state ?? this.view.table.known(this.index)?.state ?? (message.error ? 'failed' : '');
    setText(this.title, message.title ?? `Partition ${grouped(this.index)}`);
    this.offer();
    const opened = new Map(
      [...this.content.querySelectorAll('details')].map((each) => [each.dataset.name, each.open]),
    );
    const parts = [
      this.error(message.error),
      this.fields(message.fields),
      this.attempts(message.attempts),
      this.records(message.records ?? message.text),
      this.log(message.log),
    ];
    this.content.replaceChildren(...parts.filter(Boolean));
    for (const each of this.content.querySelectorAll('details'))
      each.open = opened.get(each.dataset.name) ?? each.open;
  }

  offer() {
    const can = this.view.summary.can ?? [];
    this.retry.hidden = !can.includes('retry') || (this.state && this.state !== 'failed');
    this.only.hidden = !can.includes('run-selected');
    this.openIt.hidden = !can.includes('open');
    this.pin.hidden = !can.includes('pin');
  }

  fields(fields) {
    if (!fields?.length) return null;
    const list = make('dl', { class: 'agl-facts' });
    for (const [label, text] of fields)
      list.append(make('div', {}, make('dt', { text: label }), make('dd', { text: String(text) })));
    return list;
  }

  error(error) {
    if (!error) return null;
    const where = error.line ? `at line ${error.line}${error.cell ? ' of the cell' : ''}` : '';
    const title = error.type ? `${error.type}: ${clipped(error.message ?? '', 300)}` : 'Error';
    const line = error.source_line?.trim();
    return make(
      'div',
      { class: 'agl-error' },
      make('div', { class: 'agl-sub', text: title }),
      where
        ? make(
            'div',
            { class: 'agl-soft' },
            `${where}${line ? ': ' : ''}`,
            line ? make('code', { text: line }) : null,
          )
        : null,
      make('pre', { tabindex: '0', role: 'region', 'aria-label': 'Error', text: error.text }),
    );
  }

  records(records) {
    if (!records) return null;
    if (typeof records === 'string')
      return this.part(
        'records',
        'What the function receives',
        this.pre(records, 'What the function receives'),
        true,
      );
    if (!records.rows?.length) return null;
    const head = make('tr', {}, ...records.columns.map((name) => make('th', { scope: 'col', text: name })));
    const body = records.rows.map((row) =>
      make('tr', {}, ...row.map((value) => make('td', { text: value ?? '' }))),
    );
    const table = make('table', {}, make('thead', {}, head), make('tbody', {}, ...body));
    return this.part(
      'records',
      'First records',
      make('div', { class: 'agl-wide', tabindex: '0', role: 'region', 'aria-label': 'First records' }, table),
      true,
    );
  }

  log(log) {
    if (!log?.text) return null;
    return this.part('log', log.is_cut ? 'Log (its end)' : 'Log', this.pre(log.text, 'Log'), true);
  }

  attempts(attempts) {
    if (!attempts?.length || attempts.length < 2) return null;
    const items = attempts.map((each) =>
      make('li', { text: Array.isArray(each) ? each.join(': ') : String(each) }),
    );
    return this.part('attempts', counted(attempts.length, 'attempt'), make('ol', {}, ...items), false);
  }

  pre(text, label) {
    return make('pre', { tabindex: '0', role: 'region', 'aria-label': label, text });
  }

  part(name, title, content, isOpen) {
    return make('details', { open: isOpen, 'data-name': name }, make('summary', { text: title }), content);
  }

  pinIt() {
    const { offsetLeft, offsetTop, offsetHeight } = this.pin;
    this.view.pinMenu.open([this.index], this.box, offsetLeft, offsetTop + offsetHeight, this.pin);
  }

  key(event) {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.shut();
  }

  shut() {
    this.index = null;
    this.box.hidden = true;
    this.content.replaceChildren();
    this.view.select([]);
    this.view.table.grid.focus();
  }
}
