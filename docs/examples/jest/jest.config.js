module.exports = {
  globalSetup: './start-emulator.mjs',
  globalTeardown: './stop-emulator.mjs',
  testEnvironment: 'node',
};
