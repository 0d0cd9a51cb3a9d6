/** Hashes passwords with argon2id (19 MiB, t=2, p=1), at most cores-1 at once so that token signatures keep their threads. */
export interface PasswordHasher {
  /** @returns a PHC string `$argon2id$…` */
  hash(password: string): Promise<string>;
  /** False for a wrong password and for a null hash, in the same time. */
  verify(hash: string | null, password: string): Promise<boolean>;
}
