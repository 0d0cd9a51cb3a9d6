import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { MeasuredProcess } from './measured-process.ts';

/** One request of a load. */
export interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** The status that counts as success. */
  readonly expect: number;
}

/** What a run measured. */
export interface Measure {
  readonly requests: number;
  /** CPU time of the server process per request, in microseconds. */
  readonly cpuUs: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** An answer, as a journey needs it to go on. */
export interface Landed {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends one request of a journey. */
export type Fire = (shot: Shot) => Promise<Landed>;

/**
 * Sends `requests` shots over `connections` kept-alive connections and reads the server's CPU time before and after.
 * @throws Error with the answer when one has another status than expected
 */
export function measure(
  server: MeasuredProcess,
  shot: (n: number) => Shot,
  options: { requests: number; warmUp?: number; connections?: number },
): Promise<Measure> {
  return measureJourneys(server, async (fire, n) => void (await fire(shot(n))), options);
}

/** The same for journeys of several requests each, where one needs the answer to the one before. What is measured is a journey. */
export async function measureJourneys(
  server: MeasuredProcess,
  journey: (fire: Fire, n: number) => Promise<void>,
  options: { requests: number; warmUp?: number; connections?: number },
): Promise<Measure> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 8 });
  const url = new URL(server.url);
  const warmUp = options.warmUp ?? Math.min(300, options.requests);
  const go = (n: number) => journey((shot) => fire(agent, url, shot), n);
  await volley(go, 0, warmUp, options.connections ?? 8);
  const cpuBefore = await server.cpu();
  const started = performance.now();
  const times = await volley(go, warmUp, options.requests, options.connections ?? 8);
  const seconds = (performance.now() - started) / 1000;
  const cpu = (await server.cpu()) - cpuBefore;
  agent.destroy();
  times.sort((a, b) => a - b);
  return {
    requests: options.requests,
    cpuUs: cpu / options.requests,
    perSecond: options.requests / seconds,
    p50: times[Math.floor(times.length / 2)]!,
    p99: times[Math.floor(times.length * 0.99)]!,
  };
}

async function volley(
  go: (n: number) => Promise<void>,
  first: number,
  count: number,
  lanes: number,
): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const n = first + next++;
      const started = performance.now();
      await go(n);
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return times;
}

function fire(agent: Agent, url: URL, shot: Shot): Promise<Landed> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...shot.headers,
      ...(shot.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(shot.body)) }),
    };
    const sent = request(
      { agent, hostname: url.hostname, port: url.port, path: shot.path, method: shot.method, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          response.statusCode === shot.expect
            ? resolve({ headers: response.headers, text })
            : reject(new Error(`${shot.method} ${shot.path}: ${response.statusCode} ${text.slice(0, 300)}`)),
        );
      },
    );
    sent.on('error', reject);
    sent.end(shot.body);
  });
}
