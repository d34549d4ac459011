// The worker map: what is shown of time and lanes, bars asked for as the view moves, and the words beside it.

const MAP_HEIGHT = 380;
const MAP_HELP =
  'Left and right go from bar to bar, up and down from worker to worker, Enter shows a partition, P pins it, ' +
  'plus and minus zoom, Shift with left and right moves along, 0 shows everything.';

class WorkerMap {
  constructor(view) {
    this.view = view;
    this.theme = view.theme;
    this.lanes = new Lanes([]);
    this.bars = { plan: new Bars(new Float32Array(0)), run: new Bars(new Float32Array(0)) };
    this.asked = { plan: '', run: '' };
    this.from = 0;
    this.to = 1;
    this.isWhole = true;
    this.scrolled = 0;
    this.chosen = [];
    this.pointed = null;
    this.walked = null;
    this.drag = null;
    this.picture = new MapPicture(this);
    this.build();
    this.input = new MapInput(this);
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(this.scroller);
  }

  build() {
    this.legend = legend();
    const layer = (options) => {
      const canvas = make('canvas', options);
      return { canvas, context: canvas.getContext('2d') };
    };
    this.base = layer({ class: 'agl-base', 'aria-hidden': 'true' });
    this.cover = layer({
      class: 'agl-cover',
      tabindex: '0',
      role: 'application',
      'aria-roledescription': 'worker map',
      'data-lm-suppress-shortcuts': 'true',
    });
    this.tip = make('div', { class: 'agl-tip', hidden: true });
    this.said = make('p', { class: 'agl-unseen', role: 'status' });
    this.stack = make('div', { class: 'agl-stack' }, this.base.canvas, this.cover.canvas);
    this.spacer = make('div', { class: 'agl-map-spacer' }, this.stack);
    this.scroller = make('div', { class: 'agl-map', scroll: () => this.onScroll() }, this.spacer);
    // what may stick out of the map stands beside it
    this.frame = make('div', { class: 'agl-map-frame' }, this.scroller, this.tip);
    const tool = (text, label, act) => button(text, act, { 'aria-label': label, title: label });
    this.tools = make(
      'div',
      { class: 'agl-tools', role: 'group', 'aria-label': 'Zoom of the worker map' },
      tool('+', 'Zoom in', () => this.zoom(0.5)),
      tool('−', 'Zoom out', () => this.zoom(2)),
      tool('‹', 'Move to earlier', () => this.pan(-0.5)),
      tool('›', 'Move to later', () => this.pan(0.5)),
      button('Everything', () => this.whole()),
    );
    this.hint = make('span', { class: 'agl-soft agl-hint' });
    this.box = make(
      'section',
      { class: 'agl-part', 'aria-label': 'Worker map' },
      make(
        'div',
        { class: 'agl-part-head' },
        make('div', { class: 'agl-part-title', text: 'Workers' }),
        this.hint,
        this.tools,
      ),
      this.frame,
      this.said,
      this.legend.list,
    );
  }

  update(summary, lanes) {
    this.summary = summary;
    this.hasRun = summary.mode === 'run' || summary.mode === 'ended';
    this.isRunning = summary.mode === 'run';
    this.now = summary.now_s ?? 0;
    const text = JSON.stringify(lanes);
    if (text !== this.lanesText) {
      this.lanesText = text;
      this.lanes = new Lanes(lanes);
      this.resize();
    }
    this.canPin = (summary.can ?? []).includes('pin');
    this.cover.canvas.setAttribute('aria-label', `${this.describe()} ${MAP_HELP}`);
    setText(this.hint, this.hintText());
    const scale = this.hasRun ? '' : `${summary.planned_s} ${summary.partitions}`;
    if (scale !== this.planScale) {
      // another plan, or the same one in other units
      this.planScale = scale;
      this.planEnd = 0;
      this.isWhole = true;
      if (!this.hasRun) this.refresh();
    }
    if (this.isWhole) this.showWhole();
    this.soon();
  }

  describe() {
    const workers = counted(this.lanes.count, 'worker');
    const what = {
      plan: 'the predicted schedule',
      run: 'what they did',
      'plan,run': 'what they did, over the predicted schedule',
    }[this.layers];
    const hosts = this.lanes.withHosts ? ` on ${counted(this.lanes.hosts.length, 'host')}` : '';
    return `Map of ${workers}${hosts}: ${what}.`;
  }

