import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Notices } from '../shared/notices.js';
import { readSettings } from '../shared/settings.js';
import { AccountApp } from './account-app.js';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Notices>
      <AccountApp settings={readSettings()} />
    </Notices>
  </StrictMode>,
);
