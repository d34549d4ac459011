// The panel's view of partitions and workers is one and the same in a kernel's widget and here: its files are
// joined, in the order that the panel joins them, into a module that the bundle takes in.
//
// Runs behind `tsc`, which leaves `lib/` alone. AGILAB_PANEL_WIDGETS names the folder where it is not beside us.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const widgets =
  process.env.AGILAB_PANEL_WIDGETS ?? join(here, '../../jupyter_agilab/panel/widgets');

const listed = readFileSync(join(widgets, 'view_files.py'), 'utf8').match(
  /^_SCRIPTS = \(([^)]*)\)/m
);
const names = [...(listed?.[1] ?? '').matchAll(/"(\w+\.js)"/g)].map(match => match[1]);
if (names.length === 0) {
  throw new Error(`${join(widgets, 'view_files.py')} does not list the view's scripts`);
}
const scripts = names.map(name => readFileSync(join(widgets, 'view', name), 'utf8').trim());

const target = join(here, '../lib/view');
mkdirSync(target, { recursive: true });
writeFileSync(join(target, 'panelView.js'), `${scripts.join('\n\n')}\n`);
writeFileSync(
  join(target, 'panelView.css'),
  readFileSync(join(widgets, 'view', 'view.css'), 'utf8')
);
console.log(`joined ${names.length} scripts of the panel's view`);
