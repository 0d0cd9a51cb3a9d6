const { randomUUID } = require('node:crypto');

let url;

// A domain of this file's own, made over the control plane.
beforeAll(async () => {
  const response = await fetch(`${process.env.EMULATOR_URL}/_emulator/domains`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: randomUUID(),
      seed: {
        Users: [
          {
            userName: 'jdoe',
            name: { familyName: 'Doe' },
            emails: [{ value: 'jdoe@example.com', type: 'work', primary: true }],
          },
        ],
      },
    }),
  });
  ({ url } = await response.json());
});

afterAll(() => fetch(url.replace('/_domains/', '/_emulator/domains/'), { method: 'DELETE' }));

test('the seeded user is there', async () => {
  const basic = btoa('idcs-admin:idcs-emulator-secret');
  const answer = await fetch(`${url}/admin/v1/Users?filter=userName%20eq%20%22jdoe%22`, {
    headers: { authorization: `Basic ${basic}` },
  });
  expect(answer.status).toBe(200);
  expect((await answer.json()).totalResults).toBe(1);
});
