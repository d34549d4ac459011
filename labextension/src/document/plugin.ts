import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { ITranslator } from '@jupyterlab/translation';
import { runIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import { stageIcon } from '../icons';
import { runArgs } from '../runs/commands';
import { texts } from '../translation';
import { IEventStream, IStore } from '../tokens';
import { StageRuns } from './runs';
import { DocumentKind } from './types';
import type { IDocumentParts } from './parts';
import { DocumentContent, DocumentFactory } from './widget';

type Open = IDocumentWidget<DocumentContent>;

const KINDS: readonly { kind: DocumentKind; factory: string; pattern: string; ending: string }[] = [
  {
    kind: 'contract',
    factory: 'Parallel Stage',
    pattern: '^(.*\\.)?parallel_stage\\.toml$',
    ending: '.parallel_stage.toml'
  },
  {
    kind: 'workflow',
    factory: 'Workflow of Stages',
    pattern: '^(.*\\.)?workflow\\.toml$',
    ending: '.workflow.toml'
  },
  { kind: 'clusters', factory: 'Clusters', pattern: '^clusters\\.toml$', ending: '.clusters.toml' }
];

/** Contracts, workflows and clusters files as documents of their own, and runs as tabs. */
export const documentPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-agilab:documents',
  description: 'Opens contracts, workflows and clusters files as forms, and runs as tabs.',
  autoStart: true,
  requires: [IEditorServices],
  optional: [ITranslator, IEventStream, IStore, ILayoutRestorer, ICommandPalette, IMainMenu],
  activate: (
    app: JupyterFrontEnd,
    editors: IEditorServices,
    translator: ITranslator | null,
    events: IEventStream | null,
    store: IStore | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null
  ): void => {
    const trans = texts(translator);
    const parts: IDocumentParts = {
      settings: app.serviceManager.serverSettings,
      contents: app.serviceManager.contents,
      commands: app.commands,
      editors,
      events,
      store,
      trans
    };
    const tracker = new WidgetTracker<Open>({ namespace: 'jupyter-agilab-documents' });
    const labels: { [kind in DocumentKind]: string } = {
      contract: trans.__('Parallel Stage'),
      workflow: trans.__('Workflow of Stages'),
      clusters: trans.__('Clusters')
    };
    for (const { kind, factory: name, pattern, ending } of KINDS) {
      const fileType = `jupyter-agilab-${kind}`;
      app.docRegistry.addFileType({
        name: fileType,
        displayName: labels[kind],
        pattern,
        extensions: [ending],
        mimeTypes: ['text/x-toml'],
        fileFormat: 'text',
        contentType: 'file',
        icon: stageIcon
      });
      const factory = new DocumentFactory(
        {
          name,
          label: labels[kind],
          modelName: 'text',
          fileTypes: [fileType],
          defaultFor: [fileType],
          translator: translator ?? undefined
        },
        kind,
        parts
      );
      factory.widgetCreated.connect((_, widget) => {
        widget.title.icon = stageIcon;
        widget.context.pathChanged.connect(() => void tracker.save(widget), widget);
        void tracker.add(widget);
      });
      app.docRegistry.addWidgetFactory(factory);
    }
    if (restorer !== null) {
      void restorer.restore(tracker, {
        command: 'docmanager:open',
        args: widget => ({ path: widget.context.path, factory: factoryOf(widget.context.path) }),
        name: widget => widget.context.path
      });
    }
    addDocumentCommands(app, tracker, trans, menu);
    addOpenRun(app, parts, restorer, palette);
  }
};

function factoryOf(path: string): string {
  const name = PathExt.basename(path);
  return KINDS.find(each => new RegExp(each.pattern).test(name))?.factory ?? 'Editor';
}

function addDocumentCommands(
  app: JupyterFrontEnd,
  tracker: WidgetTracker<Open>,
  trans: IDocumentParts['trans'],
  menu: IMainMenu | null
): void {
  const { commands, shell } = app;
  const current = (): DocumentContent | null =>
    tracker.currentWidget !== null && tracker.currentWidget === shell.currentWidget
      ? tracker.currentWidget.content
      : null;
  const add = (
    id: string,
    label: string,
    keys: string[],
    act: (content: DocumentContent) => unknown
  ): void => {
    commands.addCommand(id, {
      label,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => current() !== null,
      execute: async () => {
        const content = current();
        if (content !== null) {
          await act(content);
        }
      }
    });
    for (const key of keys) {
      commands.addKeyBinding({ command: id, keys: [key], selector: '.jp-agilab-Form' });
    }
  };
  add(CommandIDs.saveDocument, trans.__('Save Document of Stages'), ['Accel S'], content =>
    content.save()
  );
  add(CommandIDs.undoInDocument, trans.__('Undo in Document'), ['Accel Z'], content =>
    content.undo()
  );
  add(CommandIDs.redoInDocument, trans.__('Redo in Document'), ['Accel Shift Z'], content =>
    content.redo()
  );
  menu?.editMenu.undoers.undo.add({
    id: CommandIDs.undoInDocument,
    isEnabled: (widget: Widget) => tracker.has(widget)
  });
  menu?.editMenu.undoers.redo.add({
    id: CommandIDs.redoInDocument,
    isEnabled: (widget: Widget) => tracker.has(widget)
  });
}

function addOpenRun(
  app: JupyterFrontEnd,
  parts: IDocumentParts,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null
): void {
  const { commands, shell } = app;
  const { trans, settings } = parts;
  const tracker = new WidgetTracker<MainAreaWidget>({ namespace: 'jupyter-agilab-runs' });
  commands.addCommand(CommandIDs.openRun, {
    label: trans.__('Open Run'),
    caption: trans.__('Show a run live: its workers, partitions and logs'),
    describedBy: runArgs(trans),
    execute: async args => {
      const path = textOf(args.path);
      const folder = args.folder === undefined ? PathExt.dirname(path) : textOf(args.folder);
      const stage = textOf(args.stage) || stageOfPath(path);
      const run = textOf(args.run);
      const id = `jupyter-agilab-run-${folder}/${stage}/${run}`;
      const { runWidget } = await import('../view/runWidget');
      const open = tracker.find(widget => widget.id === id);
      if (open !== undefined) {
        shell.activateById(open.id);
        return;
      }
      const runs = new StageRuns(
        parts,
        () => ({ path, folder, stage }),
        () => Promise.resolve(path !== '')
      );
      const widget = runWidget(settings, runs, run, trans);
      widget.disposed.connect(() => runs.dispose(), runs);
      widget.id = id;
      widget.title.icon = runIcon;
      widget.title.label = trans.__('Run of %1', stage);
      widget.title.caption = `${stage} ${run}`;
      widget.title.closable = true;
      places.set(widget, { path, folder, stage, run });
      await tracker.add(widget);
      shell.add(widget, 'main');
      shell.activateById(widget.id);
    }
  });
  const places = new WeakMap<
    Widget,
    { path: string; folder: string; stage: string; run: string }
  >();
  if (restorer !== null) {
    void restorer.restore(tracker, {
      command: CommandIDs.openRun,
      args: widget => places.get(widget) ?? {},
      name: widget => widget.id
    });
  }
  palette?.addItem({ command: CommandIDs.saveDocument, category: trans.__('Parallel Stages') });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

// a contract's file is named after its stage, unless somebody chose otherwise
function stageOfPath(path: string): string {
  return PathExt.basename(path).replace(/\.?parallel_stage\.toml$/, '');
}
