import { useId, type ReactNode } from 'react';
import { TextField } from '../shared/field.js';
import { texts } from '../shared/texts.js';

export interface ReasonFieldProps {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly error: string | undefined;
}

export function ReasonField({ value, onValue, error }: ReasonFieldProps): ReactNode {
  const list = useId();
  return (
    <>
      <TextField
        label={texts.ending.reason}
        hint={texts.ending.reasonHint}
        placeholder={texts.ending.reasons[0]}
        list={list}
        value={value}
        onValue={onValue}
        error={error}
      />
      <datalist id={list}>
        {texts.ending.reasons.map((reason) => (
          <option key={reason} value={reason} />
        ))}
      </datalist>
    </>
  );
}
