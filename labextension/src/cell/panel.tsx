import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { stageIcon } from '../icons';
import type { IFinding } from '../findings';
import type { AnalysisModel } from './analysis';
import { isConvertedWhereItStands } from './loops';
import type { IAnalysis, ICapture, ILoop, IStageFields } from './types';
import { sentence } from './words';

export interface IStagePanelOptions {
  readonly model: AnalysisModel;
  readonly trans: TranslationBundle;
  /** Put the cursor into a line of the cell. */
  readonly goTo: (line: number) => void;
  readonly convert: (loop: ILoop) => void;
}

/** What the chosen cell would become, at the side. */
export class StagePanel extends ReactWidget {
  constructor(private readonly options: IStagePanelOptions) {
    super();
    const { trans } = options;
    this.id = 'jp-agilab-cell';
    this.addClass('jp-agilab-cell-panel');
    this.title.icon = stageIcon;
    this.title.caption = trans.__('Parallel stage of a cell');
    this.title.closable = true;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Parallel stage of a cell'));
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

function Body({ model, trans, goTo, convert }: IStagePanelOptions): React.ReactElement {
  const { analysis, problem, subject } = model;
  if (subject === null) {
    return (
      <p className="jp-agilab-empty">
        {trans.__(
          'Choose a code cell, and “Make this Cell a Parallel Stage” in its toolbar or menu: here you see what it would become. Nothing is run.'
        )}
      </p>
    );
  }
  return (
    <>
      <header>
        <h2>{trans.__('Parallel stage')}</h2>
        <p className="jp-agilab-soft">{subject.title}</p>
      </header>
      {problem !== null && (
        <div className="jp-agilab-problem" role="alert">
          {sentence(problem.message)} {sentence(problem.hint)}
        </div>
      )}
      {analysis === null && problem === null && (
        <p role="status">{trans.__('Looking at the cell…')}</p>
      )}
      {analysis !== null && (
        <>
          <Form model={model} trans={trans} analysis={analysis} />
          <Loops loops={analysis.loops} trans={trans} convert={convert} />
          <Findings analysis={analysis} trans={trans} goTo={goTo} />
          <Outcome model={model} trans={trans} analysis={analysis} />
          <Details analysis={analysis} trans={trans} />
        </>
      )}
    </>
  );
}

interface IPart {
  readonly analysis: IAnalysis;
  readonly trans: TranslationBundle;
}

function Form({ model, trans, analysis }: IPart & { model: AnalysisModel }): React.ReactElement {
  const field = (name: keyof IStageFields | 'name', label: string, more = {}) => (
    <label>
      <span>{label}</span>
      <input
        className="jp-mod-styled"
        type="text"
        spellCheck={false}
        autoComplete="off"
        value={model.value(name)}
        aria-invalid={analysis.findings.some(
          ({ key, severity, code }) =>
            key === name && severity === 'error' && code.startsWith('cell.')
        )}
        onChange={event => model.say(name, event.target.value)}
        {...more}
      />
    </label>
  );
  const chosen = analysis.inputs.find(each => each.input === model.value('input'));
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        model.write();
      }}
    >
      {field('name', trans.__('Name'), { maxLength: 100 })}
      {field('input', trans.__('Input'), {
        list: 'jp-agilab-inputs',
        placeholder: 'data/*.csv',
        'aria-describedby': 'jp-agilab-input-why'
      })}
      <datalist id="jp-agilab-inputs" aria-label={trans.__('Inputs in this folder')}>
        {analysis.inputs.map(each => (
          <option key={each.input} value={each.input}>
            {each.why}
          </option>
        ))}
      </datalist>
      <p id="jp-agilab-input-why" className="jp-agilab-soft">
        {chosen
          ? sentence(chosen.why)
          : trans.__('A pattern of files, a table, or a file of settings: one partition each.')}
      </p>
      <details>
        <summary>{trans.__('More')}</summary>
        <label>
          <span>{trans.__('Split')}</span>
          <select
            className="jp-mod-styled"
            value={model.value('split')}
            onChange={event => model.say('split', event.target.value)}
          >
            <option value="">{trans.__('as the input tells')}</option>
            <option value="files">{trans.__('files')}</option>
            <option value="data-partitions">{trans.__('rows of a table')}</option>
            <option value="parameter-sweep">{trans.__('sets of parameters')}</option>
          </select>
        </label>
        {field('reducer', trans.__('Reducer'), {
          list: 'jp-agilab-reducers',
          placeholder: 'collect-json'
        })}
        <datalist id="jp-agilab-reducers" aria-label={trans.__('Known reducers')}>
          {analysis.reducers.map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
        {field('item', trans.__('Name of the partition in the cell'))}
        {field('returns', trans.__('Name of the result in the cell'))}
      </details>
    </form>
  );
}

function Loops({
  loops,
  trans,
  convert
}: {
  loops: readonly ILoop[];
  trans: TranslationBundle;
  convert: (loop: ILoop) => void;
}): React.ReactElement | null {
  const able = loops.filter(isConvertedWhereItStands);
  if (able.length === 0) {
    return null;
  }
  return (
    <section className="jp-agilab-callout" aria-label={trans.__('Loops')}>
      {able.map(loop => (
        <p key={loop.line}>
          {trans.__('The loop in line %1 can run in parallel as it stands.', loop.line)}{' '}
          <button
            type="button"
            className="jp-mod-styled jp-mod-accept"
            onClick={() => convert(loop)}
          >
            {trans.__('Convert the loop…')}
          </button>
        </p>
      ))}
    </section>
  );
}

