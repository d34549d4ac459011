import { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { duration, size } from '../view/figures';
import { ITrialDoer } from './trialModel';
import { ITrial, ITrialReport } from './types';

/** Asks for a trial of one partition, and shows what it told. */
export function TrialBox(props: {
  count: number;
  isTried: boolean;
  doer: ITrialDoer;
  trans: TranslationBundle;
}): JSX.Element {
  const { count, isTried, doer, trans } = props;
  const [number, setNumber] = React.useState('0');
  const partition = Number(number);
  const isNumber = /^\d+$/.test(number) && partition < count;
  return (
    <UseSignal signal={doer.changed}>
      {() => (
        <section className="jp-agilab-Trial" aria-label={trans.__('Trial of one partition')}>
          <div className="jp-agilab-Buttons">
            <label>
              {trans.__('Partition')}{' '}
              <input
                type="number"
                min={0}
                max={count - 1}
                value={number}
                aria-invalid={!isNumber}
                onChange={event => setNumber(event.target.value)}
              />
            </label>
            <button
              className="jp-agilab-Button"
              disabled={doer.isRunning || !isNumber}
              title={trans.__(
                'Runs this partition in a process of its own, and the reducer on its result'
              )}
              onClick={() => void doer.run(partition, false)}
            >
              {trans.__('Try this partition')}
            </button>
            <button
              className="jp-agilab-Button"
              disabled={doer.isRunning}
              title={trans.__('Runs three partitions, so that the time of a whole run can be told')}
              onClick={() => void doer.run(0, true)}
            >
              {trans.__('Try small, median and large')}
            </button>
            {doer.trial?.state === 'running' ? (
              <button className="jp-agilab-Button" onClick={() => void doer.stop()}>
                {trans.__('Stop trial')}
              </button>
            ) : null}
          </div>
          <div role="status">
            {doer.isRunning ? (
              <p>{trans.__('Trying…')}</p>
            ) : doer.trial === null && doer.trouble === '' ? (
              <p className="jp-agilab-Soft">
                {isTried
                  ? trans.__('This code had a good trial, or a finished run.')
                  : trans.__(
                      'Not tried yet. One partition shows most mistakes, and how long all of them take.'
                    )}
              </p>
            ) : null}
            {doer.trouble ? <p className="jp-agilab-Wrong">{doer.trouble}</p> : null}
          </div>
          {doer.trial !== null ? <TrialResult trial={doer.trial} trans={trans} /> : null}
        </section>
      )}
    </UseSignal>
  );
}

function TrialResult({
  trial,
  trans
}: {
  trial: ITrial;
  trans: TranslationBundle;
}): JSX.Element | null {
  if (trial.state === 'stopped') {
    return <p>{trans.__('The trial was stopped.')}</p>;
  }
  if (trial.error !== undefined) {
    return (
      <div className="jp-agilab-Wrong">
        <p>
          {trial.error.message} {trial.error.hint}
        </p>
        <ul>
          {(trial.error.findings ?? []).map((finding, place) => (
            <li key={place}>
              {finding.message} {finding.hint}
            </li>
          ))}
        </ul>
      </div>
    );
  }
  return trial.report === undefined ? null : <Report report={trial.report} trans={trans} />;
}

function Report({
  report,
  trans
}: {
  report: ITrialReport;
  trans: TranslationBundle;
}): JSX.Element {
  const wrongReducer = report.reducer.filter(each => !each.ok);
  return (
    <div className="jp-agilab-TrialReport" data-ok={report.ok}>
      <p>
        <strong>{report.ok ? trans.__('It went well.') : trans.__('It failed.')}</strong>{' '}
        {report.described}
      </p>
      <dl className="jp-agilab-Facts">
        <div>
          <dt>{trans.__('Time')}</dt>
          <dd>{duration(report.seconds)}</dd>
        </div>
        <div>
          <dt>{trans.__('Memory')}</dt>
          <dd>{size(report.peak_memory_bytes)}</dd>
        </div>
        <div>
          <dt>{trans.__('Records')}</dt>
          <dd>{report.records.toLocaleString()}</dd>
        </div>
        <div>
          <dt>{trans.__('Result')}</dt>
          <dd>{size(report.size_bytes)}</dd>
        </div>
      </dl>
      {report.failure !== null ? (
        <Block
          title={trans.__('Error')}
          text={
            report.failure.traceback || `${report.failure.error_type}: ${report.failure.message}`
          }
        />
      ) : null}
      {wrongReducer.map((each, place) => (
        <Block
          key={place}
          title={trans.__('The reducer failed')}
          text={each.traceback || each.error}
        />
      ))}
      {report.preview ? <Block title={trans.__('Result')} text={report.preview} /> : null}
      {report.output ? <Block title={trans.__('Printed')} text={report.output} /> : null}
      {report.sizes.length > 1 ? (
        <table className="jp-agilab-Table">
          <thead>
            <tr>
              <th scope="col">{trans.__('Partition')}</th>
              <th scope="col">{trans.__('Time')}</th>
              <th scope="col">{trans.__('Memory')}</th>
            </tr>
          </thead>
          <tbody>
            {report.sizes.map((each, place) => (
              <tr key={place}>
                <td>{each.described}</td>
                <td>{duration(each.seconds)}</td>
                <td>{size(each.memory_bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </div>
  );
}

function Block({ title, text }: { title: string; text: string }): JSX.Element {
  return (
    <section className="jp-agilab-Block">
      <h4>{title}</h4>
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}
