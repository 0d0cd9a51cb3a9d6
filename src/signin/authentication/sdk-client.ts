import type { FastifyRequest } from 'fastify';
import type { SignInContext } from '../sign-in-services.ts';
import type { AuthenticationClient, AuthenticationServices } from './authentication-services.ts';
import type { FinishedSignIn } from './finish.ts';

/** What an authnToken says. */
export interface ReadAuthnToken extends Omit<FinishedSignIn, 'trustToken' | 'kmsiToken'> {
  /** Names the token. */
  readonly jti: string;
}

/** What the routes of the Authentication API need; tokens and clients are OAuth's. */
export interface SdkServices extends AuthenticationServices {
  contextOf(request: FastifyRequest): SignInContext;
  /**
   * The client that makes a request.
   * @param token an access token that came elsewhere than in the Authorization header; null: it is there
   * @throws RequestRefused 401 for a token without the right to sign users in
   */
  clientOf(request: FastifyRequest, token: string | null): Promise<AuthenticationClient>;
  /** Signs the token that a sign-in ends with. */
  authnToken(context: SignInContext, client: AuthenticationClient, finished: FinishedSignIn): Promise<string>;
  /** Reads such a token; null when it is none of the domain, has expired, or its session has ended. */
  readAuthnToken(context: SignInContext, token: string): Promise<ReadAuthnToken | null>;
}
