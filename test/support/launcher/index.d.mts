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
  /** False from a `kill` or an end of its own to the `restart`; true while paused. */
  readonly isRunning: boolean;
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

export interface PrivateTlsServer extends PrivateServer {
  /** Certificate of the authority that has signed the server's, in PEM. */
  readonly authority: string;
}

/** Takes TLS connections only. */
export function startPrivateTlsRedis(options?: PrivateServerOptions): Promise<PrivateTlsServer>;

/** Servers that belong together, each of which can be treated badly by itself. */
export interface PrivateGroupOptions {
  /** After how long a silence a server counts as failed, in milliseconds. Default: 1000. */
  readonly failureAfterMs?: number;
  /** Further command line arguments of every server that holds data. */
  readonly args?: readonly string[];
}

export interface PrivateRedisClusterOptions extends PrivateGroupOptions {
  /** Default: 3. */
  readonly masters?: number;
  /** Default: 1. */
  readonly replicasPerMaster?: number;
}

export interface PrivateRedisCluster {
  /** The masters, then the replicas, as they were at the start. */
  readonly nodes: readonly PrivateServer[];
  readonly masters: readonly PrivateServer[];
  /** Number n follows master n modulo the number of masters. */
  readonly replicas: readonly PrivateServer[];
  /** Of all nodes, with commas. */
  readonly url: string;
  /** The running nodes that hold slots now. */
  currentMasters(): Promise<readonly PrivateServer[]>;
  /** Resolves once all running nodes agree on who serves which slots, and replicas are in sync. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** 3 masters with the slots divided evenly and a replica each, unless told otherwise; settled. */
export function startPrivateRedisCluster(
  options?: PrivateRedisClusterOptions,
): Promise<PrivateRedisCluster>;

export interface PrivateSentinelOptions extends PrivateGroupOptions {
  /** Default: 1. */
  readonly replicas?: number;
  /** Default: 3. More than half of them have to agree on a failover. */
  readonly sentinels?: number;
}

export interface PrivateSentinel {
  /** What the Sentinels call it. */
  readonly masterName: string;
  /** The master, then the replicas, as they were at the start. */
  readonly nodes: readonly PrivateServer[];
  readonly sentinels: readonly PrivateServer[];
  /** Of all Sentinels, with commas. */
  readonly url: string;
  /** The node that all running Sentinels take for the master, if it is one. */
  currentMaster(): Promise<PrivateServer | undefined>;
  /** Resolves once there is such a master, and all other running nodes are in sync with it. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** One replica and 3 Sentinels, unless told otherwise; settled. */
export function startPrivateSentinel(options?: PrivateSentinelOptions): Promise<PrivateSentinel>;

/** What Sentinels call the master. */
export const MASTER_NAME: string;

/** ACL rules that docs/storage-layout.md lists, for keys and channels like `keys`, e.g. `app:*`. */
export function documentedPermissions(keys: string): readonly string[];

/** The URL of a shared server, or of a group's servers with commas; started if not running yet. */
export function askForServer(
  socketPath: string,
  name: 'redis' | 'cluster' | 'sentinel' | 'postgres' | 'mariadb',
): Promise<string>;

/** The path of a Chromium; installs Debian's where there is none. Rejects where that cannot be. */
export function findChromium(): Promise<string>;
