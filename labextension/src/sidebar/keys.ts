import { Row } from './rows';

/** What a key does in the tree: another row, or a row opened or closed. */
export type Move =
  { readonly to: number } | { readonly toggle: number } | { readonly activate: number } | null;

/** Rows that one page of the tree holds. */
const PAGE = 10;

/**
 * The keys of a tree.
 *
 * As in the ARIA Authoring Practices Guide, "Tree View Pattern" (https://www.w3.org/WAI/ARIA/apg/patterns/treeview/).
 */
export function moveOf(key: string, at: number, rows: readonly Row[]): Move {
  const row = rows[at];
  const last = rows.length - 1;
  if (row === undefined) {
    return null;
  }
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(at + 1, last) };
    case 'ArrowUp':
      return { to: Math.max(at - 1, 0) };
    case 'PageDown':
      return { to: Math.min(at + PAGE, last) };
    case 'PageUp':
      return { to: Math.max(at - PAGE, 0) };
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: last };
    case 'ArrowRight':
      if (row.isExpanded === undefined) {
        return null;
      }
      return row.isExpanded ? { to: Math.min(at + 1, last) } : { toggle: at };
    case 'ArrowLeft':
      return row.isExpanded ? { toggle: at } : parent(at, rows);
    case ' ':
      return row.isExpanded === undefined ? { activate: at } : { toggle: at };
    case 'Enter':
      return { activate: at };
    default:
      return key.length === 1 ? typed(key.toLowerCase(), at, rows) : null;
  }
}

function parent(at: number, rows: readonly Row[]): Move {
  for (let above = at - 1; above >= 0; above--) {
    if (rows[above].level < rows[at].level) {
      return { to: above };
    }
  }
  return null;
}

function typed(letter: string, at: number, rows: readonly Row[]): Move {
  for (let step = 1; step <= rows.length; step++) {
    const there = (at + step) % rows.length;
    if (rows[there].label.toLowerCase().startsWith(letter)) {
      return { to: there };
    }
  }
  return null;
}
