/** A line of a table. */
export interface Row {
  readonly what: string;
  readonly value: string;
  /** CPU of the server process per request, in microseconds. */
  readonly cpuUs?: number;
  /** Ratio to the floor measured in the same run. */
  readonly ratio?: number;
  readonly perSecond?: number;
  readonly p50?: number;
  readonly p99?: number;
  readonly target?: string;
  readonly met?: boolean;
}

/** A table in Markdown, for the terminal and for docs/performance.md. */
export function table(title: string, rows: readonly Row[]): string {
  const timed = rows.some((row) => row.cpuUs !== undefined);
  const head = timed
    ? ['what', 'CPU / request', 'to floor', 'requests/s', 'p50', 'p99', 'target', '']
    : ['what', 'measured', 'target', ''];
  const lines = rows.map((row) => {
    const verdict = row.met === undefined ? '' : row.met ? 'met' : 'missed';
    if (!timed) return [row.what, row.value, row.target ?? '', verdict];
    return [
      row.what,
      row.cpuUs === undefined ? row.value : `${row.cpuUs.toFixed(0)} µs`,
      row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}x`,
      row.perSecond?.toFixed(0) ?? '',
      row.p50 === undefined ? '' : `${row.p50.toFixed(1)} ms`,
      row.p99 === undefined ? '' : `${row.p99.toFixed(1)} ms`,
      row.target ?? '',
      verdict,
    ];
  });
  const format = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [`## ${title}`, '', format(head), format(head.map(() => '---')), ...lines.map(format), ''].join('\n');
}
