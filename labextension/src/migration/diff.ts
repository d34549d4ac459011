import { MergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IChangedCell } from './types';

/** The text of the cells that take a cell's place, each under a line that says which it is. */
export function afterText(cell: IChangedCell, trans: TranslationBundle): string {
  if (cell.after.length === 1) {
    return cell.after[0].source;
  }
  return cell.after
    .map((each, index) => {
      const title = each.keeps
        ? trans.__('this cell')
        : trans.__('new cell %1 of %2', index + 1, cell.after.length);
      return `# ---- ${title} ----\n${each.source}`;
    })
    .join('\n\n');
}

/** Two texts side by side, read only. The caller destroys it. */
export function sideBySide(
  parent: HTMLElement,
  texts: { readonly before: string; readonly after: string },
  labels: { readonly before: string; readonly after: string },
  language: Extension | null
): MergeView {
  const part = (doc: string, label: string) => ({
    doc,
    extensions: [
      lineNumbers(),
      EditorView.lineWrapping,
      EditorState.readOnly.of(true),
      EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true' }),
      jupyterTheme,
      language ?? []
    ]
  });
  return new MergeView({
    parent,
    a: part(texts.before, labels.before),
    b: part(texts.after, labels.after),
    highlightChanges: true,
    gutter: true,
    collapseUnchanged: { margin: 3, minSize: 6 },
    // a long cell must not stop the page
    diffConfig: { scanLimit: 2000, timeout: 500 }
  });
}
