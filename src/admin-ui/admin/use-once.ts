import { useEffect, useState } from 'react';
import { useSignedOut } from '../shared/signed-out.js';

export interface Once<Answer> {
  readonly answer?: Answer;
  readonly error?: unknown;
}

/** Asks when it is first shown, and not again. */
export function useOnce<Answer>(ask: () => Promise<Answer>): Once<Answer> {
  const [state, setState] = useState<Once<Answer>>({});
  const { notice } = useSignedOut();
  useEffect(() => {
    let isShown = true;
    ask().then(
      (answer) => isShown && setState({ answer }),
      (error: unknown) => {
        if (isShown) setState({ error });
        notice(error);
      },
    );
    return () => {
      isShown = false;
    };
    // What is asked is of the first time.
  }, []);
  return state;
}
