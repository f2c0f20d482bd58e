import { GCProfiler } from 'node:v8';

/**
 * Bytes of V8's heap that this process allocates: what the heap has grown by, and what each garbage
 * collection in between took away. Unlike time, it is the same on a busy machine.
 */
export class AllocationCount {
  private profiler: GCProfiler | undefined;
  private usedBefore = 0;

  start(): void {
    this.profiler = new GCProfiler();
    this.profiler.start();
    this.usedBefore = process.memoryUsage().heapUsed;
  }

  stop(): number {
    const grown = process.memoryUsage().heapUsed - this.usedBefore;
    const collections = this.profiler!.stop().statistics;
    return collections.reduce(
      (sum, { beforeGC, afterGC }) =>
        sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
      grown,
    );
  }
}
