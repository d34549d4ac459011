import { ReactWidget } from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { getLogs } from '../requests';
import { ILogLine, ILogs, IRunKey, isActive, keyOf } from '../store/types';
import { IStore } from '../tokens';

/** The most lines that are shown; the newest. */
const TAIL = 2000;

/** What the partitions of a run printed, with a search; it follows while the run goes on. */
export class LogView extends ReactWidget {
  constructor(
    private readonly run: IRunKey,
    private readonly settings: ServerConnection.ISettings,
    private readonly store: IStore,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-agilab-logs');
  }

  protected render(): React.ReactElement {
    return <Logs run={this.run} settings={this.settings} store={this.store} trans={this.trans} />;
  }
}

interface IProps {
  run: IRunKey;
  settings: ServerConnection.ISettings;
  store: IStore;
  trans: TranslationBundle;
}

function Logs({ run, settings, store, trans }: IProps): React.ReactElement {
  const [search, setSearch] = React.useState('');
  const [stream, setStream] = React.useState('');
  const [onlyFailed, setOnlyFailed] = React.useState(false);
  const [got, setGot] = React.useState<ILogs | null>(null);
  const [problem, setProblem] = React.useState('');
  const [round, setRound] = React.useState(0);

  React.useEffect(() => {
    let isGone = false;
    const wanted = {
      tail: TAIL,
      ...(search ? { grep: search } : {}),
      ...(stream ? { stream } : {}),
      ...(onlyFailed ? { failed: 1 as const } : {})
    };
    const timer = window.setTimeout(
      () => {
        getLogs(settings, run, wanted)
          .then(answer => {
            if (!isGone) {
              setGot(answer);
              setProblem('');
            }
          })
          .catch((error: Error) => {
            if (!isGone) {
              setProblem(error.message);
            }
          });
      },
      search ? 250 : 0
    );
    return () => {
      isGone = true;
      window.clearTimeout(timer);
    };
  }, [settings, run, search, stream, onlyFailed, round]);

  // while the run goes on, and once more when it ended
  const state = got?.run.state ?? '';
  React.useEffect(() => {
    if (!isActive(state)) {
      return;
    }
    let last = 0;
    const follow = (): void => {
      const isOver = !store.active.has(keyOf(run));
      if (isOver || Date.now() - last > 2000) {
        last = Date.now();
        setRound(before => before + 1);
      }
    };
    const receiver = { follow };
    store.changed.connect(receiver.follow, receiver);
    return () => {
      store.changed.disconnect(receiver.follow, receiver);
    };
  }, [store, run, state]);

  return (
    <>
      <div className="jp-agilab-logs-tools" role="toolbar" aria-label={trans.__('Logs')}>
        <input
          className="jp-mod-styled"
          type="search"
          placeholder={trans.__('Search')}
          aria-label={trans.__('Search')}
          value={search}
          onChange={event => setSearch(event.target.value)}
        />
        <select
          className="jp-mod-styled"
          aria-label={trans.__('What was printed to')}
          value={stream}
          onChange={event => setStream(event.target.value)}
        >
          <option value="">{trans.__('Output and errors')}</option>
          <option value="stdout">{trans.__('Output only')}</option>
          <option value="stderr">{trans.__('Errors only')}</option>
        </select>
        <label>
          <input
            type="checkbox"
            checked={onlyFailed}
            onChange={event => setOnlyFailed(event.target.checked)}
          />
          {trans.__('Failed partitions only')}
        </label>
        <button className="jp-mod-styled jp-mod-reject" onClick={() => setRound(round + 1)}>
          {trans.__('Refresh')}
        </button>
      </div>
      {problem ? (
        <p className="jp-agilab-problem" role="alert">
          {problem}
        </p>
      ) : (
        <Lines got={got} trans={trans} />
      )}
    </>
  );
}

function Lines({
  got,
  trans
}: {
  got: ILogs | null;
  trans: TranslationBundle;
}): React.ReactElement {
  if (got === null) {
    return <p className="jp-agilab-hint">{trans.__('Reading the logs…')}</p>;
  }
  if (got.lines.length === 0) {
    return <p className="jp-agilab-hint">{trans.__('Nothing was printed that fits.')}</p>;
  }
  return (
    <div className="jp-agilab-logs-lines" tabIndex={0} role="log" aria-live="off">
      {got.is_all ? null : (
        <p className="jp-agilab-hint">{trans.__('The last %1 lines.', got.lines.length)}</p>
      )}
      {got.lines.map((line, at) => (
        <LogLine key={at} line={line} before={got.lines[at - 1]} trans={trans} />
      ))}
    </div>
  );
}

function LogLine({
  line,
  before,
  trans
}: {
  line: ILogLine;
  before: ILogLine | undefined;
  trans: TranslationBundle;
}): React.ReactElement {
  const isNew = before?.index !== line.index || before?.attempt !== line.attempt;
  return (
    <>
      {isNew ? (
        <div className="jp-agilab-logs-head">
          {trans.__('partition %1', line.index)} {line.described}
          {line.attempt > 1 ? ` ${trans.__('attempt %1', line.attempt)}` : ''}
        </div>
      ) : null}
      <div className="jp-agilab-logs-line" data-stream={line.stream}>
        {line.text.replace(/\n$/, '') || ' '}
      </div>
    </>
  );
}
