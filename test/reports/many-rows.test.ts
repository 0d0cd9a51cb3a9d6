import { afterAll, expect, test } from 'vitest';
import { recordEvents } from '../../src/audit/record-event.ts';
import { answerReports } from '../../src/reports/report-answer.ts';
import { readReportRequest } from '../../src/reports/report-request.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { fileContent } from '../../src/storage/file-writer.ts';
import { closeTestStore, testContext } from '../support/context.ts';

afterAll(closeTestStore);

const MANY = 1_234;
const FACTS = { ecid: 'e', rid: '0', clientIp: '127.0.0.1', localIp: null, userAgent: null, host: null };

test.each([undefined, 'actorName'])('an answer has 1,000 rows, a file all, sorted by %s', async (sortBy) => {
  const context = { ...(await testContext()), request: FACTS };
  const events = Array.from({ length: MANY }, (_, at) => ({
    eventId: 'sso.authentication.failure',
    values: { message: `Attempt ${at}`, timestamp: new Date(context.clock.now() + at).toISOString() },
  }));
  await recordEvents(context, null, events);
  const report = (outputFormat: string): JsonObject => ({
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Report'],
    outputFormat,
    reports: [
      {
        name: 'suspiciousEvents',
        type: 'detail',
        attributesToGet: 'message',
        ...(sortBy === undefined ? {} : { sortBy }),
      },
    ],
  });

  const [shown] = await answerReports(context, readReportRequest(report('json')));
  expect(shown!['totalResults']).toBe(MANY);
  expect(shown!['Resources']).toHaveLength(1_000);

  const [filed] = await answerReports(context, readReportRequest(report('csv')));
  const file = await context.store.files.find(context.domain.id, String(filed!['fileName']));
  let text = '';
  for await (const part of fileContent(context, file!)) text += part.toString();
  const lines = text.trim().split('\n');
  expect([lines[0], lines.length, new Set(lines).size]).toEqual(['message', MANY + 1, MANY + 1]);
});
