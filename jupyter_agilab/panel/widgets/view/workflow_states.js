// The states of a stage and of a workflow: a word, a sign that says the same, a tone.

const STAGE_STATES = {
  planned: { word: 'not run yet', sign: '○', tone: 'plain' },
  off: { word: 'switched off', sign: '-', tone: 'plain' },
  waiting: { word: 'waiting', sign: '○', tone: 'plain' },
  running: { word: 'running', sign: '▶', tone: 'info' },
  finished: { word: 'finished', sign: '✓', tone: 'good' },
  partial: { word: 'finished in part', sign: '◐', tone: 'warn' },
  failed: { word: 'failed', sign: '✕', tone: 'bad' },
  skipped: { word: 'skipped', sign: '»', tone: 'warn' },
  stopped: { word: 'stopped', sign: '■', tone: 'warn' },
};

const WORKFLOW_WORDS = {
  planned: 'not run yet',
  submitted: 'starting',
  running: 'running',
  finished: 'finished',
  partial: 'finished in part',
  failed: 'failed',
  stopped: 'stopped',
  interrupted: 'interrupted',
};

const EDGE_WORDS = {
  elements: 'each element as soon as it is there',
  artifact: 'the whole result',
  after: 'only waits for it',
};

function stageState(stage) {
  return STAGE_STATES[stage.state ?? 'planned'] ?? { word: String(stage.state), sign: '?', tone: 'plain' };
}

function resultsOf(stage) {
  return (stage.finished ?? 0) + (stage.reused ?? 0);
}

function throughOf(stage) {
  return resultsOf(stage) + (stage.failed ?? 0) + (stage.skipped ?? 0);
}

// "3 of 4, 1 failed"
function stageCounts(stage) {
  if (stage.state === 'off' || !isNumber(stage.partitions)) return '';
  const isNew = ['planned', 'waiting', undefined, null].includes(stage.state);
  const parts = [
    isNew
      ? counted(stage.partitions, 'partition')
      : `${grouped(resultsOf(stage))} of ${grouped(stage.partitions)}`,
  ];
  for (const name of ['failed', 'skipped']) if (stage[name]) parts.push(`${grouped(stage[name])} ${name}`);
  return parts.join(', ');
}

function stagePlace(stage) {
  const parts = [];
  if (stage.when) parts.push(`only with --flag ${stage.when}`);
  if (stage.group) parts.push(`group ${stage.group}`);
  return parts.join(', ');
}
