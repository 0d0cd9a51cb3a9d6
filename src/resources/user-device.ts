import { isObject } from '../scim/json.ts';
import type { Behaviour } from './behaviour.ts';
import { refuseStrongerUser } from './stronger-principals.ts';

/** UserDevice: the browsers that users sign in with (src/signin/device-baseline.ts), for administrators to look at and forget. */
export const userDeviceBehaviour: Behaviour = {
  type: 'UserDevice',
  async beforeDelete(context, _session, { data }) {
    const { owner } = data;
    await refuseStrongerUser(context, isObject(owner) ? String(owner['value']) : '');
  },
};
