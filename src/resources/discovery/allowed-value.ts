import { ALLOWED_VALUE_NAMES, allowedValues } from '../../schemas/allowed-values.ts';
import type { Behaviour, ConstantResource } from '../behaviour.ts';

let constants: readonly ConstantResource[] | undefined;

/** AllowedValue: lists of values that attributes refer to. IDCS: the id is the attrName (schemas-extra.json). */
export const allowedValueBehaviour: Behaviour = {
  type: 'AllowedValue',
  constants() {
    constants ??= ALLOWED_VALUE_NAMES.map((name) => ({
      id: name,
      data: {
        attrName: name,
        attrValues: allowedValues(name)!.map(({ value, label }) => ({ value, label })),
        idcsPreventedOperations: ['replace', 'update', 'delete'],
      },
    }));
    return constants;
  },
};
