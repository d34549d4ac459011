import { ReactWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretRightIcon,
  checkIcon,
  fileIcon,
  LabIcon,
  launchIcon,
  refreshIcon,
  runIcon,
  stopIcon,
  clearIcon
} from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { CommandIDs } from '../commands';
import { RequestError } from '../requests';
import { DATA } from '../targets';
import { actionsOf, argumentsOf, defaultCommand, IAction } from './actions';
import { Heights } from './heights';
import { moveOf } from './keys';
import { SidebarModel } from './model';
import { Row } from './rows';
import { detailOf } from './rowTexts';

/** Pixels; the style sheet has the same. */
const ROW_HEIGHT = 26;
const HINT_HEIGHT = 94;
/** Rows beyond the window that are drawn too, so that scrolling shows no gaps. */
const SPARE_PX = 200;

const ICONS: { [name in IAction['icon']]: LabIcon } = {
  run: runIcon,
  stop: stopIcon,
  report: fileIcon,
  retry: refreshIcon,
  open: launchIcon,
  check: checkIcon
};

const SIGNS: { [state: string]: string } = {
  submitted: '●',
  starting: '●',
  running: '●',
  reducing: '●',
  finished: '✓',
  partial: '◐',
  failed: '✕',
  stopped: '■',
  interrupted: '■',
  ended: '■'
};

/** The sidebar's inside. */
export class SidebarView extends ReactWidget {
  constructor(
    private readonly model: SidebarModel,
    private readonly commands: CommandRegistry,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-agilab-sidebar-view');
  }

  protected render(): React.ReactElement {
    return <Sidebar model={this.model} commands={this.commands} trans={this.trans} />;
  }
}

interface IProps {
  model: SidebarModel;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

function useModel(model: SidebarModel): void {
  const [, draw] = React.useState(0);
  React.useEffect(() => {
    const receiver = { changed: () => draw(before => before + 1) };
    model.changed.connect(receiver.changed, receiver);
    return () => {
      model.changed.disconnect(receiver.changed, receiver);
    };
  }, [model]);
}

function Sidebar({ model, commands, trans }: IProps): React.ReactElement {
  useModel(model);
  const problem = model.store.problem;
  return (
    <>
      <div className="jp-agilab-sidebar-tools">
        <input
          type="search"
          className="jp-mod-styled"
          placeholder={trans.__('Filter by name')}
          aria-label={trans.__('Filter contracts, workflows, clusters and runs by name')}
          value={model.filter}
          onChange={event => {
            model.filter = event.target.value;
          }}
        />
        {model.filter ? (
          <Button
            icon={clearIcon}
            label={trans.__('Clear the filter')}
            onClick={() => {
              model.filter = '';
            }}
          />
        ) : null}
        <Button
          icon={refreshIcon}
          label={commands.label(CommandIDs.refresh)}
          onClick={() => void commands.execute(CommandIDs.refresh)}
        />
      </div>
      {problem ? (
        <div className="jp-agilab-sidebar-problem" role="alert">
          {isRefused(problem)
            ? trans.__(
                'The server does not answer you: %1. Where your login has ended, reload the page and log in again.',
                problem.message
              )
            : trans.__('The server does not answer as it should: %1', problem.message)}
        </div>
      ) : null}
      <Tree model={model} commands={commands} trans={trans} />
    </>
  );
}

function isRefused(problem: Error): boolean {
  return problem instanceof RequestError && [401, 403].includes(problem.status);
}

function Button({
  icon,
  label,
  onClick,
  tabIndex
}: {
  icon: LabIcon;
  label: string;
  onClick: (event: React.MouseEvent) => void;
  tabIndex?: number;
}): React.ReactElement {
  return (
    <button
      className="jp-agilab-button"
      title={label}
      aria-label={label}
      tabIndex={tabIndex}
      onClick={onClick}
    >
      <icon.react tag="span" width="14px" height="14px" />
    </button>
  );
}

function Tree({ model, commands, trans }: IProps): React.ReactElement {
  const box = React.useRef<HTMLDivElement>(null);
  const [view, setView] = React.useState({ top: 0, height: 600 });
  // where the focus should be once it is drawn
  const wanted = React.useRef(false);
  const { rows, current } = model;
  const heights = React.useMemo(
    () => new Heights(rows.map(row => (row.kind === 'hint' ? HINT_HEIGHT : ROW_HEIGHT))),
    [rows]
  );

  React.useLayoutEffect(() => {
    const node = box.current!;
    const look = (): void => {
      const next = { top: node.scrollTop, height: node.clientHeight };
      setView(before => (before.top === next.top && before.height === next.height ? before : next));
    };
    const observer = new ResizeObserver(look);
    observer.observe(node);
    node.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', look);
    };
  }, []);

  React.useLayoutEffect(() => {
    const node = box.current!;
    if (wanted.current) {
      wanted.current = false;
      node.scrollTop = heights.reveal(current, node.scrollTop, node.clientHeight);
      node.querySelector<HTMLElement>(`[data-at="${current}"]`)?.focus({ preventScroll: true });
    }
  });

