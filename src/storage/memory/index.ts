export { MemorySessionStore, memoryStore, type MemoryStoreOptions } from './memory-store.js';
