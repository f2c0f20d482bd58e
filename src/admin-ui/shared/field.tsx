import { useId, type InputHTMLAttributes, type ReactNode } from 'react';

interface FieldProps {
  readonly label: string;
  /** What the API says of the value; shown beside it and read out with it. */
  readonly error?: string | undefined;
  readonly hint?: string;
}

export interface TextFieldProps
  extends FieldProps, Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> {
  readonly value: string;
  readonly onValue: (value: string) => void;
}

export function TextField({ label, error, hint, onValue, ...input }: TextFieldProps): ReactNode {
  const id = useId();
  const notes = notesOf(id, { error, hint });
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        spellCheck={false}
        autoComplete="off"
        {...input}
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={notes}
        onChange={(event) => onValue(event.target.value)}
      />
      <Notes id={id} error={error} hint={hint} />
    </div>
  );
}

export interface SelectFieldProps extends FieldProps {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly options: readonly (readonly [value: string, text: string])[];
}

export function SelectField(props: SelectFieldProps): ReactNode {
  const { label, error, hint, value, onValue, options } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={notesOf(id, { error, hint })}
        onChange={(event) => onValue(event.target.value)}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
      <Notes id={id} error={error} hint={hint} />
    </div>
  );
}

interface Notes {
  readonly error?: string | undefined;
  readonly hint?: string | undefined;
}

const notesOf = (id: string, { error, hint }: Notes): string | undefined =>
  [error !== undefined && `${id}-error`, hint !== undefined && `${id}-hint`]
    .filter(Boolean)
    .join(' ') || undefined;

function Notes({ id, error, hint }: Notes & { readonly id: string }): ReactNode {
  return (
    <>
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </>
  );
}
