// The graph of a workflow: stages as buttons over the lines that join them, what can be done, the chosen stage.

const SVG = 'http://www.w3.org/2000/svg';

function drawn(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

class WorkflowView {
  constructor(model, el) {
    this.model = model;
    this.root = make('div', { class: 'agl agl-workflow' });
    el.append(this.root);
    this.buttons = new Map();
    this.asking = new Asking(model, {
      busy: (isBusy) => this.tellBusy(isBusy),
      wrong: (text) => this.tell(text, true),
    });
    this.notice = make('p', { class: 'agl-notice', hidden: true, role: 'status' });
    this.wrong = make('p', { class: 'agl-notice agl-bad', hidden: true, role: 'alert' });
    this.badge = make('span', { class: 'agl-badge' });
    this.title = make('span', { class: 'agl-part-title' });
    this.run = button('Run', () => this.act('run'));
    this.stop = button('Stop', () => this.act('stop'), { class: 'agl-danger' });
    this.flags = make('span', { class: 'agl-flags' });
    this.tools = make('span', { class: 'agl-tools' }, this.flags, this.run, this.stop);
    const head = make('div', { class: 'agl-part-head' }, this.title, this.badge, this.tools);
    this.total = make('p', { class: 'agl-soft' });
    this.progress = make('div', { class: 'agl-progress', role: 'progressbar', 'aria-valuemin': '0' });
    this.graph = make('div', { class: 'agl-flow', role: 'group' });
    this.frame = make('div', { class: 'agl-flow-frame' }, this.graph);
    this.meaning = make('p', { class: 'agl-soft agl-meaning' });
    this.detail = make('section', { class: 'agl-part agl-detail', hidden: true, tabindex: '-1' });
    this.root.append(
      this.notice,
      this.wrong,
      head,
      this.total,
      this.progress,
      this.frame,
      this.meaning,
      this.detail,
    );
    this.hears = {
      'change:told': () => this.soon(),
      'change:places': () => this.soon(),
      'change:can': () => this.soon(),
      'change:flags': () => this.soon(),
      'change:notice': () => this.soon(),
      'change:chosen': () => this.soon(),
    };
    for (const [name, act] of Object.entries(this.hears)) model.on(name, act);
    this.update();
    this.root.dataset.ready = 'yes';
  }

  // several traits change together: one update for them all
  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.update();
    });
  }

  update() {
    const told = this.model.get('told') ?? {};
    this.told = told;
    const stages = told.stages ?? [];
    const state = told.state ?? 'planned';
    setText(this.title, `Workflow ${told.name ?? ''}`);
    setText(this.badge, WORKFLOW_WORDS[state] ?? state);
    this.badge.dataset.state = state;
    this.root.dataset.state = state;
    this.place();
    for (const stage of stages) this.show(stage);
    this.showTotal(stages, state);
    this.showTools(state);
    this.showNotice();
    // what was said about a click is over once something came of it
    if (this.said && this.said !== this.standing()) this.tell('');
    this.showChosen(stages);
  }

  standing() {
    return `${this.told.run_id} ${this.told.state}`;
  }

  // boxes and lines are made anew only where the graph itself has changed
  place() {
    const places = this.model.get('places') ?? {};
    const key = JSON.stringify(places);
    if (key === this.placed) return;
    this.placed = key;
    this.buttons.clear();
    this.graph.replaceChildren();
    if (!places.boxes?.length) return;
    this.graph.style.width = `${places.width}px`;
    this.graph.style.height = `${places.height}px`;
    this.graph.setAttribute('aria-label', `Stages of the workflow ${this.told.name}`);
    const svg = drawn('svg', { width: places.width, height: places.height, 'aria-hidden': 'true' });
    for (const line of places.lines) {
      svg.append(drawn('path', { d: line.path, class: `agl-edge agl-edge-${line.kind}` }));
      svg.append(drawn('path', { d: line.tip, class: 'agl-edge-tip' }));
    }
    this.graph.append(svg);
    for (const box of places.boxes) this.addButton(box, places);
    this.meaning.replaceChildren();
    for (const [kind, word] of Object.entries(EDGE_WORDS)) {
      if (!places.lines.some((line) => line.kind === kind)) continue;
      const sample = drawn('svg', { width: 28, height: 10, 'aria-hidden': 'true' });
      sample.append(drawn('path', { d: 'M0 5H28', class: `agl-edge agl-edge-${kind}` }));
      this.meaning.append(make('span', {}, sample, make('span', { text: word })));
    }
  }

  addButton(box, places) {
    const parts = {
      name: make('span', { class: 'agl-stage-name', text: box.name }),
      state: make('span', { class: 'agl-stage-line' }),
      counts: make('span', { class: 'agl-stage-line' }),
      bar: make('span', { class: 'agl-stage-bar', 'aria-hidden': 'true' }, make('span')),
    };
    const made = make(
      'button',
      { type: 'button', class: 'agl-stage', 'aria-pressed': 'false', click: () => this.choose(box.name) },
      ...Object.values(parts),
    );
    made.style.left = `${box.x}px`;
    made.style.top = `${box.y}px`;
    made.style.width = `${places.box_width}px`;
    made.style.height = `${places.box_height}px`;
    this.graph.append(made);
    this.buttons.set(box.name, { made, parts });
  }

  show(stage) {
    const found = this.buttons.get(stage.name);
    if (!found) return;
    const { made, parts } = found;
    const { word, sign, tone } = stageState(stage);
    const isOff = stage.state === 'off';
    made.dataset.state = stage.state ?? 'planned';
    made.dataset.tone = tone;
    const place = stagePlace(stage);
    setText(parts.state, `${sign} ${word}${place && !isOff ? `, ${place}` : ''}`);
    setText(parts.counts, isOff ? place : stageCounts(stage));
    const hasBar = ['running', 'stopped'].includes(stage.state) && stage.partitions > 0;
    parts.bar.hidden = !hasBar;
    if (hasBar) {
      const share = Math.min(1, throughOf(stage) / stage.partitions);
      parts.bar.firstChild.style.width = `${(100 * share).toFixed(1)}%`;
    }
    const needs = (this.told.edges ?? [])
      .filter((edge) => edge.to === stage.name)
      .map((edge) => `${edge.kind === 'after' ? 'after' : `${edge.kind} of`} ${edge.from}`);
    made.title = [`${stage.name}: ${word}`, parts.counts.textContent, needs.join(', ')]
      .filter(Boolean)
      .join('\n');
  }

  showTotal(stages, state) {
    const on = stages.filter((stage) => stage.state !== 'off');
    const known = on.filter((stage) => isNumber(stage.partitions));
    const sum = (name) => on.reduce((total, stage) => total + (stage[name] ?? 0), 0);
    const all = sum('partitions');
    const more = known.length < on.length ? ' or more' : '';
    const parts = [counted(on.length, 'stage')];
    if (state === 'planned') parts.push(`${counted(all, 'partition')}${more}`);
    else
      parts.push(`${grouped(sum('finished') + sum('reused'))} of ${counted(all, 'partition')}${more} done`);
    for (const name of ['failed', 'skipped']) if (sum(name)) parts.push(`${grouped(sum(name))} ${name}`);
    if (this.told.started && this.told.ended) parts.push(duration(this.told.ended - this.told.started));
    if (this.told.message) parts.push(this.told.message);
    const text = parts.join(', ');
    setText(this.total, text);
    this.progress.hidden = state === 'planned' || !all;
    this.progress.setAttribute('aria-label', 'Partitions that are through');
    this.progress.setAttribute('aria-valuemax', String(all));
    this.progress.setAttribute(
      'aria-valuenow',
      String(
        Math.min(
          all,
          on.reduce((n, s) => n + throughOf(s), 0),
        ),
      ),
    );
    this.progress.setAttribute('aria-valuetext', text);
    const shares = [
      ['done', sum('finished')],
      ['resumed', sum('reused')],
      ['failed', sum('failed')],
      ['stopped', sum('skipped')],
      ['running', sum('running')],
    ].filter(([, number]) => number);
    this.progress.replaceChildren(
      ...shares.map(([name, number]) => {
        const part = make('span', { 'data-state': name });
        part.style.flexBasis = `${(100 * number) / Math.max(all, 1)}%`;
        return part;
      }),
    );
  }

  showTools(state) {
    const can = this.model.get('can') ?? [];
    this.run.hidden = !can.includes('run');
    this.stop.hidden = !can.includes('stop');
    const goesOn = ['stopped', 'interrupted', 'failed', 'partial'].includes(state);
    setText(this.run, goesOn ? 'Resume' : state === 'finished' ? 'Run again' : 'Run');
    this.run.title = goesOn
      ? 'Run what has no result yet; what is finished is kept'
      : 'Run every stage; results that are there are taken over';
    const flags = this.model.get('flags') ?? {};
    const key = JSON.stringify(flags);
    if (key !== this.flagged) {
      this.flagged = key;
      this.flags.replaceChildren(
        ...Object.entries(flags).map(([name, isOn]) => {
          const box = make('input', { type: 'checkbox', value: name });
          box.checked = Boolean(isOn);
          return make('label', { title: `Stages that run only with the flag ${name}` }, box, ` ${name}`);
        }),
      );
    }
    this.flags.hidden = !can.includes('run');
  }

  showNotice() {
    const notice = this.model.get('notice') ?? '';
    if (notice !== this.noticed) {
      this.noticed = notice;
      this.tell(notice, true);
    }
  }

  choose(name) {
    const next = this.model.get('chosen') === name ? '' : name;
    this.model.set('chosen', next);
    this.model.save_changes();
    this.update();
    if (next) this.detail.scrollIntoView({ block: 'nearest' });
  }

  showChosen(stages) {
    const name = this.model.get('chosen') ?? '';
    for (const [each, { made }] of this.buttons) made.setAttribute('aria-pressed', String(each === name));
    const stage = stages.find((each) => each.name === name);
    this.detail.hidden = !stage;
    if (!stage) {
      this.shown = '';
      return;
    }
    // asked again whenever something about the stage has changed
    const key = JSON.stringify([stage, this.told.run_id]);
    if (key === this.shown) return;
    if (this.detail.dataset.stage !== name) {
      this.detail.dataset.stage = name;
      this.detail.replaceChildren(make('p', { class: 'agl-soft', text: `Looking at ${name} …` }));
    }
    this.shown = key;
    this.asking.askInTime(
      'stage',
      () => ({ type: 'stage', name: this.model.get('chosen') || name }),
      (told, buffers, body) => this.fill(body.name, told),
      500,
    );
  }

  fill(name, told) {
    const chosen = this.model.get('chosen') ?? '';
    if (name !== chosen) {
      // another one was chosen while this question waited, and a question that waits takes no second one
      this.shown = '';
      this.showChosen(this.told.stages ?? []);
      return;
    }
    if (told.type !== 'stage') return;
    const facts = make('dl', { class: 'agl-facts' });
    for (const [key, value] of told.fields ?? [])
      facts.append(make('div', {}, make('dt', { text: key }), make('dd', { text: value })));
    const id = freshId('stage');
    this.detail.setAttribute('aria-labelledby', id);
    this.detail.replaceChildren(
      make(
        'div',
        { class: 'agl-part-head' },
        make('span', { class: 'agl-sub', id, text: `Stage ${name}` }),
        make(
          'span',
          { class: 'agl-tools' },
          button('Close', () => this.choose(name), { title: 'Close' }),
        ),
      ),
      facts,
    );
    for (const [title, text] of told.failures ?? []) {
      this.detail.append(
        make(
          'div',
          { class: 'agl-error' },
          make('div', { text: title }),
          text ? make('pre', { text, tabindex: '0' }) : null,
        ),
      );
    }
    if (told.log)
      this.detail.append(
        make('div', { class: 'agl-sub', text: 'Log' }),
        make('pre', { text: told.log, tabindex: '0' }),
      );
  }

  act(what) {
    this.tell('');
    clearTimeout(this.late);
    const before = this.standing();
    const flags = [...this.flags.querySelectorAll('input:checked')].map((box) => box.value);
    if (what === 'stop') this.late = setTimeout(() => this.tell(this.busyStop(), true), 3_000);
    this.asking.ask(`act:${what}`, { type: 'act', what, flags }, (message) => {
      clearTimeout(this.late);
      const isOk = message.type === 'acted' && message.ok;
      // it may have begun before the answer came
      if (isOk && this.standing() !== before) return;
      if (message.message) this.tell(message.message, !isOk);
      this.said = isOk ? before : '';
    });
  }

  tell(text, isWrong = false) {
    const box = isWrong ? this.wrong : this.notice;
    for (const each of [this.wrong, this.notice]) each.hidden = !text || each !== box;
    setText(box, text ?? '');
    this.said = '';
  }

  tellBusy(isBusy) {
    if (!isBusy) return this.tell('');
    const isGone = Boolean(this.root.closest('.jupyter-widgets-disconnected'));
    this.tell(
      isGone
        ? `The kernel was restarted or is gone. Run the cell again, or %parallel_workflow ${this.told.name}.`
        : 'The kernel is busy and does not answer at the moment. The run goes on.',
    );
  }

  busyStop() {
    return `The kernel does not answer. To stop at once, type in a terminal: jupyter agilab workflow stop ${this.told.name}`;
  }

  close() {
    for (const [name, act] of Object.entries(this.hears)) this.model.off(name, act);
    clearTimeout(this.late);
    cancelAnimationFrame(this.waiting);
    this.asking.close();
    this.root.remove();
  }
}

function render({ model, el }) {
  const view = new WorkflowView(model, el);
  return () => view.close();
}

export default { render };
