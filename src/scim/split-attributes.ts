/**
 * Splits the `attributes` parameter at its commas, except those inside brackets or quoted text:
 * `userName,members[value eq "a,b"].display` is two paths. Blanks around a path and empty entries go.
 */
export function splitAttributes(text: string): string[] {
  const paths: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  const take = (end: number) => {
    const path = text.slice(start, end).trim();
    if (path !== '') paths.push(path);
    start = end + 1;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '[') depth += 1;
    else if (character === ']') depth -= 1;
    else if (character === ',' && depth <= 0) take(at);
  }
  take(text.length);
  return paths;
}
