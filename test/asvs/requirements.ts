const OF_CHAPTERS = [
  ['V7', ['1.1', '1.2', '2.1', '2.2', '2.3', '2.4', '3.1', '3.2', '4.1', '4.2', '4.3', '4.5']],
  ['V7', ['5.1', '5.2', '5.3', '6.2']],
  ['V3', ['3.1', '3.2', '3.3', '3.4', '3.5', '5.1', '5.2', '5.3']],
  ['V16', ['2.1', '2.2', '2.4', '2.5', '3.1', '3.2', '3.3', '3.4', '4.1', '4.2', '5.1', '5.2']],
  ['V16', ['5.3']],
  ['V2', ['4.1']],
  ['V8', ['2.2']],
  ['V11', ['2.4', '3.2', '3.3', '3.4', '5.1']],
  ['V14', ['2.1', '3.1', '3.2']],
] as const;
const OF_TESTING_GUIDE = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '11'] as const;

/** What the module can hold by itself: of OWASP ASVS 5.0, and the tests of the OWASP WSTG. */
export const REQUIREMENTS: readonly string[] = [
  ...OF_CHAPTERS.flatMap(([chapter, numbers]) => numbers.map((number) => `${chapter}.${number}`)),
  ...OF_TESTING_GUIDE.map((number) => `WSTG-SESS-${number}`),
];

/** The requirement that a test is about: what its title begins with. */
export const requirementOf = (title: string): string | undefined =>
  /^(V\d+\.\d+\.\d+|WSTG-SESS-\d+) /.exec(title)?.[1];
