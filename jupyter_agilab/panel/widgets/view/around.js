// The panel around the view: ipywidgets gives the handle of a slider no name for screen readers, and Notebook 7
// takes its arrow keys for headings; we mend both.

class Around {
  constructor(root) {
    this.root = root;
  }

  // the outermost box of widgets that the view is in; not there before it is on the page
  begin() {
    if (this.observer) return;
    let box = null;
    for (let each = this.root.parentElement; each; each = each.parentElement) {
      if (each.classList.contains('widget-vbox')) box = each;
    }
    if (!box) return;
    this.observer = new MutationObserver(() => this.name(box));
    this.observer.observe(box, { childList: true, subtree: true });
    this.name(box);
  }

  name(box) {
    for (const handle of box.querySelectorAll('.widget-slider .noUi-handle:not([aria-label])')) {
      const label = handle.closest('.widget-slider').querySelector('.widget-label')?.textContent;
      if (!label) continue;
      handle.setAttribute('aria-label', label);
      handle.setAttribute('data-lm-suppress-shortcuts', 'true');
    }
  }

  close() {
    this.observer?.disconnect();
  }
}
