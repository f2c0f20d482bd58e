import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { shardOfSession } from '../../src/core/ids.js';
import { MemorySessionStore } from '../../src/storage/memory/memory-store.js';

describeSessionStore('memory', async (settings) => {
  const store = new MemorySessionStore();
  await store.start(settings);
  return {
    store,
    dropRecord: async (id) => {
      store['running']?.partitions[shardOfSession(id)]?.records.delete(id);
    },
    close: () => store.close(),
  };
});
