import type { ReactNode } from 'react';
import { fieldError } from '../../shared/failure.js';
import { SelectField, TextField } from '../../shared/field.js';
import type { Route } from '../../shared/route.js';
import { texts } from '../../shared/texts.js';
import { FilterFold, FilterText } from '../filter-parts.js';
import {
  AUDIT_FILTER_NAMES,
  auditParameterOf,
  fromLocalInput,
  toLocalInput,
  type AuditFilterName,
} from './audit-filters.js';

export interface AuditFilterBarProps {
  readonly route: Route;
  readonly error: unknown;
  readonly onChange: (changes: Readonly<Record<string, string>>) => void;
}

const INITIATORS = ['user', 'admin', 'policy', 'system'];
const OUTCOMES = ['success', 'failure'];

const same = (values: readonly string[]) =>
  values.map((value): readonly [string, string] => [value, value]);

export function AuditFilterBar({ route, error, onChange }: AuditFilterBarProps): ReactNode {
  const { audit, filters } = texts;
  const fieldOf = (name: AuditFilterName) => ({
    value: route[name] ?? '',
    error: fieldError(error, auditParameterOf(name)),
    onValue: (value: string) => onChange({ [name]: value }),
  });
  const any = ['', filters.any] as const;
  const set = AUDIT_FILTER_NAMES.filter((name) => name !== 'user' && route[name]);
  return (
    <search className="filters by-time" aria-label={filters.title}>
      <FilterText label={filters.search} placeholder={filters.searchHint} {...fieldOf('user')} />
      <FilterFold count={set.length}>
        <FilterText label={filters.tenant} {...fieldOf('tenant')} />
        <FilterText label={audit.session} {...fieldOf('session')} />
        <SelectField
          label={audit.type}
          options={[any, ...Object.entries(texts.events)]}
          {...fieldOf('type')}
        />
        <SelectField
          label={audit.initiator}
          options={[any, ...same(INITIATORS)]}
          {...fieldOf('initiator')}
        />
        <SelectField
          label={audit.outcome}
          options={[any, ...same(OUTCOMES)]}
          {...fieldOf('outcome')}
        />
        <TimeField label={audit.from} {...fieldOf('from')} />
        <TimeField label={audit.to} {...fieldOf('to')} />
      </FilterFold>
    </search>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onValue: (value: string) => void;
}

const TimeField = ({ value, onValue, ...rest }: TimeFieldProps): ReactNode => (
  <TextField
    {...rest}
    type="datetime-local"
    value={toLocalInput(value)}
    onValue={(local) => onValue(local === '' ? '' : fromLocalInput(local))}
  />
);
