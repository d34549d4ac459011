// The columns of the table: those with a larger priority number go first where there is little room.

const COLUMNS = [
  { key: 'index', title: '#', width: '4em', isNumber: true, text: (row) => grouped(row.index), priority: 0 },
  { key: 'id', title: 'Id', width: 'minmax(7em,.7fr)', least: 7, priority: 3 },
  { key: 'source', title: 'Source', width: 'minmax(8em,1.4fr)', least: 8, priority: 1 },
  { key: 'slice', title: 'Range or parameters', width: 'minmax(9em,1.2fr)', least: 9, priority: 2 },
  { key: 'size', title: 'Size', width: '6.5em', isNumber: true, text: (row) => size(row.size), priority: 3 },
  {
    key: 'rows',
    title: 'Rows',
    width: '5em',
    isNumber: true,
    text: (row) => (isNumber(row.rows) ? grouped(row.rows) : ''),
    priority: 4,
  },
  {
    key: 'planned',
    title: 'Planned on',
    width: '7.5em',
    text: (row) => (isNumber(row.planned) ? `worker ${row.planned}` : (row.planned ?? '')),
    priority: 4,
  },
  { key: 'worker', title: 'Worker', width: '7em', priority: 2, isOfRun: true },
  { key: 'state', title: 'State', width: '8em', priority: 0 },
  {
    key: 'seconds',
    title: 'Time',
    width: '6em',
    isNumber: true,
    text: (row) => duration(row.seconds),
    priority: 1,
    isOfRun: true,
  },
  {
    key: 'attempts',
    title: 'Tries',
    width: '4em',
    isNumber: true,
    text: (row) => (row.attempts ? String(row.attempts) : ''),
    priority: 4,
    isOfRun: true,
  },
];
