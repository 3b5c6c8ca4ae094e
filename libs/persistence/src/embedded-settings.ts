import { totalmem } from 'node:os';

const MEGABYTE = 1024 * 1024;

/**
 * The settings an embedded server starts with. A commit is on the disk before it is answered, unless the server is temporary.
 * Everything else is speed: few checkpoints, memory for the hot pages, no compiling of short queries.
 */
export function embeddedSettings(options: { readonly temporary: boolean; readonly memoryBytes?: number }): Record<string, string> {
  const always = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    TimeZone: 'UTC',
    log_line_prefix: '%m [%p] ',
    log_timezone: 'UTC',
    jit: 'off',
    random_page_cost: '1.1',
  };
  if (options.temporary) {
    return { ...always, fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', shared_buffers: '128MB', max_connections: '200' };
  }
  return {
    ...always,
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    shared_buffers: `${sharedBuffersMegabytes(options.memoryBytes ?? availableMemoryBytes())}MB`,
    max_connections: '100',
    // The programs are built without lz4, and pglz costs more processor time than the smaller log saves.
    wal_compression: 'off',
    wal_buffers: '64MB',
    min_wal_size: '1GB',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
  };
}

/**
 * An eighth of the memory, between 256 MB and 4 GB: room for the index by which each event counts once, whose pages are all touched again and again
 * (about 50 bytes an event). The rest belongs to the services and the file cache.
 */
export function sharedBuffersMegabytes(memoryBytes: number): number {
  return Math.min(4 * 1024, Math.max(256, Math.floor(memoryBytes / 8 / MEGABYTE)));
}

/** What the control group allows where there is one, else what the machine has. */
function availableMemoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
