/**
 * Loaded into every process of the stack before its own code. A process that loses its parent before it listens for that itself would
 * run on for ever; from then on it ends in its own good order.
 */
process.on('disconnect', () => {
  if (process.listenerCount('disconnect') === 1) process.exit(1);
});
