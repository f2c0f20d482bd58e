import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SHOWN = 40;

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly hitCount?: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Prints where the servers spent their time themselves, from the profiles that they wrote. */
export async function printProfiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.cpuprofile')) continue;
    const path = join(folder, name);
    console.log(`\n${path}`);
    const profile = JSON.parse(await readFile(path, 'utf8')) as CpuProfile;
    for (const line of selfTimes(profile)) console.log(line);
  }
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): readonly string[] {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const place = places.get(id)!;
    times.set(place, (times.get(place) ?? 0) + timeDeltas[index]!);
  }
  const idle = (times.get('(idle)') ?? 0) + (times.get('(program)') ?? 0);
  const total = [...times.values()].reduce((sum, time) => sum + time, 0) - idle;
  return [...times]
    .filter(([place]) => place !== '(idle)')
    .toSorted(([, left], [, right]) => right - left)
    .slice(0, SHOWN)
    .map(([place, time]) => `${((100 * time) / total).toFixed(1).padStart(6)} %  ${place}`);
}

const placeOf = ({
  functionName,
  url,
  lineNumber,
}: CpuProfile['nodes'][number]['callFrame']): string => {
  if (url === '') return functionName;
  const file = url.replace(/^.*\/node_modules\/(?:\.cache\/[^/]+\/)?/, '');
  return `${functionName || '(anonymous)'}  ${file}:${lineNumber + 1}`;
};
