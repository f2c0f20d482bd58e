/** Where a command's words go. */
export interface Terminal {
  /** The result. */
  print(text: string): void;
  /** Everything else. */
  tell(text: string): void;
}
