// How far the run is: a bar by states, figures, what can be done, and the same in a sentence now and then.

const SAY_EVERY_MS = 12_000;
const STATE_TITLES = {
  plan: 'Planned',
  submitted: 'Starting',
  running: 'Running',
  reducing: 'Merging results',
  finished: 'Finished',
  partial: 'Finished in part',
  failed: 'Failed',
  stopped: 'Stopped',
  interrupted: 'Broken off',
};
const SEGMENTS = ['done', 'resumed', 'retried', 'failed', 'stopped', 'running'];

class Progress {
  constructor(view) {
    this.view = view;
    this.badge = make('span', { class: 'agl-badge' });
    this.message = make('span', { class: 'agl-message' });
    this.stop = button('Stop', () => this.stopIt(), { class: 'agl-danger' });
    this.retry = button('', () => view.act('retry', []));
    this.only = button('', () => view.act('run-selected', view.chosen));
    this.bar = make('div', {
      class: 'agl-progress',
      role: 'progressbar',
      'aria-label': 'Partitions done',
      'aria-valuemin': '0',
    });
    this.segments = Object.fromEntries(SEGMENTS.map((key) => [key, make('span', { 'data-state': key })]));
    this.bar.append(...Object.values(this.segments));
    this.facts = make('dl', { class: 'agl-facts' });
    this.values = {};
    this.said = make('p', { class: 'agl-unseen', role: 'status' });
    this.box = make(
      'section',
      { class: 'agl-part', 'aria-label': 'Progress' },
      make(
        'div',
        { class: 'agl-part-head' },
        this.badge,
        this.message,
        make('span', { class: 'agl-tools' }, this.retry, this.only, this.stop),
      ),
      this.bar,
      this.facts,
      this.said,
    );
    this.saidAt = -Infinity;
  }

  update(summary, lanes) {
    const state = summary.mode === 'plan' ? 'plan' : (summary.state ?? summary.mode);
    setText(this.badge, STATE_TITLES[state] ?? state ?? '');
    this.badge.dataset.state = state;
    setText(this.message, summary.message ?? '');
    this.message.hidden = !summary.message;
    this.offer(summary, state);
    const hasRun = summary.mode !== 'plan';
    this.bar.hidden = !hasRun;
    if (hasRun) this.fill(summary);
    this.showFacts(summary, lanes, hasRun);
    this.say(summary, state);
  }

  offer(summary, state) {
    const can = summary.can ?? [];
    const failed = summary.counts?.failed ?? 0;
    if (this.state !== state) this.isStopping = false;
    this.state = state;
    this.stop.hidden = !can.includes('stop');
    this.stop.disabled = Boolean(this.isStopping);
    setText(this.stop, this.isStopping ? 'Stopping…' : 'Stop');
    this.retry.hidden = !can.includes('retry') || !failed;
    setText(this.retry, `Retry failed (${grouped(failed)})`);
    this.showChosen();
  }

  showChosen() {
    const { chosen, summary } = this.view;
    this.only.hidden = !(summary.can ?? []).includes('run-selected') || !chosen.length;
    setText(this.only, `Run selected (${grouped(chosen.length)})`);
  }

  stopIt() {
    this.isStopping = true;
    this.offer(this.view.summary, this.state);
    this.view.act('stop', [], (isOk) => {
      if (isOk) return;
      this.isStopping = false;
      this.offer(this.view.summary, this.state);
    });
  }

  fill(summary) {
    const total = Math.max(1, summary.partitions ?? 0);
    const counts = { ...summary.counts };
    for (const key of SEGMENTS) {
      const part = this.segments[key];
      const share = (100 * (counts[key] ?? 0)) / total;
      part.hidden = !share;
      part.style.flexBasis = `${share}%`;
    }
    this.bar.setAttribute('aria-valuemax', String(summary.partitions ?? 0));
    this.bar.setAttribute('aria-valuenow', String(summary.done ?? 0));
    this.bar.setAttribute('aria-valuetext', this.sentence(summary, this.state));
  }

  showFacts(summary, lanes, hasRun) {
    const { counts = {} } = summary;
    const isOn = summary.mode === 'run';
    const facts = {
      Partitions: hasRun
        ? `${grouped(summary.done ?? 0)} of ${grouped(summary.partitions ?? 0)}`
        : grouped(summary.partitions ?? 0),
      Failed: counts.failed ? grouped(counts.failed) : '',
      'Taken over': counts.resumed ? grouped(counts.resumed) : '',
      Rate: isOn ? rate(summary.rate) : '',
      'Time left': isOn && isNumber(summary.time_left_s) ? `about ${duration(summary.time_left_s)}` : '',
      [isOn ? 'Running for' : 'Took']: hasRun
        ? duration((isOn ? summary.now_s : (summary.ended_s ?? summary.now_s)) || undefined)
        : '',
      'Predicted time': isNumber(summary.planned_s) ? duration(summary.planned_s) : '',
      'Peak memory of a worker': summary.bytes_peak ? size(summary.bytes_peak) : '',
      [isOn ? 'Workers alive' : 'Workers']:
        isOn && isNumber(summary.workers_alive) ? grouped(summary.workers_alive) : grouped(lanes.length),
    };
    const wanted = Object.keys(facts).filter((label) => facts[label]);
    if (wanted.join() !== this.labels) {
      this.labels = wanted.join();
      this.values = Object.fromEntries(wanted.map((label) => [label, make('dd')]));
      this.facts.replaceChildren(
        ...wanted.map((label) => make('div', {}, make('dt', { text: label }), this.values[label])),
      );
    }
    for (const label of wanted) setText(this.values[label], facts[label]);
  }

  sentence(summary, state) {
    const { counts = {} } = summary;
    const title = STATE_TITLES[state] ?? state ?? '';
    if (summary.mode === 'plan') return `${title}: ${counted(summary.partitions ?? 0, 'partition')}.`;
    const parts = [`${grouped(summary.done ?? 0)} of ${counted(summary.partitions ?? 0, 'partition')} done`];
    if (counts.failed) parts.push(`${grouped(counts.failed)} failed`);
    if (summary.mode === 'run' && isNumber(summary.time_left_s))
      parts.push(`about ${duration(summary.time_left_s)} left`);
    return `${title}: ${parts.join(', ')}.`;
  }

  // to screen readers: when the state changes, else now and then
  say(summary, state) {
    const now = performance.now();
    if (state === this.saidState && now - this.saidAt < SAY_EVERY_MS) return;
    this.saidState = state;
    this.saidAt = now;
    setText(this.said, this.sentence(summary, state));
  }
}
