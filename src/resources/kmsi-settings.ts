import { singletonBehaviour } from './singleton.ts';

/** KmsiSettings: whether users may stay signed in on a device, and for how long. */
export const kmsiSettingsBehaviour = singletonBehaviour('KmsiSettings', async (context, before, draft) => {
  const { data, transient } = draft;
  // IDCS: flows.md G8 calls the switch kmsiEnabled, the schema reference kmsiFeatureEnabled; that they are one is inferred.
  const enabled = transient.get('kmsiEnabled');
  if (typeof enabled === 'boolean') data['kmsiFeatureEnabled'] = enabled;
  // Inferred from the name: when the feature was last turned on.
  if (data['kmsiFeatureEnabled'] === true && before.data['kmsiFeatureEnabled'] !== true) {
    data['lastEnabledOn'] = new Date(context.clock.now()).toISOString();
  } else if (data['lastEnabledOn'] === undefined && before.data['lastEnabledOn'] !== undefined) {
    data['lastEnabledOn'] = before.data['lastEnabledOn'];
  }
});
