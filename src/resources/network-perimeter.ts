import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { quote } from '../scim/validation-errors.ts';
import type { Behaviour } from './behaviour.ts';
import { BadIpRange, type IpRange, parseIpRange } from './ip-range.ts';
import { refusePerimeterInConditions } from './perimeter-use.ts';
import { movePolicies } from './policy-epoch.ts';

/** NetworkPerimeter: the addresses that Conditions and Apps call by one name. */
export const networkPerimeterBehaviour: Behaviour = {
  type: 'NetworkPerimeter',

  async prepareCreate(_context, { data }) {
    settleAddresses(data);
  },

  async prepareUpdate(_context, _before, { data }) {
    settleAddresses(data);
  },

  async beforeDelete(context, session, perimeter, force) {
    // A Condition names it inside a text, which can't be taken out: with `force` it stays, and no address is in what is gone.
    if (!force) await refusePerimeterInConditions(context, session, perimeter);
  },

  afterWrite: movePolicies,
};

/** Type and version follow from the value; what is written beside it must agree. That they are filled in is inferred. */
function settleAddresses({ ipAddresses }: JsonObject): void {
  for (const address of Array.isArray(ipAddresses) ? ipAddresses.filter(isObject) : []) {
    const range = read(String(address['value']));
    agree(address, 'type', range);
    agree(address, 'version', range);
  }
}

function agree(address: JsonObject, name: 'type' | 'version', range: IpRange): void {
  address[name] ??= range[name];
  const written = address[name];
  if (written === range[name]) return;
  throw badRequest(
    `NetworkPerimeter.ipAddresses.${name} is ${String(written)}, and ${quote(String(address['value']))} is ${range[name]}.`,
  );
}

function read(value: string): IpRange {
  try {
    return parseIpRange(value);
  } catch (error) {
    if (!(error instanceof BadIpRange)) throw error;
    throw badRequest(`NetworkPerimeter.ipAddresses.value ${error.message}: ${quote(value)}.`);
  }
}