  hintText() {
    if (!this.lanes.count) return '';
    const pin = this.canPin && !this.hasRun ? ' Drag a bar to another worker to pin it.' : '';
    return `Ctrl + wheel zooms, drag moves.${pin}`;
  }

  // without a prediction a plan knows how much there is to do, but not how long it takes
  get isTimed() {
    return this.hasRun || isNumber(this.summary?.planned_s);
  }

  get layers() {
    if (!this.hasRun) return ['plan'];
    return isNumber(this.summary.planned_s) ? ['plan', 'run'] : ['run'];
  }

  span(seconds) {
    if (this.isTimed) return duration(seconds) || '0 s';
    return `${Number(((100 * seconds) / this.end).toPrecision(2))} %`;
  }

  load(seconds) {
    if (!isNumber(seconds)) return '';
    if (this.isTimed) return duration(seconds) || '0 s';
    const all = this.lanes.lanes.reduce((sum, lane) => sum + (lane.load_s ?? 0), 0);
    return all ? `${Math.round((100 * seconds) / all)} %` : '';
  }

  get end() {
    if (!this.isTimed) return this.planEnd || 1;
    const { planned_s: planned, now_s: now, ended_s: ended, mode } = this.summary ?? {};
    const happened = mode === 'ended' ? (ended ?? now ?? 0) : mode === 'run' ? (now ?? 0) : 0;
    return Math.max(planned ?? 0, happened, 1e-3);
  }

  showWhole() {
    this.from = 0;
    this.to = this.end * 1.01;
  }

  refresh(isUrgent = true) {
    if (!this.width) return;
    const { asking } = this.view;
    for (const layer of this.layers) {
      // a run does not change its plan
      if (layer === 'plan' && this.hasRun && !isUrgent) continue;
      const done = (message, buffers, body) => this.received(layer, message, buffers, body);
      const name = `bars:${layer}`;
      if (isUrgent) asking.ask(name, this.question(layer), done);
      else asking.askInTime(name, () => this.question(layer), done, layer === 'plan' ? 1_500 : 350);
    }
  }

  question(layer) {
    // a little beyond both ends, so that moving along shows bars at once
    const span = this.to - this.from;
    const margin = this.isWhole ? 0 : span * 0.25;
    const isUnknown = !this.isTimed && !this.planEnd;
    return {
      type: 'bars',
      layer,
      from_s: isUnknown ? 0 : Math.max(0, this.from - margin),
      // no end means all of it
      to_s: isUnknown ? 0 : this.to + margin,
      width_px: Math.max(50, Math.round((this.right - this.left) * (this.isWhole ? 1 : 1.5))),
    };
  }

  received(layer, message, buffers) {
    if (message.type !== 'bars') return;
    this.bars[layer] = new Bars(floats(buffers[0]), message.binned);
    if (layer === 'plan' && isNumber(message.end_s) && message.end_s !== this.planEnd) {
      this.planEnd = message.end_s;
      if (!this.isTimed && this.isWhole) this.showWhole();
    }
    if (this.walked) this.walked = this.again(this.walked);
    this.pointed = null;
    this.tellStates();
    this.soon();
    if (this.input.pointer && !this.drag) this.input.point();
  }

  // the bar that stood there before, in what came now
  again(bar) {
    const bars = this.bars[bar.layer];
    const at =
      bar.index >= 0 ? bars.findIndex(bar.index) : bars.find(bar.lane, (bar.start + bar.stop) / 2, Infinity);
    return at < 0 ? bar : { ...bars.describe(at), layer: bar.layer };
  }

  tellStates() {
    const present = new Set();
    for (const layer of this.layers) {
      const { numbers, count } = this.bars[layer];
      for (let at = 0; at < count; at++) present.add(STATES[numbers[at * FIELDS + 3]]?.key);
    }
    this.legend.keepOnly(present);
  }

