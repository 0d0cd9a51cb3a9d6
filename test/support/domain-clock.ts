import type { JsonObject } from '../../src/scim/json.ts';
import type { Answer, TestDomain } from './emulator.ts';

/** Stops a domain's clock. @returns the time, in seconds */
export async function freezeClock(domain: TestDomain): Promise<number> {
  const { body } = await control(domain, 'freeze', {});
  return Math.floor(Date.parse(body.now) / 1000);
}

/** Moves a domain's clock on. */
export async function advanceClock(domain: TestDomain, seconds: number): Promise<void> {
  await control(domain, 'advance', { seconds });
}

async function control(domain: TestDomain, action: string, body: JsonObject): Promise<Answer> {
  const answer = await domain.send('POST', `/_emulator/clock/${action}`, { body, token: null });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer;
}
