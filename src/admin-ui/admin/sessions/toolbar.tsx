import type { ReactNode } from 'react';
import { texts } from '../../shared/texts.js';

export interface ToolbarProps {
  /** Sessions on this page; undefined: not known yet. */
  readonly shown: number | undefined;
  readonly selected: number;
  /** Sessions that have opened and are not shown yet. */
  readonly arrived: number;
  readonly onShow: () => void;
  readonly onEndSelected: () => void;
  readonly onClear: () => void;
  /** Absent where no filter is set. */
  readonly ofFilter?: { readonly end: () => void; readonly clear: () => void } | undefined;
}

export function Toolbar(props: ToolbarProps): ReactNode {
  const { shown, selected, arrived, onShow } = props;
  const { sessions } = texts;
  const count = shown === undefined ? '' : sessions.count(shown);
  return (
    <div className="row spread toolbar">
      <div className="row" role="status">
        <span className="number quiet">{selected > 0 ? sessions.selected(selected) : count}</span>
        {arrived > 0 && (
          <button type="button" onClick={onShow}>
            {sessions.arrived(arrived)}
          </button>
        )}
      </div>
      <Actions {...props} />
    </div>
  );
}

function Actions({ selected, onEndSelected, onClear, ofFilter }: ToolbarProps): ReactNode {
  return (
    <div className="row">
      {selected > 0 && (
        <>
          <button type="button" onClick={onClear}>
            {texts.sessions.clearSelection}
          </button>
          <button type="button" className="danger" onClick={onEndSelected}>
            {texts.sessions.endSelected}
          </button>
        </>
      )}
      {ofFilter && (
        <>
          <button type="button" onClick={ofFilter.clear}>
            {texts.filters.clear}
          </button>
          <button type="button" className="danger-quiet" onClick={ofFilter.end}>
            {texts.sessions.endMatching}
          </button>
        </>
      )}
    </div>
  );
}
