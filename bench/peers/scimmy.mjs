// scimmy with its routers over a Map: what an in-memory SCIM server of npm costs.
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';

const users = new Map();
for (let n = 0; n < 1000; n++) {
  const id = String(n);
  users.set(id, {
    id,
    userName: `user${n}@bench.example.com`,
    active: true,
    displayName: `Given${n} Family`,
    name: { givenName: `Given${n}`, familyName: 'Family', formatted: `Given${n} Family` },
    emails: [{ value: `user${n}@bench.example.com`, type: 'work', primary: true }],
    meta: { created: new Date(), lastModified: new Date() },
  });
}
SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .ingress((_resource, instance) => instance)
  .egress((resource) => (resource.id ? users.get(resource.id) : [...users.values()]))
  .degress(() => {});
const app = express();
app.use('/scim', new SCIMMYRouters({ type: 'bearer', handler: () => 'bench' }));
const server = app.listen(0, '127.0.0.1', () => console.log(`peer at http://127.0.0.1:${server.address().port}`));
