/** A start tag, as a browser would read it. */
export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const RAW = /<(style|script)>[\s\S]*?<\/\1>/g;

/**
 * Reads the tags of a page strictly, by HTML's rules for well-formed markup (attributes in double quotes or alone).
 * @throws Error for anything that a browser would have to guess at
 */
export function tagsOf(html: string): Tag[] {
  const tags: Tag[] = [];
  const markup = html.replace(RAW, '<$1></$1>');
  for (const [whole] of markup.matchAll(/<[^>]*>?/g)) {
    if (whole === '<!doctype html>' || /^<\/[a-z0-9]+>$/.test(whole)) continue;
    const match = /^<([a-z][a-z0-9]*)((?: [A-Za-z-]+(?:="[^"<>]*")?)*)\/?>$/.exec(whole);
    if (match === null) throw new Error(`not a tag of ours: ${whole}`);
    const attributes = [...(match[2] as string).matchAll(/ ([A-Za-z-]+)(?:="([^"]*)")?/g)];
    tags.push({
      name: match[1] as string,
      attributes: new Map(attributes.map(([, name, value]) => [name as string, unescaped(value ?? '')])),
    });
  }
  return tags;
}

/** The names of tags with those of their attributes: what stays the same whatever the values are. */
export function skeletonOf(html: string): string[] {
  return tagsOf(html).map(({ name, attributes }) => [name, ...attributes.keys()].join(' '));
}

export function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
