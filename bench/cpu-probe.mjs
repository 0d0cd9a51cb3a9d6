// Loaded into every measured server: answers how much CPU time the process has used, in microseconds.
process.on('message', (message) => {
  if (message !== 'cpu') return;
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
process.channel?.unref();
