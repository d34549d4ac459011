// A menu of workers and hosts that partitions can be pinned to.

class PinMenu {
  constructor(view) {
    this.view = view;
    this.menu = make('div', {
      class: 'agl-menu',
      role: 'menu',
      'aria-label': 'Pin to a worker',
      hidden: true,
      'data-lm-suppress-shortcuts': 'true',
      keydown: (event) => this.key(event),
    });
    this.menu.addEventListener('focusout', (event) => {
      if (!this.menu.contains(event.relatedTarget)) this.shut(false);
    });
  }

  open(indexes, parent, x, y, from) {
    this.from = from;
    const what =
      indexes.length === 1 ? `partition ${grouped(indexes[0])}` : counted(indexes.length, 'partition');
    this.menu.setAttribute('aria-label', `Pin ${what} to`);
    const { lanes } = this.view.map;
    const item = (text, target) =>
      make('div', { role: 'menuitem', tabindex: '-1', text, click: () => this.take(indexes, target) });
    const workers = lanes.order
      .filter((at) => lanes.lanes[at].id !== 'more')
      .map((at) =>
        item(
          `Pin to ${lanes.label(at)}${lanes.lanes[at].host ? ` on ${lanes.lanes[at].host}` : ''}`,
          lanes.lanes[at].id,
        ),
      );
    const hosts = lanes.withHosts
      ? lanes.hosts.map((host) => item(`Pin to any worker of ${host}`, host))
      : [];
    this.menu.replaceChildren(
      make('div', { class: 'agl-soft agl-menu-title', role: 'presentation', text: `Pin ${what}` }),
      ...workers,
      ...hosts,
      item('Take the pin off', null),
    );
    parent.append(this.menu);
    this.menu.hidden = false;
    const left = Math.max(4, Math.min(x, parent.clientWidth - this.menu.offsetWidth - 4));
    this.menu.style.left = `${left}px`;
    this.menu.style.top = `${y + 2}px`;
    this.items()[0].focus();
  }

  items() {
    return [...this.menu.querySelectorAll('[role=menuitem]')];
  }

  take(indexes, target) {
    this.shut(true);
    this.view.pin(indexes, target);
  }

  shut(isBack) {
    if (this.menu.hidden) return;
    this.menu.hidden = true;
    if (isBack) this.from?.focus();
  }

  key(event) {
    const items = this.items();
    const here = items.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[(to + items.length) % items.length].focus();
    else if (event.key === 'Enter' || event.key === ' ') items[here]?.click();
    else if (event.key === 'Escape' || event.key === 'Tab') this.shut(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
