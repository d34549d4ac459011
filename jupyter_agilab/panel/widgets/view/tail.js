// The end of what all partitions print, as it comes; read only while it is open.

const MOST_TEXT = 60_000;

class Tail {
  constructor(view) {
    this.view = view;
    this.after = null;
    this.text = '';
    this.pre = make('pre', {
      class: 'agl-tail',
      tabindex: '0',
      role: 'log',
      'aria-live': 'off',
      'aria-label': 'Log of all partitions',
    });
    this.box = make(
      'details',
      { class: 'agl-part agl-log', toggle: () => this.refresh(true), 'data-lm-suppress-shortcuts': 'true' },
      make('summary', { text: 'Log of all partitions' }),
      this.pre,
    );
  }

  // another run starts another log
  update(summary) {
    this.box.hidden = summary.mode === 'plan';
    if (summary.run_id === this.run) return;
    this.run = summary.run_id;
    this.after = null;
    this.text = '';
    setText(this.pre, '');
  }

  refresh(isUrgent) {
    if (!this.box.open || this.box.hidden) return;
    const body = () => ({ type: 'log', after: this.after });
    const done = (message, buffers, asked) => this.received(message, asked);
    if (isUrgent) this.view.asking.ask('log', body(), done);
    else this.view.asking.askInTime('log', body, done, 1_000);
  }

  received(message, asked) {
    if (message.type !== 'log' || asked.after !== this.after) return;
    this.after = message.next;
    if (message.text) {
      const isAtEnd = this.pre.scrollTop + this.pre.clientHeight >= this.pre.scrollHeight - 8;
      this.text = (this.text + message.text).slice(-MOST_TEXT);
      this.pre.textContent = this.text;
      if (isAtEnd) this.pre.scrollTop = this.pre.scrollHeight;
    } else if (!this.text) setText(this.pre, 'Nothing has been printed yet.');
  }
}
