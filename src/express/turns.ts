/** Does one thing after the other, in the order of asking, whatever became of the one before. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Whether something is under way or waits. */
  get busy(): boolean {
    return this.waiting > 0;
  }

  take<Result>(work: () => Promise<Result>): Promise<Result> {
    this.waiting += 1;
    const turn = this.last.then(work).finally(() => {
      this.waiting -= 1;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** When all that was asked for by then is done. */
  async over(): Promise<void> {
    await this.last;
  }
}
