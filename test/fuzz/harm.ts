/** The status of every answer that told of a fault of the server. */
export const faults: number[] = [];

/** What would have ended the process under attack, or failed in it with nobody to hear. */
export const crashes: unknown[] = [];

/** Begins to note crashes, in place of Node's own way to end the process. */
export function watchForCrashes(): void {
  process.on('uncaughtException', (error) => crashes.push(error));
  process.on('unhandledRejection', (error) => crashes.push(error));
}
