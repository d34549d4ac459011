import type { ISharedNotebook } from '@jupyter/ydoc';
import type { INotebookModel } from '@jupyterlab/notebook';

import type { ICellText } from './types';

/** Words without which a notebook has no loop that could be of interest. */
const LOOPS = /\b(for|while|map|imap|starmap|apply|applymap|Parallel|delayed|submit|px)\b/;
const STAGE = /^\s*%%parallel_stage\b/;

/** The cells of a notebook as they stand in the editor, saved or not. */
export function cellsOf(notebook: ISharedNotebook): ICellText[] {
  return notebook.cells.map(cell => ({
    id: cell.getId(),
    type: cell.cell_type === 'code' || cell.cell_type === 'markdown' ? cell.cell_type : 'raw',
    source: String(cell.getSource())
  }));
}

/** Whether there is anything to ask the server about. */
export function hasStages(cells: readonly ICellText[]): boolean {
  return cells.some(cell => cell.type === 'code' && STAGE.test(cell.source));
}

/** Whether there may be a loop. */
export function mayHaveLoops(cells: readonly ICellText[]): boolean {
  return cells.some(cell => cell.type === 'code' && LOOPS.test(cell.source));
}

/** What of the cells the server looks at: two that give the same text need not be asked about twice. */
export function textOf(cells: readonly ICellText[]): string {
  return JSON.stringify(
    cells.map(cell => (cell.type === 'code' ? [cell.id, cell.source] : [cell.id]))
  );
}

/** Whether a notebook is in Python, as far as it says. */
export function isPython(model: INotebookModel | null): boolean {
  const { language_info: info, kernelspec } = model?.sharedModel.metadata ?? {};
  const language = info?.name ?? kernelspec?.language;
  return typeof language !== 'string' || ['python', 'ipython', ''].includes(language.toLowerCase());
}
