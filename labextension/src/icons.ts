import { LabIcon } from '@jupyterlab/ui-components';

// Three lanes of work that end together: drawn in the colours that Lab's themes give to icons.
const STAGE = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
  <g class="jp-icon3" fill="#616161">
    <rect x="1" y="2" width="9" height="3" rx="1"/>
    <rect x="1" y="6.5" width="11" height="3" rx="1"/>
    <rect x="1" y="11" width="7" height="3" rx="1"/>
    <rect x="14" y="1" width="1.5" height="14" rx=".75"/>
  </g>
</svg>`;

export const stageIcon = new LabIcon({ name: 'jupyter-agilab:stage', svgstr: STAGE });
