import { describeSessionStore, FakeClock, someSettings } from 'nestjs-gatehouse/testing';
import { shardOfSession } from '../../src/core/ids.js';
import { MemorySessionStore } from '../../src/storage/memory/memory-store.js';

describeSessionStore('memory', async (settings) => {
  const clock = new FakeClock();
  const store = new MemorySessionStore({ clock });
  await store.start(someSettings(settings));
  return {
    store,
    clock,
    dropRecord: async (id) => {
      store['partitions'][shardOfSession(id)]?.records.delete(id);
    },
    close: () => store.close(),
  };
});
