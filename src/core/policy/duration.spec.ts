import { formatDuration, parseDuration } from './duration.js';

describe('a duration', () => {
  it.each([
    [0, 0],
    [1, 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['0s', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['180d', 15_552_000_000],
    ['1.5h', 5_400_000],
    ['0.4ms', 0],
    ['007s', 7_000],
  ])('%j is %d ms', (value, milliseconds) => {
    expect(parseDuration(value)).toBe(milliseconds);
  });

  it.each([
    -1,
    1.5,
    NaN,
    Infinity,
    2 ** 53,
    '',
    's',
    '30',
    '30 m',
    ' 30m',
    '30m\n',
    '-5m',
    '+5m',
    '.5h',
    '1.h',
    '1e3ms',
    '0x10s',
    '1h30m',
    '30M',
    '2w',
    '1y',
    '30 minutes',
    'Infinityms',
    '999999999999999d',
    `${'0'.repeat(200)}1s`,
    `1.${'0'.repeat(200)}s`,
    true,
    null,
    undefined,
    10n,
    ['30m'],
    { valueOf: () => 5 },
  ])('%p is none', (value) => {
    expect(parseDuration(value)).toBeUndefined();
  });
});

describe('a number of milliseconds', () => {
  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [90_000, '90s'],
    [5_400_000, '90m'],
    [86_400_000, '24h'],
    [129_600_000, '36h'],
    [2_592_000_000, '30d'],
    [86_400_001, '86400001ms'],
  ])('%i reads %s, and parses back', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
    expect(parseDuration(text)).toBe(milliseconds);
  });
});
