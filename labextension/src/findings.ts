/** What a check of a file or a refused request says. */
export interface IFinding {
  code: string;
  severity: 'error' | 'warning' | 'info';
  message: string;
  hint?: string | null;
  key?: string | null;
  line?: number | null;
}
