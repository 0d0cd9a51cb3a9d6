// Jest's globalSetup: one emulator for the whole run. It runs as an ES module, which test files of Jest need not be.
import { startEmulator } from 'idcs-emulator';

export default async function () {
  globalThis.emulator = await startEmulator({ port: 0, dataDir: ':memory:' });
  process.env.EMULATOR_URL = globalThis.emulator.url;
}
