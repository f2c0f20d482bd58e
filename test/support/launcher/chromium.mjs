import { canInstall, findProgram, install } from './binaries.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The path of a Chromium: what CHROMIUM names, one on PATH, or Debian's, which is then installed. */
export async function findChromium() {
  const named = process.env.CHROMIUM ?? findProgram(NAMES);
  if (named) return named;
  if (canInstall()) await install('chromium');
  const installed = findProgram(NAMES);
  if (installed) return installed;
  throw new Error('There is no Chromium; install one, or name it in CHROMIUM');
}
