import type { SessionView } from '../../core/directory/session-view.js';
import { texts } from './texts.js';

export const deviceText = ({ device }: Pick<SessionView, 'device'>): string =>
  device.label ?? texts.unknownDevice;

export const userText = ({ userId }: Pick<SessionView, 'userId'>): string =>
  userId ?? texts.sessions.anonymous;
