import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

import type { IMark } from '../mark';
import { EditorMarks } from '../marks';

const mark = (line: number, kind: IMark['kind'] = 'convert'): IMark => ({
  line,
  endLine: line,
  kind,
  label: `line ${line}`
});

function editor(marks: EditorMarks, shared: object, doc = 'a\nb\nc'): EditorView {
  return new EditorView({
    parent: document.body,
    state: EditorState.create({ doc, extensions: [marks.extension(shared)] })
  });
}

const titles = (view: EditorView): string[] =>
  [...view.dom.querySelectorAll('.jp-agilab-mark')].map(node => (node as HTMLElement).title);

test('marks of both owners are shown, and taken away again', () => {
  const marks = new EditorMarks();
  const shared = {};
  const view = editor(marks, shared);
  marks.set('loops', shared, [mark(2)]);
  marks.set('findings', shared, [mark(1, 'error')]);
  expect(titles(view)).toEqual(['line 1', 'line 2']);
  expect(view.dom.querySelectorAll('.jp-agilab-line.jp-mod-error')).toHaveLength(1);
  marks.set('findings', shared, []);
  expect(titles(view)).toEqual(['line 2']);
  view.destroy();
});

test('an editor that comes later has them, and lines that are not there are left out', () => {
  const marks = new EditorMarks();
  const shared = {};
  marks.set('loops', shared, [mark(3), mark(9)]);
  const view = editor(marks, shared);
  expect(titles(view)).toEqual(['line 3']);
  expect(marks.viewOf(shared)).toBe(view);
  view.destroy();
  expect(marks.viewOf(shared)).toBeNull();
});

test('marks move with the text', () => {
  const marks = new EditorMarks();
  const shared = {};
  const view = editor(marks, shared);
  marks.set('findings', shared, [mark(2, 'warning')]);
  view.dispatch({ changes: { from: 0, insert: 'new\n' } });
  const lines = [...view.dom.querySelectorAll('.cm-line')];
  expect(lines.map(line => line.classList.contains('jp-agilab-line'))).toEqual([
    false,
    false,
    true,
    false
  ]);
  view.destroy();
});
