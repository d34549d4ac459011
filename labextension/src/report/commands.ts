import { ILayoutRestorer } from '@jupyterlab/application';
import { IFrame, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';

import { CommandIDs } from '../commands';
import { attempt } from '../problems';
import { reportAddress } from '../requests';
import { IParts, runArgs } from '../runs/commands';
import { stageIcon } from '../icons';
import { IRunKey, keyOf } from '../store/types';
import type { LogView } from './logs';

/** Add the commands that show a run's report and its logs, each in a tab of its own. */
export function addReportCommands(parts: IParts, restorer: ILayoutRestorer | null): void {
  const { app, targets, trans } = parts;
  const settings = app.serviceManager.serverSettings;
  const reports = new WidgetTracker<MainAreaWidget<IFrame>>({ namespace: 'agilab-report' });
  const logs = new WidgetTracker<MainAreaWidget<LogView>>({ namespace: 'agilab-logs' });
  const named = new WeakMap<MainAreaWidget, IRunKey>();

  const show = <T extends MainAreaWidget>(
    tracker: WidgetTracker<T>,
    run: IRunKey,
    make: () => T,
    label: string
  ): void => {
    let widget = tracker.find(each => keyOf(named.get(each)!) === keyOf(run));
    if (!widget) {
      widget = make();
      named.set(widget, run);
      widget.title.label = label;
      widget.title.caption = `${run.folder}/${run.stage} ${run.run_id}`;
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
          const run = await targets.run(args);
          if (run) {
            show(reports, run, () => makeReport(run), trans.__('Report: %1', run.stage));
          }
        },
        trans
      )
  });

  const makeReport = (run: IRunKey): MainAreaWidget<IFrame> => {
    // scripts of its own, but neither Lab's cookies nor its page
    const frame = new IFrame({ sandbox: ['allow-scripts'], referrerPolicy: 'no-referrer' });
    frame.url = reportAddress(settings, run);
    frame.node.querySelector('iframe')?.setAttribute('title', trans.__('Report of %1', run.stage));
    const widget = new MainAreaWidget({ content: frame });
    widget.id = `jp-agilab-report-${keyOf(run)}`;
    return widget;
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
            show(logs, run, make, trans.__('Logs: %1', run.stage));
          }
        },
        trans
      )
  });

  if (restorer) {
    const args = (widget: MainAreaWidget): { folder: string; stage: string; run: string } => {
      const { folder, stage, run_id: run } = named.get(widget)!;
      return { folder, stage, run };
    };
    const name = (widget: MainAreaWidget): string => keyOf(named.get(widget)!);
    void restorer.restore(reports, { command: CommandIDs.openReport, args, name });
    void restorer.restore(logs, { command: CommandIDs.openLogs, args, name });
  }
}
