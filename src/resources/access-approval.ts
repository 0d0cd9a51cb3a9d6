import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { type ApprovalType, countAnswer, expireRequests } from './access-request-state.ts';
import { equals } from './app-parts.ts';
import type { Behaviour } from './behaviour.ts';

/*
 * An approver's side of a request: one row for each approver who is asked. It is pending until it is answered, and completed from
 * then on; the two types are two views of the same rows.
 */

const ANSWERS: ReadonlySet<unknown> = new Set(['APPROVED', 'REJECTED']);

/** MyPendingApproval: a PATCH of `status` with a `justification` answers it. */
export const myPendingApprovalBehaviour: Behaviour = {
  type: 'MyPendingApproval',

  async rows(context) {
    await expireRequests(context);
    return pending();
  },

  async prepareUpdate(context, before, draft) {
    const { data, transient } = draft;
    if (!ANSWERS.has(data['status'])) throw badRequest('MyPendingApproval.status must be APPROVED or REJECTED.');
    data['responseTime'] = new Date(context.clock.now()).toISOString();
    const justification = transient.get('justification');
    draft.secret = { ...before.secret, justification: typeof justification === 'string' ? justification : null };
  },

  async afterWrite(context, session, { kind, resource, draft }) {
    if (kind !== 'update') return;
    const { order, approvalType, justification } = draft?.secret ?? {};
    const counted = await countAnswer(context, session, String(resource.data['requestId']), {
      approver: context.caller,
      approved: resource.data['status'] === 'APPROVED',
      justification: typeof justification === 'string' ? justification : null,
      order: Number(order),
      approvalType: approvalType as ApprovalType,
    });
    if (!counted) throw new ScimError(409, 'The request has been answered, canceled or has expired meanwhile.');
  },
};

/** MyCompletedApproval */
export const myCompletedApprovalBehaviour: Behaviour = {
  type: 'MyCompletedApproval',
  async rows(context) {
    await expireRequests(context);
    return { op: 'not', filter: pending() };
  },
};

function pending(): Filter {
  return equals(resourceType('MyPendingApproval').name, 'status', 'PENDING');
}
