import { useEffect, useRef, useState, type ReactNode } from 'react';
import { TextField } from '../shared/field.js';
import { texts } from '../shared/texts.js';

const TYPING_PAUSE = 350;

export interface FilterFoldProps {
  /** Filters in it that are set. */
  readonly count: number;
  readonly children: ReactNode;
}

/** On a wide screen always open; on a phone folded until it is asked for. */
export function FilterFold({ count, children }: FilterFoldProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="fold narrow"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {texts.filters.more}
        {count > 0 && <span className="badge accent">{count}</span>}
      </button>
      <div className={isOpen ? 'folded open' : 'folded'}>{children}</div>
    </>
  );
}

export interface FilterTextProps {
  readonly label: string;
  readonly placeholder?: string | undefined;
  readonly value: string;
  readonly error: string | undefined;
  readonly onValue: (value: string) => void;
}

/** Takes effect when typing pauses, at Enter, and when the field is left. */
export function FilterText({ value, onValue, placeholder, ...rest }: FilterTextProps): ReactNode {
  const [draft, setDraft] = useState(value);
  const pause = useRef<number>(undefined);
  useEffect(() => setDraft(value), [value]);
  const take = (next: string): void => {
    window.clearTimeout(pause.current);
    if (next !== value) onValue(next);
  };
  useEffect(() => () => window.clearTimeout(pause.current), []);
  return (
    <TextField
      {...rest}
      type="search"
      value={draft}
      placeholder={placeholder ?? texts.filters.any}
      onBlur={() => take(draft)}
      onKeyDown={({ key }) => key === 'Enter' && take(draft)}
      onValue={(next) => {
        setDraft(next);
        window.clearTimeout(pause.current);
        pause.current = window.setTimeout(() => take(next), TYPING_PAUSE);
      }}
    />
  );
}
