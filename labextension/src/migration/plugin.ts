import type { Extension } from '@codemirror/state';
import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  MainAreaWidget,
  Notification,
  showDialog,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog, IDefaultFileBrowser, IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, type TranslationBundle } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { stageIcon } from '../icons';
import { texts } from '../translation';
import type { MigrationModel } from './model';
import type { IMigrationActions } from './part';
import { serverSource } from './source';
import type { MigrationView } from './view';

/** Items of each loop that a verification runs. */
const SAMPLE = 3;

/** Finds the loops of notebooks, and makes stages of them. */
export const migrationPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-agilab:migration',
  description: 'Finds loops of notebooks that can run in parallel, and makes stages of them.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [
    ICommandPalette,
    IDocumentManager,
    IDefaultFileBrowser,
    IFileBrowserFactory,
    IEditorLanguageRegistry,
    ILayoutRestorer,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    documents: IDocumentManager | null,
    browser: IDefaultFileBrowser | null,
    browsers: IFileBrowserFactory | null,
    languages: IEditorLanguageRegistry | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = texts(translator);
    const tracker = new WidgetTracker<MainAreaWidget<MigrationView>>({
      namespace: 'agilab-migration'
    });
    const models = new WeakMap<MainAreaWidget<MigrationView>, MigrationModel>();

    const opened = (path: string): NotebookPanel | null =>
      notebooks.find(panel => app.serviceManager.contents.localPath(panel.context.path) === path) ??
      null;

    const make = async (): Promise<MainAreaWidget<MigrationView>> => {
      const [{ MigrationView }, { MigrationModel }] = await Promise.all([
        import('./view'),
        import('./model')
      ]);
      const model = new MigrationModel(serverSource(app.serviceManager.serverSettings, opened));
      const content = new MigrationView({
        model,
        trans,
        language: await python(languages),
        actions: actions(model)
      });
      const widget = new MainAreaWidget({ content });
      widget.id = 'jp-agilab-migration';
      widget.title.icon = stageIcon;
      widget.title.label = trans.__('Find slow loops');
      widget.title.closable = true;
      widget.disposed.connect(() => model.dispose());
      models.set(widget, model);
      return widget;
    };

    /** Do something with the file, after the editor's changes are in it; not where they change what was shown. */
    const writeSaved = async (model: MigrationModel, work: () => Promise<unknown>) => {
      if (await model.saved()) {
        await work();
      } else if (model.problem === null) {
        Notification.warning(
          trans.__('The notebook had changes that were not saved: look at what would change now.'),
          { autoClose: 8000 }
        );
      }
    };

    const actions = (model: MigrationModel): IMigrationActions => ({
      browse:
        documents === null
          ? null
          : async () => {
              const chosen = await FileDialog.getOpenFiles({
                manager: documents,
                title: trans.__('Choose a notebook or a folder'),
                filter: each =>
                  each.type === 'notebook' || each.type === 'directory' ? { score: 1 } : null,
                translator: translator ?? undefined
              });
              const [first] = chosen.value ?? [];
              if (chosen.button.accept && first !== undefined) {
                await model.look(app.serviceManager.contents.localPath(first.path));
              }
            },
      apply: async () => {
        const { preview } = model;
        if (preview !== null && (await asksToWrite(preview.path, preview.files.length, trans))) {
          await writeSaved(model, () => model.apply());
        }
      },
      undo: async path => {
        if (!(await model.undo(path)) && model.problem?.message.includes('edited since')) {
          const forced = await showDialog({
            title: trans.__('The notebook was edited since'),
            body: trans.__(
              'Undoing gives it back as it was before; what was edited since is lost.'
            ),
            buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Undo anyway') })]
          });
          if (forced.button.accept) {
            await model.undo(path, true);
          }
        }
      },
      verify: async () => {
        const { preview } = model;
        if (preview === null) {
          return;
        }
        const asked = await showDialog({
          title: trans.__('Run the notebook’s code?'),
          body: trans.__(
            'This runs all cells of %1 up to its last chosen loop, twice: as it is and converted, with %2 items of each loop, in copies of its folder. What the code does outside of that folder (network, other paths) is not held back.',
            preview.path,
            SAMPLE
          ),
          buttons: [
            Dialog.cancelButton(),
            Dialog.warnButton({ label: trans.__('Run and compare') })
          ]
        });
        if (asked.button.accept) {
          await writeSaved(model, () => model.verify(SAMPLE));
        }
      },
      open: (path, cell) => {
        void app.commands.execute('docmanager:open', { path }).then(async () => {
          const panel = opened(path);
          await panel?.revealed;
          if (panel && cell !== undefined && cell < panel.content.widgets.length) {
            panel.content.activeCellIndex = cell;
            await panel.content.scrollToItem(cell, 'smart');
          }
        });
      }
    });

    app.commands.addCommand(CommandIDs.migrate, {
      label: trans.__('Find Slow Loops'),
      caption: trans.__('Find the loops of a notebook or a folder that can run in parallel'),
      icon: args => (args.isPalette ? undefined : stageIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string', description: trans.__('A notebook or a folder') }
          }
        }
      },
      execute: async args => {
        let widget = tracker.currentWidget;
        if (widget === null || widget.isDisposed) {
          widget = await make();
          await tracker.add(widget);
        }
        if (!widget.isAttached) {
          app.shell.add(widget, 'main', { type: 'AGILAB' });
          if (!widget.isAttached) {
            // Notebook 7 shows one document, and everything else at its side
            app.shell.add(widget, 'right', { rank: 660, type: 'AGILAB' });
          }
        }
        app.shell.activateById(widget.id);
        const model = models.get(widget);
        const path =
          typeof args.path === 'string' ? args.path : (chosenPath(browsers) ?? currentPath());
        if (model && path !== null && model.path === null) {
          await model.look(path);
        } else if (model && typeof args.path === 'string') {
          await model.look(args.path);
        }
      }
    });

    /** What is selected where the context menu of the file browser was opened. */
    const chosenPath = (factory: IFileBrowserFactory | null): string | null => {
      const { currentWidget: shown } = factory?.tracker ?? { currentWidget: null };
      const item = shown?.isVisible ? shown.selectedItems().next() : undefined;
      const isOne = item && !item.done && ['notebook', 'directory'].includes(item.value.type);
      return isOne ? app.serviceManager.contents.localPath(item.value.path) : null;
    };
    const currentPath = (): string | null => {
      const path = notebooks.currentWidget?.context.path ?? browser?.model.path;
      return path === undefined ? null : app.serviceManager.contents.localPath(path);
    };

    palette?.addItem({
      command: CommandIDs.migrate,
      category: trans.__('Parallel Stages'),
      args: { isPalette: true }
    });
    if (restorer !== null) {
      void restorer.restore(tracker, {
        command: CommandIDs.migrate,
        args: widget => ({ path: models.get(widget)?.path ?? '' }),
        name: () => 'migration'
      });
    }
  }
};

async function python(languages: IEditorLanguageRegistry | null): Promise<Extension | null> {
  const language = await languages?.getLanguage('python');
  return language?.support ?? null;
}

async function asksToWrite(
  path: string,
  files: number,
  trans: TranslationBundle
): Promise<boolean> {
  const asked = await showDialog({
    title: trans.__('Convert %1?', path),
    body: trans._n(
      'The notebook is written over, and %1 new file is written beside it. Its bytes are kept, and Undo gives them back. Nothing is run.',
      'The notebook is written over, and %1 new files are written beside it. Its bytes are kept, and Undo gives them back. Nothing is run.',
      files
    ),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Convert') })]
  });
  return asked.button.accept;
}
