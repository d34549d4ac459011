import type { Extension } from '@codemirror/state';
import React from 'react';

import { sentence } from '../cell/words';
import { CellDiff, NewFiles } from './diff_view';
import type { IMigrationPart } from './part';
import type { MigrationForm } from './types';
import { Verification } from './verification';

/** What converting the chosen loops of a notebook changes, with the buttons to do it, try it and take it back. */
export function Changes({
  model,
  trans,
  actions,
  language
}: IMigrationPart & { language: Extension | null }): React.ReactElement {
  const { busy, current, preview } = model;
  const count = current === null ? 0 : model.chosen(current).length;
  return (
    <div
      className="jp-agilab-changes"
      role="region"
      aria-label={trans.__('What changes')}
      tabIndex={0}
    >
      {current !== null && (
        <div className="jp-agilab-actions">
          <strong>{current}</strong>
          <label>
            <span>{trans.__('Stages as')}</span>
            <select
              className="jp-mod-styled"
              value={model.form}
              disabled={model.isWriting}
              onChange={event => void model.setForm(event.target.value as MigrationForm)}
            >
              <option value="magic">{trans.__('stage cells')}</option>
              <option value="python">{trans.__('calls in the loop')}</option>
              <option value="functions">{trans.__('plain functions')}</option>
            </select>
          </label>
          <button
            type="button"
            className="jp-mod-styled jp-mod-accept"
            disabled={preview === null || preview.converted.length === 0 || busy !== null}
            onClick={() => void actions.apply()}
          >
            {trans._n('Convert %1 loop…', 'Convert %1 loops…', count)}
          </button>
          <button
            type="button"
            className="jp-mod-styled"
            disabled={
              preview === null ||
              preview.converted.length === 0 ||
              model.verifying?.state === 'running'
            }
            onClick={() => void actions.verify()}
          >
            {trans.__('Verify…')}
          </button>
          <button
            type="button"
            className="jp-mod-styled"
            disabled={busy !== null}
            onClick={() => void actions.undo(current)}
          >
            {trans.__('Undo the last conversion')}
          </button>
        </div>
      )}
      {model.verifying !== null && (
        <Verification told={model.verifying} trans={trans} stop={() => void model.stop()} />
      )}
      {busy === 'preview' && <p role="status">{trans.__('Looking at what would change…')}</p>}
      {current !== null && count === 0 && (
        <p className="jp-agilab-empty">{trans.__('Choose a loop on the left.')}</p>
      )}
      {preview?.left.map(({ cell, line, reason }) => (
        <p key={`${cell}:${line}`} className="jp-agilab-problem">
          {trans.__('Cell %1, line %2 is left as it is: %3', cell + 1, line, sentence(reason))}
        </p>
      ))}
      {preview?.cells.map(cell => (
        <CellDiff key={cell.cell} cell={cell} trans={trans} language={language} />
      ))}
      {preview !== null && <NewFiles files={preview.files} trans={trans} />}
    </div>
  );
}
