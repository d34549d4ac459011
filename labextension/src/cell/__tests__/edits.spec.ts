import { YNotebook } from '@jupyter/ydoc';

import { replaceCell, restoreCell, writeHeader } from '../edits';

const HEADER = '%%parallel_stage clean --input "data/*.csv"';

function notebook(...sources: string[]): YNotebook {
  const made = YNotebook.create();
  made.insertCells(
    0,
    sources.map((source, index) => ({
      cell_type: 'code',
      id: `c${index}`,
      source,
      metadata: {},
      outputs: []
    }))
  );
  return made;
}

const sources = (made: YNotebook): string[] => made.cells.map(cell => String(cell.getSource()));

test('the line is put above the text, and a cell that loads the magics above the cell', () => {
  const made = notebook('a = 1', 'f(path)');
  expect(writeHeader(made, 'c1', HEADER, true)).toBe(true);
  expect(sources(made)).toEqual(['a = 1', '%load_ext jupyter_agilab', `${HEADER}\nf(path)`]);
});

test('a line that is there is changed, and what is below it stays', () => {
  const made = notebook('\n%%parallel_stage old --run\nf(path)\n%%parallel_stage no');
  writeHeader(made, 'c0', HEADER, false);
  expect(sources(made)).toEqual([`\n${HEADER}\nf(path)\n%%parallel_stage no`]);
});

test('other magics with that beginning are left alone', () => {
  const made = notebook('%%parallel_stages x\n1');
  writeHeader(made, 'c0', HEADER, false);
  expect(sources(made)).toEqual([`${HEADER}\n%%parallel_stages x\n1`]);
});

test('the cell’s own undo takes the line back', () => {
  const made = notebook('f(path)');
  // edits that follow each other at once are undone together
  made.clearUndoHistory();
  made.cells[0].clearUndoHistory();
  writeHeader(made, 'c0', HEADER, false);
  made.cells[0].undo();
  expect(sources(made)).toEqual(['f(path)']);
});

test('a cell that is gone is told', () => {
  expect(writeHeader(notebook('x'), 'other', HEADER, true)).toBe(false);
});

const AFTER = [
  { source: 'before', keeps: false },
  { source: 'stage', keeps: false },
  { source: 'after', keeps: true },
  { source: 'more', keeps: false }
];

test('cells take the place of one, which goes on as one of them', () => {
  const made = notebook('x', 'loop', 'y');
  const replaced = replaceCell(made, 'c1', 'loop', AFTER);
  expect(sources(made)).toEqual(['x', 'before', 'stage', 'after', 'more', 'y']);
  expect(made.cells[3].getId()).toBe('c1');
  expect(restoreCell(made, replaced!)).toBe(true);
  expect(sources(made)).toEqual(['x', 'loop', 'y']);
});

test('a cell that was edited meanwhile is not replaced', () => {
  const made = notebook('loop, edited');
  expect(replaceCell(made, 'c0', 'loop', AFTER)).toBeNull();
  expect(sources(made)).toEqual(['loop, edited']);
});

test('what was edited since is not taken back', () => {
  const made = notebook('loop');
  const replaced = replaceCell(made, 'c0', 'loop', AFTER);
  made.cells[1].setSource('my stage');
  expect(restoreCell(made, replaced!)).toBe(false);
  expect(sources(made)).toEqual(['before', 'my stage', 'after', 'more']);
});
