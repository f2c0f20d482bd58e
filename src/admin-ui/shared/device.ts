import type { SessionView } from '../../core/directory/session-view.js';
import { texts } from './texts.js';

export const deviceText = ({ device }: Pick<SessionView, 'device'>): string =>
  device.label ?? texts.unknownDevice;

/** The address, and the place if the application tells it. */
export const whereText = ({ device: { ip, place } }: Pick<SessionView, 'device'>): string =>
  [place, ip].filter((part) => part !== null).join(' · ');

export const userText = ({ userId }: Pick<SessionView, 'userId'>): string =>
  userId ?? texts.sessions.anonymous;
