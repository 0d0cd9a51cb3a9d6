import type { Behaviour } from './behaviour.ts';

/** AppStatusChanger: a PUT that switches an App on or off, under the rules of an App's own PATCH (flows.md B2). */
export const appStatusChangerBehaviour: Behaviour = {
  type: 'AppStatusChanger',
  actions: {
    patches: {
      type: 'App',
      operations: ({ data }) => [{ op: 'replace', path: 'active', value: data['active'] === true }],
      answer: ({ id, ocid, active }) => ({ id: id!, ...(ocid === undefined ? {} : { ocid }), active: active === true }),
    },
  },
};
