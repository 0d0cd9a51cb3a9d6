import { silentLog } from '../src/log.ts';
import { openStore } from '../src/store/postgres-store.ts';
import { adminToken, newDomain, startEmulatorProcess } from './emulator-process.ts';
import { settled } from './measured-process.ts';
import { analyse, type BenchDatabase, bigGroup } from './operations.ts';
import type { Row } from './report.ts';
import { loadUsers } from './users.ts';

const MEMBERS = 50_000;
/** Users outside the group, and one to add. */
const OTHERS = 5_000;
const TIMES = 5;

/** An App granted to a group of 50,000: granting, revoking, and what members have by it. Milliseconds of whole requests, the median of five. */
export async function measureGrants(database: BenchDatabase): Promise<Row[]> {
  const emulator = await startEmulatorProcess({ DATABASE_URL: database.url });
  const store = await openStore({ connection: database.connection, log: silentLog });
  try {
    await settled(emulator);
    const url = await newDomain(emulator.url, 'grants');
    const { id: domainId } = (await store.domains.findByName('grants'))!;
    const ids = await loadUsers(store, domainId, MEMBERS + OTHERS);
    const group = await bigGroup(store, url, domainId, ids.slice(0, MEMBERS));
    await analyse(database.connection);
    const rows: Row[] = [];
    const timed = async (what: string, target: number, work: () => Promise<unknown>, before = async () => {}) => {
      const took: number[] = [];
      for (let time = 0; time < TIMES; time++) {
        await before();
        const started = performance.now();
        await work();
        took.push(performance.now() - started);
      }
      const median = took.sort((a, b) => a - b)[Math.floor(TIMES / 2)]!;
      rows.push({ what, value: `${median.toFixed(1)} ms`, target: `< ${target} ms`, met: median < target });
    };
    const headers = { authorization: `Bearer ${await adminToken(url)}`, 'content-type': 'application/json' };
    const send = async (method: string, path: string, body?: object): Promise<{ id: string; totalResults: number }> => {
      const answer = await fetch(`${url}/admin/v1/${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (answer.status === 204 ? {} : await answer.json()) as { id: string; totalResults: number };
    };
    const expect = async (filter: string, total: number, type = 'Grants', more = '') => {
      const { totalResults } = await send('GET', `${type}?filter=${encodeURIComponent(filter)}${more}`);
      if (totalResults !== total) throw new Error(`${filter}: ${totalResults} instead of ${total}`);
    };
    const urn = 'urn:ietf:params:scim:schemas:oracle:idcs:';
    const app = await send('POST', 'Apps', {
      schemas: [`${urn}App`],
      displayName: 'For 50,000',
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      active: true,
    });
    const grant = {
      schemas: [`${urn}Grant`],
      grantee: { type: 'Group', value: group },
      app: { value: app.id },
      grantMechanism: 'ADMINISTRATOR_TO_GROUP',
    };
    let made = '';
    const give = async () => {
      made = (await send('POST', 'Grants', grant)).id;
    };
    const take = async () => {
      await send('DELETE', `Grants/${made}`);
      made = '';
    };
    await timed(`grant to a group of ${MEMBERS.toLocaleString('en')}`, 2000, give, async () => {
      if (made !== '') await take();
    });
    const someone = (n = Math.floor(Math.random() * MEMBERS)) => `"${ids[n]!}"`;
    await timed("one member's Grants", 50, () => expect(`grantee.value eq ${someone()}`, 1));
    await timed("one outsider's Grants", 50, () => expect(`grantee.value eq ${someone(MEMBERS + 1)}`, 0));
    await timed("one member's account", 50, () => expect(`owner.value eq ${someone()}`, 1, 'AccountMgmtInfos'));
    const ofApp = `app.value eq "${app.id}"`;
    await timed('who has the App by a group, first page', 1000, () =>
      expect(`${ofApp} and grantMechanism eq "GROUP_MEMBERSHIP"`, MEMBERS),
    );
    await timed('the same, a page at 40,000', 1000, () =>
      expect(`${ofApp} and grantMechanism eq "GROUP_MEMBERSHIP"`, MEMBERS, 'Grants', '&startIndex=40000&count=50'),
    );
    await timed('who has the App directly', 100, () =>
      expect(`${ofApp} and grantee.type eq "User" and grantMechanism ne "GROUP_MEMBERSHIP"`, 0),
    );
    await timed("the App's accounts, first page", 2000, () => expect(ofApp, MEMBERS, 'AccountMgmtInfos'));
    const patch = (operation: object) =>
      send('PATCH', `Groups/${group}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [operation],
      });
    let next = MEMBERS + 10;
    await timed('add a member to the group', 100, () =>
      patch({ op: 'add', path: 'members', value: [{ value: ids[next++]!, type: 'User' }] }),
    );
    await timed('revoke from the group', 2000, take, async () => {
      if (made === '') await give();
    });
    return rows;
  } finally {
    await store.close();
    await emulator.stop();
  }
}
