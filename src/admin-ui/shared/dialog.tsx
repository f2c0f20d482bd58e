import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { texts } from './texts.js';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Absent: nothing but what it asks for closes it. */
  readonly dismissal?: 'free' | 'none';
}

/** The browser's own modal dialog: it keeps the focus in, and gives it back. */
export function Dialog({ title, onClose, children, dismissal = 'free' }: DialogProps): ReactNode {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Closed while it is still there, or the browser would not give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (dismissal === 'free') onClose();
      }}
    >
      <header className="dialog-head">
        <h2 id={heading}>{title}</h2>
        {dismissal === 'free' && (
          <button type="button" className="icon" aria-label={texts.close} onClick={onClose}>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M4 4l8 8M12 4l-8 8" />
            </svg>
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
}