  resize() {
    const width = this.scroller.clientWidth;
    if (!width) return;
    const full = this.lanes.height + AXIS_HEIGHT;
    const viewHeight = Math.max(70, Math.min(MAP_HEIGHT, full));
    const ratio = devicePixelRatio || 1;
    if (width !== this.width) {
      this.isResized = true;
      this.theme.readAgain();
    }
    this.width = width;
    this.viewHeight = viewHeight;
    this.left = width < 560 ? 76 : 132;
    this.loadWidth = width < 480 ? 0 : 72;
    this.right = width - this.loadWidth - 8;
    this.scroller.style.height = `${viewHeight}px`;
    this.spacer.style.height = `${Math.max(full, viewHeight)}px`;
    for (const { canvas, context } of [this.base, this.cover]) {
      const [wide, high] = [Math.round(width * ratio), Math.round(viewHeight * ratio)];
      if (canvas.width === wide && canvas.height === high) continue;
      canvas.width = wide;
      canvas.height = high;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${viewHeight}px`;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.drawNow();
    if (this.isResized) {
      this.isResized = false;
      if (this.summary) this.refresh();
    }
  }

  onScroll() {
    this.scrolled = this.scroller.scrollTop;
    this.soon();
  }

  get scale() {
    return (this.right - this.left) / (this.to - this.from);
  }

  x(seconds) {
    return this.left + (seconds - this.from) * this.scale;
  }

  time(x) {
    return this.from + (x - this.left) / this.scale;
  }

  zoom(factor, around = (this.from + this.to) / 2) {
    const whole = this.end * 1.01;
    const least = Math.min(whole, Math.max(whole / 1e6, 1e-4));
    const span = Math.min(whole, Math.max(least, (this.to - this.from) * factor));
    this.show(around - ((around - this.from) / (this.to - this.from)) * span, span);
  }

  show(from, span = this.to - this.from) {
    const whole = this.end * 1.01;
    this.isWhole = span >= whole * 0.999;
    this.from = Math.max(0, Math.min(whole - span, from));
    this.to = this.from + span;
    this.soon();
    this.refresh();
  }

  pan(part) {
    this.show(this.from + part * (this.to - this.from));
  }

  whole() {
    this.isWhole = true;
    this.showWhole();
    this.soon();
    this.refresh();
  }

  soon() {
    this.isDirty = true;
    this.plan();
  }

  overSoon() {
    this.plan();
  }

  plan() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      if (this.isDirty) this.drawNow();
      else this.picture.over();
    });
  }

  drawNow() {
    this.isDirty = false;
    if (!this.width) return;
    this.picture.draw();
    this.picture.over();
    this.view.painted();
  }

  themed() {
    this.legend.paint(this.theme.brushNow());
    this.soon();
  }

  text(bar) {
    const lane = this.lanes.label(bar.lane);
    const share = `${this.span(bar.stop - bar.start)} of the longest worker's work`;
    const when = this.isTimed ? `${this.span(bar.stop - bar.start)}, from ${this.span(bar.start)} on` : share;
    const state = STATES[bar.state]?.word ?? '';
    if (bar.index < 0) {
      return [
        `${counted(-bar.index, 'partition')} on ${lane}`,
        `${state}, ${when}`,
        'zoom in to see each',
      ].join('\n');
    }
    const known = this.view.table.known(bar.index);
    const lines = [`partition ${grouped(bar.index)} on ${lane}`];
    if (known?.source) lines.push([known.source, known.slice].filter(Boolean).join(', '));
    lines.push(`${bar.layer === 'plan' ? 'planned' : state}, ${when}`);
    if (known?.attempts > 1) lines.push(`attempt ${known.attempts}`);
    return lines.join('\n');
  }

  laneText(at) {
    const lane = this.lanes.lanes[at];
    const lines = [this.lanes.label(at)];
    if (lane.host) lines.push(`on ${lane.host}`);
    if (isNumber(lane.load_s))
      lines.push(`${this.hasRun ? 'busy for' : 'planned work'} ${this.load(lane.load_s)}`);
    if (lane.pinned) lines.push(`${counted(Number(lane.pinned), 'partition')} pinned here`);
    return lines.join('\n');
  }

  tell(text, x, y, isAloud = false) {
    if (this.tip.textContent !== text) this.tip.textContent = text;
    this.tip.hidden = !text;
    if (isAloud) this.said.textContent = text;
    if (!text) return;
    const { offsetWidth: wide, offsetHeight: high } = this.tip;
    const left = x + 14 + wide > this.width ? x - wide - 14 : x + 14;
    const top = y + 20 + high > this.viewHeight && y > high + 12 ? y - high - 12 : y + 20;
    this.tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(2, top)}px)`;
  }

  choose(indexes) {
    this.chosen = indexes.slice(0, 50);
    this.overSoon();
  }

  close() {
    this.sized.disconnect();
    cancelAnimationFrame(this.waiting);
    this.input.close();
  }
}
