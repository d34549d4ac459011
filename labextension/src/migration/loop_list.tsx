import React from 'react';

import { isConvertible } from '../cell/loops';
import type { ILoop } from '../cell/types';
import { sentence } from '../cell/words';
import type { ICellGroup } from './model';
import type { IMigrationPart } from './part';

/** Cells of the list that are drawn at first, and with each "Show more". */
const CELLS_SHOWN = 60;

/** The loops that were found, by notebook and cell, with a filter; each that can be converted can be chosen. */
export function LoopList({ model, trans, actions }: IMigrationPart): React.ReactElement {
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

type IListPart = Omit<IMigrationPart, 'actions'>;

function Filters({ model, trans }: IListPart): React.ReactElement {
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
}: IMigrationPart & { group: ICellGroup; isFirst: boolean }): React.ReactElement {
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
}: IListPart & { loop: ILoop; path: string }): React.ReactElement {
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
            disabled={model.isWriting}
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
