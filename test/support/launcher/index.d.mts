export interface PrivateServerOptions {
  /** Further command line arguments; a repeated one overrides the harness' own. */
  readonly args?: readonly string[];
  /** A port to insist on. Default: a free one. */
  readonly port?: number;
}

/** A server for one spec alone, which may treat it badly. */
export interface PrivateServer {
  readonly url: string;
  readonly port: number;
  /** Changes on `restart`. */
  readonly pid: number;
  /** Freezes it: connections stay open, new ones are accepted by the system, nobody answers. */
  pause(): void;
  resume(): void;
  /** Ends it as a crash would and keeps its port and data; resolves once it is gone. */
  kill(): Promise<void>;
  /** Starts it again with the same port and data, after `kill` if it still runs. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export function startPrivateRedis(options?: PrivateServerOptions): Promise<PrivateServer>;

export function startPrivatePostgres(options?: PrivateServerOptions): Promise<PrivateServer>;

export function startPrivateMariadb(options?: PrivateServerOptions): Promise<PrivateServer>;

/** The URL of a shared server, which is started if it does not run yet. */
export function askForServer(
  socketPath: string,
  name: 'redis' | 'postgres' | 'mariadb',
): Promise<string>;
