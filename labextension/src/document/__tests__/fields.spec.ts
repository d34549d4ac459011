import { changeOf, findingsElsewhere, formOf, IField, ISection } from '../form/fields';
import { keyNames, keyText, tomlText } from '../form/toml';
import { IDocumentFinding, ISchema, TomlTable } from '../types';

const schema: ISchema = {
  required: ['name', 'workers'],
  properties: {
    name: { type: 'string', pattern: '\\S', description: 'What it is called.' },
    split: { type: 'string', enum: ['files', 'sweep'] },
    workers: { anyOf: [{ type: 'integer', minimum: 1 }, { const: 'auto' }] },
    partition: {
      type: 'object',
      additionalProperties: true,
      properties: {
        header: { type: 'boolean' },
        rows: { type: 'integer', minimum: 1 },
        ratio: { type: 'number' },
        columns: { type: 'array', items: { type: 'string' } },
        zip: { type: 'array', items: { type: 'array' } },
        format: { anyOf: [{ enum: ['csv', 'npy'] }, { type: 'string', pattern: '^[a-z]' }] }
      }
    },
    parameters: { type: 'object', additionalProperties: true },
    resources: {
      type: 'object',
      properties: { cpus: { type: 'number' } },
      additionalProperties: { type: 'number' }
    }
  },
  additionalProperties: true
};

const clusters: ISchema = {
  properties: { schema: { const: 'v1' } },
  additionalProperties: {
    type: 'object',
    properties: { kind: { enum: ['local', 'ssh'] } },
    allOf: [
      {
        if: { properties: { kind: { const: 'ssh' } } },
        then: {
          description: 'Hosts.',
          properties: {
            kind: { description: 'What kind.' },
            hosts: { type: 'object', additionalProperties: { type: 'integer' } }
          }
        }
      }
    ]
  }
};

function form(values: TomlTable, findings: IDocumentFinding[] = [], of = schema): ISection {
  return formOf(of, values, findings);
}

function section(within: ISection, title: string): ISection {
  const found = within.sections.find(each => each.title === title);
  if (found === undefined) {
    throw new Error(`no section ${title}`);
  }
  return found;
}

function field(within: ISection, name: string): IField {
  const found = within.fields.find(each => each.name === name);
  if (found === undefined) {
    throw new Error(`no field ${name}`);
  }
  return found;
}

const finding = (key: string | null, here = true): IDocumentFinding => ({
  code: 'x',
  severity: 'error',
  message: 'wrong',
  key,
  here
});

