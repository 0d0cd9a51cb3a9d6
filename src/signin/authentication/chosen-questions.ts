import { answersNeeded, questionsOf } from '../../factors/security-answers.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Machine } from './authentication-services.ts';

/** Chooses the security questions that a user is asked: by chance, as many as the domain's settings say. @returns their ids */
export async function chooseQuestions(
  { services, context }: Machine,
  user: StoredResource,
): Promise<readonly string[]> {
  const { store, ids } = services;
  const left = questionsOf(user.data).map(({ id }) => id);
  const needed = Math.min(await answersNeeded({ store, domain: context.domain }), left.length);
  const chosen: string[] = [];
  while (chosen.length < needed) chosen.push(...left.splice(ids.bytes(4).readUInt32BE() % left.length, 1));
  return chosen;
}
