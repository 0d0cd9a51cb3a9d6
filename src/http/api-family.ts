import type { ScimError } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import { scimErrorBody } from './scim-errors.ts';

/** The APIs of an identity domain differ in how they print an error; the path decides. */
export interface ApiFamily {
  readonly name: 'scim' | 'oauth' | 'signin' | 'control';
  errorBody(error: ScimError): JsonObject;
  readonly contentType: string;
}

const scim: ApiFamily = { name: 'scim', errorBody: scimErrorBody, contentType: 'application/json' };

const oauth: ApiFamily = {
  name: 'oauth',
  errorBody: (error) => ({ error: oauthCode(error.status), error_description: error.message }),
  contentType: 'application/json;charset=UTF-8',
};

/** IDCS: shapes.md §9: status "failed" and a list of causes. */
const signin: ApiFamily = {
  name: 'signin',
  errorBody: (error) => ({
    status: 'failed',
    cause: [{ message: error.message, code: signInCode(error) }],
  }),
  contentType: 'application/json;charset=utf-8',
};

/** IDCS: errors.tsv: AUTH-1121 for a body that can't be read, AUTH-1034 for one who may not, AUTH-1112 for the rest. */
function signInCode({ messageId, status }: ScimError): string {
  if (messageId?.startsWith('AUTH-')) return messageId;
  return status === 400 ? 'AUTH-1121' : status === 401 ? 'AUTH-1034' : 'AUTH-1112';
}

const control: ApiFamily = {
  name: 'control',
  errorBody: (error) => ({ error: controlCode(error.status), detail: error.message }),
  contentType: 'application/json',
};

/** @param path the routed path, without a domain's prefix */
export function familyOf(path: string): ApiFamily {
  if (path.startsWith('/_emulator')) return control;
  if (path.startsWith('/oauth2/')) return oauth;
  if (path.startsWith('/sso/') || path.startsWith('/mfa/')) return signin;
  return scim;
}

function oauthCode(status: number): string {
  if (status === 501) return 'unsupported_operation';
  if (status === 503) return 'temporarily_unavailable';
  if (status === 401) return 'invalid_client';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

function controlCode(status: number): string {
  const codes = new Map([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'conflict'],
    [501, 'not_implemented'],
    [503, 'unavailable'],
  ]);
  return codes.get(status) ?? (status >= 500 ? 'internal_error' : 'bad_request');
}
