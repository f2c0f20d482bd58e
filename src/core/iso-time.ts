/** An instant as the API says it: ISO 8601 in UTC. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
