import type { FastifyInstance } from 'fastify';
import type { OAuthServices } from './token/token-request.ts';

/** Not built yet. */
export function registerDevice(_app: FastifyInstance, _services: OAuthServices): void {}
