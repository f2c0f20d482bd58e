import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Notices } from '../shared/notices.js';
import { readSettings } from '../shared/settings.js';
import { AdminApp } from './admin-app.js';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Notices>
      <AdminApp settings={readSettings()} />
    </Notices>
  </StrictMode>,
);