function Findings({
  analysis,
  trans,
  goTo
}: IPart & { goTo: (line: number) => void }): React.ReactElement {
  const order = { error: 0, warning: 1, info: 2 };
  const found = [...analysis.findings].sort(
    (one, other) => order[one.severity] - order[other.severity]
  );
  return (
    <section aria-label={trans.__('Findings')}>
      <h3>{trans.__('Findings')}</h3>
      {found.length === 0 && <p>{trans.__('Nothing stands in the way.')}</p>}
      <ul className="jp-agilab-findings">
        {found.map((finding, index) => (
          <li key={index} className={`jp-mod-${finding.severity}`}>
            <Finding finding={finding} trans={trans} goTo={goTo} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Finding({
  finding,
  trans,
  goTo
}: {
  finding: IFinding;
  trans: TranslationBundle;
  goTo: (line: number) => void;
}): React.ReactElement {
  const { line, severity, message, hint } = finding;
  const word = {
    error: trans.__('Error'),
    warning: trans.__('Warning'),
    info: trans.__('Note')
  }[severity];
  return (
    <>
      <strong>{word}</strong>{' '}
      {line ? (
        <button type="button" className="jp-agilab-link" onClick={() => goTo(line)}>
          {trans.__('Line %1', line)}
        </button>
      ) : null}{' '}
      <span>{sentence(message)}</span>
      {hint ? <div className="jp-agilab-soft">{sentence(hint)}</div> : null}
    </>
  );
}

function Outcome({ model, trans, analysis }: IPart & { model: AnalysisModel }): React.ReactElement {
  const { plan } = analysis;
  return (
    <section aria-label={trans.__('The line above the cell')}>
      <h3>{trans.__('The line above the cell')}</h3>
      <pre className="jp-agilab-header" tabIndex={0}>
        {analysis.header}
      </pre>
      {plan !== null && (
        <p>
          {trans._n('%1 partition', '%1 partitions', plan.partitions)}
          {', '}
          {trans._n('%1 worker', '%1 workers', plan.workers)}
        </p>
      )}
      {analysis.needs_load && (
        <p className="jp-agilab-soft">
          {trans.__('A cell with %load_ext jupyter_agilab is put above it.')}
        </p>
      )}
      <div className="jp-agilab-buttons">
        <button
          type="button"
          className="jp-mod-styled jp-mod-accept"
          disabled={!model.canWrite}
          onClick={() => model.write()}
        >
          {analysis.is_stage ? trans.__('Change the line') : trans.__('Write the line')}
        </button>
        <span role="status" className="jp-agilab-soft">
          {model.isWritten
            ? trans.__('Written. Run the cell to make the stage.')
            : model.isBusy
              ? trans.__('Looking…')
              : trans.__('Nothing is run.')}
        </span>
      </div>
    </section>
  );
}

function Details({ analysis, trans }: IPart): React.ReactElement {
  const { contract } = analysis;
  return (
    <>
      <section aria-label={trans.__('Names from outside the cell')}>
        <h3>{trans.__('Names from outside the cell')}</h3>
        {analysis.captures.length === 0 ? (
          <p>{trans.__('None.')}</p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">{trans.__('Name')}</th>
                <th scope="col">{trans.__('Becomes')}</th>
              </tr>
            </thead>
            <tbody>
              {analysis.captures.map(capture => (
                <tr key={capture.name} title={capture.explanation}>
                  <td>
                    <code>{capture.name}</code>
                  </td>
                  <td>{becomes(capture, trans)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {contract !== null && (
        <details>
          <summary>{trans.__('Contract')}</summary>
          <table>
            <tbody>
              {Object.entries(contract)
                .filter(([name]) => name !== 'parameters')
                .map(([name, value]) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{typeof value === 'object' ? JSON.stringify(value) : value}</td>
                  </tr>
                ))}
              {Object.entries(contract.parameters).map(([name, value]) => (
                <tr key={`parameters.${name}`}>
                  <th scope="row">{`[parameters] ${name}`}</th>
                  <td>{JSON.stringify(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
      {analysis.function !== null && (
        <details open>
          <summary>{trans.__('Function in %1', analysis.module)}</summary>
          <pre tabIndex={0}>{analysis.function}</pre>
        </details>
      )}
    </>
  );
}

/** What became of a name, in words. */
function becomes({ becomes: what, via }: ICapture, trans: TranslationBundle): string {
  const words: { [name: string]: string } = {
    partition: trans.__('the partition'),
    sweep: trans.__('a parameter of the sweep'),
    seed: trans.__('the seed'),
    rng: trans.__('random numbers of the partition'),
    import: trans.__('an import'),
    function: trans.__('a copied function'),
    class: trans.__('a copied class'),
    parameter: trans.__('a value in the contract'),
    constant: trans.__('a line of the module'),
    shared: trans.__('a shared file'),
    refused: trans.__('refused'),
    'at run': trans.__('its value when the cell runs')
  };
  const told = words[what] ?? what;
  return via === '' ? told : trans.__('%1 (for %2)', told, via);
}
