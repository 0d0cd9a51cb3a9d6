import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, inject } from 'vitest';
import type { Domain } from './domain.ts';

/** Debian's Chromium; on Ubuntu, whose package is none, Chrome. */
const CHROMIUM = existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : '/usr/bin/google-chrome';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const open = new Set<BrowserContext>();
afterAll(async () => {
  await Promise.all([...open].map((context) => context.close()));
});

/** A page in a new Chromium with a profile of its own, closed after the file's last test. */
export async function newPage(): Promise<Page> {
  const profile = await mkdtemp(join(inject('directory'), 'chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    // Certificates of the emulator's own CA.
    ignoreHTTPSErrors: true,
  });
  context.setDefaultTimeout(20_000);
  open.add(context);
  return context.pages()[0] ?? context.newPage();
}

/** Fills in the domain's sign-in page as its user, and allows what is asked, until the browser is back at `destination`. */
export async function signIn(page: Page, domain: Domain, destination: string): Promise<void> {
  await page.locator('input[name=username]').fill(domain.userName);
  await page.locator('input[name=password]').fill(domain.password);
  await page.locator('input[name=password]').press('Enter');
  await arrive(page, destination);
}

/** Waits until the browser is at an address that begins so, and allows what a consent page asks on the way. */
export async function arrive(page: Page, destination: string): Promise<void> {
  const there = page.waitForURL((url) => url.href.startsWith(destination));
  const consent = page.locator('button[name=decision][value=allow]');
  try {
    await Promise.race([there, consent.waitFor().then(() => consent.click())]);
    await there;
  } catch (error) {
    const text = (await page.locator('body').innerText()).slice(0, 500);
    throw new Error(`the browser is at ${page.url()}: ${text}`, { cause: error });
  }
}
