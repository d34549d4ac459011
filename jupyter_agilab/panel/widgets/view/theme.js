// Colours as the style sheet has them now; it takes them from the front end's variables.

const COLOUR_NAMES = ['bg', 'fg', 'soft', 'line', 'raised', 'accent', ...STATES.map((state) => state.key)];

class Theme {
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    this.probe = make('span', { hidden: true, 'aria-hidden': 'true' });
    root.append(this.probe);
    this.read();
    const again = () => {
      // a theme's style sheet may arrive after the attribute that names it
      clearTimeout(this.later);
      this.later = setTimeout(() => this.readAgain(changed), 250);
      this.readAgain(changed);
    };
    this.observer = new MutationObserver(again);
    for (const watched of [document.body, document.documentElement]) {
      this.observer.observe(watched, {
        attributes: true,
        attributeFilter: [
          'class',
          'data-jp-theme-name',
          'data-jp-theme-light',
          'data-vscode-theme-kind',
          'theme',
        ],
      });
    }
    this.query = matchMedia('(prefers-color-scheme: dark)');
    this.query.addEventListener('change', again);
    this.again = again;
  }

  read() {
    const style = getComputedStyle(this.probe);
    this.colours = {};
    for (const name of COLOUR_NAMES) {
      this.probe.style.color = `var(--agl-${name})`;
      this.colours[name] = style.color;
    }
    this.font = getComputedStyle(this.root).fontFamily;
    this.brush = new Brush(this.colours, devicePixelRatio || 1);
  }

  readAgain(changed = this.changed) {
    const before = JSON.stringify([this.colours, this.font]);
    this.read();
    if (JSON.stringify([this.colours, this.font]) !== before) changed();
  }

  // the brush for the screen's present number of pixels, which zooming changes
  brushNow() {
    if (this.brush.ratio !== (devicePixelRatio || 1))
      this.brush = new Brush(this.colours, devicePixelRatio || 1);
    return this.brush;
  }

  close() {
    clearTimeout(this.later);
    this.observer.disconnect();
    this.query.removeEventListener('change', this.again);
  }
}
