import type { Extension } from '@codemirror/state';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { afterText, sideBySide } from './diff';
import type { IChangedCell } from './types';

export interface IDiffProps {
  readonly cell: IChangedCell;
  readonly trans: TranslationBundle;
  readonly language: Extension | null;
}

/** A cell before and after, side by side. */
export function CellDiff({ cell, trans, language }: IDiffProps): React.ReactElement {
  const place = React.useRef<HTMLDivElement>(null);
  const after = afterText(cell, trans);
  React.useEffect(() => {
    if (place.current === null) {
      return undefined;
    }
    const number = cell.cell + 1;
    const view = sideBySide(
      place.current,
      { before: cell.before, after },
      { before: trans.__('Cell %1 now', number), after: trans.__('Cell %1 converted', number) },
      language
    );
    return () => view.destroy();
  }, [cell.cell, cell.before, after, trans, language]);
  return (
    <section aria-label={trans.__('Cell %1: what changes', cell.cell + 1)}>
      <h4>{trans.__('Cell %1', cell.cell + 1)}</h4>
      <div className="jp-agilab-sides" aria-hidden="true">
        <span>{trans.__('Now')}</span>
        <span>{trans.__('Converted')}</span>
      </div>
      <div className="jp-agilab-diff" ref={place} />
    </section>
  );
}

/** The files that would be written. */
export function NewFiles({
  files,
  trans
}: {
  files: readonly { readonly path: string; readonly text: string }[];
  trans: TranslationBundle;
}): React.ReactElement | null {
  if (files.length === 0) {
    return null;
  }
  return (
    <section aria-label={trans.__('Files that are written')}>
      <h4>{trans.__('Files that are written')}</h4>
      {files.map(({ path, text }) => (
        <details key={path}>
          <summary>{path}</summary>
          <pre tabIndex={0}>{text}</pre>
        </details>
      ))}
    </section>
  );
}
