// Light or dark: as the system says, until the reader chooses; the choice is kept where the browser allows it.

const THEMES = ['', 'light', 'dark'];
const THEME_KEY = 'jupyter-agilab-report-theme';
const THEME_WORDS = { '': 'as the system', light: 'light', dark: 'dark' };

function keptTheme() {
  try {
    return localStorage.getItem(THEME_KEY) ?? '';
  } catch {
    return '';
  }
}

function keepTheme(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // a page in a frame, or from a disk, may not keep anything
  }
}

function startTheme(changed) {
  const root = document.documentElement;
  const button = document.getElementById('theme');
  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    button.textContent = `Theme: ${THEME_WORDS[theme]}`;
    changed();
  };
  let theme = THEMES.includes(keptTheme()) ? keptTheme() : '';
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    keepTheme(theme);
    show(theme);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  show(theme);
}