describe('formOf', () => {
  it('has a field for each key, with the control that fits', () => {
    const made = form({ name: 'a', workers: 2 });
    expect(made.fields.map(each => [each.name, each.kind])).toEqual([
      ['name', 'text'],
      ['split', 'choice'],
      ['workers', 'number-or-word']
    ]);
    expect(section(made, 'partition').fields.map(each => [each.name, each.kind])).toEqual([
      ['header', 'flag'],
      ['rows', 'integer'],
      ['ratio', 'number'],
      ['columns', 'lines'],
      ['zip', 'value'],
      ['format', 'text']
    ]);
    expect(field(made, 'workers')).toMatchObject({
      shown: '2',
      isRequired: true,
      choices: ['auto']
    });
    expect(field(made, 'split')).toMatchObject({ isThere: false, choices: ['files', 'sweep'] });
  });

  it('keeps and shows what nobody knows', () => {
    const made = form({
      nmae: 'a',
      mine: { deep: { x: 1 } },
      partition: { odd: { $toml: '2.0' } }
    });
    expect(field(made, 'nmae')).toMatchObject({ isKnown: false, kind: 'value', shown: '"a"' });
    expect(field(section(made, 'partition'), 'odd')).toMatchObject({
      isKnown: false,
      shown: '2.0'
    });
    expect(field(section(made, 'mine'), 'deep')).toMatchObject({
      key: ['mine', 'deep'],
      shown: '{ x = 1 }'
    });
  });

  it('shows a value of another type as it is written', () => {
    const made = form({ name: 5, workers: [1], partition: { header: 'no', columns: ['a', ' b'] } });
    expect(field(made, 'name')).toMatchObject({ kind: 'value', shown: '5' });
    expect(field(made, 'workers')).toMatchObject({ kind: 'value', shown: '[1]' });
    expect(field(section(made, 'partition'), 'header')).toMatchObject({
      kind: 'value',
      shown: '"no"'
    });
    expect(field(section(made, 'partition'), 'columns').kind).toBe('value');
    expect(field(form({ partition: 3 }), 'partition')).toMatchObject({ kind: 'value', shown: '3' });
  });

  it('puts findings beside their fields, and the rest elsewhere', () => {
    const findings = [
      finding('workers'),
      finding('partition.rows'),
      finding('partition'),
      finding('parameters."odd name"[1]'),
      finding(null),
      finding('gone.key'),
      finding('workers', false)
    ];
    const made = form({ parameters: { 'odd name': [1, 2] } }, findings);
    expect(field(made, 'workers').findings).toEqual([findings[0]]);
    expect(field(section(made, 'partition'), 'rows').findings).toEqual([findings[1]]);
    expect(section(made, 'partition').findings).toEqual([findings[2]]);
    expect(section(made, 'partition').isUsed).toBe(true);
    expect(field(section(made, 'parameters'), 'odd name').findings).toEqual([findings[3]]);
    expect(findingsElsewhere(made, findings)).toEqual(findings.slice(4));
  });

  it('lets names be added where a table takes any', () => {
    const made = form({});
    expect(made.adds).toBe('');
    expect(section(made, 'partition').adds).toBe('');
    expect(section(made, 'parameters').adds).toBe('value');
    expect(section(made, 'resources').adds).toBe('number');
  });

  it('has the keys of the kind that is chosen', () => {
    const made = form({ far: { kind: 'ssh' }, near: { kind: 'local' } }, [], clusters);
    expect(made.adds).toBe('table');
    expect(made.startsWith).toEqual({ kind: 'local' });
    expect(section(made, 'far').help).toBe('Hosts.');
    expect(section(section(made, 'far'), 'hosts').adds).toBe('number');
    expect(section(made, 'near').sections).toEqual([]);
    expect(field(section(made, 'far'), 'kind')).toMatchObject({
      kind: 'choice',
      help: 'What kind.',
      shown: 'ssh'
    });
  });
});

describe('changeOf', () => {
  const made = form({
    name: 'a',
    workers: 2,
    partition: { rows: 5, header: true, columns: ['x'] }
  });
  const partition = section(made, 'partition');

  it('is nothing where nothing was typed', () => {
    expect(changeOf(field(made, 'name'), 'a')).toBeNull();
    expect(changeOf(field(partition, 'ratio'), ' ')).toBeNull();
  });

  it('has values of the right type', () => {
    expect(changeOf(field(made, 'workers'), 'auto')).toMatchObject({ value: 'auto' });
    expect(changeOf(field(made, 'workers'), '12')).toMatchObject({ value: 12 });
    expect(changeOf(field(partition, 'header'), 'false')).toMatchObject({ value: false });
    expect(changeOf(field(partition, 'ratio'), '1e-3')).toMatchObject({ value: 0.001 });
    expect(changeOf(field(partition, 'columns'), ' a \n\nb')).toMatchObject({ value: ['a', 'b'] });
    expect(changeOf(field(partition, 'zip'), '[["a", "b"]]')).toMatchObject({
      value: { $toml: '[["a", "b"]]' }
    });
  });

  it('takes a key out when its text is emptied, unless it is needed', () => {
    expect(changeOf(field(partition, 'rows'), '')).toEqual({
      key: ['partition', 'rows'],
      remove: true
    });
    expect(changeOf(field(made, 'name'), '')).toEqual({ key: ['name'], value: '' });
  });

  it('says what cannot be taken', () => {
    expect(changeOf(field(partition, 'rows'), '1.5')).toBe('no-integer');
    expect(changeOf(field(partition, 'ratio'), 'many')).toBe('no-number');
  });
});

describe('TOML', () => {
  it('is written as it could stand in the file', () => {
    expect(tomlText({ a: [1, 'x"y', true], 'b c': { $toml: '2020-01-01' }, d: {} })).toBe(
      '{ a = [1, "x\\"y", true], "b c" = 2020-01-01, d = {} }'
    );
    expect(tomlText('\x7f')).toBe('"\\u007f"');
  });

  it('has names that are read as they are written', () => {
    expect(keyText(['a', 'b c', 'd.e'])).toBe('a."b c"."d.e"');
    expect(keyNames('a."b c"."d.e"[2].f')).toEqual(['a', 'b c', 'd.e', '2', 'f']);
  });
});
