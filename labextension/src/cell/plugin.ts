import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IEditorExtensionRegistry, EditorExtensionRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { stageIcon } from '../icons';
import { IEventStream } from '../tokens';
import { texts } from '../translation';
import { CellStages } from './stages';

const PLUGIN_ID = 'jupyter-agilab:cell';

/** Badges on stage cells, marks on loops, and what a cell would become. */
export const cellPlugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Shows how stage cells stand, marks loops, and makes a cell a parallel stage.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [
    IEditorExtensionRegistry,
    ICommandPalette,
    IEventStream,
    ISettingRegistry,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    editors: IEditorExtensionRegistry | null,
    palette: ICommandPalette | null,
    events: IEventStream | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    const { commands } = app;
    const trans = texts(translator);
    const stages = new CellStages({ app, tracker, events, trans });

    editors?.addExtension({
      name: 'jupyter-agilab:marks',
      factory: ({ model }) =>
        'cell_type' in model.sharedModel && model.sharedModel.cell_type === 'code'
          ? EditorExtensionRegistry.createImmutableExtension(
              stages.marks.extension(model.sharedModel)
            )
          : null
    });

    commands.addCommand(CommandIDs.makeStage, {
      label: trans.__('Make this Cell a Parallel Stage'),
      caption: trans.__('Show what the cell would become as a parallel stage; nothing is run'),
      icon: stageIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => tracker.activeCell?.model.type === 'code',
      execute: () => stages.showPanel()
    });
    commands.addCommand(CommandIDs.explainLoop, {
      label: trans.__('Explain the Loop at the Cursor'),
      caption: trans.__('Say why a loop can run in parallel, or cannot'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => tracker.activeCell?.model.type === 'code',
      execute: () => {
        if (!stages.explainAtCursor()) {
          Notification.info(trans.__('There is no loop at the cursor.'), { autoClose: 4000 });
        }
      }
    });
    commands.addCommand(CommandIDs.convertLoop, {
      label: trans.__('Convert the Loop at the Cursor…'),
      caption: trans.__('Show what the loop becomes as a parallel stage, and convert it'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            cell: { type: 'string', description: trans.__('The id of the cell') },
            line: { type: 'number', description: trans.__('The line of the loop, from 1') }
          }
        }
      },
      isEnabled: () => tracker.activeCell?.model.type === 'code',
      execute: args =>
        stages.convert(
          typeof args.cell === 'string' ? args.cell : undefined,
          typeof args.line === 'number' ? args.line : undefined
        )
    });
    commands.addCommand(CommandIDs.toggleLoopMarks, {
      label: trans.__('Mark Loops That Can Run in Parallel'),
      isToggleable: true,
      isToggled: () => stages.showsLoops,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        stages.showsLoops = !stages.showsLoops;
        commands.notifyCommandChanged(CommandIDs.toggleLoopMarks);
        await registry?.set(PLUGIN_ID, 'loopMarks', stages.showsLoops);
      }
    });
    tracker.activeCellChanged.connect(() => {
      for (const id of [CommandIDs.makeStage, CommandIDs.explainLoop, CommandIDs.convertLoop]) {
        commands.notifyCommandChanged(id);
      }
    });

    const category = trans.__('Parallel Stages');
    for (const command of [
      CommandIDs.makeStage,
      CommandIDs.explainLoop,
      CommandIDs.convertLoop,
      CommandIDs.toggleLoopMarks
    ]) {
      palette?.addItem({ command, category });
    }

    void registry
      ?.load(PLUGIN_ID)
      .then(settings => {
        const read = (): void => {
          stages.showsLoops = settings.get('loopMarks').composite !== false;
          commands.notifyCommandChanged(CommandIDs.toggleLoopMarks);
        };
        settings.changed.connect(read);
        read();
      })
      .catch((reason: unknown) => {
        console.error(`The settings of ${PLUGIN_ID} could not be read.`, reason);
      });
  }
};
