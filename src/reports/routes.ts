import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actionAnswer } from '../resources/pipeline/action.ts';
import type { ResourceResponse } from '../resources/pipeline/response.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { AccessForm } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { answerReports } from './report-answer.ts';
import { readReportRequest } from './report-request.ts';

/** What the route needs. */
export interface ReportServices {
  /**
   * Who asks, once they may.
   * @throws ScimError 401
   */
  readonly contextOf: (request: FastifyRequest, endpoint: string, form: AccessForm) => Promise<RequestContext>;
  readonly answer: (reply: FastifyReply, response: ResourceResponse) => FastifyReply;
}

/** `/report/v1/Reports`. */
export function registerReportRoutes(app: FastifyInstance, { contextOf, answer }: ReportServices): void {
  app.post('/report/v1/Reports', async (request, reply) => {
    // IDCS: approles.json has the endpoint among those below /admin/v1.
    const context = await contextOf(request, 'Reports', 'create');
    const body = request.body as JsonObject | undefined;
    if (!isObject(body)) throw badRequest('The request body must be a JSON object.');
    const asked = readReportRequest(body);
    const data = { outputFormat: asked.outputFormat, reports: await answerReports(context, asked) };
    return answer(reply, actionAnswer(context, resourceType('Report'), { status: 201, locationKey: null, data }));
  });
}
