import { describe, expect, it } from 'vitest';
import { compileResourceType, elementOf } from '../../src/scim/compile.ts';
import type { ResourceTypeDefinition, ResourceTypeOverlay } from '../../src/scim/schema.ts';

const EXTENSION = 'urn:example:params:extension:2.0:Thing';
const definition: ResourceTypeDefinition = {
  name: 'Thing',
  endpoint: '/Things',
  schema: 'urn:example:params:core:2.0:Thing',
  kind: 'collection',
  operations: ['list', 'get'],
  attributes: [
    { name: 'id', type: 'string', mutability: 'readOnly', returned: 'always', idcsSearchable: true },
    { name: 'meta', type: 'complex', subAttributes: [{ name: 'created', type: 'dateTime', idcsSearchable: true }] },
    { name: 'domainOcid', type: 'string' },
    { name: 'title', type: 'string' },
    { name: 'secret', type: 'string', mutability: 'writeOnly', returned: 'never' },
    { name: 'colours', type: 'string', multiValued: true, caseExact: true, idcsSearchable: true },
    {
      name: 'parts',
      type: 'complex',
      multiValued: true,
      idcsCompositeKey: ['value'],
      subAttributes: [
        { name: 'value', type: 'string', idcsSearchable: true },
        { name: '$ref', type: 'reference' },
        {
          name: 'maker',
          type: 'complex',
          subAttributes: [{ name: 'town', type: 'complex', subAttributes: [{ name: 'code', type: 'integer' }] }],
        },
      ],
    },
  ],
  extensions: { [EXTENSION]: [{ name: 'state', type: 'complex', subAttributes: [{ name: 'on', type: 'boolean' }] }] },
};

const compile = (overlay: ResourceTypeOverlay = {}) => compileResourceType(definition, overlay);

describe('compileResourceType', () => {
  it('fills in the defaults of RFC 7643 §2.2', () => {
    expect(compile().core('title')).toMatchObject({
      multiValued: false,
      required: false,
      mutability: 'readWrite',
      returned: 'default',
      caseExact: false,
      uniqueness: 'none',
      searchable: false,
      storage: 'data',
      path: 'title',
      extension: null,
      parent: null,
    });
  });

  it.each([
    ['TITLE', 'title'],
    ['parts.VALUE', 'parts.value'],
    ['parts.$REF', 'parts.$ref'],
    ['parts.maker.town.code', 'parts.maker.town.code'],
    ['URN:example:params:core:2.0:thing:Parts.Value', 'parts.value'],
    [`${EXTENSION}:state`, `${EXTENSION}:state`],
    [`${EXTENSION.toUpperCase()}:STATE.ON`, `${EXTENSION}:state.on`],
  ])('resolves %s in any case', (path, canonical) => {
    expect(compile().resolve(path)?.path).toBe(canonical);
  });

  it.each([
    '',
    'nothing',
    'title.x',
    'state',
    EXTENSION,
    `${EXTENSION}:`,
    '__proto__',
    'constructor',
    'parts.',
    '.title',
    'parts..value',
  ])('resolves %j to nothing', (path) => {
    expect(compile().resolve(path)).toBeUndefined();
  });

  it('finds attributes by name within the core, an extension and a complex attribute', () => {
    const type = compile();
    expect(type.core('Title')?.path).toBe('title');
    expect(type.core('toString')).toBeUndefined();
    expect(type.extension(EXTENSION.toUpperCase())?.urn).toBe(EXTENSION);
    expect(type.extension(EXTENSION)?.get('STATE')?.extension).toBe(EXTENSION);
    expect(type.extension('urn:other')).toBeUndefined();
    expect(type.core('parts')?.sub('VALUE')?.parent).toBe(type.core('parts'));
    expect(type.attributes.map((attribute) => attribute.path)).toEqual([
      ...definition.attributes.map((attribute) => attribute.name),
      `${EXTENSION}:state`,
    ]);
  });

  it('decides where each value is kept', () => {
    const type = compile({ edges: { parts: { kind: 'part', end: 'source' } }, computed: [`${EXTENSION}:state`] });
    const storage = (path: string) => type.resolve(path)?.storage;
    expect(storage('id')).toBe('row');
    expect(storage('meta.created')).toBe('row');
    expect(storage('domainOcid')).toBe('domain');
    expect(storage('title')).toBe('data');
    expect(storage('secret')).toBe('transient');
    expect(storage('parts')).toBe('edge');
    expect(storage('parts.value')).toBe('edge');
    expect(storage('parts.$ref')).toBe('computed');
    expect(storage(`${EXTENSION}:state.on`)).toBe('computed');
    expect(type.core('parts')?.edge).toEqual({ kind: 'part', end: 'source' });
  });

  it('calls a complex attribute searchable when a part of it is', () => {
    expect(compile().core('parts')?.searchable).toBe(true);
    expect(compile().resolve('parts.maker')?.searchable).toBe(false);
  });

  it('applies the corrections of the overlay, without their reasons', () => {
    const type = compile({ attributes: { title: { returned: 'request', because: 'a printed answer' } } });
    expect(type.core('title')?.returned).toBe('request');
    expect(type.core('title')?.definition).not.toHaveProperty('because');
  });

  it('adds the extensions of the overlay to those of the definition', () => {
    const urn = 'urn:ietf:params:scim:schemas:idcs-emulator:extension:test:Thing';
    const before = compile();
    const type = compile({
      extensions: { [urn]: [{ name: 'ours', type: 'boolean', returned: 'request' }] },
      unlistedExtensions: [urn],
    });
    expect(type.extensions).toEqual([...before.extensions, urn]);
    expect(type.resolve(`${urn}:ours`)).toMatchObject({ type: 'boolean', returned: 'request', extension: urn });
  });

  it.each<[string, ResourceTypeOverlay]>([
    ['a column', { columns: { name: 'nothing' } }],
    ['an edge', { edges: { Parts: { kind: 'part', end: 'source' } } }],
    ['a computed attribute', { computed: ['parts.nothing'] }],
    ['a default', { defaults: { nothing: 1 } }],
    ['a correction', { attributes: { nothing: { required: true } } }],
    ['an extension', { unlistedExtensions: ['urn:nothing'] }],
  ])('refuses an overlay that misspells %s', (_, overlay) => {
    expect(() => compile(overlay)).toThrow(/overlay of Thing/);
  });
});

describe('elementOf', () => {
  it('is one value of a simple multi-valued attribute, always the same object', () => {
    const colours = compile().core('colours')!;
    const element = elementOf(colours);
    expect(element).toMatchObject({
      name: 'value',
      multiValued: false,
      caseExact: true,
      type: 'string',
      parent: colours,
    });
    expect(elementOf(colours)).toBe(element);
    expect(colours.sub('value')).toBeUndefined();
  });
});
