import { newId } from '../ids.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { RequestContext } from './request-context.ts';

/*
 * The managed side of an enterprise App: how its accounts would be provisioned. It is shown as the real service shows it; nothing is
 * provisioned here. IDCS: names, types and values are those of the enterprise-application page's printed Apps; the help texts are ours.
 */

const MANAGED = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:managedapp:App';

type Property = readonly [
  name: string,
  displayName: string,
  icfType: string,
  required: boolean,
  value: string | null,
  help: string,
];

/** What can be set about an import of accounts from a flat file. */
const FLAT_FILE: readonly Property[] = [
  ['fieldDelimiter', 'Field Delimiter', 'String', true, ',', 'The character between two fields.'],
  ['subFieldDelimiter', 'Sub-Field Delimiter', 'String', false, null, 'The character between the parts of a field.'],
  ['uidAttribute', 'UID', 'String', true, 'ID', 'The column that identifies a record.'],
  ['nameAttribute', 'Name', 'String', true, 'NAME', "The column with a record's name for people."],
  ['statusAttribute', 'Status', 'String', false, 'ACTIVE', "The column with a record's status."],
  ['statusEnabledValue', 'Active', 'String', false, 'true', 'The status of an active record.'],
  ['statusDisabledValue', 'Inactive', 'String', false, 'false', 'The status of an inactive record.'],
  [
    'postProcessClassName',
    'Post-Process Task Class Name',
    'String',
    false,
    null,
    'The class that runs after an import.',
  ],
  ['progressCheckPoint', 'Progress Checkpoint', 'Integer', false, '100', 'After how many records progress is logged.'],
  [
    'parserClassName',
    'Parser Class Name',
    'String',
    false,
    'org.identityconnectors.flatfile.csv.CSVParser',
    'The class that reads the file.',
  ],
  ['customConfigParams', 'Custom Configuration Parameters', 'String', false, null, "The parser's own parameters."],
  [
    'preProcessClassName',
    'Pre-Process Task Class Name',
    'String',
    false,
    null,
    'The class that runs before an import.',
  ],
  ['flatFile', 'Flat File', 'File', true, null, 'The file to import.'],
  ['encoding', 'Encoding Format', 'String', false, 'UTF-8', "The file's character encoding."],
  ['commentCharacter', 'Comment Syntax', 'Character', false, null, 'The character that a comment begins with.'],
  [
    'multiValueDelimiter',
    'Multi-Value Field Delimiter',
    'String',
    false,
    null,
    'The character between values of a field.',
  ],
  [
    'textQualifier',
    'Special Text Character',
    'Character',
    false,
    null,
    'The character around text that is not divided.',
  ],
];

const HOST: Property = ['host', 'host', 'String', false, null, 'host'];

/** Gives a new enterprise App what it shows as a managed one; what the request says about it stays. */
export function fillManagedApp(context: RequestContext, data: JsonObject): void {
  const given = data[MANAGED];
  const account = newId(context.ids);
  data[MANAGED] = {
    connected: false,
    isAuthoritative: false,
    accountFormVisible: false,
    isThreeLeggedOAuthEnabled: false,
    connectorBundle: { value: 'NoOperationConnectorBundleId', wellKnownId: 'NoOperationConnectorBundleId' },
    bundleConfigurationProperties: [shown(HOST)],
    flatFileConnectorBundle: { value: 'FlatFileConnectorBundleId', wellKnownId: 'FlatFileConnectorBundleId' },
    flatFileBundleConfigurationProperties: FLAT_FILE.map(shown),
    objectClasses: [
      {
        value: account,
        type: 'AccountObjectClass',
        isAccountObjectClass: true,
        display: '__ACCOUNT__',
        resourceType: `ManagedApp${account}`,
      },
    ],
    ...(isObject(given) ? given : {}),
  };
}

function shown([name, displayName, icfType, required, value, helpMessage]: Property): JsonObject {
  const plain: JsonObject = { name, displayName, icfType, required, confidential: false, helpMessage };
  return value === null ? plain : { ...plain, value: [value] };
}

/** Attributes that refer to types of which this build has no resources, and whose definitions don't name them. */
const ELSEWHERE: readonly (readonly [attribute: string, endpoint: string])[] = [
  ['connectorBundle', 'ConnectorBundles'],
  ['flatFileConnectorBundle', 'ConnectorBundles'],
  ['objectClasses', 'AccountObjectClasses'],
];

/** Adds the `$ref`s of the managed side to an answer. */
export function addManagedAddresses(baseUrl: string, data: JsonObject): void {
  const managed = data[MANAGED];
  if (!isObject(managed)) return;
  for (const [attribute, endpoint] of ELSEWHERE) {
    for (const reference of [managed[attribute]].flat()) {
      if (isObject(reference)) reference['$ref'] = `${baseUrl}/admin/v1/${endpoint}/${String(reference['value'])}`;
    }
  }
}
