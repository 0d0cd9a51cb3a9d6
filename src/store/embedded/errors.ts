/** Why the private PostgreSQL cannot run; the message is one line meant for the person who starts the emulator. */
export class PrivatePostgresError extends Error {
  override readonly name = 'PrivatePostgresError';
  /**
   * `platform`: no binaries for this machine; `user`: no user to run it as; `directory`: the data directory cannot be
   * used; `version`: it belongs to another PostgreSQL major; `busy`: another server has it; `start`: the server failed.
   */
  readonly code: 'platform' | 'user' | 'directory' | 'version' | 'busy' | 'start';

  constructor(code: PrivatePostgresError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The system's code of a failed call (`ENOENT`), or null for any other error. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
