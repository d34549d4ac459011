import type { Extension } from '@codemirror/state';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { sentence } from '../cell/words';
import { Changes } from './changes';
import { LoopList } from './loop_list';
import type { IMigrationPart } from './part';

export interface IMigrationViewOptions extends IMigrationPart {
  readonly language: Extension | null;
}

/** Loops of a notebook or a folder: found, compared before and after, converted, verified, taken back. */
export class MigrationView extends ReactWidget {
  constructor(private readonly options: IMigrationViewOptions) {
    super();
    this.addClass('jp-agilab-migration');
    this.node.tabIndex = -1;
  }

  protected override render(): React.ReactElement {
    const { model } = this.options;
    return (
      <UseSignal signal={model.changed} initialSender={model}>
        {() => <Body {...this.options} />}
      </UseSignal>
    );
  }
}

function Body({ model, actions, trans, language }: IMigrationViewOptions): React.ReactElement {
  return (
    <>
      <Place model={model} actions={actions} trans={trans} />
      <Messages model={model} trans={trans} actions={actions} />
      {model.path !== null && (
        <div className="jp-agilab-columns">
          <LoopList model={model} trans={trans} actions={actions} />
          <Changes model={model} trans={trans} actions={actions} language={language} />
        </div>
      )}
      {model.path === null && (
        <p className="jp-agilab-empty">
          {trans.__(
            'Name a notebook or a folder: its loops are listed, with those first that gain the most from running in parallel. Nothing is run.'
          )}
        </p>
      )}
    </>
  );
}
function Place({ model, actions, trans }: IMigrationPart): React.ReactElement {
  const [typed, setTyped] = React.useState(model.path ?? '');
  React.useEffect(() => setTyped(model.path ?? ''), [model.path]);
  return (
    <form
      className="jp-agilab-place"
      role="search"
      onSubmit={event => {
        event.preventDefault();
        void model.look(typed.trim().replace(/^\/+|\/+$/g, ''));
      }}
    >
      <label>
        <span>{trans.__('Notebook or folder')}</span>
        <input
          className="jp-mod-styled"
          type="text"
          spellCheck={false}
          value={typed}
          placeholder={trans.__('analysis.ipynb; empty for the whole folder')}
          onChange={event => setTyped(event.target.value)}
        />
      </label>
      {actions.browse !== null && (
        <button type="button" className="jp-mod-styled" onClick={() => void actions.browse?.()}>
          {trans.__('Browse…')}
        </button>
      )}
      <button
        type="submit"
        className="jp-mod-styled jp-mod-accept"
        disabled={model.busy === 'find'}
      >
        {trans.__('Find loops')}
      </button>
    </form>
  );
}

function Messages({ model, trans, actions }: IMigrationPart): React.ReactElement {
  const { busy, done, problem, undone } = model;
  return (
    <>
      {problem !== null && (
        <div className="jp-agilab-problem" role="alert">
          {sentence(problem.message)} {sentence(problem.hint)}
        </div>
      )}
      <div className="jp-agilab-soft" role="status">
        {busy === 'find' && trans.__('Looking for loops…')}
        {busy === 'apply' && trans.__('Converting…')}
        {busy === 'undo' && trans.__('Restoring…')}
        {busy === null &&
          undone !== null &&
          [
            trans.__('%1 is as it was before.', undone.path),
            undone.kept.length > 0
              ? trans.__('Changed since, so they stay: %1', undone.kept.join(', '))
              : ''
          ].join(' ')}
      </div>
      {done !== null && (
        <div className="jp-agilab-callout">
          {trans.__('%1 was converted: %2.', done.path, done.stages.join(', '))}{' '}
          <button type="button" className="jp-mod-styled" onClick={() => actions.open(done.path)}>
            {trans.__('Open the notebook')}
          </button>{' '}
          <button
            type="button"
            className="jp-mod-styled"
            onClick={() => void actions.undo(done.path)}
          >
            {trans.__('Undo')}
          </button>
        </div>
      )}
    </>
  );
}
