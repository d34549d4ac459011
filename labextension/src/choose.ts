import { Dialog, showDialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';

/** A list to choose from. JupyterLab's own has no name that a screen reader could say. */
class Choice extends Widget implements Dialog.IBodyWidget<string> {
  constructor(title: string, items: ReadonlyArray<string>) {
    super();
    this.addClass('jp-Input-Dialog');
    this.list.classList.add('jp-mod-styled');
    this.list.setAttribute('aria-label', title);
    for (const item of items) {
      this.list.add(new Option(item, item));
    }
    this.node.append(this.list);
  }

  getValue(): string {
    return this.list.value;
  }

  private readonly list = document.createElement('select');
}

/** Ask for one of some items; `null` where the user says none. */
export async function choose(title: string, items: ReadonlyArray<string>): Promise<string | null> {
  const { button, value } = await showDialog({
    title,
    body: new Choice(title, items),
    focusNodeSelector: 'select'
  });
  return button.accept ? value : null;
}
