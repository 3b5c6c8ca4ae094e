import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { CrashBoundary } from './panels/crash-boundary.js';
import './styles/theme.css';
import './styles/page.css';
import './styles/cards.css';
import './styles/cost.css';
import './styles/chart.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element with the id "root"');
createRoot(root).render(
  <StrictMode>
    <CrashBoundary>
      <App />
    </CrashBoundary>
  </StrictMode>,
);
