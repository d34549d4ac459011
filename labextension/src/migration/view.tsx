import type { Extension } from '@codemirror/state';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import type { ILoop } from '../cell/types';
import { sentence } from '../cell/words';
import { CellDiff, NewFiles } from './diff_view';
import { isConvertible, type ICellGroup, type MigrationModel } from './model';
import type { IVerification, MigrationForm } from './types';

/** Cells of the list that are drawn at first, and with each "Show more". */
const CELLS_SHOWN = 60;

export interface IMigrationActions {
  /** Choose a notebook or a folder in a dialog; `null` where there is none. */
  readonly browse: (() => Promise<void>) | null;
  readonly apply: () => Promise<void>;
  readonly undo: (path: string) => Promise<void>;
  readonly verify: () => Promise<void>;
  /** Open the notebook at a cell. */
  readonly open: (path: string, cell?: number) => void;
}

export interface IMigrationViewOptions {
  readonly model: MigrationModel;
  readonly actions: IMigrationActions;
  readonly trans: TranslationBundle;
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
          <Found model={model} trans={trans} actions={actions} />
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

interface IPart {
  readonly model: MigrationModel;
  readonly trans: TranslationBundle;
  readonly actions: IMigrationActions;
}

function Place({ model, actions, trans }: IPart): React.ReactElement {
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

function Messages({ model, trans, actions }: IPart): React.ReactElement {
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

function Found({ model, trans, actions }: IPart): React.ReactElement {
  const [shown, setShown] = React.useState(CELLS_SHOWN);
  const groups = model.groups();
  const { all, able } = model.counts;
  const problems = model.notebooks.filter(each => each.problems.length > 0);
  return (
    <div className="jp-agilab-found" role="region" aria-label={trans.__('Loops')} tabIndex={0}>
      <Filters model={model} trans={trans} />
      <p className="jp-agilab-soft" role="status">
        {trans._n('%1 loop', '%1 loops', all)}
        {', '}
        {trans._n('%1 can run in parallel', '%1 can run in parallel', able)}
        {model.lookedAt > 1 ? `, ${trans._n('%1 notebook', '%1 notebooks', model.lookedAt)}` : ''}
      </p>
      {problems.map(({ path, problems: told }) => (
        <div key={path} className="jp-agilab-problem">
          <strong>{path}</strong>{' '}
          {told
            .slice(0, 3)
            .map(each => sentence(each.message))
            .join(' ')}
          {told.length > 3 ? trans.__(' And %1 more.', told.length - 3) : ''}
        </div>
      ))}
      {groups.length === 0 && model.busy === null && (
        <p className="jp-agilab-empty">
          {all === 0
            ? trans.__('There is no loop that could become a stage.')
            : trans.__('No loop passes the filter.')}
        </p>
      )}
      {groups.slice(0, shown).map((group, index) => (
        <Group
          key={`${group.path}:${group.cell}`}
          group={group}
          isFirst={index === 0 || groups[index - 1].path !== group.path}
          model={model}
          trans={trans}
          actions={actions}
        />
      ))}
      {groups.length > shown && (
        <button
          type="button"
          className="jp-mod-styled"
          onClick={() => setShown(shown + CELLS_SHOWN)}
        >
          {trans.__('Show more (%1 cells)', groups.length - shown)}
        </button>
      )}
      {model.next !== null && (
        <button
          type="button"
          className="jp-mod-styled"
          disabled={model.busy === 'find'}
          onClick={() => void model.look(model.path ?? '', true)}
        >
          {trans.__('Look at more notebooks')}
        </button>
      )}
    </div>
  );
}

function Filters({
  model,
  trans
}: {
  model: MigrationModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { verdict, small, text } = model.filter;
  return (
    <div className="jp-agilab-filters" role="group" aria-label={trans.__('Filter')}>
      <select
        className="jp-mod-styled"
        aria-label={trans.__('Which loops')}
        value={verdict}
        onChange={event =>
          model.setFilter({ verdict: event.target.value as 'all' | 'convert' | 'refuse' })
        }
      >
        <option value="all">{trans.__('all loops')}</option>
        <option value="convert">{trans.__('can run in parallel')}</option>
        <option value="refuse">{trans.__('cannot')}</option>
      </select>
      <input
        className="jp-mod-styled"
        type="search"
        aria-label={trans.__('Filter by text')}
        placeholder={trans.__('Filter')}
        value={text}
        onChange={event => model.setFilter({ text: event.target.value })}
      />
      <label className="jp-agilab-choice">
        <input
          type="checkbox"
          checked={small}
          onChange={event => model.setFilter({ small: event.target.checked })}
        />
        <span>{trans.__('also loops that are too small to matter')}</span>
      </label>
    </div>
  );
}

function Group({
  group,
  isFirst,
  model,
  trans,
  actions
}: IPart & { group: ICellGroup; isFirst: boolean }): React.ReactElement {
  const { path, cell, loops } = group;
  return (
    <>
      {isFirst && (
        <h3 aria-current={path === model.current ? 'true' : undefined}>
          <button
            type="button"
            className="jp-agilab-link"
            onClick={() => void model.show(path)}
            title={trans.__('Show what changes')}
          >
            {path}
          </button>
        </h3>
      )}
      <section className="jp-agilab-group" aria-label={trans.__('Cell %1', cell + 1)}>
        <h4>
          <button
            type="button"
            className="jp-agilab-link"
            onClick={() => actions.open(path, cell)}
            title={trans.__('Open the notebook at this cell')}
          >
            {trans.__('Cell %1', cell + 1)}
          </button>
        </h4>
        <ul>
          {loops.map(loop => (
            <Loop key={`${loop.line}:${loop.form}`} {...{ loop, path, model, trans }} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Loop({
  loop,
  path,
  model,
  trans
}: {
  loop: ILoop;
  path: string;
  model: MigrationModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const able = isConvertible(loop);
  const place = trans.__('Line %1', loop.line);
  const title = loop.iterable === '' ? loop.form : `${loop.form} … ${loop.iterable}`;
  return (
    <li className={`jp-agilab-loop jp-mod-${loop.verdict}`}>
      {able ? (
        <label className="jp-agilab-choice">
          <input
            type="checkbox"
            checked={model.isChosen(path, loop)}
            onChange={event => void model.choose(path, loop, event.target.checked)}
          />
          <span>
            <strong>{place}</strong> <code>{title}</code>
          </span>
        </label>
      ) : (
        <div>
          <strong>{place}</strong> <code>{title}</code>
        </div>
      )}
      <div>
        <span className={`jp-agilab-tag jp-mod-${loop.verdict}`}>
          {loop.verdict === 'convert'
            ? trans.__('can run in parallel')
            : (loop.reason ?? loop.rule).replace(/-/g, ' ')}
        </span>{' '}
        {sentence(loop.message)}
      </div>
      {loop.verdict === 'convert' && loop.gain !== '' && (
        <div className="jp-agilab-soft">
          {trans.__('Expected gain:')} {sentence(loop.gain)}
        </div>
      )}
      {loop.verdict === 'refuse' && loop.helps !== '' && (
        <div className="jp-agilab-soft">
          {trans.__('What helps:')} {sentence(loop.helps)}
        </div>
      )}
      {loop.in_function !== '' && (
        <div className="jp-agilab-soft">
          {trans.__('Inside the function %1.', loop.in_function)}
        </div>
      )}
      {loop.change !== '' && (
        <details>
          <summary>{trans.__('The change that makes it possible')}</summary>
          <pre tabIndex={0}>{loop.change}</pre>
        </details>
      )}
    </li>
  );
}

function Changes({
  model,
  trans,
  actions,
  language
}: IPart & { language: Extension | null }): React.ReactElement {
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
        <Verified told={model.verifying} trans={trans} stop={() => void model.stop()} />
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

function Verified({
  told,
  trans,
  stop
}: {
  told: IVerification;
  trans: TranslationBundle;
  stop: () => void;
}): React.ReactElement {
  const words = {
    running: trans.__(
      'Verifying: loops and stages run, in copies of the folder (%1 s).',
      Math.round(told.seconds)
    ),
    equal: trans.__('Verified: loops and stages give the same.'),
    different: trans.__('Loops and stages differ.'),
    failed: trans.__('Not verified.'),
    stopped: trans.__('The verification was stopped.')
  }[told.state];
  return (
    <section
      className={`jp-agilab-verified jp-mod-${told.state}`}
      aria-label={trans.__('Verification')}
    >
      <p role="status">{words}</p>
      {told.state === 'running' && (
        <>
          <progress aria-label={trans.__('Verification')} />
          <button type="button" className="jp-mod-styled" onClick={stop}>
            {trans.__('Stop')}
          </button>
        </>
      )}
      {told.message !== '' && told.state !== 'stopped' && <pre tabIndex={0}>{told.message}</pre>}
      {told.results.map(result => (
        <React.Fragment key={result.path}>
          {result.failed !== '' && <pre tabIndex={0}>{result.failed}</pre>}
          {result.compared.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th scope="col">{trans.__('Name')}</th>
                  <th scope="col">{trans.__('Holds')}</th>
                  <th scope="col">{trans.__('Loop and stage')}</th>
                </tr>
              </thead>
              <tbody>
                {result.compared.map(each => (
                  <tr key={each.name}>
                    <td>
                      <code>{each.name}</code>
                    </td>
                    <td>{each.what}</td>
                    <td>{each.equal ? trans.__('equal') : each.difference}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </React.Fragment>
      ))}
    </section>
  );
}
