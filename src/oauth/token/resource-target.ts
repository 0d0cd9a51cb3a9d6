/** What an access token is for when it is not for the domain's own APIs: a resource application, or a trust scope. */
export interface ResourceTarget {
  /** The `aud` claim: the primary audience, or a list that begins with it when there are secondary ones. */
  readonly audience: string | readonly string[];
  /** Bare scope values, without the audience. */
  readonly scopes: readonly string[];
  /** The resource application's App.id; null: a trust scope, which is for many. */
  readonly appId: string | null;
  /** App.accessTokenExpiry, in seconds; null: not set. */
  readonly accessTokenExpiry: number | null;
  /** App.refreshTokenExpiry, in seconds; null: not set. */
  readonly refreshTokenExpiry: number | null;
  /** App.allowOffline: its tokens may be refreshed. */
  readonly allowOffline: boolean;
}

/** A scope that the consent page shows. */
export interface ConsentScope {
  /** As the request names it. */
  readonly scope: string;
  /** The resource application's words for it; null: the page has its own (openid profile email ...). */
  readonly displayName: string | null;
  readonly description: string | null;
}
