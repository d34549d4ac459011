// Pointer, wheel and keyboard on the worker map.

class MapInput {
  constructor(map) {
    this.map = map;
    this.pointer = null;
    const { canvas } = map.cover;
    this.canvas = canvas;
    const on = (name, act, options) => canvas.addEventListener(name, act, options);
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.move(event));
    on('pointerup', (event) => this.up(event));
    on('pointercancel', () => this.cancel());
    on('pointerleave', () => this.leave());
    on('wheel', (event) => this.wheel(event), { passive: false });
    on('dblclick', (event) => map.zoom(0.33, map.time(this.place(event)[0])));
    on('contextmenu', (event) => this.menu(event));
    on('keydown', (event) => this.key(event));
    on('focus', () => this.focus(true));
    on('blur', () => this.focus(false));
    this.keys = {
      ArrowRight: (event) => (event.shiftKey ? map.pan(0.25) : this.step(1)),
      ArrowLeft: (event) => (event.shiftKey ? map.pan(-0.25) : this.step(-1)),
      ArrowDown: () => this.across(1),
      ArrowUp: () => this.across(-1),
      Home: () => this.edge(0),
      End: () => this.edge(-1),
      '+': () => this.zoom(0.5),
      '=': () => this.zoom(0.5),
      '-': () => this.zoom(2),
      _: () => this.zoom(2),
      0: () => map.whole(),
      Enter: () => this.open(map.walked),
      ' ': () => this.open(map.walked),
      p: () => this.pinMenu(),
      P: () => this.pinMenu(),
      ContextMenu: () => this.pinMenu(),
      F10: (event) => event.shiftKey && this.pinMenu(),
      Escape: () => this.cancel(),
    };
  }

  // event -> x, y in the picture; y counts what is scrolled away too
  place(event) {
    const edge = this.canvas.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top + this.map.scrolled];
  }

  // the bar at a point: what happened before what was planned
  find(x, y) {
    const { map } = this;
    const lane = map.lanes.at(y);
    if (lane < 0 || x < map.left || x > map.right) return null;
    const time = map.time(x);
    for (const layer of [...map.layers].reverse()) {
      const at = map.bars[layer].find(lane, time, 2 / map.scale);
      if (at >= 0) return { ...map.bars[layer].describe(at), layer };
    }
    return null;
  }

  down(event) {
    if (event.button !== 0) return;
    const { map } = this;
    const [x, y] = this.place(event);
    const bar = this.find(x, y);
    map.drag = {
      fromX: event.clientX,
      fromY: event.clientY,
      from: map.from,
      bar,
      x,
      y,
      lane: -1,
      host: null,
      isMoved: false,
      isPin: false,
    };
    this.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    const { map } = this;
    const [x, y] = this.place(event);
    this.pointer = [x, y];
    const { drag } = map;
    if (!drag) return this.point();
    const [wide, high] = [event.clientX - drag.fromX, event.clientY - drag.fromY];
    if (!drag.isMoved && Math.hypot(wide, high) < 4) return undefined;
    if (!drag.isMoved) {
      drag.isMoved = true;
      // across the lanes a bar is moved, along them the view
      drag.isPin = map.canPin && !map.hasRun && drag.bar?.index >= 0 && Math.abs(high) > Math.abs(wide);
      map.tell('');
    }
    if (!drag.isPin) {
      if (!map.isWhole) map.show(drag.from - wide / map.scale);
      return undefined;
    }
    Object.assign(drag, { x, y, lane: map.lanes.at(y), host: map.lanes.hostAt(y) });
    map.tell(this.dropText(), x, y - map.scrolled);
    map.overSoon();
    return undefined;
  }

  dropText() {
    const { drag, lanes } = this.map;
    const what = counted(this.dragged().length, 'partition');
    if (drag.host !== null) return `pin ${what} to any worker of ${drag.host || 'this machine'}`;
    if (drag.lane < 0) return 'release outside: nothing changes';
    if (drag.lane === drag.bar.lane) return 'release here: nothing changes';
    return `pin ${what} to ${lanes.label(drag.lane)}`;
  }

  // the bar that is dragged, and with it all that are chosen
  dragged() {
    const { chosen } = this.map.view;
    const { index } = this.map.drag.bar;
    return chosen.includes(index) ? chosen : [index];
  }

  up() {
    const { map } = this;
    const { drag } = map;
    if (!drag) return;
    const indexes = drag.isPin ? this.dragged() : [];
    map.drag = null;
    map.overSoon();
    if (!drag.isMoved) return this.open(drag.bar);
    if (!drag.isPin) return undefined;
    map.tell('');
    if (drag.host !== null) map.view.pin(indexes, drag.host);
    else if (drag.lane >= 0 && drag.lane !== drag.bar.lane)
      map.view.pin(indexes, map.lanes.lanes[drag.lane].id);
    return undefined;
  }

  cancel() {
    this.map.drag = null;
    this.map.tell('');
    this.map.overSoon();
  }

  leave() {
    this.pointer = null;
    if (this.map.drag) return;
    this.map.pointed = null;
    this.map.tell('');
    this.map.overSoon();
  }

  point() {
    const { map } = this;
    const [x, y] = this.pointer;
    map.pointed = this.find(x, y);
    const lane = map.pointed ? -1 : map.lanes.at(y);
    const text = map.pointed
      ? map.text(map.pointed)
      : lane >= 0 && (x < map.left || x > map.right)
        ? map.laneText(lane)
        : '';
    map.tell(text, x, y - map.scrolled);
    this.canvas.style.cursor = map.pointed ? 'pointer' : map.isWhole ? 'default' : 'grab';
    map.overSoon();
  }

  wheel(event) {
    const { map } = this;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      map.zoom(event.deltaY > 0 ? 1.25 : 0.8, map.time(this.place(event)[0]));
      return;
    }
    const along = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (map.isWhole || !along || (!event.shiftKey && Math.abs(event.deltaX) < Math.abs(event.deltaY))) return;
    event.preventDefault();
    map.show(map.from + along / map.scale);
  }

  menu(event) {
    const bar = this.find(...this.place(event));
    if (!bar || bar.index < 0 || !this.map.canPin) return;
    event.preventDefault();
    event.stopPropagation();
    this.map.walked = bar;
    this.pinMenu();
  }

  key(event) {
    const act = this.keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  }

  focus(hasFocus) {
    this.map.hasFocus = hasFocus;
    if (!hasFocus) this.map.tell('');
    this.map.overSoon();
  }

  zoom(factor) {
    const { walked } = this.map;
    this.map.tell('');
    this.map.zoom(factor, walked ? (walked.start + walked.stop) / 2 : undefined);
  }

  layer() {
    const { map } = this;
    return map.hasRun && map.bars.run.count ? 'run' : 'plan';
  }

  first() {
    const { map } = this;
    const layer = this.layer();
    const bars = map.bars[layer];
    const lane = map.lanes.order.find((at) => bars.of(at).length);
    if (lane === undefined) return map.tell('There are no bars here.', map.left, 10, true);
    return this.walk({ ...bars.describe(bars.of(lane)[0]), layer });
  }

  step(along) {
    const { walked, bars } = this.map;
    if (!walked) return this.first();
    const places = bars[walked.layer].of(walked.lane);
    const here = places.findIndex((at) => bars[walked.layer].start(at) >= walked.start - 1e-9);
    const next = places[(here < 0 ? places.length : here) + along];
    if (next === undefined) return this.tellWalked();
    return this.walk({ ...bars[walked.layer].describe(next), layer: walked.layer });
  }

  edge(place) {
    const { walked, bars } = this.map;
    if (!walked) return this.first();
    const next = bars[walked.layer].of(walked.lane).at(place);
    return next === undefined
      ? undefined
      : this.walk({ ...bars[walked.layer].describe(next), layer: walked.layer });
  }

  across(step) {
    const { map } = this;
    const { walked } = map;
    if (!walked) return this.first();
    const bars = map.bars[walked.layer];
    for (let lane = map.lanes.next(walked.lane, step); lane >= 0; lane = map.lanes.next(lane, step)) {
      const at = bars.find(lane, walked.start, Infinity);
      if (at >= 0) return this.walk({ ...bars.describe(at), layer: walked.layer });
    }
    return this.tellWalked();
  }

  walk(bar) {
    const { map } = this;
    map.walked = bar;
    const span = map.to - map.from;
    if (bar.start < map.from || bar.stop > map.to) map.show((bar.start + bar.stop) / 2 - span / 2, span);
    const top = map.lanes.tops[bar.lane];
    const room = map.viewHeight - AXIS_HEIGHT - map.lanes.laneHeight;
    if (top < map.scrolled) map.scroller.scrollTop = top;
    else if (top > map.scrolled + room) map.scroller.scrollTop = top - room;
    map.overSoon();
    this.tellWalked();
  }

  tellWalked() {
    const { map } = this;
    const { walked } = map;
    const x = Math.max(map.left, Math.min(map.right - 20, map.x(walked.start)));
    map.tell(
      map.text(walked),
      x,
      map.lanes.tops[walked.lane] + map.lanes.laneHeight / 2 - map.scrolled,
      true,
    );
  }

  open(bar) {
    const { map } = this;
    if (!bar) return undefined;
    if (bar.index >= 0) return map.view.open(bar.index);
    const span = Math.max((bar.stop - bar.start) * 3, (map.to - map.from) / 50);
    return map.show((bar.start + bar.stop) / 2 - span / 2, span);
  }

  pinMenu() {
    const { map } = this;
    const { walked } = map;
    if (!map.canPin || !walked || walked.index < 0) return;
    map.tell('');
    const x = Math.max(map.left, Math.min(map.right - 20, map.x(walked.start)));
    map.view.pinMenu.open(
      [walked.index],
      map.frame,
      x,
      map.lanes.tops[walked.lane] - map.scrolled + map.lanes.laneHeight,
      this.canvas,
    );
  }

  close() {
    this.map.drag = null;
  }
}
