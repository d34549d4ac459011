import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IChange, IDocumentFinding } from '../types';
import { changeOf, IField } from './fields';

const COMMIT_AFTER_MS = 500;

/** What a form may do. */
export interface IFormDoer {
  readonly trans: TranslationBundle;
  readonly isEditable: boolean;
  edit(changes: readonly IChange[]): void;
  /** Name a change that is typed and not yet made. */
  hold(field: string, commit: (() => void) | null): void;
  /** Show the place of a finding in the text. */
  goTo(finding: IDocumentFinding): void;
  /** A part of a section that only this kind of document has. */
  extra?(key: readonly string[]): React.ReactNode;
}

/** The id of the element that takes a key's value. */
function fieldId(prefix: string, key: readonly string[]): string {
  return `${prefix}-${key.map(name => name.replace(/[^A-Za-z0-9]/g, '_')).join('-')}`;
}

/** The findings of a field or a section, as sentences. */
export function Findings(props: {
  id?: string;
  findings: readonly IDocumentFinding[];
  doer: IFormDoer;
}): JSX.Element | null {
  const { findings, doer, id } = props;
  const { trans } = doer;
  if (findings.length === 0) {
    return null;
  }
  const words = {
    error: trans.__('Error'),
    warning: trans.__('Warning'),
    info: trans.__('Note')
  };
  return (
    <ul className="jp-agilab-Findings" id={id}>
      {findings.map((finding, place) => (
        <li key={place} data-severity={finding.severity}>
          <strong>{words[finding.severity] ?? finding.severity}:</strong>{' '}
          <Prose text={finding.message} />
          {typeof finding.line === 'number' && finding.here !== false ? (
            <button
              className="jp-agilab-Link"
              onClick={() => doer.goTo(finding)}
              aria-label={trans.__('Show line %1 in the text', finding.line)}
            >
              {trans.__('line %1', finding.line)}
            </button>
          ) : null}
          {finding.hint ? (
            <div className="jp-agilab-Hint">
              <Prose text={finding.hint} />
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** One key of the document: its name, a control for its value, what it is for, and what is wrong with it. */
export function FieldView(props: { prefix: string; field: IField; doer: IFormDoer }): JSX.Element {
  const { prefix, field, doer } = props;
  const { trans } = doer;
  const id = fieldId(prefix, field.key);
  const [typed, setTyped] = React.useState<string | null>(null);
  const [wrong, setWrong] = React.useState('');
  const timer = React.useRef(0);
  const newest = React.useRef({ field, typed });
  newest.current = { field, typed };
  const holder = React.useRef(doer.hold);
  holder.current = doer.hold;

  // what came from the text takes the place of what was typed and made
  React.useEffect(() => {
    setTyped(now => (now === field.shown ? null : now));
    setWrong('');
  }, [field.shown]);
  React.useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      holder.current(id, null);
    },
    [id]
  );

  const commit = (text: string): void => {
    window.clearTimeout(timer.current);
    doer.hold(id, null);
    const change = changeOf(newest.current.field, text);
    if (typeof change === 'string') {
      setWrong(
        change === 'no-integer'
          ? trans.__('This must be a whole number.')
          : trans.__('This must be a number.')
      );
      return;
    }
    setWrong('');
    if (change === null) {
      setTyped(null);
    } else {
      doer.edit([change]);
    }
  };
  const type = (text: string): void => {
    setTyped(text);
    doer.hold(id, () => commit(text));
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => commit(text), COMMIT_AFTER_MS);
  };
  const leave = (): void => {
    if (newest.current.typed !== null) {
      commit(newest.current.typed);
      setTyped(null);
    }
  };
  const onKey = (event: React.KeyboardEvent<HTMLElement>): void => {
    if (event.key === 'Escape' && typed !== null) {
      window.clearTimeout(timer.current);
      doer.hold(id, null);
      setTyped(null);
      event.stopPropagation();
    } else if (event.key === 'Enter' && field.kind !== 'lines' && field.kind !== 'note') {
      leave();
    }
  };

  const isWrong = wrong !== '' || field.findings.some(each => each.severity === 'error');
  const common = {
    id,
    disabled: !doer.isEditable,
    'aria-invalid': isWrong,
    'aria-describedby': `${id}-help ${id}-findings`
  };
  const shown = typed ?? field.shown;
  const empty = field.standard
    ? trans.__('not set: %1', field.standard)
    : field.isRequired
      ? trans.__('needed')
      : trans.__('not set');
  const typing = {
    ...common,
    value: shown,
    placeholder: empty,
    spellCheck: false,
    onBlur: leave,
    onKeyDown: onKey
  };
  return (
    <div
      className="jp-agilab-Field"
      data-key={field.key.join('.')}
      data-wrong={isWrong || undefined}
      data-unknown={!field.isKnown || undefined}
    >
      <label htmlFor={id}>
        {field.name}
        {field.isRequired ? (
          <span className="jp-agilab-Needed" title={trans.__('needed')}>
            {' '}
            *
          </span>
        ) : null}
      </label>
      <div className="jp-agilab-FieldValue">
        {control()}
        {field.isThere && !field.isRequired ? (
          <button
            className="jp-agilab-Remove"
            disabled={!doer.isEditable}
            title={trans.__('Take %1 out of the file', field.name)}
            aria-label={trans.__('Take %1 out of the file', field.name)}
            onClick={() => {
              setTyped(null);
              doer.edit([{ key: field.key, remove: true }]);
            }}
          >
            ×
          </button>
        ) : null}
      </div>
      <p className="jp-agilab-Help" id={`${id}-help`}>
        {field.isKnown ? (
          <Prose text={field.help} />
        ) : (
          trans.__('Nobody knows this key; it is kept as it is.')
        )}
      </p>
      <div id={`${id}-findings`} role="status">
        {wrong !== '' ? <p className="jp-agilab-Wrong">{wrong}</p> : null}
        <Findings findings={field.findings} doer={doer} />
      </div>
    </div>
  );

  function control(): JSX.Element {
    switch (field.kind) {
      case 'choice':
      case 'flag': {
        const choices = field.kind === 'flag' ? ['true', 'false'] : field.choices;
        return (
          <select {...common} value={shown} onChange={event => commit(event.target.value)}>
            {!field.isRequired || !field.isThere ? <option value="">{empty}</option> : null}
            {field.isThere && !choices.includes(shown) ? (
              <option value={shown}>{shown}</option>
            ) : null}
            {choices.map(choice => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
          </select>
        );
      }
      case 'lines':
      case 'note':
        return (
          <textarea
            {...typing}
            rows={Math.min(8, Math.max(2, shown.split('\n').length))}
            onChange={event => type(event.target.value)}
          />
        );
      default:
        return (
          <>
            <input
              {...typing}
              type="text"
              inputMode={
                field.kind === 'integer' || field.kind === 'number' ? 'decimal' : undefined
              }
              list={field.choices.length > 0 ? `${id}-choices` : undefined}
              autoComplete="off"
              className={field.kind === 'value' ? 'jp-agilab-Code' : undefined}
              onChange={event => type(event.target.value)}
            />
            {field.choices.length > 0 ? (
              <datalist id={`${id}-choices`}>
                {field.choices.map(choice => (
                  <option key={choice} value={choice} />
                ))}
              </datalist>
            ) : null}
          </>
        );
    }
  }
}

/** A text in which `this` is code. */
export function Prose({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text
        .split('`')
        .map((part, place) => (place % 2 === 1 ? <code key={place}>{part}</code> : part))}
    </>
  );
}
