import type { SdkOperation, Verb } from './operations.ts';

const VERBS: readonly Verb[] = ['list', 'search', 'create', 'get', 'put', 'patch', 'delete'];

/** A Markdown table, a line an endpoint, of the status that each operation answered; 501 stands out. */
export function operationTable(operations: readonly SdkOperation[], statuses: ReadonlyMap<string, number>): string {
  const endpoints = [...new Set(operations.map(({ endpoint }) => endpoint))].sort();
  const lines = endpoints.map((endpoint) => {
    const cells = VERBS.map((verb) => {
      const operation = operations.find((each) => each.endpoint === endpoint && each.verb === verb);
      if (operation === undefined) return '';
      const status = statuses.get(operation.name);
      return status === 501 ? '**501**' : String(status);
    });
    return `| ${endpoint} | ${cells.join(' | ')} |`;
  });
  return [`| endpoint | ${VERBS.join(' | ')} |`, `| --- |${' --- |'.repeat(VERBS.length)}`, ...lines, ''].join('\n');
}
