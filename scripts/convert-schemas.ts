/*
 * Converts the reference's schema data into src/schemas: one file a resource type, and known-endpoints.json.
 *
 *   npm run schemas:convert -- <reference directory> [--all | Type ...]
 *
 * Without a list of types it writes those that it has written before. The reference is needed only here, never to build or to run.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resourceTypeNames } from '../src/schemas/registry.ts';
import type { AttributeDefinition, ResourceTypeDefinition } from '../src/scim/schema.ts';
import { toLines } from './json-lines.ts';
import { collectEndpoints, type ReferenceType } from './known-endpoints.ts';

const GENERATED_BY = 'scripts/convert-schemas.ts: do not edit, correct facts in overlays/';
/** Facts about where a fact was found, of no use to the emulator. */
const PROVENANCE = new Set(['lengthEvidence', 'evidenceFrom', 'nameEvidence', 'nameAlternatives', 'note', 'common']);

const target = fileURLToPath(new URL('../src/schemas/', import.meta.url));

function main(): void {
  const [directory, ...wanted] = process.argv.slice(2);
  if (directory === undefined) {
    console.error('usage: npm run schemas:convert -- <reference directory> [--all | Type ...]');
    process.exit(2);
  }
  const types = readReference(directory);
  const names =
    wanted.length === 0
      ? resourceTypeNames().filter((name) => types.has(name))
      : wanted.includes('--all')
        ? [...types.keys()]
        : wanted;
  mkdirSync(target, { recursive: true });
  for (const name of names) {
    const source = types.get(name);
    if (source === undefined) {
      console.error(`no type ${name} in ${directory}`);
      process.exit(1);
    }
    writeFileSync(join(target, `${name}.json`), toLines(convert(name, source)));
  }
  const endpoints = collectEndpoints(types, directory);
  writeFileSync(join(target, 'known-endpoints.json'), toLines({ generatedBy: GENERATED_BY, endpoints }));
  console.log(`${names.length} types, ${endpoints.length} endpoints`);
}

function readReference(directory: string): Map<string, ReferenceType> {
  const types = new Map<string, ReferenceType>();
  for (const file of ['schemas.json', 'schemas-extra.json', 'password-authenticator.json']) {
    const content = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Record<string, ReferenceType>;
    for (const [name, type] of Object.entries(content)) types.set(name, type);
  }
  return types;
}

function convert(name: string, source: ReferenceType): ResourceTypeDefinition & { generatedBy: string } {
  return {
    generatedBy: GENERATED_BY,
    name,
    endpoint: source.endpoint,
    ...(source.base === undefined ? {} : { base: source.base }),
    schema: source.schema,
    kind: kindOf(name, source),
    operations: source.operations,
    ...(source.operationsInferred === undefined ? {} : { operationsInferred: source.operationsInferred }),
    ...(source.forceDelete === undefined ? {} : { forceDelete: source.forceDelete }),
    attributes: source.attributes.map(cleanAttribute),
    ...(Object.keys(source.extensions ?? {}).length === 0
      ? {}
      : {
          extensions: Object.fromEntries(
            Object.entries(source.extensions ?? {}).map(([urn, list]) => [urn, list.map(cleanAttribute)]),
          ),
        }),
  };
}

/** The reference files every settings type under `collection`; it has one member whose id is the type's name. */
function kindOf(name: string, source: ReferenceType): ResourceTypeDefinition['kind'] {
  const cannotGrow = !source.operations.includes('create') && !source.operations.includes('delete');
  if (cannotGrow && (name.endsWith('Settings') || name === 'OAuthConfig')) return 'singleton';
  if (source.kind.startsWith('action (')) return 'action';
  return source.kind as ResourceTypeDefinition['kind'];
}

function cleanAttribute(attribute: AttributeDefinition): AttributeDefinition {
  const facts = Object.entries(attribute).filter(([key]) => !PROVENANCE.has(key) && key !== 'subAttributes');
  const { name, type } = attribute;
  if (attribute.subAttributes === undefined) return { name, type, ...Object.fromEntries(facts) };
  return { name, type, ...Object.fromEntries(facts), subAttributes: attribute.subAttributes.map(cleanAttribute) };
}

main();
