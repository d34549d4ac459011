import { ILayoutRestorer } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { attempt } from '../problems';
import { getReport, getWorkflowReport, workflowStatus } from '../requests';
import { IParts, runArgs } from '../runs/commands';
import { stageIcon } from '../icons';
import { IRunKey, keyOf } from '../store/types';
import { isWorkflow, workflowName } from '../targets';
import type { LogView } from './logs';
import { ReportPage } from './page';

/** What a tab is about. */
interface IShown {
  /** One tab for each. */
  readonly key: string;
  readonly caption: string;
  /** What its command is given to show it again. */
  readonly args: ReadonlyPartialJSONObject;
}

/** Add the commands that show a run's report and its logs, each in a tab of its own. */
export function addReportCommands(parts: IParts, restorer: ILayoutRestorer | null): void {
  const { app, targets, trans } = parts;
  const settings = app.serviceManager.serverSettings;
  const reports = new WidgetTracker<MainAreaWidget<ReportPage>>({ namespace: 'agilab-report' });
  const logs = new WidgetTracker<MainAreaWidget<LogView>>({ namespace: 'agilab-logs' });
  const named = new WeakMap<MainAreaWidget, IShown>();

  const show = <T extends MainAreaWidget>(
    tracker: WidgetTracker<T>,
    shown: IShown,
    make: () => T,
    label: string
  ): void => {
    let widget = tracker.find(each => named.get(each)!.key === shown.key);
    if (!widget) {
      widget = make();
      named.set(widget, shown);
      widget.title.label = label;
      widget.title.caption = shown.caption;
      widget.title.icon = stageIcon;
      void tracker.add(widget);
      app.shell.add(widget, 'main');
    }
    app.shell.activateById(widget.id);
  };

  app.commands.addCommand(CommandIDs.openReport, {
    label: trans.__('Open Report'),
    caption: trans.__('The page that tells how the run went'),
    describedBy: runArgs(trans),
    isVisible: args => args.context !== true || targets.of(args).run !== undefined,
    execute: args =>
      attempt(
        trans.__('The report was not opened'),
        async () => {
          const target = targets.of(args);
          if (isWorkflow(target)) {
            await showWorkflow(target.path, target.run);
            return;
          }
          const run = await targets.run(args);
          if (run) {
            showReport(shownRun(run), run.stage, () => getReport(settings, run));
          }
        },
        trans
      )
  });

  const showWorkflow = async (path: string, given?: string): Promise<void> => {
    const run = given ?? (await workflowStatus(settings, path, false)).status.run_id;
    if (!run) {
      throw new Error(trans.__('This workflow has not run yet.'));
    }
    const name = workflowName(path);
    const shown = {
      key: JSON.stringify([path, run]),
      caption: `${path} ${run}`,
      args: { path, run }
    };
    showReport(shown, name, () => getWorkflowReport(settings, path, run));
  };

  const showReport = (shown: IShown, name: string, ask: () => Promise<string>): void => {
    const make = (): MainAreaWidget<ReportPage> => {
      const content = new ReportPage(ask, trans.__('Report of %1', name));
      // until the page is there a tab shows that it comes; and why, where it does not
      const widget = new MainAreaWidget({ content, reveal: content.ready });
      widget.id = `jp-agilab-report-${shown.key}`;
      return widget;
    };
    show(reports, shown, make, trans.__('Report: %1', name));
  };

  app.commands.addCommand(CommandIDs.openLogs, {
    label: trans.__('Show Logs'),
    caption: trans.__('What the partitions of the run printed'),
    describedBy: runArgs(trans),
    isVisible: args => args.context !== true || targets.of(args).run !== undefined,
    execute: args =>
      attempt(
        trans.__('The logs were not opened'),
        async () => {
          const run = await targets.run(args);
          if (run) {
            const { LogView } = await import('./logs');
            const make = (): MainAreaWidget<LogView> => {
              const widget = new MainAreaWidget({
                content: new LogView(run, settings, parts.store, trans)
              });
              widget.id = `jp-agilab-logs-${keyOf(run)}`;
              return widget;
            };
            show(logs, shownRun(run), make, trans.__('Logs: %1', run.stage));
          }
        },
        trans
      )
  });

  if (restorer) {
    const args = (widget: MainAreaWidget): ReadonlyPartialJSONObject => named.get(widget)!.args;
    const name = (widget: MainAreaWidget): string => named.get(widget)!.key;
    void restorer.restore(reports, { command: CommandIDs.openReport, args, name });
    void restorer.restore(logs, { command: CommandIDs.openLogs, args, name });
  }
}

function shownRun(run: IRunKey): IShown {
  const { folder, stage, run_id } = run;
  return {
    key: keyOf(run),
    caption: `${folder}/${stage} ${run_id}`,
    args: { folder, stage, run: run_id }
  };
}
