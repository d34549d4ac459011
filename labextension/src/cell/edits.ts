import type { ISharedCodeCell, ISharedNotebook } from '@jupyter/ydoc';

import type { INewCell } from '../migration/types';

const HEADER = /^(\n*)(%%parallel_stage(?![^ \t\n])[^\n]*)/;
const LOAD = '%load_ext jupyter_agilab';

/** What replacing a cell did, for taking it back. */
export interface IReplaced {
  readonly id: string;
  readonly before: string;
  readonly after: string;
  readonly inserted: readonly { readonly id: string; readonly source: string }[];
}

/** The place of a cell; -1 where it is gone. */
export function indexOf(notebook: ISharedNotebook, id: string): number {
  return notebook.cells.findIndex(cell => cell.getId() === id);
}

/**
 * Write the line that makes a cell a stage, in place of the one that it has or above its text. It is one edit of the
 * shared model: the cell's own undo takes it back, and others who have the notebook open see it.
 *
 * @returns whether the cell is still there.
 */
export function writeHeader(
  notebook: ISharedNotebook,
  id: string,
  header: string,
  needsLoad: boolean
): boolean {
  const index = indexOf(notebook, id);
  if (index < 0) {
    return false;
  }
  const cell = notebook.getCell(index) as ISharedCodeCell;
  const found = HEADER.exec(cell.getSource());
  if (found === null) {
    cell.updateSource(0, 0, `${header}\n`);
  } else if (found[2] !== header) {
    cell.updateSource(found[1].length, found[1].length + found[2].length, header);
  }
  if (needsLoad) {
    notebook.insertCell(index, newCell(LOAD));
  }
  return true;
}

/** Put cells in the place of one, in one transaction; `null` where it is not what it was any more. */
export function replaceCell(
  notebook: ISharedNotebook,
  id: string,
  before: string,
  after: readonly INewCell[]
): IReplaced | null {
  const index = indexOf(notebook, id);
  if (index < 0 || String(notebook.getCell(index).getSource()) !== before || after.length === 0) {
    return null;
  }
  const found = after.findIndex(cell => cell.keeps);
  const kept = found < 0 ? after.length - 1 : found;
  const inserted: { id: string; source: string }[] = [];
  notebook.transact(() => {
    const cell = notebook.getCell(index) as ISharedCodeCell;
    cell.setSource(after[kept].source);
    // they belong to the text that was there
    cell.setOutputs([]);
    cell.execution_count = null;
    const below = notebook.insertCells(
      index + 1,
      after.slice(kept + 1).map(each => newCell(each.source))
    );
    const above = notebook.insertCells(
      index,
      after.slice(0, kept).map(each => newCell(each.source))
    );
    for (const each of [...above, ...below]) {
      inserted.push({ id: each.getId(), source: String(each.getSource()) });
    }
  });
  return { id, before, after: after[kept].source, inserted };
}

/** Take a replacement back; does nothing and gives false where one of its cells was edited since. */
export function restoreCell(notebook: ISharedNotebook, replaced: IReplaced): boolean {
  const cells = [{ id: replaced.id, source: replaced.after }, ...replaced.inserted];
  const unchanged = cells.every(({ id, source }) => {
    const index = indexOf(notebook, id);
    return index >= 0 && String(notebook.getCell(index).getSource()) === source;
  });
  if (!unchanged) {
    return false;
  }
  const cell = notebook.getCell(indexOf(notebook, replaced.id));
  // the list of cells is brought up to date after the transaction: from the last one up
  const places = replaced.inserted.map(({ id }) => indexOf(notebook, id)).sort((a, b) => b - a);
  notebook.transact(() => {
    cell.setSource(replaced.before);
    places.forEach(place => notebook.deleteCell(place));
  });
  return true;
}

function newCell(source: string): {
  cell_type: 'code';
  source: string;
  metadata: Record<string, never>;
} {
  return { cell_type: 'code', source, metadata: {} };
}
