/** Schemes whose addresses are programs, files or whole pages, not places to go to. */
const PROGRAMS = new Set(['javascript', 'data', 'vbscript', 'blob', 'file', 'filesystem', 'about', 'view-source']);

/**
 * Whether a browser that goes to an address would run it, or open a file. No App may have such an address, whatever schemes it
 * may have otherwise. That the real service refuses them too is inferred.
 */
export function isProgramAddress(address: string): boolean {
  // Browsers drop control characters and spaces before a scheme, and tabs and line breaks inside.
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address.replace(/^[\0- ]+|[\t\n\r]/g, ''))?.[1];
  return scheme !== undefined && PROGRAMS.has(scheme.toLowerCase());
}
