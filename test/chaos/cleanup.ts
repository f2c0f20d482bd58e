/** What was started, to be stopped in the opposite order, whatever happens. */
export class Cleanup {
  private readonly steps: (() => unknown)[] = [];
  private running: Promise<void> | undefined;

  /** What comes too late is stopped at once. */
  add<Thing>(thing: Thing, stop: (thing: Thing) => unknown): Thing {
    if (this.running === undefined) this.steps.push(() => stop(thing));
    else void stop(thing);
    return thing;
  }

  /** Goes on after a step that fails. Asked again, it waits for the same end. */
  run(): Promise<void> {
    this.running ??= this.stopAll();
    return this.running;
  }

  private async stopAll(): Promise<void> {
    for (const step of this.steps.reverse())
      try {
        await step();
      } catch (error) {
        console.error(error);
      }
  }
}