  const go = (at: number): void => {
    wanted.current = true;
    model.go(at);
  };
  const toggle = (at: number): void => {
    wanted.current = true;
    model.toggle(at);
  };
  const activate = (at: number): void => {
    const row = rows[at];
    const command = defaultCommand(row);
    if (command !== null) {
      void commands.execute(command, argumentsOf(row));
    } else if (row.kind === 'more') {
      void model.store.loadRuns(true);
    } else {
      toggle(at);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (
      target.getAttribute('role') !== 'treeitem' ||
      event.ctrlKey ||
      event.altKey ||
      event.metaKey
    ) {
      return;
    }
    if ((event.key === 'F10' && event.shiftKey) || event.key === 'ContextMenu') {
      // Lab's context menu listens for this; browsers send it for the key on some systems only
      const { left, bottom } = target.getBoundingClientRect();
      const menu = { bubbles: true, cancelable: true, clientX: left + 20, clientY: bottom };
      event.preventDefault();
      target.dispatchEvent(new MouseEvent('contextmenu', menu));
      return;
    }
    const move = moveOf(event.key, current, rows);
    if (move === null) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if ('to' in move) {
      go(move.to);
    } else if ('toggle' in move) {
      toggle(move.toggle);
    } else {
      activate(move.activate);
    }
  };

  const [first, end] = heights.within(view.top - SPARE_PX, view.height + 2 * SPARE_PX);
  const places = Array.from({ length: end - first }, (_, at) => first + at);
  // the row with the focus stays, wherever the window is
  if (rows.length > 0 && (current < first || current >= end)) {
    places.push(current);
  }
  return (
    <div
      ref={box}
      className="jp-agilab-tree"
      role="tree"
      aria-label={trans.__('Stages, workflows, clusters and runs')}
      onKeyDown={onKeyDown}
    >
      <div className="jp-agilab-tree-all" role="none" style={{ height: heights.total }}>
        {places.map(at => (
          <Line
            key={rows[at].id}
            row={rows[at]}
            at={at}
            top={heights.tops[at]}
            isCurrent={at === current}
            commands={commands}
            trans={trans}
            onSelect={() => go(at)}
            onToggle={() => toggle(at)}
            onActivate={() => activate(at)}
          />
        ))}
      </div>
    </div>
  );
}

interface ILineProps {
  row: Row;
  at: number;
  top: number;
  isCurrent: boolean;
  commands: CommandRegistry;
  trans: TranslationBundle;
  onSelect: () => void;
  onToggle: () => void;
  onActivate: () => void;
}

function Line(props: ILineProps): React.ReactElement {
  const { row, at, top, isCurrent, commands, trans } = props;
  const detail = detailOf(row, trans);
  const data = { [`data-${DATA}`]: JSON.stringify(argumentsOf(row)) };
  const isPlain = row.isExpanded !== undefined && defaultCommand(row) === null;
  return (
    <div
      className="jp-agilab-row"
      role="treeitem"
      data-kind={row.kind}
      data-at={at}
      data-state={detail.state || undefined}
      {...data}
      aria-level={row.level}
      aria-posinset={row.place}
      aria-setsize={row.siblings}
      aria-expanded={row.isExpanded}
      aria-selected={isCurrent}
      aria-label={[row.label, detail.spoken ?? detail.text].filter(Boolean).join(', ')}
      title={detail.tooltip || undefined}
      tabIndex={isCurrent ? 0 : -1}
      style={{ top, paddingLeft: 4 + (row.level - 1) * 12 }}
      onClick={isPlain ? props.onToggle : row.kind === 'more' ? props.onActivate : props.onSelect}
      onContextMenu={props.onSelect}
      onDoubleClick={isPlain || row.kind === 'more' ? undefined : props.onActivate}
    >
      <span
        className="jp-agilab-row-caret"
        aria-hidden="true"
        onClick={event => {
          if (row.isExpanded !== undefined) {
            event.stopPropagation();
            props.onToggle();
          }
        }}
      >
        {row.isExpanded === undefined ? (
          <span className="jp-agilab-sign">{SIGNS[detail.state] ?? ''}</span>
        ) : row.isExpanded ? (
          <caretDownIcon.react tag="span" />
        ) : (
          <caretRightIcon.react tag="span" />
        )}
      </span>
      {row.kind === 'hint' ? (
        <span className="jp-agilab-hint">{row.text}</span>
      ) : (
        <>
          <span className="jp-agilab-row-name">{row.label}</span>
          <span className="jp-agilab-row-detail">{detail.text}</span>
          <span className="jp-agilab-row-actions">
            {actionsOf(row).map(action => (
              <Button
                key={action.command}
                icon={ICONS[action.icon]}
                label={`${commands.label(action.command)}: ${row.label}`}
                tabIndex={isCurrent ? 0 : -1}
                onClick={event => {
                  event.stopPropagation();
                  void commands.execute(action.command, argumentsOf(row));
                }}
              />
            ))}
          </span>
        </>
      )}
      {detail.progress === null ? null : (
        <span
          className="jp-agilab-row-progress"
          aria-hidden="true"
          style={{ width: `${(100 * detail.progress).toFixed(1)}%` }}
        />
      )}
    </div>
  );
}
