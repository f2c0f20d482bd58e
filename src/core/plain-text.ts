const CONTROL_CHARACTERS = /\p{Cc}/gu;

/**
 * Whether a text travels unchanged through keys, rows and logs: well-formed Unicode without control
 * characters (PostgreSQL refuses NUL; a line break forges log lines).
 */
export const isPlainText = (text: string): boolean =>
  text.isWellFormed() && text.search(CONTROL_CHARACTERS) < 0;

/** The same text with what does not travel replaced by U+FFFD. */
export const toPlainText = (text: string): string =>
  text.toWellFormed().replace(CONTROL_CHARACTERS, '\uFFFD');
