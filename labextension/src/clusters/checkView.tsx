import { ReactWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IClusterReport } from '../store/types';

const MARKS = { ok: '✓', warning: '!', failed: '✕' } as const;

/** A table: hosts or workers down, what was looked at across; below it what does not fit and what to do. */
export class CheckView extends ReactWidget {
  constructor(
    private readonly check: () => Promise<IClusterReport>,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-agilab-check');
  }

  protected render(): React.ReactElement {
    return <Check check={this.check} trans={this.trans} />;
  }
}

function Check({
  check,
  trans
}: {
  check: () => Promise<IClusterReport>;
  trans: TranslationBundle;
}): React.ReactElement {
  const [report, setReport] = React.useState<IClusterReport | null>(null);
  const [problem, setProblem] = React.useState<Error | null>(null);
  const [round, setRound] = React.useState(0);

  React.useEffect(() => {
    let isGone = false;
    setReport(null);
    setProblem(null);
    check()
      .then(answer => !isGone && setReport(answer))
      .catch((error: Error) => !isGone && setProblem(error));
    return () => {
      isGone = true;
    };
  }, [check, round]);

  const words = { ok: trans.__('good'), warning: trans.__('warning'), failed: trans.__('failed') };
  return (
    <>
      <div className="jp-agilab-check-head" role="status">
        {problem
          ? problem.message
          : report === null
            ? trans.__('Looking at each host; this can take a minute…')
            : report.ok
              ? trans.__('Runs can use cluster %1.', report.cluster)
              : trans.__('Runs would fail on cluster %1.', report.cluster)}
        <button
          className="jp-mod-styled jp-mod-reject"
          disabled={report === null && problem === null}
          onClick={() => setRound(round + 1)}
        >
          {trans.__('Check Again')}
        </button>
      </div>
      {report ? <Table report={report} words={words} trans={trans} /> : null}
    </>
  );
}

interface ITableProps {
  report: IClusterReport;
  words: { ok: string; warning: string; failed: string };
  trans: TranslationBundle;
}

function Table({ report, words, trans }: ITableProps): React.ReactElement {
  const aspects = [...new Set(report.rows.flatMap(row => row.checks.map(each => each.check)))];
  const troubles = report.rows.flatMap(row =>
    row.checks.filter(each => each.state !== 'ok').map(each => ({ ...each, host: row.host }))
  );
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">{trans.__('host or worker')}</th>
            {aspects.map(aspect => (
              <th scope="col" key={aspect}>
                {aspect}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row, at) => (
            <tr key={at}>
              <th scope="row">{row.host}</th>
              {aspects.map(aspect => {
                const found = row.checks.find(each => each.check === aspect);
                return (
                  <td key={aspect} data-state={found?.state}>
                    {found ? (
                      <>
                        <span aria-hidden="true">{MARKS[found.state]} </span>
                        {found.told || words[found.state]}
                      </>
                    ) : (
                      ''
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {troubles.length > 0 ? (
        <ul>
          {troubles.map((each, at) => (
            <li key={at}>
              <strong>
                {each.host}, {each.check}
              </strong>
              : {each.told} <span className="jp-agilab-hint">{each.remedy}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
