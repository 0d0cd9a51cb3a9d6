// Jest's globalTeardown.
export default async function () {
  await globalThis.emulator.stop();
}
