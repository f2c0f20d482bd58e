/** How one kind of server is found, set up, started and reached. */
export interface Recipe {
  readonly name: 'redis' | 'postgres' | 'mariadb';
  readonly title: string;
  /** Holds the URL of a server to use instead of starting one. */
  readonly environmentVariable: string;
  readonly debianPackage: string;
  /** Whom to run as where the tests run as root. */
  readonly systemUser?: string;
  /** What the log says once the server takes connections. */
  readonly ready: RegExp;
  /** Ends the server quickly; its data is thrown away. */
  readonly stopSignal: NodeJS.Signals;
  /** The programs of an installed server, or nothing. */
  locate(): Programs | undefined;
  /** Fills a new data folder. */
  prepare(setting: Setting): Promise<void>;
  commandLine(setting: Setting & { readonly port: number }): string[];
  url(setting: Setting & { readonly port: number }): string;
  /** The service `name` of docker-compose.yml: its inner port, and the URL to its outer one. */
  readonly compose: {
    readonly port: number;
    url(address: string, environment: Record<string, string>): string;
  };
}

export interface Programs {
  readonly server: string;
  readonly initialise?: string;
}

export interface Setting {
  readonly programs: Programs;
  readonly folder: string;
  readonly password: string;
  /** For `spawn`: the server's user and group, where that is not ours. */
  readonly identity: { readonly uid?: number; readonly gid?: number };
  /** Runs a program to its end in the folder, as the server's user. */
  readonly execute: (command: string, args: readonly string[]) => Promise<unknown>;
  /** Further command line arguments; a repeated one overrides ours. */
  readonly args: readonly string[];
}
