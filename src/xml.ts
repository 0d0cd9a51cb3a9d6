/** An element, without the parser's own types: what an assertion is read from. */
export interface XmlElement {
  /** Local name. */
  readonly name: string;
  readonly namespace: string | null;
  /** By qualified name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text inside, without comments and processing instructions. */
  readonly text: string;
  /** The parser's node, for the signature library. */
  readonly node: unknown;
}

/** Elements inside elements; assertions need less than ten. */
const DEEPEST = 50;

/**
 * Parses a document, strictly: what the parser warns of, a DOCTYPE and nesting without end are refused.
 * The parser is loaded with the first document: most runs never see one.
 * @returns its root element; null when it is not well-formed
 */
export async function parseXml(xml: string): Promise<XmlElement | null> {
  // Entities could make a little text large, or read files. The word stands in no well-formed assertion for another reason.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) return null;
  const { DOMParser } = await import('@xmldom/xmldom');
  const refuse = (message: unknown) => {
    throw new Error(String(message));
  };
  try {
    const parser = new DOMParser({ errorHandler: { warning: refuse, error: refuse, fatalError: refuse } });
    const root = parser.parseFromString(xml, 'text/xml').documentElement;
    return root === null ? null : elementOf(root as unknown as DomNode, 0);
  } catch {
    return null;
  }
}

/** Child elements by local name, in the namespace of the parent. */
export function childrenOf(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((child) => child.name === name && child.namespace === parent.namespace);
}

/** The part of the DOM that is used. */
interface DomNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly nodeValue: string | null;
  readonly localName: string;
  readonly namespaceURI: string | null;
  readonly attributes: ArrayLike<DomNode>;
  readonly childNodes: ArrayLike<DomNode>;
}

const ELEMENT = 1;
const TEXT = 3;
const CDATA = 4;

function elementOf(node: DomNode, depth: number): XmlElement {
  if (depth > DEEPEST) throw new Error('too deep');
  const children: XmlElement[] = [];
  let text = '';
  for (const child of Array.from(node.childNodes)) {
    if (child.nodeType === TEXT || child.nodeType === CDATA) text += child.nodeValue ?? '';
    if (child.nodeType !== ELEMENT) continue;
    const element = elementOf(child, depth + 1);
    children.push(element);
    text += element.text;
  }
  return {
    name: node.localName,
    namespace: node.namespaceURI,
    attributes: new Map(Array.from(node.attributes, (each) => [each.nodeName, each.nodeValue ?? ''])),
    children,
    text,
    node,
  };
}
